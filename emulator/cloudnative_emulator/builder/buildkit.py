"""buildkitd: one a home, in mounts and processes of its own, on a socket only the home's owner can open."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shlex
import sys
import time
from typing import TYPE_CHECKING

from cloudnative_emulator.builder import trusting_runc
from cloudnative_emulator.builder.host_certificates import trusted_by_builds
from cloudnative_emulator.clusters import cgroups, node_init, overlay
from cloudnative_emulator.clusters.host_programs import host_program
from cloudnative_emulator.daemon.sockets import make_socket_folder, socket_path
from cloudnative_emulator.identity.private_files import give_to_owner, make_private_folder, write_private
from cloudnative_emulator.ports import ProcessSpec
from cloudnative_toolchain.errors import CloudnativeError, ExitCode
from cloudnative_toolchain.programs import program

if TYPE_CHECKING:
    from pathlib import Path

    from cloudnative_emulator.ports import Ports

NAME = "buildkitd"
_SOCKET = "bk.sock"
_SECONDS = 30


def prepare(home: Path, ports: Ports, ca: Path) -> ProcessSpec:
    """Write buildkitd's files; the process is ready to be started."""
    folder = home / "emulator/builder"
    make_private_folder(folder / "state")
    cgroup = cgroups.make(cgroup_name(home))
    snapshotter = "overlayfs" if overlay.works_in(folder) else "native"
    config = folder / "buildkitd.toml"
    text = configuration(
        folder / "state",
        _socket(home),
        owner=home.stat(),
        snapshotter=snapshotter,
        runc=_runc(folder),
        cgroup=cgroup,
        mirror=ports.docker_mirror,
        registries=ports.registries(),
        ca=ca,
    )
    write_private(config, text.encode())
    write_private(folder / "init.json", json.dumps(_init_spec(folder, config)).encode())
    return _process(home, folder)


def address(home: Path) -> str:
    """What BuildKit's clients are given."""
    return f"unix://{_socket(home)}"


def cgroup_name(home: Path) -> str:
    """The control group that build steps run in."""
    return f"build-{hashlib.sha256(os.fsencode(home)).hexdigest()[:6]}"


def configuration(
    root: Path, socket: Path, *, owner: os.stat_result, snapshotter: str, runc: Path, cgroup: str,
    mirror: int, registries: list[int], ca: Path,
) -> str:  # fmt: skip
    """buildkitd.toml: the home's registries with the emulator's CA, and docker.io by way of its mirror."""
    trust = f'  http = false\n  ca = ["{ca}"]\n'  # left to itself BuildKit speaks http to 127.0.0.1
    trusted = "".join(f'[registry."127.0.0.1:{port}"]\n{trust}' for port in registries)
    return f"""\
root = "{root}"
[otel]
  socketPath = "{socket}.otel"
[grpc]
  address = ["unix://{socket}"]
  uid = {owner.st_uid}
  gid = {owner.st_gid}
[worker.oci]
  enabled = true
  binary = "{runc}"
  snapshotter = "{snapshotter}"
  networkMode = "host"
  defaultCgroupParent = "{cgroup}"
  gc = true
  reservedSpace = "2GB"
  maxUsedSpace = "10GB"
[worker.containerd]
  enabled = false
[registry."docker.io"]
  mirrors = ["127.0.0.1:{mirror}"]
[registry."127.0.0.1:{mirror}"]
  http = true
{trusted}"""


def _runc(folder: Path) -> Path:
    """What starts RUN steps: runc itself, or runc with the host's certificates."""
    runc, bundle = program("runc"), trusted_by_builds()
    if bundle is None:
        return runc
    script = folder / "trusting-runc"
    argv = [sys.executable, "-I", "-S", trusting_runc.__file__, str(runc), str(bundle)]
    write_private(script, f'#!/bin/sh\nexec {shlex.join(argv)} "$@"\n'.encode(), mode=0o700)
    return script


def _socket(home: Path) -> Path:
    return socket_path(home, _SOCKET)


async def wait_ready(home: Path) -> None:
    """Return once the sockets are there, the builder's answers, and nobody but the owner can open them."""
    path, deadline = _socket(home), time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_unix_connection(str(path))
            writer.close()
            for each in (path, path.with_name(f"{_SOCKET}.otel")):  # the second may come later than the first
                each.chmod(0o600)
                give_to_owner(each)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        return
    log = home / "emulator/logs/buildkitd.log"
    raise CloudnativeError(
        code="emulator.builder",
        what=f"buildkitd did not answer within {_SECONDS} s",
        fix=f"tail -n 50 {log}",
        exit_code=ExitCode.TIMEOUT,
    )


def _init_spec(folder: Path, config: Path) -> dict[str, object]:
    search = ":".join([str(program(name).parent) for name in (NAME, "runc")])
    argv = [str(program(NAME)), f"--config={config}"]
    log = folder.parent / "logs/buildkitd.log"
    log.touch(mode=0o600)
    give_to_owner(log)  # who may not be root, and wants to know why a build failed
    return {
        "status": str(folder / "status.json"),
        "env": {"PATH": f"{search}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), **_proxies()},
        "programs": [{"name": NAME, "argv": argv, "log": str(log)}],
    }


def _proxies() -> dict[str, str]:
    """A proxy of the host is the proxy of its pulls, too."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")
    return {key: value for key, value in os.environ.items() if key.upper() in names}


def _process(home: Path, folder: Path) -> ProcessSpec:
    make_socket_folder(home, _socket(home))
    unshare = [str(host_program("unshare")), "--mount", "--pid", "--fork", "--kill-child", "--"]
    python = [sys.executable, "-I", "-S", node_init.FOLDER, str(folder / "init.json")]
    log = home / "emulator/logs/builder-init.log"
    return ProcessSpec(NAME, [*unshare, *python], {"PATH": os.defpath}, log)
