"""Projects with a pipeline, for tests that read, lint or run what is generated."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from cloudnative.pipeline import discovery, files
from cloudnative.pipeline.files import Planned
from cloudnative.pipeline.plan import Said, plan_files, settings_of
from cloudnative.project import Project

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SAID = Said(source="https://github.com/acme/cloudnative", commit=COMMIT, owner_id=12, repository_id=34)
COMPOSE = 'name: shop\nservices:\n  web:\n    image: nginx:1\n    user: "101"\n    ports: ["8080:8080"]\n'
ENVIRONMENT = """config:
  cloudnative:cloud: {cloud}
  cloudnative:regions: [koreacentral]
  cloudnative:application: ../compose.yaml
"""


def git(folder: Path, *arguments: str) -> str:
    """What git prints; a repository of a test asks nobody who it is."""
    who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *who, "-C", str(folder), *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def project(
    root: Path,
    *,
    folder: str = ".",
    name: str = "shop",
    environments: tuple[str, ...] = ("staging", "prod"),
    cloud: str = "azure",
    repository: str = "acme/shop",
    branch: str = "main",
) -> Project:
    """A project in a fresh git repository with a remote on GitHub."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "--quiet")
    git(root, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
    git(root, "remote", "add", "origin", f"https://github.com/{repository}.git")
    place = root / folder
    (place / "stacks").mkdir(parents=True)
    (place / "Pulumi.yaml").write_text(
        f"name: {name}\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/\n"
    )
    (place / "stacks/__main__.py").write_text("")
    (place / "compose.yaml").write_text(COMPOSE)
    for environment in environments:
        (place / f"stacks/Pulumi.{environment}.yaml").write_text(ENVIRONMENT.format(cloud=cloud))
    return Project.find(place)


def planned(project: Project, said: Said = SAID) -> list[Planned]:
    """What `pipeline init` would do."""
    place = discovery.place(project.folder)
    return plan_files(settings_of(project, said, place), project.folder, place.root)


def initialise(project: Project, said: Said = SAID) -> dict[str, str]:
    """`pipeline init`: what was done to which file."""
    plan = planned(project, said)
    files.write(plan)
    return {each.name: each.action for each in plan}


def load(path: Path) -> Any:
    """A workflow as GitHub reads it; to look at, for others get the same."""
    return _read(path.read_text("utf-8"))


@cache
def _read(text: str) -> Any:
    reader: Any = YAML(typ="safe", pure=True)
    return reader.load(text)


def workflows(root: Path) -> dict[str, Any]:
    """Every workflow of a repository, by its file's name."""
    return {path.name: load(path) for path in sorted((root / ".github/workflows").glob("*.yaml"))}


def jobs(root: Path) -> list[tuple[str, Any]]:
    """Every job of every workflow, with a name for messages."""
    return [
        (f"{file}: {name}", job)
        for file, workflow in workflows(root).items()
        for name, job in workflow["jobs"].items()
    ]


def steps(root: Path) -> list[tuple[str, Any]]:
    """Every step of every job and of our own action."""
    action = load(root / ".github/actions/cloudnative/action.yaml")
    of_jobs = [(where, step) for where, job in jobs(root) for step in job["steps"]]
    return [*of_jobs, *(("action.yaml", step) for step in action["runs"]["steps"])]
