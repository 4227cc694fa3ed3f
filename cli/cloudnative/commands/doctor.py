"""`cloudnative doctor`."""

from __future__ import annotations

from typing import Any

import typer

from cloudnative import present
from cloudnative.options import Fix, Output, OutputOption


def doctor(fix: Fix = False, output: OutputOption = Output.TEXT) -> None:
    """List every outside program. Version, where it came from, and the command that mends each problem."""
    from cloudnative.display import make_display
    from cloudnative_toolchain.doctor import inspect
    from cloudnative_toolchain.programs import ensure

    if fix:
        display = make_display()
        with display.phase("outside programs"):
            ensure([tool.name for tool in inspect() if tool.problem], display.detail)
    told = ("name", "version", "source", "on_demand", "sources", "problem", "fix")
    tools = [{key: getattr(tool, key) for key in told} for tool in inspect()]
    ok = not any(tool["problem"] for tool in tools)
    present.result({"result": "healthy" if ok else "problems", "tools": tools}, output, text)
    if not ok:
        raise typer.Exit(1)


def text(data: dict[str, Any]) -> str:
    """One line a program; a problem has its fix below."""
    rows = [[t["name"], t["version"] or "-", _where(t)] for t in data["tools"]]
    fixes = dict.fromkeys(t["fix"] for t in data["tools"] if t["problem"])
    return present.table([["PROGRAM", "VERSION", "SOURCE"], *rows]) + "".join(
        f"fix: {fix}\n" for fix in fixes
    )


def _where(tool: dict[str, Any]) -> str:
    if not tool["on_demand"]:
        return tool["source"] or tool["problem"]
    if tool["problem"] or not tool["source"]:
        return tool["problem"] or f"on demand, from {' or '.join(tool['sources'])}"
    return f"{tool['source']}, on demand"
