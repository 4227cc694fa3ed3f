"""Small questions to Kubernetes objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cloudnative.absent import NONE, NOTHING

Object = Mapping[str, Any]
PULL_FAILURES = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}


def name_of(found: Object) -> str:
    """`metadata.name`."""
    return str(found["metadata"]["name"])


def labels(found: Object) -> Mapping[str, str]:
    """`metadata.labels`."""
    return found["metadata"].get("labels") or NOTHING


def ready_of(workload: Object) -> tuple[int, int]:
    """Pods that are ready (or have succeeded), pods that are wanted."""
    spec, status = workload.get("spec") or NOTHING, workload.get("status") or NOTHING
    ready = status.get("readyReplicas") or status.get("numberReady") or status.get("succeeded") or 0
    wanted = spec.get("replicas", status.get("desiredNumberScheduled", spec.get("completions", 1)))
    return int(ready), int(wanted or 0)


def waiting_reasons(pod: Object) -> set[str]:
    """Why containers of a pod do not run."""
    status = pod.get("status") or NOTHING
    each = [*(status.get("initContainerStatuses") or NONE), *(status.get("containerStatuses") or NONE)]
    return {str(((c.get("state") or NOTHING).get("waiting") or NOTHING).get("reason")) for c in each} - {
        "None"
    }


def images(workload: Object) -> list[str]:
    """The images of its containers."""
    spec = ((workload.get("spec") or NOTHING).get("template") or NOTHING).get("spec") or NOTHING
    return [str(c["image"]) for c in spec.get("containers") or NONE]


def node_ready(node: Object) -> bool:
    """Whether the node says so."""
    conditions = (node.get("status") or NOTHING).get("conditions") or NONE
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def endpoints(service: Object, slices: list[Object]) -> int:
    """How many ready endpoints a Service has."""
    place = service["metadata"].get("namespace")
    return sum(
        (each.get("conditions") or NOTHING).get("ready") is not False
        for part in slices
        if part["metadata"].get("namespace") == place
        and labels(part).get("kubernetes.io/service-name") == name_of(service)
        for each in part.get("endpoints") or NONE
    )


def ports(service: Object) -> Iterator[int]:
    """The ports of a Service."""
    for port in (service.get("spec") or NOTHING).get("ports") or NONE:
        yield int(port["port"])


def version(node: Object) -> str:
    """The kubelet's version."""
    return str(((node.get("status") or NOTHING).get("nodeInfo") or NOTHING).get("kubeletVersion", "")).lstrip(
        "v"
    )


def kubernetes(version: str) -> str:
    """A kubelet's version in words; KWOK, which stands for one, gives its own."""
    return f"simulated nodes ({version})" if version.startswith("kwok") else f"Kubernetes {version}"


def runtime(node: Object) -> str:
    """What runs its containers: `containerd 1.6.36`."""
    info = (node.get("status") or NOTHING).get("nodeInfo") or NOTHING
    return str(info.get("containerRuntimeVersion", "")).replace("://", " ")


def belongs(claim: Object, workload: Any) -> bool:
    """Whether a claim is one of a StatefulSet's, or is mounted by it: names end in its pods' names."""
    meta = claim["metadata"]
    return meta.get("namespace") == workload.namespace and f"-{workload.name}-" in f"-{meta['name']}-"
