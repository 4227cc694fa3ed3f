"""A release's preview: what would change in the cluster, as far as anybody can know yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import ledger as ledgers
from .apply import Writing
from .bundle import fetch, remembered
from .changes import checked, deletions, unchecked
from .clusters import ClusterGone, ClusterStopped, cluster
from .drift import drifted
from .kube import Kube, Object
from .ledger import Ledger
from .objects import PLACEHOLDER, complete, part, placeholders, scaled
from .ownership import take_ownership
from .resource import Call
from .wire import known


async def preview(call: Call) -> None:
    """Tell every change as an event; nothing is changed."""
    for event in await _planned(call):
        call.emit({**event, "urn": call.urn})


async def _planned(call: Call) -> list[dict[str, Any]]:
    inputs, declared = call.inputs, call.inputs["objects"]
    by_hash = unchecked(declared, (call.old or {}).get("objects") or {})
    if not known(inputs["clusterId"]):
        return by_hash
    try:
        target = await cluster(inputs["cloud"], inputs["clusterId"])
    except (ClusterGone, ClusterStopped):
        return unchecked(declared, {})
    contents = remembered(declared)
    if len(contents) < len(declared) and known(inputs["bundle"]):
        await fetch(inputs["cloud"], inputs["bundle"]["ref"])
        contents = remembered(declared)
    async with target.connect() as kube:
        found = await ledgers.read(kube, inputs["application"])
        changed = await _maybe_changed(call, kube, found, contents)
        writing = Writing(kube, call.environment, call.progress, take_ownership(), found.objects)
        events = await checked(writing, changed, _images_to_come(inputs["images"]))
        return [*events, *deletions([name for name in found.objects if name not in declared])]


async def _maybe_changed(
    call: Call, kube: Kube, found: Ledger, contents: Mapping[str, Object]
) -> list[Object]:
    """Objects worth a dry run: new or other content, another image, another secret, or drifted."""
    old, inputs = call.old, call.inputs
    images, old_images = inputs["images"], part(old, "images")
    moved = {service for service in images if images[service] != old_images.get(service)}
    strayed = set(await drifted(kube, found)) | (set(contents) - set(found.objects))
    secrets = part(inputs, "secretData") if known(inputs.get("secretData")) else {}
    return [
        complete(scaled(obj, part(inputs, "replicas")), images, secrets)
        for name, obj in contents.items()
        if name in strayed
        or part(inputs, "replicas") != part(old, "replicas")
        or inputs["objects"].get(name) != part(old, "objects").get(name)
        or moved & placeholders(obj)
        or (obj["kind"] == "Secret" and secrets != part(old, "secretData"))
    ]


def _images_to_come(images: Mapping[str, Any]) -> dict[str, str]:
    return {f"{PLACEHOLDER}{service}": "[built by this run]" for service in images}
