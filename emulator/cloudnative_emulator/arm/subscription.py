"""What a subscription answers outside its resources: locations, providers, usages, versions, name checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudnative_emulator.arm import filters
from cloudnative_emulator.arm.ids import KNOWN_TYPES
from cloudnative_emulator.arm.kinds.registries import name_availability
from cloudnative_emulator.arm.places import GROUPS, check_group, find
from cloudnative_emulator.arm.referee.tables import known
from cloudnative_emulator.arm.regions import REGIONS, VCPU_LIMIT, VM_SIZES, WITH_ZONES

if TYPE_CHECKING:
    from cloudnative_emulator.arm.cloud import Cloud
    from cloudnative_emulator.arm.kinds.kind import Call

_OTHERS = ("Compute", "KeyVault", "Network", "OperationalInsights", "Resources", "Storage")
_NAMESPACES = sorted({name.split("/")[0] for name in KNOWN_TYPES} | {f"Microsoft.{name}" for name in _OTHERS})


def listing(call: Call) -> web.Response:
    """The one subscription."""
    return web.json_response({"value": [_subscription(call.cloud)], "count": {"type": "Total", "value": 1}})


def get(call: Call) -> web.Response:
    """The subscription itself."""
    return web.json_response(_subscription(call.cloud))


def tenants(call: Call) -> web.Response:
    """The one tenant."""
    tenant = call.cloud.account.tenant
    return web.json_response(
        {"value": [{"id": f"/tenants/{tenant}", "tenantId": tenant, "displayName": "emulator"}]}
    )


def locations(call: Call) -> web.Response:
    """Every region, with its zones."""
    return web.json_response({"value": [_location(call.cloud, name) for name in REGIONS]})


def providers(call: Call) -> web.Response:
    """Every namespace the emulator knows."""
    return web.json_response({"value": [_provider(call.cloud, name) for name in _NAMESPACES]})


def provider(call: Call) -> web.Response:
    """One namespace."""
    return web.json_response(_provider(call.cloud, call.target.namespace))


def register(call: Call) -> web.Response:
    """Registered at once."""
    call.cloud.store.set_provider_state(call.target.namespace, "Registered")
    return provider(call)


def unregister(call: Call) -> web.Response:
    """Unregistered at once."""
    call.cloud.store.set_provider_state(call.target.namespace, "NotRegistered")
    return provider(call)


def feature(call: Call) -> web.Response:
    """One feature of the subscription."""
    name = f"{call.target.namespace}/{call.target.names[0]}"
    where = f"{call.cloud.subscription_id}/providers/Microsoft.Features/providers"
    return web.json_response({
        "id": f"{where}/{call.target.namespace}/features/{call.target.names[0]}", "name": name,
        "type": "Microsoft.Features/providers/features",
        "properties": {"state": call.cloud.store.provider_state(name) or "Registered"},
    })  # fmt: skip


def register_feature(call: Call) -> web.Response:
    """On at once."""
    call.cloud.store.set_provider_state(f"{call.target.namespace}/{call.target.names[0]}", "Registered")
    return feature(call)


def resources(call: Call) -> web.Response:
    """Tracked resources of a group or the subscription, in short form, by `$filter`."""
    check_group(call.cloud, call.target)
    keep = filters.resources(call.query.get("$filter", ""))
    scope = call.target.scope.rsplit("/", 1)[0]
    kept = [body for body in call.cloud.store.under(scope) if "location" in body and keep(body)]
    names = ("id", "name", "type", "location", "tags", "identity", "sku", "kind", "managedBy")
    short = [{name: body[name] for name in names if name in body} for body in kept if body["type"] != GROUPS]
    return web.json_response({"value": short})


def kubernetes_versions(call: Call) -> web.Response:
    """What the back end can boot, as AKS lists it: minors with their patches."""
    minors: dict[str, list[str]] = {}
    for version in call.cloud.backend.versions():
        minors.setdefault(".".join(version.split(".")[:2]), []).append(version)
    newest = max(minors, key=lambda minor: [int(part) for part in minor.split(".")])
    plans = {"supportPlan": ["KubernetesOfficial", "AKSLongTermSupport"]}
    values: list[dict[str, Any]] = [
        {
            "version": minor, "isDefault": minor == newest, "capabilities": plans,
            "patchVersions": {patch: {"upgrades": []} for patch in patches},
        }
        for minor, patches in minors.items()
    ]  # fmt: skip
    return web.json_response({"values": values})


def upgrade_profile(call: Call) -> web.Response:
    """The newer versions that a cluster could run: those that the back end can boot."""
    cluster = find(call.cloud, call.target.owner)
    now = str(cluster["properties"]["currentKubernetesVersion"])
    newer = [
        {"kubernetesVersion": one} for one in call.cloud.backend.versions() if _numbers(one) > _numbers(now)
    ]
    pool = {"kubernetesVersion": now, "osType": "Linux", "upgrades": newer}
    body = {"id": call.target.id, "name": "default", "type": call.target.type}
    return web.json_response(
        {**body, "properties": {"controlPlaneProfile": pool, "agentPoolProfiles": [pool]}}
    )


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def usages(call: Call) -> web.Response:
    """vCPU quota of the region, with what the clusters here use."""
    location = call.target.names[0]
    used = _vcpus(call.cloud, location)
    families = sorted({family for family, _, _ in VM_SIZES.values()})
    rows = [("cores", "Total Regional vCPUs", sum(used.values()))]
    rows += [(family, f"Standard {family} vCPUs", used.get(family, 0)) for family in families]
    values = [
        {
            "unit": "Count",
            "currentValue": value,
            "limit": VCPU_LIMIT,
            "name": {"value": name, "localizedValue": text},
        }
        for name, text, value in rows
    ]
    return web.json_response({"value": values})


def skus(call: Call) -> web.Response:
    """VM sizes with vCPUs, memory and zones, by `$filter=location eq '...'`."""
    wanted = dict(filters.terms(call.query.get("$filter", ""))).get("location", "")
    chosen = [name for name in REGIONS if name == wanted.lower()] or ([] if wanted else REGIONS)
    return web.json_response({"value": [_sku(size, region) for region in chosen for size in VM_SIZES]})


def check_registry_name(call: Call) -> web.Response:
    """Whether a registry name is free."""
    return web.json_response(name_availability(call.cloud, str(call.payload.get("name", ""))))


def _subscription(cloud: Cloud) -> dict[str, Any]:
    return {
        "id": cloud.subscription_id, "subscriptionId": cloud.account.subscription, "state": "Enabled",
        "displayName": "cloudnative emulator", "tenantId": cloud.account.tenant,
        "authorizationSource": "RoleBased", "managedByTenants": [],
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01", "quotaId": "Emulator", "spendingLimit": "Off",
        },
    }  # fmt: skip


def _location(cloud: Cloud, name: str) -> dict[str, Any]:
    zones = [{"logicalZone": str(n), "physicalZone": f"{name}-az{n}"} for n in (1, 2, 3)]
    answer: dict[str, Any] = {
        "id": f"{cloud.subscription_id}/locations/{name}", "name": name, "type": "Region",
        "displayName": name, "regionalDisplayName": name, "metadata": {"regionType": "Physical"},
    }  # fmt: skip
    return {**answer, "availabilityZoneMappings": zones} if name in WITH_ZONES else answer


def _provider(cloud: Cloud, namespace: str) -> dict[str, Any]:
    own = [name.split("/", 1) for name in KNOWN_TYPES if name.lower().startswith(namespace.lower() + "/")]
    models = known(namespace)
    kinds = [
        {
            "resourceType": kind,
            "locations": REGIONS,
            "apiVersions": models.versions(f"{namespace}/{kind}")[::-1],
        }
        for _, kind in own
    ]
    state = cloud.store.provider_state(namespace) or "Registered"
    return {
        "id": f"{cloud.subscription_id}/providers/{namespace}", "namespace": namespace,
        "registrationState": state, "registrationPolicy": "RegistrationRequired", "resourceTypes": kinds,
    }  # fmt: skip


def _vcpus(cloud: Cloud, location: str) -> dict[str, int]:
    used: dict[str, int] = {}
    for cluster in cloud.store.of_type("Microsoft.ContainerService/managedClusters"):
        if cluster["location"] != location.lower():
            continue
        for pool in cloud.store.under(cluster["id"], "Microsoft.ContainerService/managedClusters/agentPools"):
            family, cores, _ = VM_SIZES.get(pool["properties"]["vmSize"], ("other", 0, 0))
            used[family] = used.get(family, 0) + cores * int(pool["properties"]["count"])
    return used


def _sku(size: str, region: str) -> dict[str, Any]:
    family, cores, memory = VM_SIZES[size]
    zones = ["1", "2", "3"] if region in WITH_ZONES else []
    abilities = {
        "vCPUs": cores, "MemoryGB": memory, "PremiumIO": True, "CpuArchitectureType": "x64",
        "EncryptionAtHostSupported": True, "EphemeralOSDiskSupported": "ds_v5" in size,
    }  # fmt: skip
    return {
        "resourceType": "virtualMachines", "name": size, "tier": "Standard", "size": size.split("_", 1)[1],
        "family": family, "locations": [region], "restrictions": [],
        "locationInfo": [{"location": region, "zones": zones, "zoneDetails": []}],
        "capabilities": [{"name": name, "value": str(value)} for name, value in abilities.items()],
    }  # fmt: skip
