"""`cloudnative purge ENV`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cloudnative import present
from cloudnative.options import Application, Days, Environment, Keep, Output, OutputOption, Yes

if TYPE_CHECKING:
    from cloudnative.releases import Place
    from cloudnative_provider.purge import Stored


def purge(  # noqa: PLR0917 - typer hands them over by name
    environment: Environment,
    application: Application = "",
    keep: Keep = 10,
    older_than: Days = 30,
    yes: Yes = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Delete old images and bundles. Spares what a region runs or ran; lists each item first, and asks."""
    from cloudnative.consent import ask
    from cloudnative.display import make_display
    from cloudnative.releases import place_of
    from cloudnative.session import open_session
    from cloudnative_provider import purge as attic

    session = open_session(environment, make_display(), reads_application=False)
    cloud = session.config.cloud
    with session.locked() as writer:
        deployment = writer.read()
        place = place_of(deployment, environment, application)
        refuse_others(deployment, place, environment)
        before = datetime.now(UTC) - timedelta(days=older_than)
        gone = _superfluous(cloud, place, environment, keep=keep, before=before)
        if gone and not yes:
            ask([f"delete {_line(one)}" for one in gone], environment, verb="purge")
        asyncio.run(attic.remove(cloud, place.registry, gone))
    document = {
        "environment": environment,
        "application": place.application,
        "registry": place.registry,
        "deleted": [
            {"repository": one.repository, "digest": one.digest, "tags": list(one.tags), "bytes": one.size}
            for one in gone
        ],
    }
    present.result(document, output, text)


def refuse_others(deployment: dict[str, Any] | None, place: Place, environment: str) -> None:
    """Who else deploys from somebody else's registry, this environment does not know."""
    from cloudnative import report
    from cloudnative_toolchain.errors import ConfigError

    if place.registry not in report.registries(deployment):
        raise ConfigError(
            code="purge.registry",
            what=f"{place.registry} is not a registry of {environment}",
            why="other environments may run what this one does not; whoever owns the registry cleans it up",
            fix=f"cloudnative history {environment}",
            docs="docs/baseline.md",
        )


def _superfluous(cloud: str, place: Place, environment: str, *, keep: int, before: datetime) -> list[Stored]:
    """What no ledger names; CloudnativeError where a region cannot say what it needs."""
    from cloudnative.releases import ask as read
    from cloudnative_provider import purge as attic

    every = 1_000_000
    bundles, ledgers = read(cloud, place, every)
    # A cluster that is gone needs nothing; one that is stopped may start again and pull.
    unread = {name: one for name, one in ledgers.items() if one.state not in ("read", "gone")}
    _refuse_blindness(unread, environment)
    entries = [
        entry
        for one in ledgers.values()
        for entry in (one.ledger.current, *one.ledger.history)
        if entry.bundle
    ]
    named = {entry.bundle.rpartition("@")[2] for entry in entries}
    kept = attic.kept_names(bundles, named, keep)
    stored = asyncio.run(attic.surveyed(cloud, place.registry, place.application))
    return attic.superfluous(stored, kept, before)


def _refuse_blindness(unread: dict[str, Any], environment: str) -> None:
    from cloudnative_toolchain.errors import CloudnativeError, ExitCode

    if unread:
        raise CloudnativeError(
            code="purge.blind",
            what=f"nothing was deleted: {', '.join(sorted(unread))} could not say what it runs",
            why="; ".join(f"{name}: {one.why or one.state}" for name, one in sorted(unread.items())),
            fix=f"cloudnative status {environment}",
            exit_code=ExitCode.RESOURCE,
        )


def _line(one: Stored) -> str:
    tags = f" ({', '.join(one.tags)})" if one.tags else ""
    return f"{one.repository}@{one.digest[:19]}{tags}"


def text(data: dict[str, Any]) -> str:
    """How much is gone; layers are shared, so the registry's own count may be lower."""
    items = data["deleted"]
    if not items:
        return f"nothing of {data['application']} is old and unused in {data['registry']}\n"
    size = sum(item["bytes"] for item in items) / 1e6
    what = f"{len(items)} manifests of {len({item['repository'] for item in items})} repositories"
    return f"{what} are deleted ({size:.0f} MB, shared layers counted each time)\n"
