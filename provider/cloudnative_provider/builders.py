"""The three builders by name, and which one holds where none is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .acr_tasks import AcrTasks
from .build_order import Builder, Order
from .buildkit import buildkit
from .docker import docker
from .wire import UNKNOWN, Unknown

BUILDERS: Mapping[str, Callable[[Order], Builder]] = {
    "buildkit": lambda order: buildkit(order.where),
    "docker": lambda _: docker(),
    "acr": lambda order: AcrTasks(order.where, order.inputs["registryId"]),
}


def default_builder(cloud_name: str | Unknown) -> str | Unknown:
    """The emulator has a BuildKit of its own; with Azure it is the Docker of laptop or CI (decision 0088)."""
    if isinstance(cloud_name, Unknown):
        return UNKNOWN
    return "buildkit" if cloud_name == "emulator" else "docker"
