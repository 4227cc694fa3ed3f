"""Components in our plugin: the SDK's component host does the work, our schema is merged with its own."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import pulumi

from cloudnative_toolchain.errors import ConfigError

from .descriptions import describe, describe_resource
from .schema import resources

PACKAGE = "cloudnative"


class ComponentHost:
    """Construct, Call and schema for the given component classes.

    Classes of our own resources may be among them: their docstrings describe what the schema has of them.
    """

    def __init__(self, classes: Sequence[type[pulumi.Resource]], version: str) -> None:
        self._components = [one for one in classes if issubclass(one, pulumi.ComponentResource)]
        self._resources = [one for one in classes if not issubclass(one, pulumi.ComponentResource)]
        self._version, self._engine = version, ""

    def attach(self, address: str) -> None:
        """The engine that components register their children with."""
        self._engine = address or self._engine

    def schema(self) -> dict[str, Any]:
        """One package: components as the SDK infers them, and our resources."""
        # The SDK's analyzer refuses an empty list of components.
        merged: dict[str, Any] = json.loads(self._provider.schema) if self._components else {}
        merged.update(name=PACKAGE, version=self._version)
        hosted: dict[str, Any] = merged.setdefault("resources", {})
        for component in self._components:
            described = hosted[f"{PACKAGE}:index:{component.__name__}"]
            described["description"] = inspect.cleandoc(component.__doc__ or "")
            describe(described["inputProperties"], component)
        own = resources()
        if clash := sorted(set(hosted) & set(own)):
            raise ConfigError(
                code="provider.name-clash", what=", ".join(clash), why="is a resource and a component at once"
            )
        for resource in self._resources:
            describe_resource(own[f"{PACKAGE}:index:{resource.__name__}"], resource)
        hosted.update(own)
        return merged

    async def construct(self, request: Any, context: Any) -> Any:
        """A component instance, registered with the engine that asks."""
        return await self._servicer().Construct(request, context)

    async def call(self, request: Any, context: Any) -> Any:
        """A method of a component."""
        return await self._servicer().Call(request, context)

    @cached_property
    def _provider(self) -> Any:
        from pulumi.provider.experimental.component import ComponentProvider  # noqa: PLC0415 - slow to import

        return ComponentProvider(self._components, PACKAGE, version=self._version)

    def _servicer(self) -> Any:
        from pulumi.provider.server import ProviderServicer  # noqa: PLC0415 - slow to import

        return ProviderServicer(self._provider, [], engine_address=self._engine)
