"""Rights: built-in roles, wildcards, inheritance, Kubernetes data actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudnative_emulator.arm.access import ASSIGNMENTS, Access
from cloudnative_emulator.arm.roles import BUILT_IN, matches
from cloudnative_emulator.arm.store import Store
from cloudnative_emulator.identity.authorizer import data_action

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GROUP = "/subscriptions/s/resourceGroups/rg"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/cr"
PULL = "Microsoft.ContainerRegistry/registries/pull/read"
PUSH = "Microsoft.ContainerRegistry/registries/push/write"
AKS = "Microsoft.ContainerService/managedClusters"
# From Azure's documentation; public repositories carry wrong ones, so the strings stand here a second time.
GUIDS = {
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "AcrPush": "8311e382-0749-4cb8-b61a-304f252e45ec",
    "Azure Kubernetes Service Cluster User Role": "4abbcc35-e782-43d8-92c5-2d3f1bd2253f",
    "Azure Kubernetes Service Cluster Admin Role": "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8",
    "Azure Kubernetes Service RBAC Cluster Admin": "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
    "Azure Kubernetes Service RBAC Admin": "3498e952-d568-435e-9b2c-8d77e338d7f7",
    "Azure Kubernetes Service RBAC Writer": "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb",
    "Azure Kubernetes Service RBAC Reader": "7f6c6a51-bcf8-42ba-9220-52d62157d7db",
    "Managed Identity Operator": "f1a07417-d97a-45cb-824c-7a7467783830",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
}
ROLES = {role.name: role for role in BUILT_IN.values()}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "arm.sqlite")
    yield store
    store.close()


def assign(store: Store, role: str, scope: str, principal: str = "me") -> None:
    properties = {"principalId": principal, "roleDefinitionId": f"/x/{ROLES[role].id}", "scope": scope}
    name = f"{role}{len(scope)}"
    store.put({"id": f"{scope}/providers/{ASSIGNMENTS}/{name}", "type": ASSIGNMENTS, "name": name,
               "properties": properties})  # fmt: skip


@pytest.mark.parametrize(("name", "guid"), GUIDS.items())
def test_role_guids_are_azures(name: str, guid: str) -> None:
    assert ROLES[name].id == guid


@pytest.mark.parametrize("scope", [REGISTRY, REGISTRY.upper(), GROUP, "/subscriptions/s", "/"])
def test_a_role_holds_at_its_scope_and_below(store: Store, scope: str) -> None:
    assign(store, "AcrPull", scope)
    assert Access(store).allows("ME", PULL, REGISTRY)


@pytest.mark.parametrize("scope", [f"{REGISTRY}2", f"{REGISTRY}/replications/r", f"{GROUP}2"])
def test_a_role_does_not_hold_beside_or_above_its_scope(store: Store, scope: str) -> None:
    assign(store, "AcrPull", scope)
    assert not Access(store).allows("me", PULL, REGISTRY)


def test_a_role_is_only_for_its_principal(store: Store) -> None:
    assign(store, "Owner", GROUP, principal="somebody")
    assert not Access(store).allows("me", PULL, REGISTRY)


@pytest.mark.parametrize(
    ("role", "action", "allowed"),
    [
        ("AcrPull", PULL, True),
        ("AcrPull", PUSH, False),
        ("AcrPush", PUSH, True),
        ("Reader", PULL, True),
        ("Reader", PUSH, False),
        ("Contributor", PUSH, True),
        ("Contributor", "Microsoft.Authorization/roleAssignments/write", False),
        ("User Access Administrator", "Microsoft.Authorization/roleAssignments/write", True),
        ("User Access Administrator", f"{AKS}/write", False),
        ("Azure Kubernetes Service Cluster User Role", f"{AKS}/listClusterUserCredential/action", True),
        ("Azure Kubernetes Service Cluster User Role", f"{AKS}/listClusterAdminCredential/action", False),
    ],
)
def test_what_roles_allow(role: str, action: str, allowed: bool) -> None:
    assert ROLES[role].allows(action) is allowed


@pytest.mark.parametrize(
    ("role", "action", "allowed"),
    [
        ("RBAC Cluster Admin", "namespaces/delete", True),
        ("RBAC Admin", "namespaces/delete", False),
        ("RBAC Admin", "apps/deployments/write", True),
        ("RBAC Writer", "secrets/read", True),
        ("RBAC Writer", "rbac.authorization.k8s.io/roles/write", False),
        ("RBAC Reader", "pods/read", True),
        ("RBAC Reader", "secrets/read", False),
        ("RBAC Reader", "pods/exec/action", False),
    ],
)
def test_what_kubernetes_roles_allow(role: str, action: str, allowed: bool) -> None:
    assert ROLES[f"Azure Kubernetes Service {role}"].allows(f"{AKS}/{action}", data=True) is allowed


def test_owner_has_no_kubernetes_data_actions() -> None:
    assert not ROLES["Owner"].allows(f"{AKS}/pods/read", data=True)


@pytest.mark.parametrize(
    ("attributes", "action"),
    [
        ({"verb": "list", "resource": "pods"}, "pods/read"),
        ({"verb": "patch", "resource": "deployments", "group": "apps"}, "apps/deployments/write"),
        ({"verb": "deletecollection", "resource": "pods"}, "pods/delete"),
        ({"verb": "get", "resource": "pods", "subresource": "log"}, "pods/read"),
        ({"verb": "create", "resource": "pods", "subresource": "exec"}, "pods/exec/action"),
        ({"verb": "bind", "resource": "clusterroles"}, "clusterroles/bind/action"),
    ],
)
def test_kubernetes_requests_become_data_actions(attributes: dict[str, Any], action: str) -> None:
    assert data_action({"resourceAttributes": attributes}) == f"{AKS}/{action}"


@pytest.mark.parametrize(
    ("pattern", "action", "same"), [("*/read", "a/b/READ", True), ("a/*", "b/a/c", False)]
)
def test_wildcards(pattern: str, action: str, same: bool) -> None:
    assert matches(pattern, action) is same
