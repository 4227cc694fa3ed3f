"""Where state lies: what is read from the project's files, what is refused, and that each fix mends it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError

from cloudnative.project import Project
from cloudnative.runs.home import StackHome, stack_settings
from cloudnative.runs.variables import engine_environment, refuse_redirection
from cloudnative.stores.blob_address import blob_address
from cloudnative.stores.blobs import BlobStore, refused
from cloudnative.stores.choice import Backend, choose
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode

URL = "azblob://pulumi?storage_account=shop"
VAULT = {"secretsprovider": "azurekeyvault://v.vault.azure.net/keys/k"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def project(folder: Path, backend: str = "") -> Project:
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n" + backend)
    (folder / "Pulumi.prod.yaml").write_text("config: {}\n")
    return Project.find(folder)


def chosen(
    folder: Path,
    backend: str = "",
    settings: Mapping[str, str] | None = None,
    cloud: str = "azure",
    **environment: str,
) -> Backend:
    stack = StackHome("shop", "prod", cloud)
    return choose(project(folder, backend), stack, settings or {}, environment)


def test_azures_state_lies_where_the_project_says(tmp_path: Path) -> None:
    found = chosen(tmp_path, f"backend: {{url: '{URL}'}}\n", VAULT)
    assert (found.url, found.remote, found.provider) == (URL, True, VAULT["secretsprovider"])
    assert found.variables == {"PULUMI_BACKEND_URL": URL}, "a passphrase of this machine"


def test_the_emulators_state_lies_on_this_machine_whatever_the_project_says(
    tmp_path: Path, home: Path
) -> None:
    found = chosen(tmp_path, f"backend: {{url: '{URL}'}}\n", cloud="emulator", CI="true")
    assert found.url == (home / "pulumi/state").as_uri()


@pytest.mark.parametrize(
    ("written", "folder"),
    [("file://./state", "state"), ("file://a b", "a b"), ("file:///tmp?no_tmp_dir=1", "/tmp")],
)
def test_a_folder_is_the_projects(tmp_path: Path, written: str, folder: str) -> None:
    found = chosen(tmp_path, f"backend:\n  url: {written}\n")
    assert (found.url, found.remote) == ((tmp_path / folder).as_uri(), False)
    found.make_folder()
    assert (tmp_path / folder).is_dir()
    assert found.variables["PULUMI_CONFIG_PASSPHRASE_FILE"].endswith("passphrase")


def test_on_a_laptop_without_a_backend_it_lies_in_the_home(tmp_path: Path, home: Path) -> None:
    assert chosen(tmp_path).url == (home / "pulumi/state").as_uri()


@pytest.mark.parametrize(
    "backend", ["", "backend:\n  url: file://./state\n", "backend: {url: 'file:///s'}\n"]
)
def test_in_ci_a_state_of_the_runner_is_refused_and_the_fix_mends_it(tmp_path: Path, backend: str) -> None:
    with pytest.raises(ConfigError) as caught:
        chosen(tmp_path, backend, VAULT, CI="true")
    assert (caught.value.code, caught.value.exit_code) == ("backend.ci", ExitCode.USAGE)
    subprocess.run(["sh", "-c", caught.value.fix], check=True)
    mended = choose(Project.find(tmp_path), StackHome("shop", "prod", "azure"), VAULT, {"CI": "true"})
    assert mended.remote


def test_a_shared_state_without_a_shared_key_is_refused_and_the_fix_adds_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        chosen(tmp_path, f"backend: {{url: '{URL}'}}\n")
    assert caught.value.code == "backend.secrets"
    subprocess.run(["sh", "-c", caught.value.fix], check=True)
    written = (tmp_path / "Pulumi.prod.yaml").read_text()
    assert "secretsprovider: azurekeyvault://kv-shop-" in written
    assert written.startswith("config: {}\n")


def test_a_passphrase_for_a_shared_state_comes_from_outside(tmp_path: Path) -> None:
    backend, settings = f"backend: {{url: '{URL}'}}\n", {"secretsprovider": "passphrase"}
    with pytest.raises(ConfigError, match="passphrase that is not set"):
        chosen(tmp_path, backend, settings)
    given = {"PULUMI_CONFIG_PASSPHRASE_FILE": "/run/secrets/p"}
    found = chosen(tmp_path, backend, settings, **given)
    assert found.variables == {"PULUMI_BACKEND_URL": URL, **given}
    refuse_redirection(
        given, engine_environment({}, StackHome("shop", "prod", "azure"), None, found.variables)
    )


@pytest.mark.parametrize(
    "url", ["s3://bucket", "https://api.pulumi.com", "azblob://pulumi", "azblob://c?storage_account=a&x=1"]
)
def test_other_back_ends_are_refused_where_they_stand(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        chosen(tmp_path, f"backend:\n  url: {url}\n", VAULT)
    assert caught.value.code == "backend.url"
    assert str(caught.value.location).endswith("Pulumi.yaml:4:8")


@pytest.mark.parametrize(
    ("url", "environment", "service", "prefix"),
    [
        (URL, {}, "https://shop.blob.core.windows.net", ""),
        ("azblob://c/a/b", {"AZURE_STORAGE_ACCOUNT": "e"}, "https://e.blob.core.windows.net", "a/b/"),
        (URL + "&prefix=x/", {}, "https://shop.blob.core.windows.net", "x/"),
        (URL, {"AZURE_STORAGE_DOMAIN": "blob.gov.net"}, "https://shop.blob.gov.net", ""),
        (URL + "&domain=127.0.0.1:1&protocol=http", {}, "http://127.0.0.1:1/shop", ""),
        ("azblob://c", {"AZURE_STORAGE_CONNECTION_STRING": "AccountName=k;AccountKey=x=="},
         "https://k.blob.core.windows.net", ""),
    ],
)  # fmt: skip
def test_an_azblob_url_means_what_it_means_to_the_engine(
    url: str, environment: dict[str, str], service: str, prefix: str
) -> None:
    found = blob_address(url, environment)
    assert (found.service, found.prefix) == (service, prefix)


@pytest.mark.parametrize(
    ("status", "code", "fix", "exit_code"),
    [
        (None, "", "az login", ExitCode.SIGN_IN),
        (403, "AuthorizationPermissionMismatch", "az role assignment create", ExitCode.SIGN_IN),
        (404, "ContainerNotFound", "az storage container-rm create --name pulumi --storage-account shop",
         ExitCode.FAILED),
        (503, "ServerBusy", "az storage account show --name shop", ExitCode.FAILED),
    ],
)  # fmt: skip
def test_a_state_that_cannot_be_reached_says_what_is_missing(
    status: int | None, code: str, fix: str, exit_code: ExitCode
) -> None:
    error = refused(blob_address(URL, {}), status, code, "no\nRequestId: 1")
    assert (error.exit_code, error.fix[: len(fix)]) == (exit_code, fix)
    assert "RequestId" not in error.why


CLOUD = {"secretsprovider": "azurekeyvault://v", "encryptedkey": "k"}


@pytest.mark.parametrize(
    ("declared", "state", "kept", "settings"),
    [
        pytest.param({}, {"encryptionsalt": "s"}, {}, {"encryptionsalt": "s"}, id="a salt is the state's"),
        pytest.param({"secretsprovider": "azurekeyvault://v"}, CLOUD, {}, CLOUD, id="so is a key"),
        pytest.param(
            {"secretsprovider": "azurekeyvault://w"}, CLOUD, CLOUD, {"secretsprovider": "azurekeyvault://w"},
            id="a key of another vault is of no use",
        ),
        pytest.param({**CLOUD, "encryptedkey": "own"}, CLOUD, CLOUD, {**CLOUD, "encryptedkey": "own"},
                     id="the project's own wins"),
        pytest.param({"secretsprovider": "passphrase"}, {}, {"encryptionsalt": "s", "config": {}},
                     {"secretsprovider": "passphrase", "encryptionsalt": "s"}, id="an earlier run knew it"),
    ],
)  # fmt: skip
def test_the_engine_gets_the_key_that_belongs_to_the_provider(
    declared: dict[str, str], state: dict[str, str], kept: dict[str, str], settings: dict[str, str]
) -> None:
    assert stack_settings(declared, state, kept) == settings


def test_who_is_not_signed_in_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Nobody:
        def get_token(self, scope: str) -> None:
            asked.append(scope)
            raise ClientAuthenticationError(message="no way in\nAttempted credentials: ...")

    monkeypatch.setattr("azure.identity.DefaultAzureCredential", Nobody)
    with pytest.raises(CloudnativeError, match=r"not signed in to Azure: no way in$") as caught:
        BlobStore(blob_address(URL, {}), {})
    assert (caught.value.exit_code, caught.value.fix) == (ExitCode.SIGN_IN, "az login")
    assert asked == ["https://storage.azure.com/.default"]
