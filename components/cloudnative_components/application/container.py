"""The container and the pod of a service."""

from .durations import cpu, quantity, seconds
from .model import Json, image_placeholder, mapping
from .not_carried import is_annotation
from .ports import main_port, targets
from .probes import probes
from .security import container_security, pod_security
from .service import Service
from .volumes import Mounts

# Seconds between "out of the Service" and SIGTERM, so that no request is sent to a server that has left.
_DRAIN = 5


def pod_template(service: Service, mounts: Mounts) -> Json:
    """The pod of the service, as Deployments and StatefulSets carry it."""
    draining = _drains(service)
    spec: Json = {
        "automountServiceAccountToken": False,
        "containers": [_container(service, mounts, draining=draining)],
        "enableServiceLinks": False,
        "securityContext": pod_security(service),
        "serviceAccountName": service.name,
        "terminationGracePeriodSeconds": _grace(service) + (_DRAIN if draining else 0),
    }
    if mounts.volumes:
        spec["volumes"] = mounts.volumes
    if hostname := service.get("hostname"):
        spec["hostname"] = hostname
    metadata: Json = {"labels": service.labels}
    if found := annotations(service) | _scraping(service):
        metadata["annotations"] = found
    return {"metadata": metadata, "spec": spec}


def annotations(service: Service) -> dict[str, str]:
    """Compose's labels and annotations, and what the service depends on."""
    found = {**service.get("labels", {}), **service.get("annotations", {})}
    if depends := service.get("depends_on", {}):
        found["cloudnative/depends-on"] = ",".join(
            f"{name}:{depends[name].get('condition', 'service_started')}" for name in sorted(depends)
        )
    return {key: str(found[key]) for key in sorted(found) if is_annotation(key)}


def _scraping(service: Service) -> dict[str, str]:
    """What asks Prometheus, the emulator's and Azure's managed one, to scrape the pods."""
    wanted = service.extension.metrics
    if wanted is None:
        return {}
    port = wanted.port or main_port(service)
    if port is None:
        raise service.error(
            "application.metrics-port",
            "x-cloudnative",
            "metrics",
            why="metrics are read from a port; the service has neither `ports` nor `expose`",
            fix="write `x-cloudnative: {metrics: {port: 9090}}`",
        )
    return {
        "prometheus.io/path": wanted.path,
        "prometheus.io/port": str(port),
        "prometheus.io/scrape": "true",
    }


def _container(service: Service, mounts: Mounts, *, draining: bool) -> Json:
    container: Json = {
        "name": service.name,
        "image": image_placeholder(service.name),
        "imagePullPolicy": "IfNotPresent",  # images are digests: what is there is right
        "resources": _resources(service),
        "securityContext": container_security(service),
        **_command(service),
        **({} if service.one_shot else probes(service)),
    }
    if draining:
        container["lifecycle"] = {"preStop": {"sleep": {"seconds": _DRAIN}}}
    optional: Json = {
        "env": _environment(service),
        "ports": [
            {"containerPort": port, "name": f"{protocol.lower()}-{port}", "protocol": protocol}
            for port, protocol in targets(service)
        ],
        "stdin": service.get("stdin_open"),
        "tty": service.get("tty"),
        "volumeMounts": mounts.mounts,
        "workingDir": service.get("working_dir"),
    }
    return container | {key: value for key, value in optional.items() if value}


def _command(service: Service) -> Json:
    """Compose's entrypoint is Kubernetes' command, compose's command are its arguments."""
    found = {"command": service.get("entrypoint"), "args": service.get("command")}
    return {key: [_literal(word) for word in words] for key, words in found.items() if words}


def _environment(service: Service) -> list[Json]:
    variables = service.get("environment", {})
    return [
        {"name": name, "value": _literal(variables[name])}
        for name in sorted(variables)
        if variables[name] is not None
    ]


def _literal(text: object) -> str:
    """Kubernetes would put another variable's value in place of `$(NAME)`; compose does not."""
    return str(text).replace("$(", "$$(")


def _drains(service: Service) -> bool:
    """Whether others may be calling it while it stops; a database has one pod, so waiting helps nobody."""
    return bool(targets(service)) and not service.claims and not service.one_shot


def _grace(service: Service) -> int:
    return seconds(service.get("stop_grace_period", "10s"))


def _resources(service: Service) -> Json:
    resources = mapping(service.get("deploy", {}).get("resources"))
    limits, reservations = mapping(resources.get("limits")), mapping(resources.get("reservations"))
    found = {
        "limits": _amounts(
            limits.get("cpus", service.get("cpus")), limits.get("memory", service.get("mem_limit"))
        ),
        "requests": _amounts(
            reservations.get("cpus"), reservations.get("memory", service.get("mem_reservation"))
        ),
    }
    return {key: amounts for key, amounts in found.items() if amounts}


def _amounts(cpus: str | float | None, memory: str | int | None) -> dict[str, str]:
    found = {"cpu": cpu(cpus) if cpus else "", "memory": quantity(memory) if memory else ""}
    return {key: amount for key, amount in found.items() if amount}
