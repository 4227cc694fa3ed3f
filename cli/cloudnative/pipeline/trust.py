"""The stack of a pipeline's trust: a project of its own, in the cloud and the state of the environment."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative.absent import NOTHING
from cloudnative.pipeline.settings import FILE, Settings
from cloudnative.pipeline.workflows import variables
from cloudnative.report import of_type
from cloudnative_toolchain.errors import ConfigError

if TYPE_CHECKING:
    from cloudnative.project import Project

PROGRAM = "pipeline/__main__.py"
KEY = "cloudnative:deployer"


def trust_project(project: Project, environment: str, known: Mapping[str, Any]) -> Project:
    """The project whose program makes the trust; its environments are those of the application."""
    program = project.folder / PROGRAM
    if not program.is_file() or environment not in known:
        raise ConfigError(
            code="pipeline.trust",
            what=f"no pipeline for {environment}",
            why=f"{PROGRAM} and {FILE} say whom to trust for which environment",
            fix=f"cloudnative pipeline init --environment {environment}",
        )
    return replace(project, name=f"{project.name}-pipeline", program=program)


def outputs(deployment: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the stack exports as `trust`."""
    for stack in of_type(dict(deployment or NOTHING), "pulumi:pulumi:Stack"):
        return dict((stack.get("outputs") or NOTHING).get("trust") or NOTHING)
    return {}


def on_github(settings: Settings, environment: str, trust: Mapping[str, Any]) -> list[str]:
    """Commands that tell GitHub who deploys from where, and who signs in; nothing in them is a secret."""
    own = {"AZURE_TENANT_ID": trust["tenant"], "AZURE_SUBSCRIPTION_ID": trust["subscription"]}
    there = next(each for each in settings.environments if each.name == environment).github_environment
    deploys = {**own, "AZURE_CLIENT_ID": trust["deploy"]["client_id"]}
    reads = {**own, "AZURE_CLIENT_ID": trust["preview"]["client_id"]}
    shared = variables(settings, environment)
    where = f"--repo {settings.repository}"
    return [
        _environment_made(settings, there),
        *(f"gh variable set {name} {where} --env {there} --body {deploys[name]}" for name in sorted(deploys)),
        *(f"gh variable set {shared[name]} {where} --body {reads[name]}" for name in sorted(reads)),
    ]


def _environment_made(settings: Settings, name: str) -> str:
    """The environment, for jobs of the branch alone: a job of any other would sign in with the same subject.

    One that is there keeps its rules.
    """
    path = f"repos/{settings.repository}/environments/{name}"
    policy = "deployment_branch_policy"
    rules = f"-F '{policy}[protected_branches]=false' -F '{policy}[custom_branch_policies]=true'"
    branch = shlex.quote(f"name={settings.branch}")
    return (
        f"gh api --silent {path} || {{ gh api --silent --method PUT {path} {rules} && "
        f"gh api --silent --method POST {path}/deployment-branch-policies -f {branch}; }}"
    )


def with_deployer(text: str, principal: str) -> str:
    """An environment's file that names its deployer, below the line of its cloud; the rest as it was."""
    line = f"  {KEY}: {principal}"
    if re.search(rf"^\s*{KEY}:", text, re.MULTILINE):
        return re.sub(rf"^\s*{KEY}:.*$", line, text, flags=re.MULTILINE)
    for above in (r"\s*([\"']?)cloudnative:cloud\2\s*:.*", r"config:[ \t]*(#.*)?"):
        named, times = re.subn(rf"^({above})$", rf"\1\n{line}", text, count=1, flags=re.MULTILINE)
        if times:
            return named
    return text


def name_deployer(file: Path, principal: str) -> bool:
    """Write it into the environment's file; whether that changed anything."""
    before = file.read_text("utf-8")
    after = with_deployer(before, principal)
    if after != before:
        file.write_text(after, "utf-8")
    return after != before
