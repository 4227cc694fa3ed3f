"""Conditions of role assignments: what we write ourselves, what others may, and what cannot be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudnative_components.azure import roles
from cloudnative_components.trust.github_trust import ROLE_ADMINISTRATOR, only_roles
from cloudnative_emulator.arm.access import ASSIGNMENTS, Access
from cloudnative_emulator.arm.conditions import Attempt, ConditionError, attributes, holds, read
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.store import Store
from cloudnative_emulator.identity.tokens import Principal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
WRITE, DELETE = f"{ASSIGNMENTS}/write", f"{ASSIGNMENTS}/delete"
SCOPE = "/subscriptions/s"
NEW = f"{SCOPE}/resourceGroups/rg/providers/{ASSIGNMENTS}/new"
OURS = only_roles(roles.ASSIGNED)
ME = Principal(client_id="app", object_id="me")


def properties(role: str, kind: str = "ServicePrincipal") -> dict[str, Any]:
    return {"roleDefinitionId": f"{SCOPE}/x/{role}", "principalId": "somebody", "principalType": kind}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """I may assign roles, under the condition of a pipeline."""
    store = Store(tmp_path / "arm.sqlite")
    mine = {**properties(ROLE_ADMINISTRATOR), "principalId": "me", "scope": SCOPE, "condition": OURS}
    put(store, f"{SCOPE}/providers/{ASSIGNMENTS}/mine", mine)
    yield store
    store.close()


def put(store: Store, where: str, document: dict[str, Any]) -> None:
    store.put({"id": where, "name": where.rsplit("/", 1)[-1], "type": ASSIGNMENTS, "properties": document})


@pytest.mark.parametrize("role", [*roles.ASSIGNED, roles.ACR_PULL.upper()])
def test_a_pipeline_assigns_every_role_that_components_need(store: Store, role: str) -> None:
    Access(store).require(ME, WRITE, NEW, {"properties": properties(role)})


@pytest.mark.parametrize(
    "sent",
    [
        {"properties": properties(OWNER)},
        {"properties": properties(ROLE_ADMINISTRATOR)},
        {"properties": properties(roles.ACR_PULL, "User")},
        {"properties": properties(roles.ACR_PULL, "Group")},
        {"properties": None},
        None,
    ],
    ids=["owner", "the right to assign", "to a person", "to a group", "nothing said", "no body"],
)
def test_a_pipeline_assigns_no_other_and_to_nobody_else(store: Store, sent: dict[str, Any] | None) -> None:
    with pytest.raises(ArmError, match="or an ABAC condition not fulfilled") as refused:
        Access(store).require(ME, WRITE, NEW, sent)
    assert (refused.value.status, refused.value.code) == (403, "AuthorizationFailed")


@pytest.mark.parametrize(
    ("role", "kind", "allowed"),
    [(roles.ACR_PULL, "ServicePrincipal", True), (roles.ACR_PULL, "User", True), (OWNER, "User", False)],
)
def test_a_pipeline_takes_only_what_it_may_give(store: Store, role: str, kind: str, allowed: bool) -> None:
    put(store, NEW, {**properties(role, kind), "scope": f"{SCOPE}/resourceGroups/rg"})
    access = Access(store)
    if allowed:
        access.require(ME, DELETE, NEW)
    else:
        with pytest.raises(ArmError, match="ABAC"):
            access.require(ME, DELETE, NEW)


def test_a_condition_is_no_hint_where_the_role_is_missing(store: Store) -> None:
    with pytest.raises(ArmError, match="does not have authorization to perform action"):
        Access(store).require(ME, "Microsoft.Network/virtualNetworks/write", SCOPE)


def test_what_a_condition_is_not_about_stays_allowed(store: Store) -> None:
    assert Access(store).allows("me", "Microsoft.Network/virtualNetworks/read", SCOPE)


ATTEMPT = Attempt(WRITE, attributes(properties(roles.ACR_PULL)), {})
ROLE_IS = f"@Request[{ASSIGNMENTS}:RoleDefinitionId] GuidEquals"


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ("", True),
        (f"{ROLE_IS} {roles.ACR_PULL}", True),
        (f"{ROLE_IS} {OWNER}", False),
        (f"!({ROLE_IS} {OWNER})", True),
        (f"{ROLE_IS} {roles.ACR_PULL} OR {ROLE_IS} {OWNER} AND {ROLE_IS} {OWNER}", True),
        (f"({ROLE_IS} {roles.ACR_PULL} OR {ROLE_IS} {OWNER}) AND {ROLE_IS} {OWNER}", False),
        (f"@Resource[{ASSIGNMENTS}:RoleDefinitionId] GuidEquals {roles.ACR_PULL}", False),
        (f"@request[{ASSIGNMENTS}:principalid] foranyofanyvalues:guidequals {{a, somebody}}", True),
        ("actionmatches{'Microsoft.Authorization/*'}", True),
        ("(\n!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})\n)", False),
    ],
)
def test_conditions_are_judged_as_they_are_written(condition: str, allowed: bool) -> None:
    assert holds(condition, ATTEMPT) is allowed


@pytest.mark.parametrize(
    "condition",
    [
        "true",
        "(",
        f"{ROLE_IS} {OWNER})",
        f"{ROLE_IS}",
        f"@Request[{ASSIGNMENTS}:Colour] StringEquals 'red'",
        "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'a'",
        f"@Request[{ASSIGNMENTS}:PrincipalType] StringLike 'User*'",
        f"@Request[{ASSIGNMENTS}:PrincipalId] ForAnyOfAnyValues:GuidEquals {{a b}}",
        "ActionMatches{'a'} AND ?",
    ],
)
def test_what_cannot_be_judged_is_an_error(condition: str) -> None:
    with pytest.raises(ConditionError, match="'"):
        read(condition)
