"""Our components on the real engine, stand-in and ARM of the emulator; only the cluster's boot is a fake."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation
from pulumi_azure_native import managedidentity, network, operationalinsights, resources, storage
from tests.emulator.arm_home import Home

from cloudnative_components.azure.azure_account import connect
from cloudnative_components.azure.naming import environment_names
from cloudnative_components.cluster.region import Region, RegionArgs
from cloudnative_components.config import EnvironmentConfig
from cloudnative_components.hardening import hardened_region, hardened_registry
from cloudnative_components.registry.container_registry import ContainerRegistry
from cloudnative_emulator.azure_native import start
from cloudnative_toolchain.programs import program

pytestmark = pytest.mark.emulator
LITTLE = {
    "managed_prometheus": False, "log_analytics": False, "own_network": False, "maintenance_window": "none",
    "dedicated_system_pool": False, "deployment_safeguards": "off",
}  # fmt: skip
REGIONS = ["koreacentral", "japaneast"]
CLUSTER = "azure-native:containerservice:ManagedCluster"


class Stack:
    """One stack whose azure-native is the stand-in over this home."""

    def __init__(self, home: Home, folder: Path, port: int, engine: Path) -> None:
        self.home, self.tags, self.program = home, {"team": "a"}, self.infrastructure
        self.settings: dict[str, Any] = {}
        environment = {
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_HOME": str(folder / "pulumi"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_PROVIDERS": f"azure-native:{port}",
        }
        (folder / "state").mkdir()
        self.stack = automation.create_stack(
            "dev",
            project_name="shop",
            program=self.run,
            opts=automation.LocalWorkspaceOptions(
                pulumi_command=automation.PulumiCommand(str(engine)), env_vars=environment
            ),
        )

    def run(self) -> None:
        """The program of this test."""
        self.program()

    def infrastructure(self) -> None:
        """A registry and one region."""
        account = connect("azure", "emulator", _Root())
        names = environment_names(
            project="shop", environment="dev", subscription=account.subscription, regions=["koreacentral"]
        )
        azure = pulumi.ResourceOptions(providers={"azure-native": account.provider})
        registry = ContainerRegistry(
            "registry",
            {"resource_group_name": names.group, "registry_name": names.registry, "location": "koreacentral"},
            azure,
        )
        own = names.regions["koreacentral"]
        region = Region(
            "koreacentral",
            {
                "location": "koreacentral",
                "resource_group_name": own.group,
                "cluster_name": own.cluster,
                "dns_prefix": own.dns_prefix,
                "node_resource_group": own.node_group,
                "cluster_identity_name": own.cluster_identity,
                "kubelet_identity_name": own.kubelet_identity,
                "registry_id": registry.registry_id,
                "subscription_id": account.subscription,
                "tenant_id": account.tenant,
                "deployer_principal_id": account.principal,
                "deployer_principal_type": account.principal_type,
                "tags": self.tags,
            },
            azure,
        )
        pulumi.export("cluster", region.cluster_id)
        pulumi.export("server", registry.login_server)

    def up(self) -> dict[str, int]:
        return _changes(self.stack.up().summary.resource_changes)

    def state(self) -> str:
        return json.dumps(self.stack.export_stack().deployment)

    def hardened(self) -> None:
        """What prod makes of them, by the config that the command reads."""
        config = EnvironmentConfig.model_validate(
            {"name": "prod", "profile": "prod", "cloud": "emulator", "regions": REGIONS, "application": ["."],
             **self.settings}
        )  # fmt: skip
        account = connect("azure", "emulator", _Root())
        azure = pulumi.ResourceOptions(providers={"azure-native": account.provider})
        registry = ContainerRegistry(
            "registry",
            {
                "resource_group_name": "rg-shop-prod", "registry_name": "crshopprod",
                "location": "koreacentral", "replica_locations": ["japaneast"],
                **hardened_registry(config),
            },
            azure,
        )  # fmt: skip
        made = RegionArgs(
            location="koreacentral",
            resource_group_name="rg-shop-prod-krc",
            cluster_name="aks-shop-prod-krc",
            registry_id=registry.registry_id,
        )
        if config.registry_access != "public":
            made["private_registry_id"] = registry.replicated_id
        made.update(hardened_region(config, "koreacentral"))  # type: ignore[typeddict-item] - by their names
        pulumi.export("cluster", Region("koreacentral", made, azure).cluster_id)


class _Root(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("test:index:Root", "root", {})


def _changes(found: Any) -> dict[str, int]:
    counts: dict[Any, int] = found or {}
    return {str(getattr(kind, "value", kind)): count for kind, count in counts.items()}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path / "home"))
    home = Home(tmp_path / "home")
    yield home
    home.close()


@pytest.fixture
def stack(home: Home, tmp_path: Path) -> Iterator[Stack]:
    account = home.api.account
    endpoint = tmp_path / "home" / "emulator" / "endpoint.json"
    fields = ("tenant", "subscription", "client_id", "client_secret", "object_id")
    document = {"arm": home.arm, "ca": home.ca, **{name: getattr(account, name) for name in fields}}
    endpoint.touch(mode=0o600)
    endpoint.write_text(json.dumps(document))
    running = start(endpoint)
    engine = program("pulumi")
    root = tmp_path / "engine"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "pulumi").symlink_to(engine)
    yield Stack(home, tmp_path, running.port, root)
    running.stop()


def test_a_region_comes_up_stays_the_same_changes_and_goes(stack: Stack, home: Home):
    assert set(stack.up()) == {"create"}
    outputs = stack.stack.outputs()
    assert outputs["server"].value.startswith("127.0.0.1:")
    assert home.backend.running
    assert home.api.account.client_secret not in stack.state()

    assert set(stack.up()) == {"same"}
    assert set(_changes(stack.stack.refresh().summary.resource_changes)) == {"same"}
    assert set(stack.up()) == {"same"}

    stack.tags = {"team": "b"}
    assert "replace" not in stack.up()
    assert _answer(home, outputs["cluster"].value)["tags"] == {"team": "b"}

    stack.stack.destroy()
    assert not home.backend.running
    assert _groups(home) == []


def test_a_hardened_region_comes_up_stays_the_same_changes_and_goes(stack: Stack, home: Home):
    stack.program, stack.settings = stack.hardened, {"protect": False, "private_cluster": True}
    assert set(stack.up()) == {"create"}
    cluster = _answer(home, stack.stack.outputs()["cluster"].value)["properties"]
    assert {pool["name"]: pool["count"] for pool in cluster["agentPoolProfiles"]} == {"system": 3, "apps": 3}
    assert cluster["addonProfiles"]["omsagent"]["identity"]["objectId"]
    assert _registry(home) == ("Disabled", ["pe-aks-shop-prod-krc-registry"])  # ACR-04
    assert set(stack.up()) == {"same"}
    assert set(_changes(stack.stack.refresh().summary.resource_changes)) == {"same"}

    stack.settings |= {"node_count": 4, "log_retention_days": 90, "defender": False}
    stack.settings |= {"registry_access": "endpoints"}
    assert not {"replace", "create", "delete"} & set(stack.up())
    cluster = _answer(home, stack.stack.outputs()["cluster"].value)["properties"]
    assert [pool["count"] for pool in cluster["agentPoolProfiles"] if pool["name"] == "apps"] == [4]
    assert _registry(home) == ("Enabled", ["pe-aks-shop-prod-krc-registry"])
    assert set(stack.up()) == {"same"}

    stack.settings |= {"registry_access": "public"}
    assert stack.up()["delete"] == 4  # endpoint, zone, link and group, while the network and its nodes stay
    assert _registry(home) == ("Enabled", [])

    stack.stack.destroy()
    assert not home.backend.running
    assert _groups(home) == []  # and with them those that Azure makes: of nodes, of Azure Monitor


def test_what_is_protected_is_not_destroyed(stack: Stack, home: Home):
    stack.program, stack.settings = stack.hardened, LITTLE
    stack.up()

    with pytest.raises(automation.CommandError, match="protected"):
        stack.stack.destroy()

    assert home.backend.running


def test_raw_resources_with_the_default_provider_reach_the_emulator(stack: Stack, home: Home):
    stack.program = raw_resources

    assert set(stack.up()) == {"create"}
    assert set(stack.up()) == {"same"}
    assert set(_changes(stack.stack.refresh().summary.resource_changes)) == {"same"}
    assert _groups(home)[0]["name"] == "rg-raw"

    stack.stack.destroy()
    assert _groups(home) == []


def raw_resources() -> None:
    """What somebody adds to stacks/__main__.py: no explicit provider, no location, no names of their own."""
    group = resources.ResourceGroup("raw", resource_group_name="rg-raw", location="koreacentral").name
    storage.StorageAccount("files", resource_group_name=group, kind="StorageV2", sku={"name": "Standard_LRS"})
    network.VirtualNetwork(
        "net",
        resource_group_name=group,
        address_space={"address_prefixes": ["10.1.0.0/16"]},
        subnets=[{"name": "nodes", "address_prefix": "10.1.0.0/23"}],
    )
    operationalinsights.Workspace("logs", resource_group_name=group, retention_in_days=30)
    identity = managedidentity.UserAssignedIdentity("ci", resource_group_name=group)
    managedidentity.FederatedIdentityCredential(
        "main",
        resource_group_name=group,
        resource_name_=identity.name,
        issuer="https://token.actions.githubusercontent.com",
        subject="repo:o/r:ref:refs/heads/main",
        audiences=["api://AzureADTokenExchange"],
    )


def _answer(home: Home, arm_id: str) -> dict[str, Any]:
    return home.http().get(arm_id, params={"api-version": "2025-09-01"}).json()


def _groups(home: Home) -> list[Any]:
    return home.http().get(home.id("/resourceGroups"), params={"api-version": "2024-03-01"}).json()["value"]


def _registry(home: Home) -> tuple[str, list[str]]:
    """Its public access, and the names of its private endpoints."""
    group = home.id("/resourceGroups/rg-shop-prod")
    where = f"{group}/providers/Microsoft.ContainerRegistry/registries/crshopprod"
    found = home.http().get(where, params={"api-version": "2023-01-01-preview"}).json()["properties"]
    return found["publicNetworkAccess"], [one["name"] for one in found["privateEndpointConnections"]]
