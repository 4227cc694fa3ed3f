"""`cloudnative trail ENV`."""

from __future__ import annotations

from typing import Any

import typer

from cloudnative import present
from cloudnative.options import Environment, Output, OutputOption


def trail(environment: Environment, output: OutputOption = Output.TEXT) -> None:
    """Walk the ten steps of the CNCF trail map. What is used, proof that it works now, and what is next."""
    from cloudnative.emulator_limits import note_simulation
    from cloudnative.look import look_at
    from cloudnative.observe.trail.evidence import gather
    from cloudnative.observe.trail.trail_map import STEPS

    view = look_at(environment)
    note_simulation(view.cloud)
    evidence = gather(view)
    steps: list[dict[str, Any]] = []
    for step in STEPS:
        found = step.judge(evidence)
        told = {"uses": found.uses, "evidence": found.evidence, "next": found.next}
        steps.append({"number": step.number, "name": step.name, "status": found.status, **told})
    present.result({"environment": environment, "steps": steps}, output, text)
    if any(step["status"] == "broken" for step in steps):
        raise typer.Exit(1)


def text(data: dict[str, Any]) -> str:
    """Two or three lines a step."""
    return "".join(_step(step) for step in data["steps"])


def _step(step: dict[str, Any]) -> str:
    from cloudnative.wording import clean

    head = f"{step['number']:>2}  {step['status']:<8} {step['name']}\n"
    uses = f"              uses {', '.join(step['uses'])}\n" if step["uses"] else ""
    return clean(f"{head}{uses}              {step['evidence']}\n              next: {step['next']}\n")
