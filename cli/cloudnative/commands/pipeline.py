"""`cloudnative pipeline init|check|trust`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from cloudnative import present
from cloudnative.options import (
    Branch,
    Commit,
    Environment,
    Environments,
    Output,
    OutputOption,
    OwnerId,
    RepositoryId,
    RepositoryName,
    Source,
    Yes,
)

if TYPE_CHECKING:
    from cloudnative.pipeline.files import Planned

app = typer.Typer(
    help="GitHub Actions: preview on a pull request, deploy on a merge, promote with an approval.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def init(
    *,
    environments: Environments = [],  # noqa: B006 - typer's own default, never changed
    repository: RepositoryName = "",
    owner_id: OwnerId = None,
    repository_id: RepositoryId = None,
    branch: Branch = "",
    source: Source = "",
    commit: Commit = "",
    output: OutputOption = Output.TEXT,
) -> None:
    """Write workflows and the trust they need. Lists every file first; what you edited by hand is kept."""
    import sys
    from pathlib import Path

    from cloudnative.pipeline.discovery import place
    from cloudnative.pipeline.files import write
    from cloudnative.pipeline.plan import Said, about, next_steps, plan_files, settings_of
    from cloudnative.project import Project

    project = Project.find(Path.cwd())
    where = place(project.folder)
    said = Said(environments, repository, owner_id, repository_id, branch, source, commit)
    settings = settings_of(project, said, where)
    planned = plan_files(settings, project.folder, where.root)
    for line in [*(each.line() for each in planned), *about(settings)]:
        sys.stderr.write(f"{line}\n")
    write(planned)
    present.result(
        {
            "result": "succeeded",
            "repository": settings.repository,
            "branch": settings.branch,
            "files": [_told(each) for each in planned],
            "next": next_steps(settings),
        },
        output,
        next_text,
    )


@app.command()
def check(output: OutputOption = Output.TEXT) -> None:
    """Check config and application of every environment; asks no cloud, changes nothing."""
    from pathlib import Path

    from cloudnative.findings_error import FindingsError
    from cloudnative.pipeline.checks import problems
    from cloudnative.project import Project

    project = Project.find(Path.cwd())
    found = problems(project)
    if len(found) == 1:
        raise found[0]
    if found:
        what = f"{len(found)} environments of {project.name} cannot be deployed"
        raise FindingsError(code="pipeline.check", what=what, findings=found)
    present.result(
        {"result": "succeeded", "environments": project.environments()},
        output,
        lambda data: f"checked: {', '.join(data['environments'])}\n",
    )


@app.command()
def trust(environment: Environment, *, yes: Yes = False, output: OutputOption = Output.TEXT) -> None:
    """Make the identities that GitHub's jobs sign in as. An administrator runs this once."""
    from pathlib import Path

    from cloudnative.consent import ask, planned_losses
    from cloudnative.display import make_display
    from cloudnative.failure import failure
    from cloudnative.pipeline import trust as trusting
    from cloudnative.pipeline.plan import settings_there
    from cloudnative.project import Project
    from cloudnative.session import open_session

    project = Project.find(Path.cwd())
    settings, known = settings_there(project)
    display = make_display()
    session = open_session(
        environment,
        display,
        reads_application=False,
        project=trusting.trust_project(project, environment, known),
    )
    verb = "pipeline trust"
    with session.locked() as writer:
        if not yes:
            with display.planning(f"planning the trust of {environment}"):
                planned = planned_losses(writer, environment, verb=verb)
            ask(planned, environment, verb=verb)
        with display.phase(f"trust of {environment}"):
            outcome = writer.run("up", "--yes", "--skip-preview")
    if outcome.code != 0:
        raise failure(outcome, environment, verb=verb)
    made = trusting.outputs(writer.read())
    file, deployer = project.environment_file(environment), made["deploy"]["principal_id"]
    if trusting.name_deployer(file, deployer):
        display.say(f"{file} names the deployer now: commit it")
    elif deployer not in file.read_text("utf-8"):
        display.say(f"{file} takes no line from us: write `{trusting.KEY}: {deployer}` into it yourself")
    present.result(
        {
            "result": "succeeded",
            "environment": environment,
            "trust": made,
            "next": trusting.on_github(settings, environment, made),
        },
        output,
        next_text,
    )


def next_text(data: dict[str, Any]) -> str:
    """What to do next."""
    return "next:\n" + "".join(f"  {step}\n" for step in data["next"])


def _told(planned: Planned) -> dict[str, str]:
    told = {"file": planned.name, "action": planned.action}
    return told | ({"content": planned.content} if planned.action == "kept" else {})
