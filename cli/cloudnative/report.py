"""What an environment is, read from its state: regions, clusters, addresses, images, release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudnative.absent import NONE, NOTHING

Deployment = dict[str, Any]
CLUSTER = "azure-native:containerservice:ManagedCluster"
REGISTRY = "azure-native:containerregistry:Registry"
GROUP = "azure-native:resources:ResourceGroup"
RELEASE = "cloudnative:index:Release"
BUNDLE = "cloudnative:index:Bundle"


def of_type(deployment: Deployment | None, *types: str) -> list[dict[str, Any]]:
    """Live resources of these types, in the state's order."""
    resources = (deployment or NOTHING).get("resources") or NONE
    return [r for r in resources if r["type"] in types and not r.get("delete")]


def regions(deployment: Deployment | None) -> list[dict[str, Any]]:
    """Per cluster: its region, name and id, the release that runs there and the addresses it serves.

    Clusters of the environment first, then those of somebody else that its releases go to (3.3.13).
    """
    own = [_made(cluster) for cluster in of_type(deployment, CLUSTER)]
    others = _others(deployment, {str(cluster["id"]).lower() for cluster in own})
    return [{**cluster, **_released(deployment, cluster["id"])} for cluster in [*own, *others]]


def _made(cluster: dict[str, Any]) -> dict[str, Any]:
    outputs = cluster.get("outputs") or NOTHING
    return {
        "name": outputs.get("location") or cluster["inputs"].get("location", ""),
        "cluster": outputs.get("name") or cluster["inputs"].get("resourceName", ""),
        "id": str(cluster.get("id") or ""),
    }


def _others(deployment: Deployment | None, own: set[str]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for release in of_type(deployment, RELEASE):
        cluster = str(release["inputs"].get("clusterId") or "")
        if cluster and cluster.lower() not in own:
            name = cluster.rpartition("/")[2]
            region = {"name": _region_of(release) or name, "cluster": name, "id": cluster}
            found.setdefault(cluster.lower(), region)
    return [*found.values()]


def _region_of(release: dict[str, Any]) -> str:
    """`koreacentral` of `shop-koreacentral`, as components name releases; empty for other names."""
    name, application = release["urn"].rpartition("::")[2], release["inputs"].get("application", "")
    return name.removeprefix(f"{application}-") if name.startswith(f"{application}-") else ""


def _released(deployment: Deployment | None, cluster_id: str) -> dict[str, Any]:
    released = releases_in(deployment, cluster_id)
    return {
        "release": max((number(r) for r in released), default=0),
        "applications": sorted({str(r["inputs"].get("application", "")) for r in released}),
        "endpoints": [e for r in released for e in (r.get("outputs") or NOTHING).get("endpoints") or NONE],
        "objects": sorted({o for r in released for o in r["inputs"].get("objects") or NOTHING}),
    }


def releases_in(
    deployment: Deployment | None, cluster_id: str, application: str = ""
) -> list[dict[str, Any]]:
    """The releases of one cluster, of all applications or of one."""
    return [
        release
        for release in of_type(deployment, RELEASE)
        if _same(release["inputs"].get("clusterId"), cluster_id)
        and application in ("", release["inputs"].get("application"))
    ]


def registries(deployment: Deployment | None) -> list[str]:
    """Login servers of the environment's own registries."""
    return [str(one["outputs"]["loginServer"]) for one in of_type(deployment, REGISTRY)]


def number(release: dict[str, Any]) -> int:
    """The number of a release; integers travel as floats."""
    return int((release.get("outputs") or NOTHING).get("number") or 0)


def images(deployment: Deployment | None) -> dict[str, str]:
    """Service -> digest of what is released."""
    found: dict[str, str] = {}
    for resource in of_type(deployment, BUNDLE, RELEASE):
        for service, ref in (resource["inputs"].get("images") or NOTHING).items():
            found[service] = str(ref).rpartition("@")[2]
    return found


def made_by(resource: Mapping[str, Any]) -> str:
    """The component that a resource belongs to, `cloudnative:index:Application::shop`; empty without one."""
    kind, _, name = str(resource.get("parent") or "").rpartition("::")
    last = kind.rpartition("::")[2].rpartition("$")[2]
    return "" if last == "pulumi:pulumi:Stack" or not last else f"{last}::{name}"


def release(deployment: Deployment | None) -> dict[str, Any]:
    """`release` of the JSON of `up`."""
    released = of_type(deployment, RELEASE) or of_type(deployment, BUNDLE)
    numbers = [number(r) for r in released]
    newest = max(released, key=number, default=None)
    source = str(_bundle_of(newest or NOTHING).get("source") or "")
    return {"number": max(numbers, default=0), "source": source, "images": images(deployment)}


def _bundle_of(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a release says of its bundle, or a bundle of itself."""
    inputs = resource.get("inputs") or NOTHING
    return inputs.get("bundle") or resource.get("outputs") or NOTHING


def public_regions(deployment: Deployment | None) -> list[dict[str, Any]]:
    """`regions` of the JSON of `up`."""
    keys = ("name", "cluster", "release", "endpoints")
    return [{key: region[key] for key in keys} for region in regions(deployment)]


def groups(deployment: Deployment | None) -> list[str]:
    """Names of every resource group that the environment owns, node groups too."""
    own = [
        (r.get("outputs") or r["inputs"]).get("name") or r["inputs"].get("resourceGroupName", "")
        for r in of_type(deployment, GROUP)
    ]
    node = [
        (r.get("outputs") or NOTHING).get("nodeResourceGroup") or r["inputs"].get("nodeResourceGroup", "")
        for r in of_type(deployment, CLUSTER)
    ]
    return [name for name in dict.fromkeys([*own, *node]) if name]


def _same(one: Any, other: Any) -> bool:
    return str(one or "").lower() == str(other or "").lower() != ""
