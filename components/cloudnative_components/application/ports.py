"""Ports of a service: what it listens on, what it publishes, and the Services that carry both."""

from dataclasses import dataclass

from .model import Json
from .service import Service

HEADLESS = "None"


@dataclass(frozen=True)
class Published:
    """A port that has a fixed number outside: `8080:80` is published 8080, target 80."""

    published: int
    target: int
    protocol: str
    index: int


def targets(service: Service) -> list[tuple[int, str]]:
    """Every (port, protocol) that the service declares, in order of number."""
    found = {(int(port["target"]), _protocol(port)) for port in service.get("ports", [])}
    for port in service.get("expose", []):
        numbers, _, protocol = str(port).partition("/")
        first, _, last = numbers.partition("-")
        found |= {
            (number, (protocol or "tcp").upper()) for number in range(int(first), int(last or first) + 1)
        }
    if service.extension.port:
        found.add((service.extension.port, "TCP"))
    return sorted(found)


def main_port(service: Service) -> int | None:
    """The port that serves: the extension's, else the first of `ports`, else of `expose`."""
    if service.extension.port:
        return service.extension.port
    if ports := service.get("ports", []):
        return int(ports[0]["target"])
    declared = targets(service)
    return declared[0][0] if declared else None


def published(service: Service) -> list[Published]:
    """The ports that have a fixed number outside."""
    found = [
        Published(int(str(port["published"]).partition("-")[0]), int(port["target"]), _protocol(port), index)
        for index, port in enumerate(service.get("ports", []))
        if port.get("published")
    ]
    return sorted(found, key=lambda port: (port.published, port.protocol))


def public_ports(service: Service, cloud: str) -> list[Published]:
    """What gets an address: on the emulator what is published, on Azure only what says `public: true`."""
    public = service.extension.public
    if service.one_shot or public is False or (public is None and cloud == "azure"):
        return []
    if found := published(service):
        return found
    if not public:
        return []
    port = main_port(service)
    if port is None:
        raise service.error(
            "application.public-port",
            "x-cloudnative",
            "public",
            why="a public service needs a port; the service has neither `ports` nor `expose`",
            fix="write `x-cloudnative: {public: true, port: 8080}`",
        )
    return [Published(port, port, "TCP", 0)]


def services(service: Service, cloud: str) -> list[Json]:
    """The Service that others call by the service's name, and one with an address outside if need be.

    A service that declares no port is headless: its name leads to its pods, whatever port is called, which is
    what a compose network does. So is a stateful one, whose pods have names of their own. A job has none.
    """
    if service.one_shot:
        return []
    declared, outside = targets(service), public_ports(service, cloud)
    spec: Json = {"selector": service.selector, "type": "ClusterIP"}
    if declared:
        spec["ports"] = [_port(port, port, protocol) for port, protocol in declared]
    if service.claims or not declared:
        spec["clusterIP"] = HEADLESS
    elif outside and [(p.published, p.protocol) for p in outside] == declared and _same_numbers(outside):
        return [_service(service, service.name, {**spec, "type": "LoadBalancer"})]
    found = [_service(service, service.name, spec)]
    if outside:
        ports = [_port(port.published, port.target, port.protocol) for port in outside]
        spec = {"ports": ports, "selector": service.selector, "type": "LoadBalancer"}
        found.append(_service(service, f"{service.name}-public", spec))
    return found


def _same_numbers(ports: list[Published]) -> bool:
    return all(port.published == port.target for port in ports)


def _service(service: Service, name: str, spec: Json) -> Json:
    return {"apiVersion": "v1", "kind": "Service", "metadata": service.metadata(name), "spec": spec}


def _port(port: int, target: int, protocol: str) -> Json:
    return {"name": f"{protocol.lower()}-{port}", "port": port, "protocol": protocol, "targetPort": target}


def _protocol(port: Json) -> str:
    return str(port.get("protocol") or "tcp").upper()
