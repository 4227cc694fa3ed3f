"""What an input that nobody knows yet changes: a run with targets asks so for all that stands on a target.

The engine deletes what it would replace (step_generator.go, calculateDependentReplacements): nothing may be.
"""

import asyncio
from typing import Any

import pytest

from cloudnative_provider.bundle import Bundle
from cloudnative_provider.health_gate import HealthGate
from cloudnative_provider.image import Image
from cloudnative_provider.release import Release
from cloudnative_provider.resource import Call, Resource
from cloudnative_provider.upstream_image import UpstreamImage
from cloudnative_provider.wire import UNKNOWN

STANDS_ON = [
    (Image, "registry"),
    (UpstreamImage, "reference"),
    *((Bundle, name) for name in ("objects", "images", "provenance", "secrets", "placement")),
    *((Release, name) for name in ("objects", "images", "bundle", "secretData", "replicas", "hold")),
    *((HealthGate, name) for name in ("clusters", "releases")),
]
VALUES: dict[type, Any] = {str: "a", int: 1, dict: {"koreacentral": "a"}}


@pytest.mark.parametrize(("kind", "name"), STANDS_ON)
def test_an_unknown_input_is_a_change_in_place(kind: type[Resource], name: str) -> None:
    resource: Any = kind()
    inputs = {one: VALUES.get(what, {}) for one, what in {**resource.required, **resource.optional}.items()}
    call = Call("urn", "id", {**inputs, name: UNKNOWN}, inputs, {}, preview=False, timeout=1, emit=print)
    paths = asyncio.run(resource.diff(call)).paths
    assert set(paths.values()) <= {"update"}
    assert paths or (kind, name) == (Bundle, "provenance")
