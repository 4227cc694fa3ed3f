"""A compose project as compose-go resolves it, without running compose-go."""

from pathlib import Path
from typing import Any

from cloudnative_components.application import Application
from cloudnative_components.application.compose import from_compose
from cloudnative_components.application.compose_parser import ComposeProject
from cloudnative_components.application.places import Places
from cloudnative_components.config import EnvironmentConfig, parse

Json = dict[str, Any]


def environment(**settings: Any) -> EnvironmentConfig:
    """An environment on the emulator with one region, unless `settings` say otherwise."""
    defaults: Json = {
        "name": "dev",
        "cloud": "emulator",
        "regions": ["koreacentral"],
        "application": ["compose.yaml"],
    }
    return EnvironmentConfig.model_validate(defaults | settings)


def application(
    services: Json, *, cloud: str = "emulator", regions: list[str] | None = None, **top: Any
) -> Application:
    """The application of a project with these services."""
    config = environment(cloud=cloud, regions=regions or ["koreacentral"])
    (tree,) = parse("services: {}", "compose.yaml")
    data: Json = {"name": "shop", "services": services, **top}
    project = ComposeProject("shop", data, Places((tree,)), Path("/shop"))
    return from_compose(project, config, {}, Path("/shop"))


def one(kind: str, services: Json, **settings: Any) -> Json:
    """The only object of a kind."""
    (found,) = [item for item in application(services, **settings).objects if item["kind"] == kind]
    return found


def container(service: Json, **settings: Any) -> Json:
    """The container of the service `web`."""
    workload = next(
        i for i in application({"web": service}, **settings).objects if "template" in i.get("spec", {})
    )
    return workload["spec"]["template"]["spec"]["containers"][0]


def pod(service: Json, **settings: Any) -> Json:
    """The pod spec of the service `web`."""
    workload = next(
        i for i in application({"web": service}, **settings).objects if "template" in i.get("spec", {})
    )
    return workload["spec"]["template"]["spec"]
