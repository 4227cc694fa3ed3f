"""Which workflows of the repository deploy an environment: read from its files, no service is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from cloudnative.pipeline.settings import read
from cloudnative.project import Project
from cloudnative_toolchain.errors import ConfigError

# the command itself, or the variable that our own workflows have it in
_DEPLOYS = re.compile(r"""(?:\bcloudnative|\$COMMAND"?)\s+(?:up|deploy|promote)\b""")


@dataclass(frozen=True)
class Pipeline:
    """What was found; `known` says that `pipeline init` was told of the environment."""

    known: bool = False
    workflows: list[str] = field(default_factory=list[str])  # those that deploy it
    problem: str = ""


def pipeline_of(environment: str) -> Pipeline:
    """The pipeline of an environment of the project around this folder."""
    project = Project.find(Path.cwd())
    try:
        known = environment in read(project.folder).get("environments", {})
    except ConfigError as problem:
        return Pipeline(known=True, problem=str(problem))
    name = re.compile(rf"\b{re.escape(environment)}\b")
    workflows = [
        path.name
        for path in _workflows(project.folder)
        if name.search(text := path.read_text("utf-8", "replace")) and _DEPLOYS.search(text)
    ]
    return Pipeline(known=known, workflows=workflows)


def _workflows(folder: Path) -> list[Path]:
    """Those of the repository that the project lies in."""
    for place in (folder, *folder.parents):
        if (place / ".github/workflows").is_dir():
            return sorted((place / ".github/workflows").glob("*.y*ml"))
        if (place / ".git").exists():
            break
    return []
