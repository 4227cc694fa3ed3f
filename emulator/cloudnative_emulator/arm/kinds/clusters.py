"""Microsoft.ContainerService/managedClusters: ARM's view of the real clusters."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.kinds import cluster_hardening, cluster_rules, credentials, identities
from cloudnative_emulator.arm.kinds.cluster_spec import (
    CLUSTERS,
    POOLS,
    kubelet_identity,
    patch_of,
    pool_defaults,
    pools_of,
    spec_of,
)
from cloudnative_emulator.arm.kinds.kind import Call, Kind, Later
from cloudnative_emulator.arm.kinds.parts import part

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.store import Body
    from cloudnative_emulator.ports import ClusterInfo

_NETWORK = {
    "networkPlugin": "azure", "networkPluginMode": "overlay", "networkDataplane": "azure",
    "loadBalancerSku": "standard", "outboundType": "loadBalancer", "podCidr": "10.244.0.0/16",
    "serviceCidr": "10.0.0.0/16", "dnsServiceIP": "10.0.0.10", "ipFamilies": ["IPv4"],
}  # fmt: skip


class ManagedCluster(Kind):
    """A real Kubernetes cluster of the back end."""

    slow_put = True
    slow_delete = True
    long_actions = frozenset({"start", "stop"})

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Add versions, FQDN, identities and defaults; inline pools become agentPools documents."""
        sent: dict[str, Any] = dict(body.get("properties") or {})
        before: dict[str, Any] = (old or {}).get("properties", {})
        inline: list[dict[str, Any]] = sent.pop("agentPoolProfiles", None) or []
        version = patch_of(call.cloud, sent.get("kubernetesVersion") or before.get("kubernetesVersion"))
        properties = {**self._defaults(call), **sent, "currentKubernetesVersion": version}
        properties.setdefault("kubernetesVersion", version)
        properties["networkProfile"] = {**_NETWORK, **(sent.get("networkProfile") or {})}
        properties["powerState"] = before.get("powerState", {"code": "Running"})
        properties["oidcIssuerProfile"] = {
            **before.get("oidcIssuerProfile", {"enabled": False}),
            **(sent.get("oidcIssuerProfile") or {}),
        }
        cluster_rules.check_fixed(before, properties)
        shaped = {
            **body,
            "sku": body.get("sku") or {"name": "Base", "tier": "Free"},
            "properties": properties,
        }
        shaped["identity"] = identities.resolve(call.cloud, body.get("identity"), old)
        cluster_rules.check_inline(call, inline, old)
        cluster_rules.check_node_group(call, properties["nodeResourceGroup"])
        cluster_hardening.check(call, properties, shaped["sku"]["tier"])
        properties["identityProfile"] = {
            **before.get("identityProfile", {}),
            "kubeletidentity": kubelet_identity(call.cloud, shaped),
        }
        _make_node_group(call, shaped)
        properties |= cluster_hardening.addresses(properties)
        if add_ons := part(properties, "addonProfiles"):
            properties["addonProfiles"] = cluster_hardening.add_ons(call.cloud, shaped, add_ons)
        for pool in inline:
            _store_inline(call, shaped, pool)
        return shaped

    def view(self, cloud: Cloud, body: Body) -> Body:
        """Put the pools back into `agentPoolProfiles`."""
        pools = [{"name": pool["name"], **pool["properties"]} for pool in pools_of(cloud, body["id"])]
        return {**body, "properties": {**body["properties"], "agentPoolProfiles": pools}}

    async def make(self, cloud: Cloud, body: Body) -> None:
        """Boot or converge the cluster, then write down what only it knows."""
        info = await cloud.backend.create(spec_of(cloud, body))
        _record(cloud, body["id"], info)
        if body["properties"]["powerState"]["code"] == "Stopped":
            await cloud.backend.stop(body["id"])

    async def remove(self, cloud: Cloud, body: Body) -> None:
        """Delete the cluster, its node resource group and what lies in there."""
        await cloud.backend.delete(body["id"])
        group = f"{cloud.subscription_id}/resourceGroups/{body['properties']['nodeResourceGroup']}"
        cloud.store.delete(group)

    def actions(self) -> Mapping[str, Callable[[Call, Body], Awaitable[Body | Later]]]:
        """Power and credentials."""
        return {
            "start": _start,
            "stop": _stop,
            "listclusterusercredential": credentials.user,
            "listclusteradmincredential": credentials.admin,
            "listclustermonitoringusercredential": credentials.user,
        }

    def _defaults(self, call: Call) -> dict[str, Any]:
        target = call.target
        sent: dict[str, Any] = call.payload.get("properties") or {}
        prefix = sent.get("dnsPrefix") or f"{target.name}-dns"
        mark = hashlib.sha256(ids.key(target.id).encode()).hexdigest()[:8]
        location = call.payload["location"]
        host = f"{prefix}-{mark}.hcp.{location}.azmk8s.localhost"  # .localhost: never a name on Azure
        group = f"MC_{target.group}_{target.name}_{location}"[:80]
        return {
            "dnsPrefix": prefix, "fqdn": host, "azurePortalFQDN": host, "nodeResourceGroup": group,
            "enableRBAC": True, "maxAgentPools": 100, "disableLocalAccounts": False,
            "supportPlan": "KubernetesOfficial", "servicePrincipalProfile": {"clientId": "msi"},
        }  # fmt: skip


class AgentPool(Kind):
    """A pool of a cluster; the cluster converges to it."""

    slow_put = True
    slow_delete = True
    tracked = False

    def shape(self, call: Call, body: Body, old: Body | None) -> Body:
        """Add defaults; refuse another VM size."""
        cluster = call.cloud.store.get(call.target.owner.id) or {}
        properties = pool_defaults(cluster, body.get("properties") or {})
        cluster_hardening.check_pool(call.cloud, (old or {}).get("properties", {}), properties)
        size = (old or {}).get("properties", {}).get("vmSize", properties["vmSize"])
        if size != properties["vmSize"]:
            raise cluster_rules.not_allowed("properties.vmSize")
        return {**body, "properties": properties}

    async def make(self, cloud: Cloud, body: Body) -> None:
        """Converge the cluster to its pools."""
        await _converge(cloud, ids.parse(body["id"]).owner.id)

    async def remove(self, cloud: Cloud, body: Body) -> None:
        """Converge the cluster to the pools that stay; the last System pool stays for ever."""
        cluster = ids.parse(body["id"]).owner.id
        others = [pool for pool in pools_of(cloud, cluster) if pool["name"] != body["name"]]
        if not any(pool["properties"]["mode"] == "System" for pool in others):
            text = f"There has to be at least one System agent pool: '{body['name']}' is the last one."
            raise ArmError(400, "OperationNotAllowed", text)
        cloud.store.delete(body["id"])
        await _converge(cloud, cluster)


async def _converge(cloud: Cloud, cluster_id: str) -> None:
    cluster = cloud.store.get(cluster_id)
    if cluster and cluster["properties"]["powerState"]["code"] == "Running":
        _record(cloud, cluster_id, await cloud.backend.create(spec_of(cloud, cluster)))


def _record(cloud: Cloud, cluster_id: str, info: ClusterInfo) -> None:
    body = cloud.store.get(cluster_id)
    if not body:
        return
    properties = body["properties"]
    properties["currentKubernetesVersion"] = info.version.removeprefix("v")
    if properties["oidcIssuerProfile"].get("enabled"):
        properties["oidcIssuerProfile"]["issuerURL"] = info.service_account_issuer
    cloud.store.put(body)
    for pool in pools_of(cloud, cluster_id):
        pool["properties"]["currentOrchestratorVersion"] = properties["currentKubernetesVersion"]
        cloud.store.put(pool)


def _store_inline(call: Call, cluster: Body, pool: dict[str, Any]) -> None:
    sent = {name: value for name, value in pool.items() if name != "name"}
    properties = {**pool_defaults(cluster, sent), "provisioningState": "Succeeded"}
    pool_id = f"{call.target.id}/agentPools/{pool['name']}"
    before = (call.cloud.store.get(pool_id) or {}).get("properties", {})
    cluster_hardening.check_pool(call.cloud, before, properties)
    call.cloud.store.put({"id": pool_id, "name": pool["name"], "type": POOLS, "properties": properties})


def _make_node_group(call: Call, cluster: Body) -> None:
    name = cluster["properties"]["nodeResourceGroup"]
    group_id = f"{call.cloud.subscription_id}/resourceGroups/{name}"
    tags = {"aks-managed-cluster-name": cluster["name"], "aks-managed-cluster-rg": call.target.group}
    call.cloud.store.put({
        "id": group_id, "name": name, "type": "Microsoft.Resources/resourceGroups",
        "location": cluster["location"], "tags": tags, "managedBy": cluster["id"],
        "properties": {"provisioningState": "Succeeded"},
    })  # fmt: skip


async def change_power(cloud: Cloud, cluster_id: str, code: str) -> None:
    """Start or stop the real cluster."""
    body = cloud.store.get(cluster_id)
    if not body:
        return
    if code == "Stopped":
        await cloud.backend.stop(cluster_id)
        _set_power(cloud, cluster_id, code)
    else:
        _set_power(cloud, cluster_id, code)
        await cloud.backend.start(cluster_id)
        await ManagedCluster().make(cloud, cloud.store.get(cluster_id) or body)


async def _start(call: Call, body: Body) -> Body | Later:
    work = change_power(call.cloud, body["id"], "Running")
    return Later(call.cloud.operations.begin(body["id"], "start", work))


async def _stop(call: Call, body: Body) -> Body | Later:
    work = change_power(call.cloud, body["id"], "Stopped")
    return Later(call.cloud.operations.begin(body["id"], "stop", work))


def _set_power(cloud: Cloud, cluster_id: str, code: str) -> None:
    body = cloud.store.get(cluster_id)
    if body:
        body["properties"]["powerState"] = {"code": code}
        cloud.store.put(body)


__all__ = ["CLUSTERS", "POOLS", "AgentPool", "ManagedCluster"]
