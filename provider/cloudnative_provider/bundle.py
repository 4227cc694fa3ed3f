"""`Bundle`: what a release deploys, as an OCI artifact with a number, known by the hash of its content."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .objects import Object, canonical, digest, key
from .registry import MANIFEST, Registry, registry, split_ref
from .resource import Call, Change, Failure, Properties, Resource
from .wire import UNKNOWN, Asset, Unknown, known

ARTIFACT = "application/vnd.cloudnative.bundle.v1+json"
_OBJECTS = "application/vnd.cloudnative.objects.v1+gzip"
OWN_REGISTRY = "./"  # in a stored bundle: the registry that it lies in, so that copies are the same bytes
_OPTIONAL_PARTS = ("secrets", "placement")
_REMEMBERED = 20_000
_contents: dict[str, Object] = {}


class Bundle(Resource):
    """Numbered once per environment and application; the stack's lock keeps two writers apart."""

    token = "cloudnative:index:Bundle"  # noqa: S105 - a type's token
    required: ClassVar = {
        "cloud": str,
        "registry": str,
        "application": str,
        "objects": dict,
        "objectsFile": Asset,
        "images": dict,
    }
    optional: ClassVar = {"provenance": dict, "secrets": dict, "placement": dict}

    async def check(self, call: Call) -> tuple[Properties, list[Failure]]:
        """The objects file holds what `objects` says; its content is remembered for this run's releases."""
        asset = call.inputs["objectsFile"]
        if not isinstance(asset, Asset):
            return call.news, []
        try:
            objects: list[Object] = json.loads(asset.read())
        except (OSError, ValueError) as error:
            return call.news, [Failure("objectsFile", f"is not a readable JSON list: {error}")]
        remember(objects)
        wrong = _mismatch(call.inputs["objects"], objects)
        return call.news, [Failure("objects", wrong)] if wrong else []

    async def diff(self, call: Call) -> Change:
        """Objects and images by content; the file by nothing else than its objects; provenance not at all."""
        new, old = call.inputs, call.old
        place = ("cloud", "registry", "application")
        paths = {name: "update-replace" for name in place if new.get(name) != old.get(name)}
        for name in ("objects", "images", *_OPTIONAL_PARTS):
            paths.update(map_changes(name, old.get(name) or {}, new.get(name) or {}))
        return Change(paths)

    async def create(self, call: Call) -> tuple[str, Properties]:
        """Number one more than the highest in the registry, unless this very content has one already."""
        return await self._store(call, call.state)

    async def update(self, call: Call) -> Properties:
        """The next number; the same content keeps its own."""
        _, outputs = await self._store(call, call.state)
        return outputs

    async def read(self, call: Call) -> tuple[str, Properties, Properties]:
        """Gone when the registry answers and does not have it."""
        server, repository, reference = split_ref(call.state["ref"])
        async with registry(call.old["cloud"], server) as acr:
            there = await acr.digest(repository, reference)
        return (call.id if there else ""), call.olds, call.outputs

    async def _store(self, call: Call, state: Mapping[str, Any]) -> tuple[str, Properties]:
        inputs = call.inputs
        content = content_hash(inputs) if known([inputs["images"], inputs["objects"]]) else UNKNOWN
        kept = {name: call.news.get(name) for name in ("cloud", "registry", "application", "provenance")}
        if content == state.get("hash"):
            names = ("number", "digest", "ref", "hash", "source", "provenance")
            return call.id, {**kept, **{name: state.get(name) for name in names}}
        if call.preview:
            unknown = dict.fromkeys(("number", "digest", "ref", "source"), UNKNOWN)
            return call.id, {**kept, **unknown, "hash": content}
        repository = f"bundles/{inputs['application']}"
        async with registry(inputs["cloud"], inputs["registry"]) as acr:
            number, stored = await _push(acr, repository, inputs, str(content), state.get("number", 0))
        ref = f"{inputs['registry']}/{repository}@{stored}"
        outputs = {**kept, "number": number, "digest": stored, "ref": ref, "hash": content}
        outputs["source"] = source(inputs.get("provenance") or {})
        return f"{inputs['registry']}/{repository}", outputs


def source(provenance: Mapping[str, str]) -> str:
    """The revision as a person reads it: twelve digits, and whether files differed from it."""
    dirty = " (dirty)" if provenance.get("dirty") == "true" else ""
    return provenance.get("commit", "")[:12] + dirty


def content_hash(inputs: Mapping[str, Any]) -> str:
    """What makes a bundle itself: application, objects, images; the same in every registry."""
    content = {
        "application": inputs["application"],
        "objects": inputs["objects"],
        "images": _portable(inputs),
    }
    return digest(content | {name: inputs[name] for name in _OPTIONAL_PARTS if inputs.get(name)})


def _portable(inputs: Mapping[str, Any]) -> dict[str, str]:
    """The images, those of the bundle's own registry without its name."""
    own = f"{inputs.get('registry', '')}/"
    return {
        service: OWN_REGISTRY + image.removeprefix(own) if image.startswith(own) else image
        for service, image in inputs["images"].items()
    }


def map_changes(name: str, old: Mapping[str, Any], new: Mapping[str, Any] | Unknown) -> dict[str, str]:
    """Property paths of a map's entries by operation; of a map that nobody knows yet, the map's own.

    A run with targets asks so for everything that stands on a target.
    """
    if isinstance(new, Unknown):
        return {name: "update"}
    paths: dict[str, str] = {}
    for entry in sorted({*old, *new}):
        if old.get(entry) != new.get(entry):
            operation = "add" if entry not in old else "delete" if entry not in new else "update"
            paths[f'{name}["{entry}"]'] = operation
    return paths


def remember(objects: list[Object]) -> None:
    """Keep objects by content hash for previews in this process; content-addressed, so never stale."""
    if len(_contents) > _REMEMBERED:
        _contents.clear()
    _contents.update({digest(obj): obj for obj in objects})


def remembered(objects: Mapping[str, str]) -> dict[str, Object]:
    """Those of `objects` (key to hash) whose content this process has seen."""
    return {name: _contents[content] for name, content in objects.items() if content in _contents}


async def fetch(cloud_name: str, ref: str) -> list[Object]:
    """The objects of a stored bundle."""
    server, repository, reference = split_ref(ref)
    async with registry(cloud_name, server) as acr:
        manifest = await acr.manifest(repository, reference)
        if manifest is None:
            raise missing(ref)
        return unpacked(await acr.blob(repository, manifest["layers"][0]["digest"]))


def unpacked(packed: bytes) -> list[Object]:
    """The objects of a bundle's layer, remembered for this process."""
    objects: list[Object] = json.loads(gzip.decompress(packed))
    remember(objects)
    return objects


def missing(ref: str) -> CloudnativeError:
    """The error of a bundle that its registry does not have."""
    return CloudnativeError(
        code="bundle.gone", what=ref, why="the registry has no such bundle", exit_code=ExitCode.RESOURCE
    )


def _mismatch(declared: Mapping[str, str], objects: list[Object]) -> str:
    actual = {key(obj): digest(obj) for obj in objects}
    wrong = sorted(name for name in {*declared, *actual} if declared.get(name) != actual.get(name))
    return f"does not match objectsFile: {', '.join(wrong[:3])}" if wrong else ""


async def _push(
    acr: Registry, repository: str, inputs: Mapping[str, Any], content: str, last: int
) -> tuple[int, str]:
    tags = await acr.tags(repository)
    highest = max([last, *(int(tag) for tag in tags if tag.isdigit())])
    if content in tags and (found := await _stored_as(acr, repository, content, highest)):
        return highest, found
    number = highest + 1
    objects = inputs["objectsFile"].read()
    names = ("application", "provenance", "objects", *_OPTIONAL_PARTS)
    config: dict[str, Any] = {name: inputs.get(name) or {} for name in names}
    config["images"] = _portable(inputs)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": ARTIFACT,
        "config": {"mediaType": ARTIFACT, **await acr.put_blob(repository, canonical(config).encode())},
        "layers": [
            {"mediaType": _OBJECTS, **await acr.put_blob(repository, gzip.compress(objects, mtime=0))}
        ],
        "annotations": {"cloudnative.hash": content},
    }
    await acr.put_manifest(repository, content, manifest)
    return number, await acr.put_manifest(repository, str(number), manifest)


async def _stored_as(acr: Registry, repository: str, content: str, number: int) -> str:
    """The digest of the newest bundle when it has this very content: a run that was cut short stored it."""
    newest = await acr.manifest(repository, str(number))
    same = (newest or {}).get("annotations", {}).get("cloudnative.hash") == content
    return await acr.digest(repository, str(number)) if same else ""
