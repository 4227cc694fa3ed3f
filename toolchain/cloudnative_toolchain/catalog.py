"""The pinned tools of versions.toml, typed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NUMBER = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True)
class Source:
    """One way to have a tool; what is not used by its kind is empty."""

    kind: str
    version: str = ""
    url: str = ""
    checksums: str = ""
    module: str = ""
    install: str = ""
    package: str = ""
    packages: tuple[str, ...] = ()
    ldflags: str = ""
    tags: str = ""
    arch: Mapping[str, str] = field(default_factory=dict[str, str])
    rename: Mapping[str, str] = field(default_factory=dict[str, str])
    data: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])


@dataclass(frozen=True)
class Tool:
    """A tool: one folder, one version, one or more programs."""

    name: str
    version: str
    fits: str
    programs: tuple[str, ...]
    sources: tuple[Source, ...]
    revision: int = 0
    on_demand: bool = False
    version_arguments: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])

    @property
    def pin(self) -> str:
        """Changes when something installed under an earlier versions.toml no longer counts."""
        return f"{self.version} {self.fits} {self.revision}"

    def accepts(self, version: str) -> bool:
        """Whether a version found on the machine is one that this tool is known to work in."""
        return all(_holds(version, condition) for condition in self.fits.split(","))


@cache
def tools(file: Path = HERE / "versions.toml") -> Mapping[str, Tool]:
    """Every tool by its name, in the order of the file."""
    return {name: _tool(name, entry) for name, entry in tomllib.loads(file.read_text()).items()}


@cache
def owners() -> Mapping[str, Tool]:
    """The tool of every program and, where no program has that name, of every tool's own name."""
    by_program = {program: tool for tool in tools().values() for program in tool.programs}
    return {**tools(), **by_program}


def number(text: str) -> str:
    """The first dotted number in what a program prints about its version; empty if there is none."""
    found = NUMBER.search(text)
    return found.group() if found else ""


def _tool(name: str, entry: Mapping[str, Any]) -> Tool:
    settings = dict(entry)
    version = str(settings["version"])
    sources = tuple(_source(version, source) for source in settings.pop("sources"))
    return Tool(name=name, programs=tuple(settings.pop("programs")), sources=sources, **settings)


def _source(version: str, entry: Mapping[str, Any]) -> Source:
    settings: dict[str, Any] = {"version": version, **entry}
    return Source(packages=tuple(settings.pop("packages", ())), **settings)


def _holds(version: str, condition: str) -> bool:
    operator, wanted = re.fullmatch(r"(==|>=|<)(.+)", condition.strip()).groups()  # type: ignore[union-attr] - versions.toml is ours; a test reads all of it
    have, want = _parts(version), _parts(wanted)
    return {"==": have == want, ">=": have >= want, "<": have < want}[operator]


def _parts(version: str) -> tuple[int, ...]:
    """The numbers of a dotted version; `1.2.3-rc.1` counts as 1.2.3."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found.group(1).split(".")) if found else ()
