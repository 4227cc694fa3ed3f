"""What `status` tells."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.builder import trusted_by_builds
from cloudnative_emulator.daemon.supervisor import memory_mb

if TYPE_CHECKING:
    from cloudnative_emulator.daemon.service import Daemon

_LONG_LIVED = {"azure-native": "azure_native", "prometheus": "prometheus"}


def report(daemon: Daemon) -> dict[str, Any]:
    """Instance, back end, clusters, and each process with pid, state, port, memory and restarts."""
    clusters = daemon.backend.rows()
    inner = [row for cluster in clusters for row in cluster.pop("processes")]
    return {
        "state": "running" if daemon.phase == "ready" else "starting",
        "phase": daemon.phase,
        "instance": daemon.instance,
        "pid": os.getpid(),
        "backend": daemon.backend.name,
        "backend_reason": daemon.backend_reason,
        "build_certificates": str((daemon.builds and trusted_by_builds()) or ""),
        "clusters": clusters,
        "processes": [_own(daemon), *_supervised(daemon), *inner],
    }


def _own(daemon: Daemon) -> dict[str, Any]:
    pid = os.getpid()
    return {
        "name": "daemon",
        "pid": pid,
        "state": "running",
        "restarts": 0,
        "memory_mb": memory_mb(pid),
        "port": daemon.ports.chosen.get("arm"),
        "log": str(daemon.paths.log),
    }


def _supervised(daemon: Daemon) -> list[dict[str, Any]]:
    rows = daemon.supervisor.rows()
    for row in rows:
        row["memory_mb"] = memory_mb(row["pid"]) if row["pid"] else 0
        row["port"] = daemon.ports.chosen.get(_LONG_LIVED.get(row["name"], ""))
    return rows
