"""One azure-native type of the stand-in: path, API version, shape, and what cannot be changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from .shapes import Shape

GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
TRACKED = frozenset({"location", "tags", "identity", "sku", "kind", "extendedLocation"})
IDENTITY = {"identity": Shape(string_sets=frozenset({"userAssignedIdentities"}))}
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ResourceType:
    """One azure-native resource type, by its token."""

    name: str
    path: str
    api_version: str
    shape: Shape
    required: frozenset[str] = NOTHING
    create_only: frozenset[str] = NOTHING
    located: bool = True
    child: bool = False

    @property
    def path_inputs(self) -> list[str]:
        """Inputs that stand in the path, in its order."""
        return [name for name in re.findall(r"{(\w+)}", self.path) if name != "subscriptionId"]

    @property
    def name_input(self) -> str:
        """The input that is the resource's own name."""
        return self.path_inputs[-1]

    def arm_id(self, inputs: Mapping[str, Any], subscription: str) -> str:
        """The ARM id for these inputs."""
        values = {name: _in_path(name, str(inputs[name])) for name in self.path_inputs}
        return self.path.format(subscriptionId=subscription, **values)

    def inputs_of(self, arm_id: str) -> dict[str, str]:
        """The path inputs that an ARM id stands for; empty where it is an id of another type."""
        pattern = re.sub(r"\\{(\w+)\\}", lambda m: _pattern(m.group(1)), re.escape(self.path))
        found = re.fullmatch(pattern, arm_id, re.IGNORECASE)
        return {name: unquote(found.group(name)) for name in self.path_inputs} if found else {}

    def body(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The inputs that are sent: all but those in the path."""
        return {name: value for name, value in inputs.items() if name not in self.path_inputs}


_WHOLE_IDS = frozenset({"scope", "resourceUri"})  # path parameters that are ids themselves


def _in_path(name: str, value: str) -> str:
    return value.strip("/") if name in _WHOLE_IDS else quote(value, safe="()")


def _pattern(name: str) -> str:
    return f"(?P<{name}>.+)" if name in _WHOLE_IDS else f"(?P<{name}>[^/]+)"


def in_group(path: str) -> str:
    """The path of a type that lies in a resource group."""
    return f"{GROUP}/providers/{path}"
