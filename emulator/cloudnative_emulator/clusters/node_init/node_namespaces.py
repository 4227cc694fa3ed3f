"""Mounts and network of a node's namespaces."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


def prepare(spec: dict[str, Any]) -> None:
    """Make mounts and network what the programs of `spec` need."""
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    _mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    if "network" in spec:  # a node; without, a builder, which shares the host's network and folders
        _shadow_system_folders(spec)
        _bring_up_network(spec["network"])
    os.chdir("/")


def _shadow_system_folders(spec: dict[str, Any]) -> None:
    """Own /run and /var, so that nothing of the node is ever written to the host's.

    kubelet and the CNI library have paths under /var/lib that no option moves.
    """
    kept = [(os.open(path, os.O_PATH), path) for path in [spec["folder"], *spec["keep"]]]
    _mount("tmpfs", "/run", "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=0755")
    _mount("tmpfs", "/var", "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=0755")
    for descriptor, path in kept:
        if not Path(path).exists():
            Path(path).mkdir(parents=True)
            _mount(f"/proc/self/fd/{descriptor}", path, None, _MS_BIND | _MS_REC)
    Path("/run/n").mkdir()
    _mount(f"/proc/self/fd/{kept[0][0]}", "/run/n", None, _MS_BIND | _MS_REC)
    for folder in ("/run/netns", "/run/containerd", "/var/lib", "/var/log"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    for descriptor, _ in kept:
        os.close(descriptor)


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    encoded = [value.encode() if value else None for value in (source, target, kind)]
    if _libc.mount(*encoded, flags, data.encode() if data else None) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), target)


def _bring_up_network(network: dict[str, Any]) -> None:
    """Wait for the daemon's end of the link, then take the addresses of this node."""
    socket.sethostname(network["hostname"])
    deadline = time.monotonic() + 20
    while not Path("/proc/net/dev").read_text().count("eth0:"):
        if time.monotonic() > deadline:
            raise TimeoutError("the daemon gave this node no link within 20 s")
        time.sleep(0.005)
    commands = ["link set lo up", "link set eth0 up"]
    commands += [f"addr add {address}/{network['prefix']} dev eth0" for address in network["addresses"]]
    commands += [f"route add default via {network['gateway']}"]
    subprocess.run([network["ip"], "-batch", "-"], input="\n".join(commands), text=True, check=True)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
