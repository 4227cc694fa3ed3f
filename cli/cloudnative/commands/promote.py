"""`cloudnative promote FROM TO`."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudnative import present
from cloudnative.options import Application, Resume, RunOutput, RunOutputOption, SkipPreflight, Yes

if TYPE_CHECKING:
    from cloudnative.bundle_mode import BundleRef
    from cloudnative.promoting import Differences
    from cloudnative.session import Session
    from cloudnative.writer import Writer
    from cloudnative_provider.stored_bundles import BundleContent

From = Annotated[str, typer.Argument(metavar="FROM", help="Environment whose bundle is taken.")]
To = Annotated[str, typer.Argument(metavar="TO", help="Environment that it goes to.")]


def promote(
    source: From,
    target: To,
    *,
    yes: Yes = False,
    resume: Resume = False,
    application: Application = "",
    skip_preflight: SkipPreflight = False,
    output: RunOutputOption = RunOutput.TEXT,
) -> None:
    """Release what runs in one environment to another. Same bundle, same digests, no build."""
    from cloudnative.bundle_mode import deploy_bundle
    from cloudnative.display import make_display
    from cloudnative.failure import failure
    from cloudnative.ownership import pass_on
    from cloudnative.preflight import run as preflight
    from cloudnative.promoting import in_both, missing_values
    from cloudnative.session import open_session

    began = time.monotonic()
    _refuse_itself(source, target)
    display = make_display(events=output is RunOutput.NDJSON)
    session = open_session(target, display, reads_application=False)
    pass_on(session, taken=False)
    asked = preflight.begin(session, "promote", skip=skip_preflight)
    bundle, content = _taken(source, session, application)
    with session.locked() as writer:
        asked.require()
        found = _shown(source, session, writer, content)
        if not resume:
            _refuse_held(session, writer, source, bundle, content)
        _consent(writer, content, source, bundle.number, target, yes=yes)
        made = _make_infrastructure(session, writer, content)
        arrived = _copied(session, writer, content)
        reads_source = bool(missing_values(content, _runs(session, writer, content.application)))
        with display.phase(f"promote {source} {target}"):
            outcome = deploy_bundle(session, writer, arrived, reads_source=reads_source)
    if outcome.code != 0:
        raise failure(outcome, target, verb=f"promote {source}")
    document = _document(session, writer.read(), source, bundle, content)
    document |= {
        "differences": found.to_dict(),
        "changes": in_both(made, outcome.changes),
        "seconds": round(time.monotonic() - began, 1),
    }
    present.result(document, output, text)


def _refuse_itself(source: str, target: str) -> None:
    from cloudnative_toolchain.errors import ConfigError

    if source == target:
        raise ConfigError(
            code="promote.itself",
            what=f"promote {source} {target}",
            why="FROM and TO are the same environment; an earlier bundle of it comes back by `rollback`",
            fix=f"cloudnative history {source}",
        )


def _taken(source: str, session: Session, application: str) -> tuple[BundleRef, BundleContent]:
    """What runs in FROM; both live in the same cloud."""
    from cloudnative.look import look_at
    from cloudnative.promoting import promoted_bundle, require_regions
    from cloudnative.releases import place_of
    from cloudnative_provider.stored_bundles import read_bundle
    from cloudnative_toolchain.errors import ConfigError

    view, target = look_at(source), session.home.environment
    if view.cloud != session.config.cloud:
        raise ConfigError(
            code="promote.clouds",
            what=f"{source} is on {view.cloud}, {target} on {session.config.cloud}",
            why="nothing travels between the emulator and Azure",
            fix=f"cloudnative up {target}",
        )
    place = place_of(view.deployment, source, application)
    bundle = promoted_bundle(view.deployment, place, source)
    content = asyncio.run(read_bundle(view.cloud, bundle.ref))
    require_regions(content, session.config)
    return bundle, content


def _shown(source: str, session: Session, writer: Writer, content: BundleContent) -> Differences:
    """The differences, on stderr before anything is changed."""
    from cloudnative.promoting import differences
    from cloudnative_components.config import load_environment

    config = load_environment(session.project.environment_file(source))
    found = differences(config, session.config, content, writer.read())
    for line in difference_lines(source, session.home.environment, found.to_dict()):
        session.display.say(line)
    return found


def _refuse_held(
    session: Session, writer: Writer, source: str, bundle: BundleRef, content: BundleContent
) -> None:
    """A bundle that was rolled back in TO does not come back unasked."""
    from cloudnative.holds import held, in_words, rolled_back
    from cloudnative_toolchain.errors import CloudnativeError, ExitCode

    same = rolled_back(held(writer.read()), content.provenance.get("inputs", ""))
    if not same:
        return
    raise CloudnativeError(
        code="release.held",
        what=f"promote to {session.home.environment}: {in_words(same)}",
        why=f"bundle {bundle.number} is of the source that was rolled back there",
        fix=f"cloudnative promote {source} {session.home.environment} --resume",
        docs="docs/releases.md",
        exit_code=ExitCode.CANCELLED,
    )


def _consent(
    writer: Writer, content: BundleContent, source: str, number: int, target: str, *, yes: bool
) -> None:
    """What runs in TO is replaced only with a yes."""
    from cloudnative.consent import ask
    from cloudnative.releases import places

    runs = content.application in {place.application for place in places(writer.read())}
    if runs and not yes:
        lost = f"replace the release of {content.application} in {target} by bundle {number} of {source}"
        ask([lost], f"{source} {target}", verb="promote")


def _make_infrastructure(session: Session, writer: Writer, content: BundleContent) -> dict[str, int]:
    """For an environment that has no cluster and no release yet: everything but the release; what changed."""
    from cloudnative import report
    from cloudnative.bundle_mode import only_infrastructure
    from cloudnative.failure import failure

    if report.regions(writer.read()):
        return {}
    environment = session.home.environment
    with session.display.phase(f"making {environment}"):
        outcome = only_infrastructure(session, writer, content.application)
    if outcome.code != 0:
        raise failure(outcome, environment)
    return outcome.changes


def _copied(session: Session, writer: Writer, content: BundleContent) -> BundleRef:
    """The bundle and its images in the registry of TO, where they are not there yet."""
    from cloudnative.bundle_mode import BundleRef
    from cloudnative.promoting import registry_of
    from cloudnative_provider.stored_bundles import promoted

    server = registry_of(writer.read(), session.config, content.application)
    with session.display.phase(f"copying {len(content.images)} images by digest"):
        ref, number = asyncio.run(promoted(session.config.cloud, content, server))
    return BundleRef(ref, number)


def _runs(session: Session, writer: Writer, application: str) -> BundleContent | None:
    """The bundle that TO runs before the promotion."""
    from cloudnative.bundle_mode import running_bundles
    from cloudnative_provider.stored_bundles import read_bundle

    bundle = next(iter(running_bundles(writer.read(), application).values()), None)
    return asyncio.run(read_bundle(session.config.cloud, bundle.ref)) if bundle else None


def _document(
    session: Session,
    deployment: dict[str, Any] | None,
    source: str,
    bundle: BundleRef,
    content: BundleContent,
) -> dict[str, Any]:
    from cloudnative import report

    return {
        "environment": session.home.environment,
        "from": source,
        "cloud": session.config.cloud,
        "result": "succeeded",
        "application": content.application,
        "bundle": {"number": bundle.number, "hash": content.hash, "source": content.source},
        "release": report.release(deployment),
        "regions": report.public_regions(deployment),
    }


def difference_lines(source: str, target: str, found: dict[str, Any]) -> list[str]:
    """How the environments differ, and what changes: a line each."""
    settings = [
        f"setting {one['setting']}: {source} {_value(one['from'])}, {target} {_value(one['to'])} (stays)"
        for one in found["settings"]
    ]
    images = [
        f"image {one['name']}: {target} {_digest(one['from'])} -> {_digest(one['to'])}"
        for one in found["images"]
    ]
    objects = [f"{_operation(one)} {one['name']}" for one in found["objects"]]
    return [*settings, *images, *objects] or [f"{source} and {target} differ in nothing"]


def _value(value: Any) -> str:
    return "has none" if value is None else json.dumps(value)


def _digest(value: str | None) -> str:
    return value[:19] if value else "none"


def _operation(one: dict[str, Any]) -> str:
    return "create" if one["from"] is None else "delete" if one["to"] is None else "update"


def text(data: dict[str, Any]) -> str:
    """What runs now, and what to do next."""
    from cloudnative.wording import counts

    environment, number = data["environment"], data["release"]["number"]
    changes = counts(data["changes"]) if set(data["changes"]) - {"same"} else "it ran already"
    return (
        f"{environment} runs release {number}, bundle {data['bundle']['number']} of {data['from']}: "
        f"{changes} ({data['seconds']:.1f} s)\n"
        f"\nnext:  cloudnative status {environment}\n"
        f"       cloudnative history {environment}\n"
    )
