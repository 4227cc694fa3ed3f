"""The workflows of a pipeline as text; the same settings give the same bytes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cloudnative.pipeline.actions import actions
from cloudnative.pipeline.settings import FILE, PipelineEnvironment, Settings

TEMPLATES = Path(__file__).with_name("templates")
WORKFLOWS = ".github/workflows"
ACTION = ".github/actions/cloudnative/action.yaml"
COMMENT_BYTES = 60_000  # GitHub takes 65,536 characters a comment; Linux 131,072 bytes a variable
PLACEHOLDER = re.compile(r"@([A-Z_]+)@")


def render(settings: Settings) -> dict[str, str]:
    """Path -> content: `.github/...` from the repository's root, the rest from the project's folder."""
    common = _common(settings)
    first, *later = settings.environments
    stem = _stem(settings)
    files = {
        ACTION: fill("action.yaml", {"SOURCE": _quoted(settings.source), "COMMIT": _quoted(settings.commit)}),
        f"{stem}pull-request.yaml": fill("pull-request.yaml", {**common, "PREVIEWS": _previews(settings)}),
        f"{stem}deploy.yaml": fill("deploy.yaml", {**common, **_of(settings, first)}),
    }
    if later:
        files[f"{stem}promote.yaml"] = _promote(settings, common)
    drifts = "\n".join(
        fill("drift-job.yaml", {**common, **_of(settings, each)}) for each in settings.environments
    )
    files[f"{stem}drift.yaml"] = fill("drift.yaml", {**common, "DRIFTS": drifts.rstrip("\n")})
    files["pipeline/__main__.py"] = _template("trust.py.txt")
    return {name: content.rstrip("\n") + "\n" for name, content in files.items()}


def all_names(settings: Settings) -> list[str]:
    """The workflows that a project of more or fewer environments would have."""
    return [f"{_stem(settings)}{name}.yaml" for name in ("pull-request", "deploy", "promote", "drift")]


def _stem(settings: Settings) -> str:
    return f"{WORKFLOWS}/cloudnative-" + ("" if settings.folder == "." else f"{settings.project}-")


def variables(settings: Settings, environment: str) -> dict[str, str]:
    """Our name -> the repository's variable on GitHub with what a job that only reads signs in with."""
    suffix = environment if settings.folder == "." else f"{settings.project}_{environment}"
    upper = re.sub(r"[^A-Z0-9]", "_", suffix.upper())
    return {
        "AZURE_CLIENT_ID": f"AZURE_PREVIEW_CLIENT_ID_{upper}",
        "AZURE_TENANT_ID": f"AZURE_TENANT_ID_{upper}",
        "AZURE_SUBSCRIPTION_ID": f"AZURE_SUBSCRIPTION_ID_{upper}",
    }


def subjects(settings: Settings, *triggers: str) -> str:
    """The subjects that an identity trusts, as a job's environment has them."""
    from cloudnative_components.trust.github_subjects import Repository

    repository = Repository.of(settings.repository, settings.owner_id, settings.repository_id)
    return " ".join(repository.subjects(triggers))


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template with its places filled; one that nobody fills is a KeyError."""
    return PLACEHOLDER.sub(lambda found: values[found[1]], _template(template))


@cache
def _template(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def _common(settings: Settings) -> dict[str, str]:
    script = _template("comment.py.txt").rstrip("\n").splitlines()
    group = f"cloudnative-{settings.project}"
    return {
        "BRANCH": _quoted(_literal(settings.branch)),
        "FOLDER": _quoted(settings.folder),
        "GROUP": group,
        "PATHS": _paths(settings),
        "PREPARE": fill("prepare.yaml", {"CHECKOUT": actions()["checkout"].uses}).rstrip("\n"),
        "MARKER": _quoted(f"<!-- cloudnative preview {settings.project} -->"),
        "COMMENT_SCRIPT": "\n".join(f"          {line}".rstrip() for line in script),
        # Not at the full hour, when everybody's start; the same minute each time.
        "MINUTE": str(5 + hashlib.sha256(group.encode()).digest()[0] % 50),
        **{
            f"TITLE_{verb.upper().replace(' ', '_')}": _quoted(f"{settings.project}: {verb}")
            for verb in ("pull request", "deploy", "promote", "drift")
        },
    }


def _of(settings: Settings, environment: PipelineEnvironment) -> dict[str, str]:
    """The places that one environment fills."""
    from cloudnative_components.trust.github_subjects import PULL_REQUEST, branch
    from cloudnative_components.trust.github_subjects import environment as in_environment

    own = {name: name for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID")}
    deploys = subjects(settings, in_environment(environment.github_environment))
    reads = subjects(settings, PULL_REQUEST, branch(settings.branch))
    return {
        "ENVIRONMENT": environment.name,
        "GITHUB_ENVIRONMENT": environment.github_environment,
        "DEPLOY_IDENTITY": _identity(own, deploys),
        "PREVIEW_IDENTITY": _identity(variables(settings, environment.name), reads),
    }


def _identity(names: Mapping[str, str], trusted: str) -> str:
    lines = [f"          {name}: ${{{{ vars.{variable} }}}}" for name, variable in names.items()]
    return "\n".join([*lines, f"          CLOUDNATIVE_SUBJECTS: {_quoted(trusted)}"])


def _previews(settings: Settings) -> str:
    share = {"CHARACTERS": str(COMMENT_BYTES // len(settings.environments))}
    steps = [
        fill("preview-step.yaml", {**share, **_of(settings, each), "NUMBER": f"{number:02}"})
        for number, each in enumerate(settings.environments, 1)
    ]
    return "".join(steps).rstrip("\n")


def _promote(settings: Settings, common: Mapping[str, str]) -> str:
    pairs = list(zip(settings.environments, settings.environments[1:], strict=False))
    jobs = [
        fill("promotion-job.yaml", {**common, **_of(settings, target), "FROM": source.name})
        for source, target in pairs
    ]
    targets = ", ".join(target.name for _, target in pairs)
    return fill("promote.yaml", {**common, "TARGETS": targets, "PROMOTIONS": "".join(jobs).rstrip("\n")})


def _paths(settings: Settings) -> str:
    """Which changes concern a project that is not the whole repository."""
    if settings.folder == ".":
        return ""
    ours = [settings.folder, *settings.paths]
    patterns = [*(f"{_literal(path)}/**" for path in ours), f"{WORKFLOWS}/cloudnative-{settings.project}-*"]
    return "\n    paths:\n" + "\n".join(f"      - {_quoted(pattern)}" for pattern in patterns)


def _literal(text: str) -> str:
    """Text in a pattern of GitHub's that stands for itself."""
    return re.sub(r"([*?+\[\]!\\])", r"\\\1", text)


def _quoted(text: str) -> str:
    """A string of YAML on one line: JSON's is one."""
    return json.dumps(text, ensure_ascii=False)


__all__ = ["ACTION", "FILE", "WORKFLOWS", "all_names", "fill", "render", "subjects", "variables"]
