"""Which workflows of the repository deploy an environment: read from its files, no service is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from cloudnative.pipeline.settings import read
from cloudnative.project import Project
from cloudnative_toolchain.errors import ConfigError

# the command itself, or the variable that our own workflows have it in; then whom it deploys to
_DEPLOYS = re.compile(
    r"""(?:\bcloudnative|\$COMMAND"?)\s+(?:up|deploy|promote\s+\S+)(?:\s+-\S+)*\s+(?P<to>\S+)"""
)


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
    workflows = [
        path.name
        for path in _workflows(project.folder)
        if deploys(path.read_text("utf-8", "replace"), environment)
    ]
    return Pipeline(known=known, workflows=workflows)


def deploys(workflow: str, environment: str) -> bool:
    """Whether a command of the workflow deploys to the environment; to be promoted from is not enough."""
    named = {found["to"].strip("\"'") for found in _DEPLOYS.finditer(workflow)}
    return any(_stands_for(word, workflow, environment) for word in named)


def _stands_for(word: str, workflow: str, environment: str) -> bool:
    """A name as it is, in a variable, or in an expression of GitHub's, which only GitHub evaluates."""
    name = re.escape(environment)
    if word.startswith("${{"):
        return re.search(rf"\b{name}\b", workflow) is not None
    if variable := re.fullmatch(r"\$\{?(\w+)\}?", word):
        value = rf"""\b{variable[1]}\s*[:=]\s*["']?{name}["']?\s*(?:[,}}]|$)"""
        return re.search(value, workflow, re.MULTILINE) is not None
    return word == environment


def _workflows(folder: Path) -> list[Path]:
    """Those of the repository that the project lies in."""
    for place in (folder, *folder.parents):
        if (place / ".github/workflows").is_dir():
            return sorted((place / ".github/workflows").glob("*.y*ml"))
        if (place / ".git").exists():
            break
    return []
