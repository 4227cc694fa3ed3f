"""When an object of a release is really ready: pure rules over what the API server says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .objects import part, parts, service_of

Object = Mapping[str, Any]
_NOWHERE = ".invalid"  # RFC 2606: resolves nowhere; what simulated clusters give


def waiting_for(live: Object, generation: int) -> str:
    """What an object still waits for, empty when it is ready; kinds without a rule are ready at once."""
    rule = _RULES.get((str(live["apiVersion"]), str(live["kind"])))
    if rule is None:
        return ""
    status: Mapping[str, Any] = part(live, "status")
    if "observedGeneration" in status or live["kind"] in _OBSERVED:
        seen = max(generation, live["metadata"].get("generation", 0))
        if status.get("observedGeneration", 0) < seen:
            return "its controller has not seen the change yet"
    return rule(part(live, "spec"), status)


def has_rule(obj: Object) -> bool:
    """True for kinds that are waited for."""
    return (obj["apiVersion"], obj["kind"]) in _RULES


def endpoints_ready(slices: Sequence[Object], service: str) -> bool:
    """True when at least one endpoint of the Service takes traffic."""
    return any(
        part(endpoint, "conditions").get("ready")
        for piece in slices
        if part(piece["metadata"], "labels").get("kubernetes.io/service-name") == service
        for endpoint in parts(piece, "endpoints")
    )


def selects_workload(service: Object, workloads: Sequence[Object]) -> bool:
    """True when the Service's selector matches pods that a workload of the release keeps running."""
    selector: Mapping[str, str] = part(service, "spec", "selector")
    return bool(selector) and any(
        selector.items() <= part(_template(workload), "labels").items() and _wanted(workload)
        for workload in workloads
    )


def addresses(service: Object) -> list[str]:
    """The addresses that a LoadBalancer Service got."""
    ingress: list[Any] = parts(service, "status", "loadBalancer", "ingress")
    return [entry.get("ip") or entry.get("hostname") for entry in ingress]


def endpoints(services: Sequence[Object]) -> list[dict[str, str]]:
    """`{"service", "url"}` for each port of each LoadBalancer Service that somebody can open."""
    return [
        {"service": service_of(service), "url": _url(address, port)}
        for service in sorted(services, key=lambda one: str(one["metadata"]["name"]))
        if service["spec"].get("type") == "LoadBalancer"
        for address in addresses(service)
        if not address.endswith(_NOWHERE)
        for port in parts(service["spec"], "ports")
    ]


def _url(address: str, port: Mapping[str, Any]) -> str:
    host = f"[{address}]" if ":" in address else address
    scheme = "https" if port["port"] in (443, 8443) or port.get("name") == "https" else "http"
    return f"{scheme}://{host}:{port['port']}"


def _template(workload: Object) -> Mapping[str, Any]:
    return part(workload, "spec", "template", "metadata")


def _wanted(workload: Object) -> bool:
    return workload["kind"] in ("DaemonSet", "Deployment", "StatefulSet", "ReplicaSet") and (
        part(workload, "spec").get("replicas", 1) != 0
    )


def _deployment(spec: Object, status: Object) -> str:
    wanted = spec.get("replicas", 1)
    if status.get("updatedReplicas", 0) < wanted:
        return f"{status.get('updatedReplicas', 0)} of {wanted} pods are of the new version"
    if status.get("replicas", 0) > status.get("updatedReplicas", 0):
        return f"{status['replicas'] - status['updatedReplicas']} old pods are still ending"
    if status.get("availableReplicas", 0) < wanted:
        return f"{status.get('availableReplicas', 0)} of {wanted} pods are available"
    return ""


def _stateful_set(spec: Object, status: Object) -> str:
    wanted = spec.get("replicas", 1)
    if part(spec, "updateStrategy").get("type") == "OnDelete":
        return ""
    partition = (part(spec, "updateStrategy", "rollingUpdate")).get("partition", 0)
    if status.get("updatedReplicas", 0) < wanted - partition:
        return f"{status.get('updatedReplicas', 0)} of {wanted} pods are of the new version"
    if status.get("replicas", 0) > wanted:
        return f"{status['replicas'] - wanted} pods are still ending"
    if status.get("availableReplicas", 0) < wanted:
        return f"{status.get('availableReplicas', 0)} of {wanted} pods are available"
    return ""


def _daemon_set(spec: Object, status: Object) -> str:
    wanted = status.get("desiredNumberScheduled", 0)
    rolls = part(spec, "updateStrategy").get("type") != "OnDelete"
    if rolls and status.get("updatedNumberScheduled", 0) < wanted:
        return f"{status.get('updatedNumberScheduled', 0)} of {wanted} nodes have the new version"
    if status.get("numberAvailable", 0) < wanted:
        return f"{status.get('numberAvailable', 0)} of {wanted} nodes have an available pod"
    return ""


def _job(spec: Object, status: Object) -> str:
    conditions: list[Any] = parts(status, "conditions")
    if spec.get("suspend") or any(c["type"] == "Complete" and c["status"] == "True" for c in conditions):
        return ""
    return f"{status.get('succeeded', 0)} of {spec.get('completions', 1)} runs are complete"


def _claim(spec: Object, status: Object) -> str:
    del spec
    return "" if status.get("phase") == "Bound" else f"the volume is {status.get('phase', 'Pending')}"


def _namespace(spec: Object, status: Object) -> str:
    del spec
    return "an earlier deletion is still running" if status.get("phase") == "Terminating" else ""


def _service(spec: Object, status: Object) -> str:
    if spec.get("type") == "LoadBalancer" and not addresses({"status": status}):
        return "no address of the load balancer yet"
    return ""


_OBSERVED = {"Deployment", "StatefulSet", "DaemonSet"}
_RULES: dict[tuple[str, str], Callable[[Object, Object], str]] = {
    ("apps/v1", "Deployment"): _deployment,
    ("apps/v1", "StatefulSet"): _stateful_set,
    ("apps/v1", "DaemonSet"): _daemon_set,
    ("batch/v1", "Job"): _job,
    ("v1", "PersistentVolumeClaim"): _claim,
    ("v1", "Namespace"): _namespace,
    ("v1", "Service"): _service,
}
