"""What is known of Kubernetes kinds: which are cluster-wide, and where their containers are."""

from collections.abc import Iterator

from .model import Json

CLUSTER_WIDE = frozenset(
    {
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("gateway.networking.k8s.io", "GatewayClass"),
        ("networking.k8s.io", "IngressClass"),
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"),
    }
)
_POD_SPECS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): ("spec",),
    ("", "ReplicationController"): ("spec", "template", "spec"),
    ("apps", "DaemonSet"): ("spec", "template", "spec"),
    ("apps", "Deployment"): ("spec", "template", "spec"),
    ("apps", "ReplicaSet"): ("spec", "template", "spec"),
    ("apps", "StatefulSet"): ("spec", "template", "spec"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
    ("batch", "Job"): ("spec", "template", "spec"),
}


def group_kind(item: Json) -> tuple[str, str]:
    """(group, kind); the core group is empty."""
    group, slash, _ = str(item["apiVersion"]).partition("/")
    return (group if slash else "", str(item["kind"]))


def is_cluster_wide(item: Json, definitions: dict[tuple[str, str], str]) -> bool:
    """Whether the object has no namespace; `definitions` are the scopes of the application's own kinds."""
    found = group_kind(item)
    return found in CLUSTER_WIDE or definitions.get(found) == "Cluster"


def runs_pods(item: Json) -> bool:
    """Whether the object is a service: what runs pods."""
    return group_kind(item) in _POD_SPECS


def scopes(items: list[Json]) -> dict[tuple[str, str], str]:
    """The scope of every kind that a CustomResourceDefinition among the objects defines."""
    return {
        (item["spec"]["group"], item["spec"]["names"]["kind"]): item["spec"].get("scope", "Namespaced")
        for item in items
        if group_kind(item) == ("apiextensions.k8s.io", "CustomResourceDefinition")
    }


def containers(item: Json) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Every container of an object with the path to it."""
    path = _POD_SPECS.get(group_kind(item))
    if path is None:
        return
    spec: Json = item
    for part in path:
        spec = spec.get(part) or {}
    for kind in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(kind) or []):
            yield (*path, kind, index), container
