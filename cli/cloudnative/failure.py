"""A failed run as one error: the root cause first, the exit code of its kind."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from typing import Any

from cloudnative.protection import refusal
from cloudnative.runs.supervisor import Outcome
from cloudnative.wording import clean, short_type
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

MOST_LINES = 30
FIX = re.compile(r'; fix: (?P<fix>[^"\n]+)')  # what the emulator's ARM adds to a message, where it knows one
FRAME = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+)', re.MULTILINE)


def failure(outcome: Outcome, environment: str, *, verb: str = "up", since: str = "") -> CloudnativeError:
    """Why a run failed, as one error; `since` is what was done about it afterwards."""
    error = _failure(outcome, environment, verb)
    error.why = "\n".join(filter(None, [error.why, since]))
    return error


def _failure(outcome: Outcome, environment: str, verb: str) -> CloudnativeError:
    if outcome.interrupted:
        return _interrupted(outcome, environment, verb)
    problems = [p for p in outcome.problems if p.get("final")] or outcome.problems
    if problems:
        return _from_problems(problems, environment, verb)
    errors = [d for d in outcome.diagnostics if d["severity"] == "error"]
    if refused := refusal(errors, environment):
        return refused
    return _from_diagnostics(errors, outcome, environment, verb)


def _interrupted(outcome: Outcome, environment: str, verb: str) -> CloudnativeError:
    by_user = outcome.signal == signal.SIGINT
    killed = outcome.interrupted > 1
    return CloudnativeError(
        code="run.interrupted",
        what=f"{verb} of {environment} was {'killed' if killed else 'interrupted'}",
        why="steps under way were cut off; the next run recovers"
        if killed
        else "steps under way were finished and saved",
        fix=f"cloudnative {verb} {environment}",
        exit_code=ExitCode.INTERRUPTED if by_user else ExitCode.CANCELLED,
    )


def _from_problems(problems: list[dict[str, Any]], environment: str, verb: str) -> CloudnativeError:
    """The provider already says what, why and how to mend it; several failures are one error with a list."""
    first = problems[0]
    why = "\n".join([str(first.get("why", "")), *_others(first, _distinct(problems))])
    return CloudnativeError(
        code=str(first.get("code", "resource.failed")),
        what=str(first["what"]),
        why=clean_lines(why),
        fix=_fix(first, f"cloudnative {verb} {environment}"),
        docs=str(first.get("docs", "")),
        exit_code=ExitCode(int(first.get("exit_code") or ExitCode.RESOURCE)),
    )


def _fix(problem: Mapping[str, Any], again: str) -> str:
    """The provider's own; of a bug, the same run with its traceback."""
    return (
        f"CLOUDNATIVE_DEBUG=1 {again}" if problem.get("code") == "bug" else str(problem.get("fix") or again)
    )


def _others(first: Mapping[str, Any], problems: list[dict[str, Any]]) -> list[str]:
    """One line for each further failure; those with the same cause are only named."""
    others = [p for p in problems if p["what"] != first["what"]]
    same = [str(p["what"]) for p in others if p.get("why") == first.get("why")]
    rest = [p for p in others if p.get("why") != first.get("why")]
    named = [f"also, for the same reason: {', '.join(same)}"] if same else []
    return named + ["also: " + ": ".join(str(p[key]) for key in ("what", "why") if p.get(key)) for p in rest]


def _distinct(problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: dict[str, dict[str, Any]] = {}
    for problem in problems:
        seen.setdefault(str(problem["what"]), problem)
    return list(seen.values())


def _from_diagnostics(
    errors: list[dict[str, Any]], outcome: Outcome, environment: str, verb: str
) -> CloudnativeError:
    if program := next((e for e in errors if "source runtime error" in e["text"]), None):
        return _program_failed(str(program["text"]))
    resource = next((e for e in errors if e["urn"] and not _is_stack(e["urn"])), None)
    if resource is not None:
        return _resource_failed(resource, environment, verb)
    text = (
        "\n".join(str(e["text"]) for e in errors)
        or outcome.engine_output
        or "\n".join(outcome.program_output)
    )
    return CloudnativeError(
        code="engine.failed",
        what=f"{verb} of {environment} failed",
        why=clean_lines(text) or "the engine ended without a word",
        fix=f"cloudnative {verb} {environment}",
        exit_code=ExitCode.RESOURCE if outcome.failed else ExitCode.FAILED,
    )


def _resource_failed(error: Mapping[str, Any], environment: str, verb: str) -> CloudnativeError:
    urn, text = str(error["urn"]), str(error["text"])
    known = FIX.search(text)
    kind, name = short_type(urn.split("::")[2].rsplit("$", 1)[-1]), urn.rsplit("::", 1)[-1]
    return CloudnativeError(
        code="resource.failed",
        what=f"{kind} {name} failed",
        why=clean_lines(FIX.sub("", text)),
        fix=known["fix"] if known else f"cloudnative {verb} {environment}",
        exit_code=ExitCode.RESOURCE,
    )


def _program_failed(text: str) -> CloudnativeError:
    """An exception in the user's program: its last line, and where in the user's own files it was raised."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    frames = [
        m for m in FRAME.finditer(text) if "site-packages" not in m["file"] and "/lib/python" not in m["file"]
    ]
    own = [
        m
        for m in frames
        if "cloudnative" not in m["file"].rsplit("/", 1)[-1] and not m["file"].startswith("<")
    ]
    place = f" (at {own[-1]['file']}:{own[-1]['line']})" if own else ""
    return CloudnativeError(
        code="program.failed",
        what="the program stacks/__main__.py failed",
        why=clean_lines((lines[-1] if lines else "no reason given") + place),
        fix=f"${{EDITOR:-vi}} {own[-1]['file']}" if own else "cloudnative doctor",
        exit_code=ExitCode.FAILED,
    )


def _is_stack(urn: str) -> bool:
    return "::pulumi:pulumi:Stack::" in urn


def clean_lines(text: str) -> str:
    """The end of a text of outside origin, at most thirty lines, without control sequences."""
    lines = [clean(line) for line in text.strip().splitlines()]
    return "\n".join(lines[-MOST_LINES:])
