"""Runs generated workflows on this machine, the host as the runner: `act`, with nothing of the user's."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.emulator.github_comments import GitHubComments
from tests.emulator.github_issuer import GitHubIssuer
from tests.emulator.go_programs import go_program

from cloudnative_toolchain import folders

PASSED_ON = ("PATH", "LANG", "TMPDIR", "CLOUDNATIVE_HOME", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Ran:
    """How a workflow ended, and what its steps printed."""

    code: int
    output: str


@dataclass
class Runner:
    """One repository's workflows; `folder` is for what the runner itself keeps."""

    repository: Path
    folder: Path
    issuer: GitHubIssuer
    github: GitHubComments

    def run(
        self,
        event: str,
        workflow: str,
        *,
        subject: str,
        variables: Mapping[str, str],
        payload: Mapping[str, object] | None = None,
        inputs: Mapping[str, str] | None = None,
    ) -> Ran:
        """A workflow for an event, its token signed for `subject`: act itself knows no environments."""
        file = self.folder / "event.json"
        file.write_text(json.dumps({**(payload or {}), **({"inputs": inputs} if inputs else {})}))
        argv = [str(go_program("act")), event, "--no-cache-server", "--rm", "-e", str(file)]
        file_of_workflow = self.repository / ".github/workflows" / workflow
        argv += ["-P", "ubuntu-latest=-self-hosted", "-W", str(file_of_workflow)]
        argv += [part for name, value in variables.items() for part in ("--var", f"{name}={value}")]
        argv += ["--env", f"GITHUB_API_URL={self.github.url}", "-s", f"GITHUB_TOKEN={self.github.token}"]
        done = subprocess.run(
            argv,
            cwd=self.repository,
            env={**self._environment(), **self.issuer.request(subject)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )
        return Ran(done.returncode, done.stdout)

    def _environment(self) -> dict[str, str]:
        """Little of this machine's: a runner knows nobody's settings or keys."""
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        (self.folder / "home").mkdir(exist_ok=True)
        own = {"HOME": str(self.folder / "home"), "ACT_DISABLE_VERSION_CHECK": "1", "NO_COLOR": "1"}
        return {**kept, **own, "CLOUDNATIVE_CACHE": str(folders.cache())}

    def installed(self, commit: str, command: Path) -> None:
        """The installation that the action leaves in the runner's tool cache, here of the code under test."""
        place = self.folder / "home/.cache/act/tool_cache/cloudnative" / commit
        (place / "venv/bin").mkdir(parents=True)
        (place / "venv/bin/cloudnative").symlink_to(command)
        (place / "complete").touch()
