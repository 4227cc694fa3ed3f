"""A token of GitHub becomes one of our managed identities: issuer, subject, audience as Entra checks them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import ClientAssertionCredential
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resource.resources import ResourceManagementClient
from tests.emulator.arm_home import Home
from tests.emulator.github_issuer import GITHUB, GitHubIssuer

from cloudnative_components.azure import roles
from cloudnative_components.trust.github_trust import ROLE_ADMINISTRATOR, only_roles

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.emulator
AUDIENCE = "api://AzureADTokenExchange"
OLD = "repo:acme/shop:environment:prod"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
ROLE_VERSION = {"api-version": "2022-04-01"}
IMMUTABLE = "repo:acme@12/shop@34:environment:prod"


@pytest.fixture(scope="module")
def issuer() -> Iterator[GitHubIssuer]:
    with GitHubIssuer.serving() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, issuer: GitHubIssuer) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("home"))
    home.client(ResourceManagementClient).resource_groups.create_or_update("rg", {"location": "koreacentral"})
    issuer.trusted_by(home.path)
    yield home
    home.close()


def identity(home: Home) -> tuple[str, Any]:
    """A new identity: its name, and the client that makes its credentials."""
    client = home.client(ManagedServiceIdentityClient)
    name = f"id-{uuid.uuid4().hex[:8]}"
    client.user_assigned_identities.create_or_update("rg", name, {"location": "koreacentral"})
    return name, client


def trusting(home: Home, *subjects: str) -> str:
    """Client id of a new identity that trusts these subjects."""
    name, client = identity(home)
    for number, subject in enumerate(subjects):
        trust(client, name, f"trust-{number}", subject)
    return str(client.user_assigned_identities.get("rg", name).client_id)


def trust(client: Any, name: str, credential: str, subject: str, **other: Any) -> None:
    properties = {"issuer": GITHUB, "subject": subject, "audiences": [AUDIENCE], **other}
    client.federated_identity_credentials.create_or_update("rg", name, credential, {"properties": properties})


def sign_in(home: Home, client_id: str, assertion: str) -> str:
    """What Azure's own client gets for the assertion."""
    credential = ClientAssertionCredential(
        home.api.account.tenant,
        client_id,
        lambda: assertion,
        authority=home.arm,
        disable_instance_discovery=True,
        connection_verify=str(home.path / "emulator" / "ca.pem"),
    )
    return credential.get_token(f"{home.arm}/.default").token


@pytest.mark.parametrize("subject", [OLD, IMMUTABLE])
def test_both_forms_of_a_subject_sign_in_where_both_are_trusted(
    home: Home, issuer: GitHubIssuer, subject: str
) -> None:
    client_id = trusting(home, OLD, IMMUTABLE)

    token = sign_in(home, client_id, issuer.token(subject))

    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["appid"] == client_id


@pytest.mark.parametrize(
    "subject",
    [
        "repo:acme/shop:pull_request",
        "repo:Acme/shop:environment:prod",
        "repo:acme@12/shop@35:environment:prod",
    ],
)
def test_another_subject_is_refused_by_its_name(home: Home, issuer: GitHubIssuer, subject: str) -> None:
    client_id = trusting(home, OLD, IMMUTABLE)

    with pytest.raises(ClientAuthenticationError, match="AADSTS700213") as refused:
        sign_in(home, client_id, issuer.token(subject))

    assert f"Assertion Subject: '{subject}'" in str(refused.value)


def test_another_audience_is_refused(home: Home, issuer: GitHubIssuer) -> None:
    client_id = trusting(home, OLD)

    with pytest.raises(ClientAuthenticationError, match="AADSTS700213"):
        sign_in(home, client_id, issuer.token(OLD, audience="https://github.com/acme"))


def test_a_key_that_the_issuer_does_not_publish_signs_nobody_in(home: Home) -> None:
    client_id = trusting(home, OLD)

    with GitHubIssuer.serving() as stranger, pytest.raises(ClientAuthenticationError, match="AADSTS50027"):
        sign_in(home, client_id, stranger.token(OLD))


def test_keys_are_asked_for_on_this_machine_only(home: Home, issuer: GitHubIssuer) -> None:
    client_id = trusting(home, OLD)
    issuer.trusted_by(home.path, at="https://token.actions.githubusercontent.com/.well-known/jwks")
    try:
        with pytest.raises(ClientAuthenticationError, match="is not on this machine"):
            sign_in(home, client_id, issuer.token(OLD))
    finally:
        issuer.trusted_by(home.path)


def test_an_identity_has_one_credential_a_subject_one_audience_and_twenty_at_most(home: Home) -> None:
    name, client = identity(home)
    for number in range(20):
        trust(client, name, f"trust-{number}", f"{OLD}-{number}")

    for credential, subject, other, text in (
        ("trust-again", f"{OLD}-0", {}, "already exists"),
        ("trust-20", f"{OLD}-20", {}, "at most 20"),
        ("trust-0", f"{OLD}-0", {"audiences": [AUDIENCE, "other"]}, "Exactly one audience"),
        ("x", f"{OLD}-0", {}, "not valid"),
    ):
        with pytest.raises(HttpResponseError, match=text):
            trust(client, name, credential, subject, **other)


def test_a_pipeline_assigns_the_roles_that_its_condition_names_and_no_other(
    home: Home, issuer: GitHubIssuer
) -> None:
    """CI-04: the condition that `pipeline trust` writes is judged, at the very call."""
    name, client = identity(home)
    trust(client, name, "trust-0", OLD)
    mine = client.user_assigned_identities.get("rg", name)
    given = assign(home.http(), home, ROLE_ADMINISTRATOR, mine.principal_id, only_roles(roles.ASSIGNED))
    assert given.status_code == 201
    pipeline = home.http(sign_in(home, mine.client_id, issuer.token(OLD)))

    pull = assign(pipeline, home, roles.ACR_PULL, mine.principal_id)
    owner = assign(pipeline, home, OWNER, mine.principal_id)
    taken = pipeline.delete(given.json()["id"], params=ROLE_VERSION)

    assert (pull.status_code, owner.status_code, taken.status_code) == (201, 403, 403)
    assert "or an ABAC condition not fulfilled" in owner.json()["error"]["message"]
    assert pipeline.delete(pull.json()["id"], params=ROLE_VERSION).status_code == 200


def test_a_condition_that_nobody_could_judge_is_not_taken(home: Home) -> None:
    refused = assign(home.http(), home, roles.ACR_PULL, home.api.account.object_id, "@Resource[a:b] Exists")

    assert refused.status_code == 400
    assert "'a:b' is no attribute that the emulator knows" in refused.json()["error"]["message"]


def assign(client: Any, home: Home, role: str, principal: str, condition: str | None = None) -> Any:
    """One role at the subscription, as this client asks for it."""
    definition = home.id(f"/providers/Microsoft.Authorization/roleDefinitions/{role}")
    sent: dict[str, Any] = {"principalId": principal, "principalType": "ServicePrincipal",
                            "roleDefinitionId": definition}  # fmt: skip
    if condition:
        sent |= {"condition": condition, "conditionVersion": "2.0"}
    where = home.id(f"/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}")
    return client.put(where, params=ROLE_VERSION, json={"properties": sent})
