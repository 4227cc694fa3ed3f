"""Protected resources: which ones, who gives them up, and what a run that stopped before one says."""

from typing import Any

import pytest

from cloudnative.failure import failure
from cloudnative.protection import given_up, kept_from_down, refuse_loss
from cloudnative.runs.supervisor import Outcome
from cloudnative_components.application import Application
from cloudnative_components.application.model import GeneratedSecretRef
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode

SECRET = "urn:pulumi:dev::p::cloudnative:index:Environment$cloudnative:index:GeneratedSecret::shop-db-pw"
OF_THE_USER = "urn:pulumi:dev::p::azure-native:storage:StorageAccount::pictures"
STATE: dict[str, Any] = {
    "resources": [{"urn": SECRET, "protect": True}, {"urn": OF_THE_USER, "protect": True}]
}
DELETED = "resource cannot be deleted\nbecause it is protected. To unprotect the resource, remove the flag"
REPLACED = "unable to replace resource\nas it is currently marked for protection."


def application(*secrets: GeneratedSecretRef, name: str = "shop") -> Application:
    return Application(name, name, generated_secrets=list(secrets))


def test_a_secret_that_the_application_lost_is_refused_before_anything_runs() -> None:
    with pytest.raises(CloudnativeError) as refused:
        refuse_loss(STATE, application(), "dev")
    assert (refused.value.code, refused.value.what) == ("resource.protected", "shop-db-pw")
    assert refused.value.fix == "cloudnative up dev --unprotect shop-db-pw"


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (STATE, application(GeneratedSecretRef("db", "shop", "pw", 32))),
        (STATE, application(name="another")),
        (STATE, None),
        ({"resources": [{"urn": SECRET}]}, application()),
        (None, application()),
    ],
)
def test_what_is_kept_or_belongs_to_somebody_else_is_no_loss(state: Any, found: Application | None) -> None:
    refuse_loss(state, found, "dev")


@pytest.mark.parametrize("said", [DELETED, REPLACED])
def test_the_engines_refusal_names_the_resource_and_the_way_out(said: str) -> None:
    diagnostic = {"event": "diagnostic", "severity": "error", "text": said, "urn": OF_THE_USER}
    error = failure(Outcome(diagnostics=[diagnostic], failed=[OF_THE_USER]), "dev")
    assert (error.what, error.fix) == ("pictures", "cloudnative up dev --unprotect pictures")


def test_only_protected_resources_that_are_named_are_given_up() -> None:
    assert given_up(STATE, ["shop-db-pw"]) == [SECRET]
    with pytest.raises(ConfigError, match="pictures, shop-db-pw"):
        given_up(STATE, ["db"])


def test_down_says_which_items_are_protected() -> None:
    from cloudnative.commands.down import _items  # pyright: ignore[reportPrivateUsage]

    secret = {"type": "cloudnative:index:GeneratedSecret", "urn": SECRET, "custom": True, "protect": True}
    assert _items({"resources": [secret]}) == ["GeneratedSecret shop-db-pw (protected)"]


@pytest.mark.parametrize(("given", "begins"), [([], False), (["all"], True), (["pictures"], True)])
def test_down_begins_when_what_azure_protects_was_given_up(given: list[str], begins: bool) -> None:
    kept = kept_from_down(STATE, given, "prod")
    assert (kept is None) is begins
    if kept is not None:
        assert (kept.exit_code, kept.fix) == (ExitCode.RESOURCE, "cloudnative down prod --unprotect all")
        assert "pictures" in kept.what and "shop-db-pw" not in kept.what


def test_down_refuses_a_name_that_is_not_protected() -> None:
    with pytest.raises(ConfigError, match="no protected resource"):
        kept_from_down(STATE, ["db"], "prod")
