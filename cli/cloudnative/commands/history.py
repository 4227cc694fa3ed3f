"""`cloudnative history ENV`."""

from __future__ import annotations

from typing import Any

import typer

from cloudnative import present
from cloudnative.options import Application, Environment, Newest, Output, OutputOption


def history(
    environment: Environment,
    application: Application = "",
    newest: Newest = 20,
    output: OutputOption = Output.TEXT,
) -> None:
    """List what was released. Number, time, result, source, images and regions; newest first."""
    from cloudnative.look import look_at
    from cloudnative.releases import ask, holds_of, place_of, places, regions_now
    from cloudnative.releases import history as entries

    view = look_at(environment)
    document: dict[str, Any] = {"environment": environment, "cloud": view.cloud, "application": ""}
    if not places(view.deployment) and not application:
        present.result({**document, "regions": [], "bundles": []}, output, text)
        return
    place = place_of(view.deployment, environment, application)
    bundles, ledgers = ask(view.cloud, place, newest)
    holds = holds_of(view.deployment, place.application)
    document |= {
        "application": place.application,
        "regions": regions_now(ledgers, holds),
        "bundles": entries(bundles, ledgers, holds),
    }
    present.result(document, output, text)
    if any(found.state == "unreachable" for found in ledgers.values()):
        raise typer.Exit(1)


def text(data: dict[str, Any]) -> str:
    """One line a bundle; below them the regions that are held or could not be asked."""
    environment = data["environment"]
    if not data["bundles"]:
        return f"nothing was released to {environment} yet\n\nnext:  cloudnative up {environment}\n"
    rows = [_row(bundle) for bundle in data["bundles"]]
    table = present.table([["NUMBER", "WHEN", "RESULT", "SOURCE", "RUNS IN", "NEW IMAGES"], *rows])
    return table + "".join(f"{line}\n" for region in data["regions"] for line in _notes(region))


def _row(bundle: dict[str, Any]) -> list[str]:
    last = next(iter(bundle["runs"]), {"started": "", "state": "never released"})
    results = {run["state"] for run in _latest(bundle["runs"])} or {last["state"]}
    held = " (held)" if bundle["heldIn"] else ""
    images = [f"{service} {bundle['images'][service][:19]}" for service in bundle["changedImages"]]
    return [
        str(bundle["number"]),
        last["started"][:19].replace("T", " "),
        ", ".join(sorted(results)),
        bundle["source"] or "-",
        (", ".join(bundle["runsIn"]) or "-") + held,
        ", ".join(images[:3]) + (f", {len(images) - 3} more" if len(images) > 3 else "") or "-",
    ]


def _latest(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest run of each region; `runs` are newest first."""
    newest: dict[str, dict[str, Any]] = {}
    for run in runs:
        newest.setdefault(run["region"], run)
    return list(newest.values())


def _notes(region: dict[str, Any]) -> list[str]:
    notes: list[str] = []
    if region["asked"] != "read":
        notes.append(f"{region['name']} could not be asked ({region['asked']}): {region['why']}")
    if region["held"]:
        rolled_back = region["held"]["rolledBack"]
        newer = " of ".join(filter(None, (str(rolled_back["number"]), rolled_back["source"])))
        notes.append(f"{region['name']} is held at {region['held']['number']}: {newer} was rolled back")
    return notes
