"""What a state says of regions: clusters of the environment, and those of somebody else (3.3.13)."""

from typing import Any

import pytest

from cloudnative.bundle_mode import BundleRef, component_of, running_bundles
from cloudnative.commands.purge import refuse_others
from cloudnative.drifting import named_regions
from cloudnative.promoting import registry_of
from cloudnative.releases import Place, places
from cloudnative.report import CLUSTER, REGISTRY, RELEASE, made_by, public_regions, regions
from cloudnative_toolchain.errors import ConfigError

AKS = "/subscriptions/s/resourceGroups/rg-platform/providers/Microsoft.ContainerService/managedClusters/aks"
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
APPLICATION = "urn:pulumi:dev::shop::cloudnative:index:Application::shop"
ENVIRONMENT = "urn:pulumi:dev::shop::cloudnative:index:Environment::dev"


def release(name: str = "shop-koreacentral", parent: str = APPLICATION, **more: Any) -> dict[str, Any]:
    given = {"cluster": AKS, "application": "shop", "number": 2, **more}
    bundle = {"ref": f"cr.io/bundles/{given['application']}@{given['number']}", "number": given["number"]}
    inputs = {"clusterId": given["cluster"], "application": given["application"], "bundle": bundle}
    urn = f"{parent}$cloudnative:index:Release::{name}"
    return {"type": RELEASE, "urn": urn, "parent": parent, "inputs": inputs, "outputs": bundle}


def own(identity: str = AKS) -> dict[str, Any]:
    inputs = {"location": "japaneast", "resourceName": "aks-own"}
    return {"type": CLUSTER, "urn": "c", "id": identity, "inputs": inputs}


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resources": list(resources)}


@pytest.mark.parametrize(
    ("resources", "found"),
    [
        pytest.param([release()], [("koreacentral", "aks", 2)], id="as an Application calls it"),
        pytest.param([release("web", STACK)], [("aks", "aks", 2)], id="of no component: as the cluster"),
        pytest.param([own(), release()], [("japaneast", "aks-own", 2)], id="a cluster of the environment"),
        pytest.param([own(AKS.upper()), release()], [("japaneast", "aks-own", 2)], id="in any spelling"),
        pytest.param(
            [own("/other"), release()], [("japaneast", "aks-own", 0), ("koreacentral", "aks", 2)], id="both"
        ),
        pytest.param(
            [release(), release("notices-koreacentral", application="notices", number=5)],
            [("koreacentral", "aks", 5)],
            id="two applications of one stack",
        ),
        pytest.param([], [], id="nothing"),
    ],
)
def test_a_region_is_where_a_release_goes(resources: list[Any], found: list[Any]) -> None:
    seen = public_regions(state(*resources))
    assert [(one["name"], one["cluster"], one["release"]) for one in seen] == found


def test_an_application_in_clusters_of_others_has_a_place_and_drifts_by_region() -> None:
    there = state(release(), release("shop-japaneast", cluster=f"{AKS}-2"))
    clusters = {"koreacentral": AKS, "japaneast": f"{AKS}-2"}
    assert places(there) == [Place("shop", "cr.io", clusters)]
    assert named_regions(there) == {one.lower(): name for name, one in clusters.items()}
    assert [one["id"] for one in regions(there)] == list(clusters.values())


def test_what_runs_is_told_by_application() -> None:
    there = state(release(), release("notices-koreacentral", application="notices", number=5))
    assert running_bundles(there, "shop") == {"koreacentral": BundleRef("cr.io/bundles/shop@2", 2)}
    assert running_bundles(there, "notices")["koreacentral"].number == 5


@pytest.mark.parametrize(
    ("parent", "component"),
    [
        (APPLICATION, "cloudnative:index:Application::shop"),
        (f"{ENVIRONMENT}$cloudnative:index:Region::a", "cloudnative:index:Region::a"),
        (
            "urn:pulumi:dev::shop::team:Thing$cloudnative:index:Application::shop",
            "cloudnative:index:Application::shop",
        ),
        (STACK, ""),
        ("", ""),
    ],
)
def test_who_made_a_resource(parent: str, component: str) -> None:
    assert made_by({"parent": parent}) == component


@pytest.mark.parametrize(
    ("resources", "component"),
    [
        ([release()], "cloudnative:index:Application::shop"),
        ([release("shop-a", ENVIRONMENT)], "cloudnative:index:Environment::dev"),
        ([release("other-a", STACK, application="other")], ""),
        ([], ""),
    ],
)
def test_a_stored_bundle_goes_to_the_component_of_the_state(resources: list[Any], component: str) -> None:
    assert component_of(state(*resources), "shop", "dev") == component


@pytest.mark.parametrize("parent", [STACK, "urn:pulumi:dev::shop::team:Thing::shop"])
def test_a_release_that_the_program_itself_makes_takes_no_stored_bundle(parent: str) -> None:
    with pytest.raises(ConfigError, match="takes no stored bundle"):
        component_of(state(release("web", parent)), "shop", "dev")


class Config:
    """What a registry is looked for in."""

    def __init__(self, registry: str | None = None) -> None:
        self.registry = registry


MADE: dict[str, Any] = {"type": REGISTRY, "urn": "r", "inputs": {}, "outputs": {"loginServer": "own.io"}}


@pytest.mark.parametrize(
    ("named", "resources", "registry"),
    [
        ("team.io", [], "team.io"),
        (None, [release()], "cr.io"),
        (None, [MADE], "own.io"),
        (None, [MADE, release("other-a", application="other")], "own.io"),
    ],
)
def test_a_promoted_bundle_goes_to_the_registry_of_the_environment(
    named: str | None, resources: list[Any], registry: str
) -> None:
    config: Any = Config(named)
    assert registry_of(state(*resources), config, "shop") == registry


def test_a_registry_of_somebody_else_is_not_cleaned_up() -> None:
    with pytest.raises(ConfigError, match="is not a registry of dev"):
        refuse_others(state(release()), Place("shop", "cr.io", {}), "dev")
    refuse_others(state(MADE), Place("shop", "own.io", {}), "dev")
