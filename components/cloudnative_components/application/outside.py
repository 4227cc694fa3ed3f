"""Running a renderer: from folders of its own, without network, plugins or the user's configuration of it."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudnative_toolchain.errors import CloudnativeError

from .places import DOCS

_TIMEOUT = 120  # seconds; large charts take one, a busy machine some more
_NOWHERE = "http://127.0.0.1:9"  # a proxy that is not there: what asks for the network fails at once

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_FOLDERS = ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")


@dataclass(frozen=True)
class Said:
    """What a program printed, and how it ended."""

    code: int
    out: str
    err: str


def quiet_environment(folder: Path) -> dict[str, str]:
    """Variables under which a program finds nothing of the user's: no home, no PATH, no network."""
    proxies = dict.fromkeys(_PROXIES, _NOWHERE)
    places = dict.fromkeys(_FOLDERS, str(folder))
    return {
        **proxies,
        **places,
        "NO_PROXY": "",
        "no_proxy": "",
        "PATH": str(folder / "nothing"),
    }


def run(command: Sequence[str | Path], environment: Mapping[str, str], *, about: Path) -> Said:
    """The program run to its end; CloudnativeError where it does not come to one."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            env=environment,
            cwd=about if about.is_dir() else about.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CloudnativeError(
            code="application.renderer-timeout",
            what=f"{os.path.basename(str(command[0]))} did not finish with {about}",  # noqa: PTH119 - a name
            why=f"it ran for {_TIMEOUT} s",
            fix=f"ls -R {about}",
            docs=DOCS,
        ) from error
    return Said(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
