"""`python -m cloudnative_toolchain [NAME]...`: has all tools, or the named ones, installed."""

from __future__ import annotations

import sys

from cloudnative_toolchain.catalog import tools
from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.programs import ensure
from cloudnative_toolchain.records import root


def main(arguments: list[str]) -> int:
    """Plain lines on stderr, one for each thing that happens; the exit code."""
    names = arguments or [name for name, tool in tools().items() if not tool.on_demand]
    try:
        ensure(names, _print)
    except CloudnativeError as error:
        _print(f"error: {error.what}\n  why: {error.why}\n  fix: {error.fix}")
        return int(error.exit_code)
    except KeyboardInterrupt:
        _print("interrupted; what was finished is kept")
        return 130
    _print(f"{len(names)} tools are in place under {root()}")
    return 0


def _print(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
