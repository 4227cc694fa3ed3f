"""Outside programs: where each one is, and having it installed privately when it is not there."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from cloudnative_toolchain import folders
from cloudnative_toolchain.catalog import Tool, owners
from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.ownership import stays_its_owners
from cloudnative_toolchain.progress import Progress, Tally
from cloudnative_toolchain.records import lookup, root

AT_ONCE = 2


def program(name: str) -> Path:
    """The absolute path of an outside program; `toolchain.missing` when this machine does not have it.

    What is installed privately is found without starting a process; else PATH is asked, if its version fits.
    """
    tool = owner(name)
    if name not in tool.programs:
        raise _unknown(name)
    if there := lookup(tool):
        folder, record = there
        return folder / record.programs[name]
    return Path(_from_path(tool, name))


def data_file(tool: str, name: str) -> Path:
    """A file that came with a tool, such as `stage-fast.yaml` of kwok."""
    there = lookup(owner(tool))
    if there is None:
        raise _missing(tool, f"it is not under {root()}", owner(tool))
    folder, record = there
    if name not in record.data:
        raise _missing(f"{tool}'s {name}", f"it has {', '.join(record.data) or 'no data files'}", owner(tool))
    return folder / record.data[name]


def ensure(names: Iterable[str], progress: Progress) -> None:
    """Every named program or tool is there when this returns. Two tools are worked on at a time."""
    wanted = list({owner(name).name: owner(name) for name in names}.values())
    absent = [tool for tool in wanted if lookup(tool) is None]
    if not absent:
        return
    tally = Tally(progress, total=len(wanted), done=len(wanted) - len(absent))
    with stays_its_owners(folders.cache()):
        _install_all(absent, tally)


def owner(name: str) -> Tool:
    """The tool a program belongs to, or the tool of that name."""
    if name not in owners():
        raise _unknown(name)
    return owners()[name]


def _install_all(absent: Sequence[Tool], tally: Tally) -> None:
    """All that can be had are had, then the first problem is raised."""
    from concurrent.futures import ThreadPoolExecutor, wait  # noqa: PLC0415 - only where something is installed

    from cloudnative_toolchain.install import install  # noqa: PLC0415 - needed only where something is missing

    stop, unreachable = threading.Event(), dict[str, str]()

    def one(tool: Tool) -> None:
        record = install(tool, tally, stop, unreachable)
        tally.finish(tool.name, f"{record.version} is there, source: {record.source}")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            futures = [pool.submit(one, tool) for tool in absent]
            wait(futures)
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    for future in futures:
        future.result()


def _from_path(tool: Tool, name: str) -> str:
    from cloudnative_toolchain.job import UnavailableError  # noqa: PLC0415 - only where it is not installed
    from cloudnative_toolchain.sources.path import find  # noqa: PLC0415 - needed only where something is missing

    if not any(source.kind == "path" for source in tool.sources):
        raise _missing(name, f"it is not under {root()}", tool)
    try:
        return find(tool).programs[name]
    except UnavailableError as reason:
        raise _missing(name, f"not under {root()}, and {reason}", tool) from reason


def _missing(what: str, why: str, tool: Tool) -> CloudnativeError:
    """`doctor` mends what is always needed; what only some applications need has a command of its own."""
    own = f"{sys.executable} -m cloudnative_toolchain {tool.name}"
    fix = own if tool.on_demand else "cloudnative doctor --fix"
    return CloudnativeError(code="toolchain.missing", what=f"{what} is not here", why=why, fix=fix)


def _unknown(name: str) -> CloudnativeError:
    from difflib import get_close_matches  # noqa: PLC0415 - only for this error

    near = get_close_matches(name, owners(), 1)
    return CloudnativeError(
        code="toolchain.unknown",
        what=f"there is no program {name} in the toolchain",
        why=f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(owners()))}",
        fix="cloudnative doctor",
    )
