"""A job signs in with GitHub's token; where Entra does not trust it, the error shows both subjects (F28)."""

from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

import jwt
import pytest
from tests.emulator.github_issuer import GitHubIssuer

from cloudnative.pipeline.job_token import fetch, signed_in
from cloudnative.pipeline.trust_check import refused, require_trust
from cloudnative.runs.home import StackHome
from cloudnative.runs.variables import engine_environment
from cloudnative_toolchain.errors import CloudnativeError, ExitCode
from cloudnative_toolchain.federation import FederatedIdentity

SUBJECT = "repo:acme/shop:environment:prod"
ENDPOINT = {
    "tenant": "t", "subscription": "s", "client_id": "owner", "client_secret": "hush",
    "arm": "https://127.0.0.1:1", "azure_native": "127.0.0.1:2", "ca": "ca.pem",
}  # fmt: skip
WRONG = {"error_description": "AADSTS700213: No matching federated identity record.", "error_codes": [700213]}


@pytest.fixture(scope="module")
def issuer() -> Iterator[GitHubIssuer]:
    with GitHubIssuer.serving() as issuer:
        yield issuer


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def job(issuer: GitHubIssuer) -> dict[str, str]:
    return {
        **issuer.request(SUBJECT),
        "AZURE_CLIENT_ID": "pipeline",
        "AZURE_TENANT_ID": "t",
        "AZURE_SUBSCRIPTION_ID": "s",
    }


def test_a_jobs_token_lies_in_a_private_file_while_the_command_runs(job: dict[str, str]):
    with signed_in(job):
        file = Path(job["AZURE_FEDERATED_TOKEN_FILE"])
        claims = jwt.decode(file.read_text(), options={"verify_signature": False})
        assert (claims["sub"], claims["aud"]) == (SUBJECT, "api://AzureADTokenExchange")
        assert S_IMODE(file.stat().st_mode) == 0o600

    assert not file.exists()
    assert "AZURE_FEDERATED_TOKEN_FILE" not in job


def test_azure_native_is_told_the_same(job: dict[str, str]):
    """CI-06."""
    with signed_in(job):
        assert job["ARM_USE_OIDC"] == "true"
        assert (job["ARM_CLIENT_ID"], job["ARM_TENANT_ID"], job["ARM_SUBSCRIPTION_ID"]) == (
            "pipeline",
            "t",
            "s",
        )
        assert job["ARM_OIDC_TOKEN_FILE_PATH"] == job["AZURE_FEDERATED_TOKEN_FILE"]


def test_outside_of_a_job_nothing_is_asked_or_set():
    variables = {"AZURE_CLIENT_ID": "me", "AZURE_TENANT_ID": "t"}

    with signed_in(variables):
        assert variables == {"AZURE_CLIENT_ID": "me", "AZURE_TENANT_ID": "t"}


def test_a_job_without_the_right_to_a_token_says_which(job: dict[str, str]):
    job["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "wrong"

    with pytest.raises(CloudnativeError, match="permissions: id-token: write") as refusal:
        fetch(job, sleep=lambda _: None)

    assert refusal.value.exit_code == ExitCode.SIGN_IN


def test_a_token_is_never_asked_for_in_clear(job: dict[str, str]):
    job["ACTIONS_ID_TOKEN_REQUEST_URL"] = "http://github.example/token"

    with pytest.raises(CloudnativeError, match="only https is asked"):
        fetch(job)


def test_the_engine_on_the_emulator_gets_the_identity_instead_of_the_owners_secret(job: dict[str, str]):
    with signed_in(job):
        variables = engine_environment(job, StackHome("p", "prod", "emulator"), ENDPOINT, {})

    assert variables["AZURE_CLIENT_ID"] == variables["ARM_CLIENT_ID"] == "pipeline"
    assert variables["AZURE_AUTHORITY_HOST"] == "https://127.0.0.1:1"
    assert "hush" not in variables.values()


def test_an_identity_of_azure_does_not_reach_the_emulator(job: dict[str, str]):
    job["AZURE_TENANT_ID"] = "of-azure"

    with signed_in(job):
        variables = engine_environment(job, StackHome("p", "prod", "emulator"), ENDPOINT, {})

    assert variables["AZURE_CLIENT_ID"] == "owner"
    assert "AZURE_FEDERATED_TOKEN_FILE" not in variables


def test_a_job_that_is_not_trusted_is_told_both_subjects_and_what_to_type(job: dict[str, str]):
    with signed_in(job):
        identity = FederatedIdentity("pipeline", job["AZURE_FEDERATED_TOKEN_FILE"])
        error = refused(identity, WRONG, "prod", ["repo:acme/store:environment:prod"])

    assert f"'{SUBJECT}'" in error.why
    assert "'repo:acme/store:environment:prod'" in error.why
    assert error.fix == (
        "cloudnative pipeline init --repository acme/shop --owner-id 12 --repository-id 34"
        " && cloudnative pipeline trust prod"
    )
    assert error.exit_code == ExitCode.SIGN_IN


def test_another_refusal_is_told_in_entras_words(job: dict[str, str]):
    gone = {"error_description": "AADSTS700016: Application 'x' was not found.", "error_codes": [700016]}

    with signed_in(job):
        error = refused(FederatedIdentity("x", job["AZURE_FEDERATED_TOKEN_FILE"]), gone, "prod", [])

    assert "AADSTS700016" in error.why


def test_who_signs_in_otherwise_is_asked_nothing():
    require_trust("dev", ENDPOINT, {"AZURE_CLIENT_ID": "me", "AZURE_TENANT_ID": "t"})
