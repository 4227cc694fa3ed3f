"""The workload of a service: a Deployment, a StatefulSet where it keeps data, a Job where it ends."""

from .claims import claim_templates, own_claims
from .container import annotations, pod_template
from .files import ConfigFile, SecretFile
from .model import Json
from .one_shot import job
from .service import Service
from .volumes import mounts

# A container that nobody asks is ready the moment it starts: one that crashes at once would count as up.
UNASKED_SECONDS = 2


def workload(
    service: Service,
    project: Json,
    shared: set[str],
    configs: dict[str, ConfigFile],
    secrets: dict[str, SecretFile],
) -> Json:
    """The one object that runs the service's pods; `shared` are the volumes that several services mount."""
    own = own_claims(service, project, shared)
    template = pod_template(service, mounts(service, configs, secrets, own))
    metadata = service.metadata()
    if found := annotations(service):
        metadata["annotations"] = found
    spec: Json = {
        "replicas": service.replicas,
        "selector": {"matchLabels": service.selector},
        "template": template,
    }
    if service.one_shot:
        return job(metadata, template, service)
    if "readinessProbe" not in template["spec"]["containers"][0]:
        spec["minReadySeconds"] = UNASKED_SECONDS
    if service.claims:
        return _stateful_set(metadata, spec, service, claim_templates(service, project, own))
    return _deployment(metadata, spec)


def _deployment(metadata: Json, spec: Json) -> Json:
    # A new pod must be ready before an old one goes: no request fails while a release rolls.
    strategy = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}, "type": "RollingUpdate"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {**spec, "revisionHistoryLimit": 3, "strategy": strategy},
    }


def _stateful_set(metadata: Json, spec: Json, service: Service, templates: list[Json]) -> Json:
    # stock `OrderedReady` never replaces a pod that does not become ready: a fix would wait for ever
    policy = {"podManagementPolicy": "Parallel"}
    spec = {**spec, **policy, "revisionHistoryLimit": 3, "serviceName": service.name}
    if templates:
        spec["volumeClaimTemplates"] = templates
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": spec}


def service_account(service: Service) -> Json:
    """An identity of the service's own, without a token: nothing in the pod may call the API server."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": service.metadata(),
        "automountServiceAccountToken": False,
    }
