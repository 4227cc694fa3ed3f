"""Results and errors, printed once: data on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import textwrap
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cloudnative.findings_error import FindingsError
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
        sys.stderr.write(error_text(failure, colour=_colour(), width=_width()))
    return int(failure.exit_code)


def error_text(failure: CloudnativeError, *, colour: bool = False, width: int = 0) -> str:
    """`error: what: why`, then `fix: ...`; in so many columns the reason has lines of its own."""
    if isinstance(failure, FindingsError):
        return _findings_text(failure, colour=colour)
    red, bold, plain = ("\x1b[31m", "\x1b[1m", "\x1b[0m") if colour else ("", "", "")
    head, *reason = _wrapped(failure, width) if width else [str(failure)]
    lines = [f"{red}error:{plain} {head}", *reason]
    if failure.fix:
        lines.append(f"{bold}fix:{plain} {failure.fix}")
    if failure.docs:
        lines.append(f"see: {failure.docs}")
    return "\n".join(lines) + "\n"


def _findings_text(failure: FindingsError, *, colour: bool) -> str:
    """All findings below one line, each with its own way out."""
    red, plain = ("\x1b[31m", "\x1b[0m") if colour else ("", "")
    lines = [line for finding in failure.findings for line in finding_lines(finding.to_dict())]
    return "\n".join([f"{red}error:{plain} {failure.what}", *lines]) + "\n"


def finding_lines(finding: Mapping[str, Any]) -> list[str]:
    """What, why and the way out; a reason is never broken into columns, a command never at all."""
    place = f"{finding['location']}: " if finding.get("location") else ""
    why = [f"    {line}" for line in str(finding.get("why", "")).splitlines()]
    fix = [f"    fix: {finding['fix']}"] if finding.get("fix") else []
    return [f"  {place}{finding['what']}", *why, *fix]


def _wrapped(failure: CloudnativeError, width: int) -> list[str]:
    """What failed, then why, broken between words; a command to paste is never broken."""
    place = f"{failure.location}: " if failure.location else ""
    return [
        part
        for line in (f"{place}{failure.what}", *(f"  {line}" for line in failure.why.splitlines()))
        for part in textwrap.wrap(
            line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        or [line]
    ]


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
        fix="CLOUDNATIVE_DEBUG=1 cloudnative " + shlex.join(sys.argv[1:]),
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


def _width() -> int:
    """Columns of the terminal that a person reads errors on; 0 for a file or a pipe."""
    return max(40, shutil.get_terminal_size().columns - 1) if sys.stderr.isatty() else 0


def _colour() -> bool:
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ
