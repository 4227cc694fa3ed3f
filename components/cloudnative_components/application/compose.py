"""From a compose project to an application."""

from collections.abc import Mapping
from pathlib import Path

from ..config import EnvironmentConfig
from .builds import build_of
from .checks import check, check_names, place_of
from .claims import shared_claims, shared_volumes
from .compose_parser import ComposeProject
from .extensions import KEY, ServiceExtension, read_extension
from .files import SecretFile, config_objects, read_configs, read_secrets, secret_objects
from .model import Application, GeneratedSecretRef, Json, PublicPort, mapping
from .namespace import namespace
from .not_carried import left_behind
from .one_shot import one_shots
from .ports import public_ports, services
from .security import level
from .service import Service
from .workload import service_account, workload


def from_compose(
    project: ComposeProject, environment: EnvironmentConfig, replicas: Mapping[str, int], root: Path
) -> Application:
    """The application that a compose project describes; `root` bounds what may be built."""
    data, places = project.data, project.places
    found = _services(project, replicas)
    check(found, data, environment, places)
    shared = shared_volumes(found)
    configs = read_configs(data, _used(found, "configs"), places)
    secrets = read_secrets(data, _used(found, "secrets"), places)
    objects = [
        namespace(project.name, level(found)),
        *config_objects(configs, project.name),
        *secret_objects(secrets, project.name),
        *shared_claims(data, shared, project.name, environment.cloud, places),
    ]
    for service in found:
        objects += [service_account(service), *services(service, environment.cloud)]
        objects.append(workload(service, data, shared, configs, secrets))
    builds = [build for service in found if (build := build_of(service, environment, root))]
    built = {build.service for build in builds}
    return Application(
        name=project.name,
        namespace=project.name,
        builds=builds,
        images={service.name: str(service.get("image")) for service in found if service.name not in built},
        objects=objects,
        secrets=_values(secrets, project.name),
        generated_secrets=_generated(secrets, project.name, _kept_with_data(found)),
        public=[
            PublicPort(s.name, port.published) for s in found for port in public_ports(s, environment.cloud)
        ],
        not_carried=left_behind(data, found, environment.cloud, places),
        placement={s.name: place for s in found if (place := place_of(s, environment))},
    )


def _services(project: ComposeProject, replicas: Mapping[str, int]) -> list[Service]:
    data: Mapping[str, Json] = mapping(project.data.get("services"))
    if not data:
        raise project.places.error(
            "application.empty",
            ("services",),
            why="there is no service to deploy",
            fix="write a service under `services:`, or name its profile in `cloudnative:compose_profiles`",
        )
    if wrong := check_names(list(replicas), sorted(data), "`replicas`"):
        raise project.places.error("application.replicas", ("services",), why=wrong, fix="correct the name")
    awaited = one_shots(data)
    found: list[Service] = []
    for name in sorted(data):
        extension = read_extension(ServiceExtension, data[name], ("services", name), project.places)
        count = replicas.get(name, _replicas(data[name]))
        service = Service(name, project.name, data[name], extension, project.places, count, name in awaited)
        found.append(service)
    _no_extension_elsewhere(project)
    return found


def _replicas(data: Json) -> int:
    written = mapping(data.get("deploy")).get("replicas")
    return int(written if written is not None else data.get("scale", 1))


def _no_extension_elsewhere(project: ComposeProject) -> None:
    for path, data in [
        ((), project.data),
        *((("configs", n), c) for n, c in mapping(project.data.get("configs")).items()),
    ]:
        if KEY in data:
            why = f"`{KEY}` has a meaning in services, volumes and secrets only"
            raise project.places.error(
                "application.extension", (*path, KEY), why=why, fix=f"delete `{KEY}` here"
            )


def _used(found: list[Service], kind: str) -> set[str]:
    return {use["source"] for service in found for use in service.get(kind, [])}


def _values(secrets: Mapping[str, SecretFile], application: str) -> dict[str, dict[str, str]]:
    return {f"{application}/{s.object_name}": {s.key: s.value} for s in secrets.values() if s.length is None}


def _kept_with_data(found: list[Service]) -> set[str]:
    """Secrets of services that keep data: a database takes its password when its volume is first written."""
    return _used([service for service in found if service.claims], "secrets")


def _generated(
    secrets: Mapping[str, SecretFile], application: str, kept: set[str]
) -> list[GeneratedSecretRef]:
    return [
        GeneratedSecretRef(secret.object_name, application, secret.key, secret.length, name in kept)
        for name, secret in secrets.items()
        if secret.length
    ]
