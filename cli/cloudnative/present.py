"""Results and errors, printed once: data on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode


def result(data: dict[str, Any], output: str, text: Callable[[dict[str, Any]], str]) -> None:
    """One document on stdout, in the form that was asked for."""
    if output == "json":
        sys.stdout.write(json.dumps(data, indent=2) + "\n")
    elif output == "ndjson":
        sys.stdout.write(json.dumps({"event": "result", **data}) + "\n")
    else:
        sys.stdout.write(text(data))
    sys.stdout.flush()


def error(failure: CloudnativeError, output: str) -> int:
    """The error in the form that was asked for; the exit code."""
    if output in ("json", "ndjson"):
        document: dict[str, Any] = {"result": "failed", "error": failure.to_dict()}
        if output == "ndjson":
            document = {"event": "result", **document}
        sys.stdout.write(json.dumps(document, indent=None if output == "ndjson" else 2) + "\n")
        sys.stdout.flush()
    else:
        sys.stderr.write(error_text(failure, colour=_colour()))
    return int(failure.exit_code)


def error_text(failure: CloudnativeError, *, colour: bool = False) -> str:
    """`error: what: why`, then `fix: ...`, each on a line of its own."""
    red, bold, plain = ("\x1b[31m", "\x1b[1m", "\x1b[0m") if colour else ("", "", "")
    lines = [f"{red}error:{plain} {failure}"]
    if failure.fix:
        lines.append(f"{bold}fix:{plain} {failure.fix}")
    if failure.docs:
        lines.append(f"see: {failure.docs}")
    return "\n".join(lines) + "\n"


def unexpected(failure: BaseException) -> CloudnativeError:
    """A failure nobody foresaw, as an error: full disk and rights are the user's, the rest is our bug."""
    if isinstance(failure, OSError) and failure.filename:
        return CloudnativeError(
            code="machine.files",
            what=str(failure.filename),
            why=(failure.strerror or str(failure)).lower(),
            fix="cloudnative doctor",
        )
    last = traceback.extract_tb(failure.__traceback__)[-1] if failure.__traceback__ else None
    place = f" at {os.path.basename(last.filename)}:{last.lineno}" if last else ""  # noqa: PTH119 - no path object needed
    return CloudnativeError(
        code="bug",
        what="a bug in cloudnative",
        why=f"{type(failure).__name__}: {failure}{place}",
        fix="CLOUDNATIVE_DEBUG=1 cloudnative " + " ".join(sys.argv[1:2]),
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    if not rows:
        return ""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    return "\n".join(lines) + "\n"


def interrupted() -> CloudnativeError:
    """Ctrl-C outside of any run of the engine."""
    return CloudnativeError(code="run.interrupted", what="interrupted", exit_code=ExitCode.INTERRUPTED)


def _colour() -> bool:
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ
