"""Ids compare case-insensitively and inherit from what contains them."""

from __future__ import annotations

import pytest

from cloudnative_emulator.arm import ids

REGISTRY = "/subscriptions/S/resourcegroups/RG/providers/microsoft.containerregistry/Registries/cr"


def test_a_resource_id_gets_its_canonical_spelling() -> None:
    assert ids.parse(REGISTRY).id == (
        "/subscriptions/S/resourceGroups/RG/providers/Microsoft.ContainerRegistry/registries/cr"
    )


def test_parts_of_a_nested_resource() -> None:
    target = ids.parse(f"{REGISTRY}/replications/westeurope")
    assert (target.group, target.subscription, target.name) == ("RG", "S", "westeurope")
    assert target.type == "Microsoft.ContainerRegistry/registries/replications"
    assert target.owner.id == ids.parse(REGISTRY).id


def test_an_extension_resource_is_owned_by_its_scope() -> None:
    target = ids.parse(f"{REGISTRY}/providers/Microsoft.Authorization/roleAssignments/n")
    assert target.owner.id == ids.parse(REGISTRY).id


def test_a_collection_and_an_action_have_a_type_without_a_name() -> None:
    target = ids.parse(f"{REGISTRY}/listCredentials")
    assert target.trailing
    assert target.owner.name == "cr"


@pytest.mark.parametrize(
    ("scope", "above"),
    [
        ("/", ["/"]),
        ("/subscriptions/S", ["/subscriptions/s", "/"]),
        ("/subscriptions/S/resourceGroups", ["/subscriptions/s/resourcegroups", "/subscriptions/s", "/"]),
        (
            f"{REGISTRY}/replications/r",
            [
                f"{ids.key(REGISTRY)}/replications/r",
                ids.key(REGISTRY),
                "/subscriptions/s/resourcegroups/rg",
                "/subscriptions/s",
                "/",
            ],
        ),
    ],
)
def test_a_scope_inherits_from_everything_above_it(scope: str, above: list[str]) -> None:
    assert ids.ancestors(scope) == above
