"""The argument lists of kubectl that this back end uses."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative_toolchain.ownership import home_folder
from cloudnative_toolchain.programs import program

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 15


class KubectlError(Exception):
    """What kubectl said on stderr."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl with the user's own kubeconfig (as kubectl itself finds it), or with one file only."""

    kubeconfig: Path | None = None

    def contexts(self) -> list[str]:
        """The names of all contexts."""
        return self._text("config", "get-contexts", "--output=name").split()

    def minified(self, context: str) -> dict[str, Any]:
        """A kubeconfig of that context alone, with the files it refers to inside it."""
        asked = ["config", "view", "--minify", "--flatten", "--raw", f"--context={context}", "--output=json"]
        return json.loads(self._text(*asked))

    def server_version(self) -> str:
        """What the API server says it is."""
        asked = ["version", "--output=json", f"--request-timeout={_SECONDS}s"]
        return str(json.loads(self._text(*asked))["serverVersion"]["gitVersion"])

    def proxy(self, socket: Path) -> list[str]:
        """A proxy on a Unix socket that only this user can open; it signs in however the context says."""
        return [
            *self._argv("proxy"),
            f"--unix-socket={socket}",
            "--append-server-path",  # for clusters behind a path, such as Rancher's
            "--reject-paths=^$",  # exec and attach are ours to allow
        ]

    def _argv(self, *arguments: str) -> list[str]:
        where = [f"--kubeconfig={self.kubeconfig}"] if self.kubeconfig else []
        return [str(program("kubectl")), *where, *arguments]

    def _text(self, *arguments: str) -> str:
        try:
            done = subprocess.run(
                self._argv(*arguments),
                env={
                    **os.environ,
                    "HOME": str(home_folder(os.environ)),
                },  # under sudo, the caller's kubeconfig
                capture_output=True,
                text=True,
                check=False,
                timeout=2 * _SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise KubectlError(f"no answer within {error.timeout:g} s") from error
        if done.returncode != 0:
            raise KubectlError(done.stderr.strip().rpartition("\n")[2])
        return done.stdout
