"""The real Azure CLI, in an environment of its own in the cache: nothing else can live with its pins.

Its configuration and kubeconfigs lie where the test says; whoever runs the tests keeps theirs.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.emulator.python_tool import python_tool

from cloudnative_toolchain.programs import ensure, program

CLOUD = "emulator"


class AzureCli:
    """`az`, registered with one emulator and signed in as its deployer or as `login` says."""

    def __init__(self, endpoint: Mapping[str, Any], folder: Path) -> None:
        self._endpoint, self._folder = endpoint, folder
        self.environment = _environment(endpoint, folder)
        self.run("cloud", "register", "--name", CLOUD, "--endpoint-resource-manager", str(endpoint["arm"]))
        self.run("cloud", "set", "--name", CLOUD)

    def login(self, secret: str = "") -> subprocess.CompletedProcess[str]:
        """Sign in; the result also of a refusal."""
        who = ["--username", str(self._endpoint["client_id"]), "--tenant", str(self._endpoint["tenant"])]
        # `@FILE` is az's own way to keep a secret out of the argument list.
        file = self._folder / "secret"
        file.touch(mode=0o600)
        file.write_text(secret or str(self._endpoint["client_secret"]))
        return self.try_run("login", "--service-principal", *who, "--password", f"@{file}")

    def run(self, *arguments: str) -> Any:
        """What a command answers; AssertionError with its words where it refuses."""
        done = self.try_run(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def try_run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The result of a command, refused or not."""
        return self.shell([str(installed()), *arguments, "--output", "json"])

    def shell(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Another program, with `az` and kubelogin on its PATH and signed in as `az` is."""
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )


def _environment(endpoint: Mapping[str, Any], folder: Path) -> dict[str, str]:
    ensure(["kubelogin", "kubectl"], lambda _: None)
    programs = [installed().parent, program("kubelogin").parent, program("kubectl").parent]
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "ARM_", "KUBE"))
    }
    return {
        **kept,
        "PATH": os.pathsep.join([*map(str, programs), os.environ["PATH"]]),
        "HOME": str(folder),
        "AZURE_CONFIG_DIR": str(folder / "azure"),
        "AZURE_CORE_INSTANCE_DISCOVERY": "false",
        "AZURE_CORE_COLLECT_TELEMETRY": "false",
        "KUBECONFIG": str(folder / "kubeconfig"),
        "REQUESTS_CA_BUNDLE": str(endpoint["ca"]),
    }


def installed() -> Path:
    """The program, in the versions of `tests/azure-cli.lock`."""
    return python_tool("azure-cli", "az")
