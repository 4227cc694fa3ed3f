"""`Image`: built and pushed, when and only when something it is made of changed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from .access import cloud
from .bases import moved
from .build_order import Built, Order
from .builders import BUILDERS, default_builder
from .image_inputs import inputs_hash
from .registry import Registry, registry
from .resource import Call, Change, Failure, Properties, Resource
from .wire import UNKNOWN, Secret, known

_DEFAULTS = {"dockerfile": "Dockerfile", "platform": "linux/amd64"}
_AT_ONCE = max(2, os.cpu_count() or 2)


class Image(Resource):
    """Paths are inputs of this run only; what is compared is the hash of what they hold."""

    token = "cloudnative:index:Image"  # noqa: S105 - a type's token
    required: ClassVar = {"cloud": str, "registry": str, "repository": str, "context": str}
    optional: ClassVar = {
        "dockerfile": str,
        "target": str,
        "buildArgs": dict,
        "platform": str,
        "builder": str,
        "registryId": str,
        "inputsHash": str,
    }

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def check(self, call: Call) -> tuple[Properties, list[Failure]]:
        """Defaults, and the hash of everything that goes into the image."""
        given = {name: value for name, value in call.news.items() if value is not None}
        kept = {**_DEFAULTS, "builder": default_builder(call.inputs["cloud"]), **given}
        inputs = {**kept, **call.inputs}
        if found := _failures(kept, inputs):
            return kept, found
        content = await asyncio.to_thread(inputs_hash, inputs) if _hashable(inputs) else UNKNOWN
        return {**kept, "inputsHash": content}, []

    async def diff(self, call: Call) -> Change:
        """Another hash, another place in a registry, a base that moved, or a manifest that is gone."""
        new, old = call.inputs, call.old
        watched = ("cloud", "registry", "repository", "inputsHash")
        paths = {name: "update" for name in watched if new.get(name) != old.get(name)}
        if call.state.get("movedBases"):
            paths["bases"] = "update"
        if not paths and not await _pushed(new, call.state.get("digest", "")):
            paths["digest"] = "update"
        return Change(paths)

    async def create(self, call: Call) -> tuple[str, Properties]:
        """Built, pushed, known by digest."""
        inputs = call.inputs
        place = f"{inputs['registry']}/{inputs['repository']}"
        if call.preview or not known(inputs):
            return "", {**call.news, **dict.fromkeys(("digest", "ref", "bases"), UNKNOWN)}
        async with self._gate:
            call.progress(f"building {inputs['repository']}")
            built = await _built(call, inputs)
        outputs = {"digest": built.digest, "ref": f"{place}@{built.digest}", "bases": built.bases}
        return place, {**call.news, **outputs, "movedBases": {}}

    async def read(self, call: Call) -> tuple[str, Properties, Properties]:
        """Gone when the registry answers and does not have the manifest; bases that moved are marked."""
        state = call.state
        there = await _pushed(call.old, state.get("digest", ""))
        strayed = await moved(state.get("bases") or {}, mirror=cloud(call.old["cloud"]).docker_mirror)
        return (call.id if there else ""), call.olds, {**call.outputs, "movedBases": strayed}

    async def delete(self, call: Call) -> None:
        """The manifest stays: releases and ledgers name it by digest; only the registry's purge ends it."""


def _failures(kept: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Failure]:
    found: list[Failure] = []
    if inputs["builder"] not in (*BUILDERS, UNKNOWN):
        allowed = ", ".join(BUILDERS)
        found.append(Failure("builder", f"{inputs['builder']!r} is not a builder; allowed: {allowed}"))
    if inputs["builder"] == "acr" and not inputs.get("registryId"):
        found.append(Failure("registryId", "is required by builder `acr`: the registry's ARM id"))
    if isinstance(kept.get("buildArgs"), Secret) or _has_secret(kept.get("buildArgs")):
        found.append(Failure("buildArgs", "must not be secret: everybody who has the image can read them"))
    context = inputs["context"]
    if isinstance(context, str):
        found += _path_failures(Path(context), inputs["dockerfile"])
    return found


def _path_failures(context: Path, dockerfile: str) -> list[Failure]:
    if not context.is_absolute() or not context.is_dir():
        return [Failure("context", f"{context} is not an absolute path of a folder")]
    if not (context / dockerfile).is_file():
        return [Failure("dockerfile", f"{context / dockerfile} is not a file")]
    return []


def _has_secret(arguments: Any) -> bool:
    return isinstance(arguments, dict) and any(isinstance(one, Secret) for one in arguments.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON, told apart at run time


def _hashable(inputs: Mapping[str, Any]) -> bool:
    ingredients = ("context", "dockerfile", "target", "buildArgs", "platform", "builder")
    return all(known(inputs.get(name)) for name in ingredients)


async def _pushed(inputs: Mapping[str, Any], digest: str) -> bool:
    if not digest:
        return False
    async with registry(inputs["cloud"], inputs["registry"]) as acr:
        return bool(await acr.digest(inputs["repository"], digest))


async def _built(call: Call, inputs: Mapping[str, Any]) -> Built:
    where = cloud(inputs["cloud"])

    async def sign_in() -> str:
        async with Registry(where, inputs["registry"]) as acr:
            return await acr.refresh_token()

    order = Order(inputs, where, sign_in)
    return await BUILDERS[inputs["builder"]](order).build(order, call.progress, call.log)
