"""What preflight reads, as Azure's own clients read it: the emulator's answers have the shape of Azure's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from tests.emulator.arm_home import Home

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("shapes"))
    yield home
    home.close()


def test_a_vm_size_has_vcpus_zones_and_abilities(home: Home) -> None:
    client = home.client(ComputeManagementClient)
    sizes = {size.name: size for size in client.resource_skus.list(filter="location eq 'koreacentral'")}
    size = sizes["Standard_D4ds_v5"]
    abilities = {one.name: one.value for one in size.capabilities}
    assert (size.resource_type, abilities["vCPUs"]) == ("virtualMachines", "4")
    assert (abilities["EphemeralOSDiskSupported"], abilities["EncryptionAtHostSupported"]) == ("True", "True")
    assert list(size.location_info[0].zones) == ["1", "2", "3"]
    assert list(size.restrictions) == []


def test_quota_is_counted_by_family_and_in_all(home: Home) -> None:
    rows: list[Any] = list(home.client(ComputeManagementClient).usage.list("koreacentral"))
    limits = {row.name.value: (row.current_value, row.limit) for row in rows}
    assert limits["cores"] == (0, 100)
    assert limits["standardDSv5Family"] == (0, 100)


def test_the_subscription_is_enabled(home: Home) -> None:
    client = SubscriptionClient(
        home.credential(), base_url=home.arm, credential_scopes=[home.arm + "/.default"],
        connection_verify=home.ca,
    )  # fmt: skip
    with client:
        assert client.subscriptions.get(home.subscription).state == "Enabled"


def test_the_deployers_permissions_are_an_owners(home: Home) -> None:
    url = home.id("/resourceGroups/perm?api-version=2024-03-01")
    home.http().put(url, json={"location": "koreacentral"}).raise_for_status()
    client = home.client(AuthorizationManagementClient)
    (role,) = client.permissions.list_for_resource_group("perm")
    assert (list(role.actions), list(role.not_actions)) == (["*"], [])


def test_permissions_in_a_group_that_is_not_there_are_404(home: Home) -> None:
    path = home.id("/resourceGroups/nowhere/providers/Microsoft.Authorization/permissions")
    answer = home.http().get(path, params={"api-version": "2022-04-01"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ResourceGroupNotFound")
