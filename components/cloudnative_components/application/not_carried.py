"""Whatever a compose file says and Kubernetes does not get, by name, with the place and the reason."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..config.nodes import PathPart
from .model import Json, NotCarried, mapping
from .one_shot import COMPLETED, MODE
from .places import Places, dotted
from .ports import public_ports
from .security import BASELINE_CAPABILITIES, capability
from .service import Service
from .settings import (
    BUILD_CARRIED,
    BUILD_NOT_CARRIED,
    CARRIED,
    CONFIG_NOT_CARRIED,
    DEPLOY_CARRIED,
    DEPLOY_NOT_CARRIED,
    NOT_CARRIED,
    SECRET_NOT_CARRIED,
    TOP_LEVEL,
    VOLUME_NOT_CARRIED,
)

Left = tuple[tuple[PathPart, ...], str]  # path below the service, reason
_UNKNOWN = "this version of cloudnative does not know it"
_ANNOTATION = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)


def left_behind(project: Json, services: list[Service], cloud: str, places: Places) -> list[NotCarried]:
    """Everything that is not carried over, in the order of the files."""
    found = [(path, why) for path, why in _top_level(project)]
    for service in services:
        found += [(("services", service.name, *path), why) for path, why in _of_service(service, cloud)]
    entries = [NotCarried(str(places.at(*path)), dotted(path), why) for path, why in found]
    return sorted(entries, key=lambda entry: entry.key)


def is_annotation(key: str) -> bool:
    """Whether Kubernetes accepts a label of compose as an annotation's name."""
    return _ANNOTATION.fullmatch(key) is not None


def _top_level(project: Json) -> Iterator[Left]:
    yield from _listed(project, TOP_LEVEL, ())
    reasons = {"volumes": VOLUME_NOT_CARRIED, "secrets": SECRET_NOT_CARRIED, "configs": CONFIG_NOT_CARRIED}
    for kind, whys in reasons.items():
        for name, data in mapping(project.get(kind)).items():
            yield from _listed(mapping(data), whys, (kind, name))


def _of_service(service: Service, cloud: str) -> Iterator[Left]:
    yield from _unless_carried(service.data, CARRIED, NOT_CARRIED, ())
    yield from _unless_carried(service.get("build", {}), BUILD_CARRIED, BUILD_NOT_CARRIED, ("build",))
    deploy: Json = {**service.get("deploy", {})}
    if deploy.get("mode") in ("replicated", MODE):
        del deploy["mode"]
    yield from _unless_carried(deploy, DEPLOY_CARRIED, DEPLOY_NOT_CARRIED, ("deploy",))
    yield from _resources(service)
    yield from _start(service)
    yield from _security(service)
    yield from _networks(service)
    yield from _ports(service, cloud)
    yield from _mounts(service)
    yield from _words(service)


def _unless_carried(
    data: Json, carried: frozenset[str], reasons: Mapping[str, str], path: tuple[PathPart, ...]
) -> Iterator[Left]:
    for key, value in data.items():
        if key not in carried and not key.startswith("x-") and _says_something(value):
            yield (*path, key), reasons.get(key, _UNKNOWN)


def _listed(data: Json, reasons: Mapping[str, str], path: tuple[PathPart, ...]) -> Iterator[Left]:
    for key, why in reasons.items():
        if _says_something(data.get(key)):
            yield (*path, key), why


def _says_something(value: Any) -> bool:
    return value not in (None, False, "", [], {})


def _resources(service: Service) -> Iterator[Left]:
    resources = mapping(service.get("deploy", {}).get("resources"))
    for part, keys in (("limits", ("pids",)), ("reservations", ("devices", "generic_resources"))):
        for key in keys:
            if _says_something(mapping(resources.get(part)).get(key)):
                yield ("deploy", "resources", part, key), "the cluster's nodes decide it"


def _start(service: Service) -> Iterator[Left]:
    if service.one_shot:
        yield from _job(service)
        return
    conditions = [mapping(each).get("condition") for each in service.get("depends_on", {}).values()]
    if any(condition != COMPLETED for condition in conditions):
        yield (
            ("depends_on",),
            "Kubernetes starts everything at once; a service waits for, or retries, what it calls",
        )
    if str(service.get("restart", "always")).partition(":")[0] in ("no", "on-failure"):
        job = "a service that ends is a job with `deploy: {mode: replicated-job}`"
        yield ("restart",), f"pods are always started again; {job}"


def _job(service: Service) -> Iterator[Left]:
    if service.get("restart") in ("always", "unless-stopped"):
        yield ("restart",), "a job is not started again once it succeeded"
    for key in ("ports", "expose", "healthcheck"):
        if service.get(key):
            yield (key,), "a job has no address, and is done when it ends"


def _security(service: Service) -> Iterator[Left]:
    for index, option in enumerate(service.get("security_opt", [])):
        if not re.fullmatch(r"no-new-privileges([:=]true)?", option):
            yield ("security_opt", index), "pods run with the runtime's own profiles (seccomp RuntimeDefault)"
    allowed = BASELINE_CAPABILITIES if service.extension.run_as_root else {"NET_BIND_SERVICE"}
    for index, name in enumerate(service.get("cap_add", [])):
        if capability(name) not in allowed:
            yield ("cap_add", index), "Pod Security does not let a container have it"
    for index, group in enumerate(service.get("group_add", [])):
        if not str(group).isdigit():
            yield ("group_add", index), "Kubernetes needs the group's number"


def _networks(service: Service) -> Iterator[Left]:
    for name, settings in service.get("networks", {}).items():
        if name != "default":
            yield (
                ("networks", name),
                "all services of an application share one network; nothing separates them",
            )
        elif settings:
            yield ("networks", name), "names inside a cluster are the services' names"


def _ports(service: Service, cloud: str) -> Iterator[Left]:
    if cloud == "azure" and service.extension.public is None and service.get("ports"):
        yield ("ports",), "on Azure a service becomes public only with `x-cloudnative: {public: true}`"
    public = public_ports(service, cloud)
    for index, port in enumerate(service.get("ports", [])):
        if public and not port.get("published"):
            yield (
                ("ports", index),
                "without a fixed number outside it is reachable inside only; write `8080:80`",
            )
        if "-" in str(port.get("published", "")):
            yield ("ports", index, "published"), "of a range the first number is taken"
        for key in ("host_ip", "app_protocol", "name"):
            if port.get(key):
                yield ("ports", index, key), "an address outside belongs to a load balancer"


def _mounts(service: Service) -> Iterator[Left]:
    for index, volume in enumerate(service.get("volumes", [])):
        if volume["type"] == "bind":
            yield (
                ("volumes", index),
                "a pod has no folder of this machine; COPY it into the image or use `configs`",
            )
        elif volume["type"] not in ("volume", "tmpfs"):
            yield ("volumes", index), f"mounts of type {volume['type']} have no counterpart"
    for kind in ("secrets", "configs"):
        for index, use in enumerate(service.get(kind, [])):
            if use.get("uid") or use.get("gid"):
                yield (
                    (kind, index),
                    "files belong to root and to the pod's group; uid and gid are not carried",
                )


def _words(service: Service) -> Iterator[Left]:
    for name, value in service.get("environment", {}).items():
        if value is None:
            yield ("environment", name), "it has no value here; the variable is not set"
    for kind in ("labels", "annotations"):
        for key in service.get(kind, {}):
            if not is_annotation(key):
                yield (kind, key), "Kubernetes does not accept it as the name of an annotation"
    if service.get("deploy", {}).get("labels"):
        yield ("deploy", "labels"), "labels of the service itself (`labels`) become annotations; these do not"
