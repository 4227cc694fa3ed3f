"""Turns ARM's documents of a cluster into what a back end boots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.kinds.cluster_hardening import scaled
from cloudnative_emulator.arm.kinds.identities import IDENTITIES, fresh_identity
from cloudnative_emulator.identity.tokens import AKS_SERVER_APPLICATION
from cloudnative_emulator.ports import ClusterSpec, PoolSpec

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.store import Body

CLUSTERS = "Microsoft.ContainerService/managedClusters"
POOLS = "Microsoft.ContainerService/managedClusters/agentPools"


def spec_of(cloud: Cloud, body: Body) -> ClusterSpec:
    """The cluster as the back end is asked for it."""
    properties = body["properties"]
    client = properties["identityProfile"]["kubeletidentity"]["clientId"]
    return ClusterSpec(
        id=body["id"],
        name=body["name"],
        location=body["location"],
        kubernetes_version=properties["currentKubernetesVersion"],
        pools=[_pool(pool) for pool in pools_of(cloud, body["id"])],
        issuer=cloud.issuer.issuer,
        audience=AKS_SERVER_APPLICATION,
        authorizer_url=f"{cloud.issuer.arm}/authorize{ids.key(body['id'])}",
        authorizer_token=cloud.account.authorizer_token,
        service_account_issuer=properties["oidcIssuerProfile"].get("issuerURL"),
        kubelet_username=client,
        kubelet_password=cloud.account.kubelet_password(client),
        tags=body.get("tags") or {},
    )


def pools_of(cloud: Cloud, cluster_id: str) -> list[Body]:
    """The documents of a cluster's pools."""
    return cloud.store.under(cluster_id, POOLS)


def pool_defaults(cluster: Body, sent: dict[str, Any]) -> dict[str, Any]:
    """A pool's properties with what Azure fills in."""
    version = cluster["properties"]["currentKubernetesVersion"]
    count = sent.get("count", sent.get("minCount", 1))
    defaults = {
        "count": count, "vmSize": "Standard_D4s_v5", "osType": "Linux", "osSKU": "Ubuntu", "mode": "User",
        "type": "VirtualMachineScaleSets", "maxPods": 110, "osDiskSizeGB": 128, "osDiskType": "Managed",
        "enableAutoScaling": False, "enableNodePublicIP": False, "scaleDownMode": "Delete",
        "powerState": {"code": "Running"}, "orchestratorVersion": cluster["properties"]["kubernetesVersion"],
        "currentOrchestratorVersion": version, "nodeImageVersion": "emulator",
    }  # fmt: skip
    return scaled({**defaults, **{name: value for name, value in sent.items() if value is not None}})


def patch_of(cloud: Cloud, wanted: str | None) -> str:
    """The patch that "1.36" (its newest one), "1.36.3" (itself) or nothing (the newest of all) stands for."""
    known = sorted(cloud.backend.versions(), key=_numbers, reverse=True)
    for version in known:
        if not wanted or version == wanted or version.startswith(wanted + "."):
            return version
    text = f"Managed cluster version {wanted} is not supported in this region: {', '.join(known)} can be had."
    raise ArmError(400, "K8sVersionNotSupported", text, target="properties.kubernetesVersion")


def kubelet_identity(cloud: Cloud, cluster: Body) -> dict[str, str]:
    """The identity that nodes pull images with: the given one, else one in the node resource group."""
    profiles: dict[str, dict[str, str]] = cluster["properties"].get("identityProfile") or {}
    given = profiles.get("kubeletidentity")
    if given:
        found = cloud.store.get(given["resourceId"])
        if not found:
            text = f"The kubelet identity '{given['resourceId']}' could not be found."
            raise ArmError(400, "InvalidParameter", text, target="properties.identityProfile.kubeletidentity")
        return _profile(found)
    group = f"{cloud.subscription_id}/resourceGroups/{cluster['properties']['nodeResourceGroup']}"
    name = f"{cluster['name']}-agentpool"
    identity_id = f"{group}/providers/{IDENTITIES}/{name}"
    found = cloud.store.get(identity_id)
    if not found:
        found = {
            "id": identity_id, "name": name, "type": IDENTITIES, "location": cluster["location"],
            "properties": fresh_identity(cloud),
        }  # fmt: skip
        cloud.store.put(found)
    return _profile(found)


def _profile(identity: Body) -> dict[str, str]:
    properties = identity["properties"]
    return {
        "resourceId": identity["id"],
        "clientId": properties["clientId"],
        "objectId": properties["principalId"],
    }


def _pool(body: Body) -> PoolSpec:
    properties = body["properties"]
    return PoolSpec(
        name=body["name"],
        mode=properties["mode"],
        count=int(properties["count"]),
        vm_size=properties["vmSize"],
        labels=properties.get("nodeLabels") or {},
        taints=properties.get("nodeTaints") or [],
        zones=properties.get("availabilityZones") or [],
        os_type=properties["osType"],
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
