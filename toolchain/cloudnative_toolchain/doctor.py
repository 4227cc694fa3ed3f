"""What `cloudnative doctor` shows: every tool, what is there, and the one command that mends what is not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cloudnative_toolchain.catalog import Tool, tools
from cloudnative_toolchain.records import candidates, damage, lookup

FIX = "cloudnative doctor --fix"


@dataclass(frozen=True)
class ToolStatus:
    """One tool; `problem` and `fix` are empty when all is well, `source` and `path` when it is not there.

    `source` is `path`, `release`, `debian`, `go` or `pypi`; `path` is the tool's folder, for
    the source `path` that of its first program. What is had `on_demand` has no problem while it is not there:
    `version` is the one that would be had, `sources` say where from, in their order.
    """

    name: str
    version: str
    programs: tuple[str, ...]
    source: str
    path: Path | None
    problem: str
    fix: str
    on_demand: bool = False
    sources: tuple[str, ...] = ()


def inspect() -> list[ToolStatus]:
    """Every tool, in the order of versions.toml; installed ones cost no process."""
    return [_status(tool) for tool in tools().values()]


def _status(tool: Tool) -> ToolStatus:
    if there := lookup(tool):
        folder, record = there
        path = folder if record.source != "path" else (folder / record.programs[tool.programs[0]]).parent
        return _told(tool, version=record.version, source=record.source, path=path)
    for folder, record in candidates(tool):
        problem = damage(folder, record)
        return _told(tool, version=record.version, source=record.source, path=folder, problem=problem)
    return _on_path(tool)


def _on_path(tool: Tool) -> ToolStatus:
    from cloudnative_toolchain.job import UnavailableError  # noqa: PLC0415 - only where something is missing
    from cloudnative_toolchain.sources.path import find  # noqa: PLC0415 - not needed for every call

    reason = "it is not installed"
    if any(source.kind == "path" for source in tool.sources):
        try:
            found = find(tool)
            place = Path(found.programs[tool.programs[0]]).parent
            return _told(tool, version=found.version, source="path", path=place)
        except UnavailableError as problem:
            reason = f"it is not installed, and {problem}"
    return _told(tool, problem="" if tool.on_demand else reason)


def _told(
    tool: Tool, *, version: str = "", source: str = "", path: Path | None = None, problem: str = ""
) -> ToolStatus:
    return ToolStatus(
        name=tool.name,
        version=version or tool.version,
        programs=tool.programs,
        source=source,
        path=path,
        problem=problem,
        fix=FIX if problem else "",
        on_demand=tool.on_demand,
        sources=tuple(source.kind for source in tool.sources),
    )
