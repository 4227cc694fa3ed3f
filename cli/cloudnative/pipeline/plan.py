"""From a project and what was said on the command line to the settings of its pipeline."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative.pipeline import discovery
from cloudnative.pipeline.files import Planned, data, leftovers, plan
from cloudnative.pipeline.settings import (
    FILE,
    PipelineEnvironment,
    Settings,
    checked_commit,
    checked_repository,
    checked_text,
    read,
)
from cloudnative.pipeline.workflows import all_names, render
from cloudnative.stores.names import state_names
from cloudnative_toolchain.errors import ConfigError

if TYPE_CHECKING:
    from cloudnative.project import Project

USUAL = ("dev", "test", "qa", "stage", "staging", "preprod", "prod", "production")


@dataclass(frozen=True)
class Said:
    """The flags of `pipeline init`; what was not said is empty."""

    environments: Sequence[str] = ()
    repository: str = ""
    owner_id: int | None = None
    repository_id: int | None = None
    branch: str = ""
    source: str = ""
    commit: str = ""


def settings_of(project: Project, said: Said, place: discovery.Place) -> Settings:
    """What was said, else what settings.json says, else what the machine knows."""
    kept = read(project.folder)
    trust, ours = kept.get("trust", {}), kept.get("cloudnative", {})
    source, commit = _source(said, ours)
    return Settings(
        project=project.name,
        folder=checked_text("folder", place.folder),
        repository=checked_repository(said.repository or trust.get("repository", "") or place.repository),
        branch=checked_text("branch", said.branch or trust.get("branch", "") or place.branch),
        source=checked_text("source", source),
        commit=checked_commit(commit, source),
        owner_id=said.owner_id or trust.get("owner_id"),
        repository_id=said.repository_id or trust.get("repository_id"),
        environments=[
            _environment(project, name, place.folder, kept.get("environments", {}).get(name, {}))
            for name in said.environments or list(kept.get("environments", {})) or _deployed(project)
        ],
        paths=_outside(project, place),
    )


def settings_there(project: Project) -> tuple[Settings, dict[str, Any]]:
    """The settings as settings.json has them, and what it says of each environment."""
    known = read(project.folder).get("environments", {})
    return settings_of(project, Said(environments=list(known)), discovery.place(project.folder)), known


def plan_files(settings: Settings, folder: Path, root: Path) -> list[Planned]:
    """What happens to every file of a pipeline; names are told from the repository's root."""
    own = folder.resolve().relative_to(root.resolve())
    rendered = {
        name if name.startswith(".github/") else (own / name).as_posix(): content
        for name, content in render(settings).items()
    }
    document = json.dumps(settings.document(), indent=2, ensure_ascii=False) + "\n"
    gone = leftovers(root, [name for name in all_names(settings) if name not in rendered])
    return [*plan(root, rendered), *gone, data(root, (own / FILE).as_posix(), document)]


def about(settings: Settings) -> list[str]:
    """What to know before it is committed: what is deployed from where, and what will not work."""
    names = ", then ".join(each.name for each in settings.environments)
    told = [f"merges to {settings.branch} of {settings.repository} are deployed to {names}"]
    if emulated := [each.name for each in settings.environments if each.cloud == "emulator"]:
        told.append(
            f"note: {', '.join(emulated)} on cloud: emulator: each job on GitHub would have one of its own"
        )
    if not (settings.owner_id and settings.repository_id):
        told.append(
            "note: only GitHub's old form of subjects is trusted; repositories made, renamed or moved after "
            "15 July 2026 send another one, which takes their ids"
        )
    return told


def next_steps(settings: Settings) -> list[str]:
    """Commands to go on with."""
    words = r"""'"--owner-id \(.owner.id) --repository-id \(.id)"'"""
    ids = f"gh api repos/{settings.repository} --jq {words} | xargs cloudnative pipeline init"
    known = settings.owner_id and settings.repository_id
    return [
        *([] if known else [ids]),
        *(f"cloudnative pipeline trust {each.name}" for each in settings.environments),
    ]


def _source(said: Said, kept: Mapping[str, Any]) -> tuple[str, str]:
    url, commit = discovery.origin_of_ours()
    return said.source or kept.get("source", "") or url, said.commit or kept.get("commit", "") or commit


def _environment(project: Project, name: str, folder: str, written: Mapping[str, Any]) -> PipelineEnvironment:
    from cloudnative_components.config import load_environment

    config = load_environment(project.environment_file(name))
    on_github = name if folder == "." else f"{project.name}-{name}"
    more = {**_state(project, config.cloud), **written}
    return PipelineEnvironment(name, config.cloud, config.regions[0], on_github, more)


def _state(project: Project, cloud: str) -> dict[str, str]:
    """The group of a state in a storage account, as `init --cloud azure` names it: jobs use it."""
    shared = project.backend is not None and project.backend.text.startswith("azblob://")
    return {"state_scope": state_names(project.name).group} if cloud == "azure" and shared else {}


def _deployed(project: Project) -> list[str]:
    """Every environment on Azure, in the usual order of promotion; all where none is."""
    from cloudnative_components.config import load_environment

    clouds = {name: load_environment(project.environment_file(name)).cloud for name in project.environments()}
    chosen = [name for name in clouds if clouds[name] == "azure"] or list(clouds)
    if not chosen:
        raise ConfigError(
            code="pipeline.environments",
            what=f"no environment in {project.settings}",
            why="a pipeline deploys to environments",
            fix="cloudnative init",
        )
    return sorted(chosen, key=lambda name: (USUAL.index(name) if name in USUAL else len(USUAL), name))


def _outside(project: Project, place: discovery.Place) -> list[str]:
    """Folders of the repository outside of the project's own that its applications are made of."""
    if place.folder == ".":
        return []
    made_of = [path for name in project.environments() for path in _sources(project, name)]
    folders = {(path if path.is_dir() else path.parent).resolve() for path in made_of}
    root, own = place.root.resolve(), project.folder.resolve()
    inside = [each for each in folders if each.is_relative_to(root) and not each.is_relative_to(own)]
    return sorted({checked_text("folder", each.relative_to(root).as_posix()) for each in inside} - {"."})


def _sources(project: Project, environment: str) -> list[Path]:
    """The files of its application, and what its images are built from."""
    from cloudnative.pipeline.checks import read as read_application

    config, application = read_application(project, environment)
    built = [(build.context, build.context / build.dockerfile) for build in application.builds]
    return [*config.application, *(path for pair in built for path in pair)]
