"""What `pipeline init` was told, kept beside the trust in `pipeline/settings.json` and read by both."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudnative_toolchain.errors import ConfigError

FILE = "pipeline/settings.json"
REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class PipelineEnvironment:
    """One environment of the pipeline; what its deployment has, the next one is promoted from."""

    name: str
    cloud: str
    location: str
    github_environment: str
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def document(self) -> dict[str, Any]:
        """As settings.json has it: what we know, and what a person wrote beside it."""
        known = {"cloud": self.cloud, "environment": self.name, "location": self.location}
        return {**self.more, **known, "github_environment": self.github_environment}


@dataclass(frozen=True)
class Settings:
    """A project's pipeline. `folder` is the project's place in the repository, `.` for its root."""

    project: str
    folder: str
    repository: str
    branch: str
    source: str
    commit: str
    owner_id: int | None = None
    repository_id: int | None = None
    environments: list[PipelineEnvironment] = field(default_factory=list[PipelineEnvironment])
    paths: list[str] = field(default_factory=list[str])

    def document(self) -> dict[str, Any]:
        """As settings.json has it."""
        trust: dict[str, Any] = {"project": self.project, "repository": self.repository}
        trust["branch"] = self.branch
        ids = {"owner_id": self.owner_id, "repository_id": self.repository_id}
        trust |= {name: value for name, value in ids.items() if value is not None}
        return {
            "cloudnative": {"source": self.source, "commit": self.commit},
            "trust": trust,
            "environments": {each.name: each.document() for each in self.environments},
        }


def read(folder: Path) -> dict[str, Any]:
    """The document of a project, {} where there is none yet."""
    path = folder / FILE
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text("utf-8"))
        return {key: dict(document[key]) for key in ("cloudnative", "trust", "environments")}
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            code="pipeline.settings",
            what=f"{path} cannot be read",
            why=f"{type(error).__name__}: {error}",
            fix=f"rm {FILE} && cloudnative pipeline init",
        ) from error


def checked_repository(name: str) -> str:
    """`owner/name` as GitHub allows it."""
    if REPOSITORY.fullmatch(name) and not name.endswith((".git", ".")):
        return name
    raise ConfigError(
        code="pipeline.repository",
        what=f"repository {name!r}" if name else "no repository",
        why="the remote `origin` is not on github.com; written as on GitHub it is owner/name",
        fix="cloudnative pipeline init --repository OWNER/NAME",
    )


def checked_text(what: str, value: str) -> str:
    """A folder or a branch that may stand in a workflow: GitHub would evaluate `${{`, and a line ends it."""
    if value and value.isprintable() and "${{" not in value:
        return value
    raise ConfigError(
        code="pipeline.text",
        what=f"{what} {value!r}",
        why="a workflow cannot name it: no control characters and no ${{ are allowed there",
        fix="cloudnative pipeline init --branch main" if what == "branch" else "mv FOLDER other-name",
    )


def checked_commit(commit: str, source: str) -> str:
    """A whole commit id: a branch or a tag would be something else tomorrow."""
    if COMMIT.fullmatch(commit) and source:
        return commit
    raise ConfigError(
        code="pipeline.source",
        what=f"no commit of cloudnative to install in the jobs: {commit or 'none'} of {source or 'nowhere'}",
        why="this installation does not say where it came from; a URL and a whole commit id are needed",
        fix="cloudnative pipeline init --source https://github.com/OWNER/cloudnative --commit COMMIT",
    )
