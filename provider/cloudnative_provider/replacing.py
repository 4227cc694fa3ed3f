"""Objects whose change the server forbids: deleted and made anew where that loses nothing, else refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from string import ascii_letters
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .kube import Kind, Kube, KubeError, Object
from .ledger import Owned
from .objects import key, part, parts
from .removal import gone

_FIXED = ("immutable", "may not change once set", "updates to statefulset spec", "cannot change roleRef")
_SAFE = {
    "ClusterRoleBinding",
    "ConfigMap",
    "DaemonSet",
    "Deployment",
    "Job",
    "RoleBinding",
    "Secret",
    "Service",
    "StatefulSet",
}
_CLAIMS = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims", namespaced=True)
_UNITS = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** n for n, unit in enumerate(("k", "M", "G", "T", "P"), 1)},
    **{unit: Decimal(1024) ** n for n, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi"), 1)},
}


def fixed_field(error: KubeError) -> bool:
    """True when the server says that a field never changes."""
    return error.status == 422 and any(words in error.message for words in _FIXED)


def replaceable(kind: str, error: KubeError) -> bool:
    """True when another object under the same name is as good: it holds no data of its own."""
    return kind in _SAFE and fixed_field(error)


def failed_job(answer: Mapping[str, Any]) -> bool:
    """True for a job that has given up; it never runs again under its name."""
    given_up = [c for c in parts(answer, "status", "conditions") if c["type"] == "Failed"]
    return answer["kind"] == "Job" and any(c["status"] == "True" for c in given_up)


def still_headless(wanted: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """True for a Service that asks for an address and keeps none: the server takes that change silently."""
    return (
        wanted["kind"] == "Service"
        and part(wanted, "spec").get("clusterIP") is None
        and part(wanted, "spec").get("type") != "ExternalName"
        and part(answer, "spec").get("clusterIP") == "None"
    )


async def replace(kube: Kube, kind: Kind, obj: Object, progress: Callable[[str], None]) -> Object:
    """The new object; a StatefulSet's pods live on until it rolls them, and its volumes always stay."""
    namespace, name = obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
    live = await kube.get(kind, namespace, name) or {}
    # A job is gone when its pods are: never do two of them migrate one database.
    children = "Foreground" if kind.name == "Job" else "Background"
    if kind.name == "StatefulSet":
        refuse_lost_data(obj, live, kube.where)
        await _grow(kube, obj)
        if part(obj, "spec", "selector") == part(live, "spec", "selector"):
            children = "Orphan"
    progress(f"replacing {key(obj)}: {_reason(live)}")
    await kube.delete(kind, namespace, name, children=children)
    await gone(kube, {key(obj): Owned()})
    return await kube.apply(kind, obj)


def _reason(live: Mapping[str, Any]) -> str:
    if live and failed_job(live):
        return "it failed in an earlier run"
    return "what changed cannot be changed in place"


def refuse_lost_data(wanted: Mapping[str, Any], live: Mapping[str, Any], where: str) -> None:
    """Raises where volumes that exist would not be what is asked for, or would go with the old object."""
    policy: Mapping[str, Any] = part(live, "spec", "persistentVolumeClaimRetentionPolicy")
    if policy.get("whenDeleted") == "Delete":
        raise _refused(wanted, where, "it would take its volumes with it (whenDeleted: Delete)")
    old = {claim["metadata"]["name"]: claim["spec"] for claim in _claims(live)}
    for claim in _claims(wanted):
        name = claim["metadata"]["name"]
        if name in old and (why := _unfit(old[name], claim["spec"])):
            raise _refused(wanted, where, f"volume {name} {why}")


async def _grow(kube: Kube, obj: Object) -> None:
    """The claims that exist become as large as the template asks for, where their class can do that."""
    namespace, name = obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
    wanted = {f"{one['metadata']['name']}-{name}": _storage(one) for one in _claims(obj)}
    for claim in await kube.list(_CLAIMS, namespace):
        place, _, number = claim["metadata"]["name"].rpartition("-")
        if place in wanted and number.isdigit() and size(_storage(claim)) < size(wanted[place]):
            larger = {"spec": {"resources": {"requests": {"storage": wanted[place]}}}}
            path = _CLAIMS.path(namespace, claim["metadata"]["name"])
            try:
                await kube.request("PATCH", path, body=larger, content_type="application/merge-patch+json")
            except KubeError as error:
                raise _refused(obj, kube.where, f"its volume would not grow: {error.message}") from error


def _storage(claim: Mapping[str, Any]) -> str:
    return part(claim, "spec", "resources", "requests").get("storage", "0")


def size(quantity: str) -> Decimal:
    """Bytes of a Kubernetes quantity such as `2Gi`."""
    number = quantity.rstrip(ascii_letters)
    return Decimal(number) * _UNITS[quantity.removeprefix(number)]


def _claims(stateful_set: Mapping[str, Any]) -> list[Any]:
    return parts(stateful_set, "spec", "volumeClaimTemplates")


def _unfit(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    before, after = (_storage({"spec": spec}) for spec in (old, new))
    if size(after) < size(before):
        return f"would shrink from {before} to {after}, and volumes only grow"
    if new.get("storageClassName") not in (None, old.get("storageClassName")):
        return f"would change its class from {old.get('storageClassName')}, and its data would have to move"
    return ""


def _refused(obj: Mapping[str, Any], where: str, why: str) -> CloudnativeError:
    namespace, name = obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
    return CloudnativeError(
        code="release.volume-fixed",
        what=f"{key(obj)} in {where}",
        why=f"cannot be changed in place, and made anew {why}",
        fix=f"kubectl get statefulset {name} --namespace {namespace} -o yaml",
        exit_code=ExitCode.RESOURCE,
    )
