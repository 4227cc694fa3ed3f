"""`HealthGate`: stands between two waves and lets the next one begin when the one before is well."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

from cloudnative_toolchain.errors import CloudnativeError

from .bundle import map_changes
from .gate import Gate
from .kube import concurrently
from .objects import part
from .resource import Call, Change, InitFailed, Properties, Resource, cancelled

_TIMEOUT = 300
_QUESTIONS = ("service", "path")


class HealthGate(Resource):
    """Passed once for each roll-out of its wave; the state remembers which ones."""

    token = "cloudnative:index:HealthGate"  # noqa: S105 - a type's token
    required: ClassVar = {
        "cloud": str,
        "application": str,
        "wave": int,
        "clusters": dict,
        "releases": dict,
    }
    optional: ClassVar = {"service": str, "path": str, "bakeSeconds": int, "timeoutSeconds": int}

    async def diff(self, call: Call) -> Change:
        """A region was rolled out since, or something else is asked; a region that left changes nothing."""
        return Change(changes(call.old, call.inputs))

    async def create(self, call: Call) -> tuple[str, Properties]:
        """Passed, or failed and asked again by the next run."""
        identity = f"{call.inputs['application']}/wave-{call.inputs['wave']}"
        if not call.preview:
            await self._passed(call, identity)
        return identity, call.news

    async def _passed(self, call: Call, identity: str) -> None:
        gate = gate_of(call)
        regions: Mapping[str, str] = call.inputs["clusters"]
        call.progress(f"{', '.join(regions)}: every workload ready, then {gate.bake_seconds:.0f} s")
        try:
            await concurrently([_watching(gate, region, place) for region, place in regions.items()])
        except CloudnativeError as error:
            raise InitFailed(error, id=identity, outputs=call.news) from error
        except asyncio.CancelledError as stop:
            error = cancelled(f"gate after wave {gate.wave} of {gate.application}")
            raise InitFailed(error, id=identity, outputs=call.news) from stop


def gate_of(call: Call) -> Gate:
    """The gate that the inputs describe; numbers may have travelled as floats."""
    inputs = call.inputs
    return Gate(
        cloud=inputs["cloud"],
        environment=call.environment,
        application=inputs["application"],
        wave=int(inputs["wave"]),
        service=inputs.get("service") or "",
        path=inputs.get("path") or "",
        bake_seconds=float(inputs.get("bakeSeconds") or 0),
        timeout_seconds=float(inputs.get("timeoutSeconds") or _TIMEOUT),
        progress=call.progress,
    )


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Property paths because of which a wave must pass again."""
    paths = {name: "update-replace" for name in ("cloud", "application") if new.get(name) != old.get(name)}
    paths |= {name: "update" for name in _QUESTIONS if (new.get(name) or "") != (old.get(name) or "")}
    for name in ("clusters", "releases"):
        found = map_changes(name, part(old, name), part(new, name))
        paths |= {path: operation for path, operation in found.items() if operation != "delete"}
    return paths


def _watching(gate: Gate, region: str, cluster_id: str) -> Any:
    return lambda: gate.watch(region, cluster_id)
