"""Files of one home that the daemon and the command share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudnative_emulator.daemon.sockets import socket_path

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """Where things lie under CLOUDNATIVE_HOME."""

    home: Path

    @property
    def folder(self) -> Path:
        """Everything of the emulator."""
        return self.home / "emulator"

    @property
    def endpoint(self) -> Path:
        """What everybody else reads, while the daemon is ready."""
        return self.folder / "endpoint.json"

    @property
    def lock(self) -> Path:
        """Held by the one daemon of this home for as long as it lives."""
        return self.folder / "daemon.lock"

    @property
    def failure(self) -> Path:
        """Why the last start failed, as an error's data."""
        return self.folder / "failure.json"

    @property
    def instance(self) -> Path:
        """The instance id: new after a reset, the same after anything else."""
        return self.folder / "instance"

    @property
    def simulated(self) -> Path:
        """There where simulated clusters were asked for: later starts keep to it."""
        return self.folder / "simulated"

    @property
    def log(self) -> Path:
        """The daemon's own log."""
        return self.folder / "logs/daemon.log"

    @property
    def control(self) -> Path:
        """The control socket."""
        return socket_path(self.home, "control.sock")
