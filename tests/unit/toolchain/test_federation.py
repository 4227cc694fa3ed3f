"""Who a run speaks for, by its environment."""

from pathlib import Path

import pytest

from cloudnative_toolchain.federation import federated_identity

TENANT = "0a"
IDENTITY = {"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": TENANT, "AZURE_FEDERATED_TOKEN_FILE": "f"}


def test_an_identity_is_that_of_the_tenant_it_names():
    found = federated_identity("0A", IDENTITY)

    assert found is not None
    assert (found.client_id, found.token_file) == ("c", "f")


@pytest.mark.parametrize("missing", sorted(IDENTITY))
def test_without_client_tenant_or_token_nobody_is_meant(missing: str):
    assert federated_identity(TENANT, {**IDENTITY, missing: ""}) is None


def test_an_identity_of_another_tenant_is_not_used_here():
    assert federated_identity("0b", IDENTITY) is None


def test_the_token_is_read_anew_for_every_exchange(tmp_path: Path):
    file = tmp_path / "token"
    found = federated_identity(TENANT, {**IDENTITY, "AZURE_FEDERATED_TOKEN_FILE": str(file)})
    assert found is not None

    sent: list[str] = []
    for token in ("first", "second"):
        file.write_text(token)
        sent.append(found.form("https://arm/.default")["client_assertion"])

    assert sent == ["first", "second"]
