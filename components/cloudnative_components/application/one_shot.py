"""Services that run to their end: a migration, a seed, an import. On Kubernetes they are Jobs.

Compose says so in two ways: somebody waits for the service with `service_completed_successfully`, or its
`deploy.mode` is `replicated-job`. `restart: "no"` alone does not: it is also what people write for servers.
"""

from collections.abc import Mapping

from .model import Json, mapping
from .service import Service

COMPLETED = "service_completed_successfully"
MODE = "replicated-job"
_ATTEMPTS = 6  # what Kubernetes itself does; compose has no number where `on-failure` stands alone


def one_shots(services: Mapping[str, Json]) -> set[str]:
    """The services that run once and end."""
    awaited = {
        name
        for data in services.values()
        for name, dependency in mapping(data.get("depends_on")).items()
        if mapping(dependency).get("condition") == COMPLETED and name in services
    }
    return awaited | {
        name for name, data in services.items() if mapping(data.get("deploy")).get("mode") == MODE
    }


def job(metadata: Json, template: Json, service: Service) -> Json:
    """The Job of a service. A pod that the cluster itself took away is no attempt of the service's."""
    pod = {**template["spec"], "restartPolicy": "Never"}
    taken_away = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    spec: Json = {
        "backoffLimit": _retries(str(service.get("restart", "no"))),
        "completions": service.replicas,
        "parallelism": service.replicas,
        "podFailurePolicy": {"rules": [taken_away]},
        "template": {**template, "spec": pod},
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def _retries(restart: str) -> int:
    policy, _, count = restart.partition(":")
    return int(count or _ATTEMPTS) if policy == "on-failure" else 0
