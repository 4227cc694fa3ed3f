"""Removes what a home's emulator leaves: files, sockets, control groups. The rest died with the daemon."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
import time
from typing import TYPE_CHECKING

from cloudnative_emulator.builder.buildkit import cgroup_name as builder_cgroup
from cloudnative_emulator.clusters import cgroups, network, state
from cloudnative_emulator.clusters.context import pinned
from cloudnative_emulator.clusters.context.connection import clean
from cloudnative_emulator.clusters.network import Block
from cloudnative_emulator.clusters.node_boot import cgroup_name
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from cloudnative_emulator.daemon.paths import Paths

_SECONDS = 10


def remove_everything(paths: Paths) -> None:
    """Nothing of this home's emulator is left when this returns; the daemon has ended before."""
    if not paths.folder.exists():
        return
    _leave_context(paths)
    if sys.platform == "linux" and os.geteuid() == 0:
        _remove_from_kernel(paths)
    socket_folder = paths.control.parent
    if socket_folder != paths.folder:
        shutil.rmtree(socket_folder, ignore_errors=True)
    _remove_files(paths)


def _leave_context(paths: Paths) -> None:
    """What we put into somebody else's cluster; where that does not answer, forgetting it is a decision."""
    found = pinned.read(paths.home)
    if found is None or not found.owner():
        return
    try:
        asyncio.run(clean(found))
    except CloudnativeError as error:
        forget = f"rm {shlex.quote(str(found.kubeconfig))} && cloudnative emulator reset --yes"
        raise CloudnativeError(
            code="emulator.context-left",
            what=f"what was released to context {found.context} cannot be taken out of its cluster",
            why=error.why,
            fix=forget,
            docs=pinned.DOCS,
            exit_code=ExitCode.RESOURCE,
        ) from error


def _remove_from_kernel(paths: Paths) -> None:
    for cluster in state.read_all(paths.home):
        cgroups.remove(cgroup_name(cluster.folder))
        if cluster.block is not None:
            network.release(Block(cluster.block), str(cluster.folder))
    cgroups.remove(builder_cgroup(paths.home))


def _remove_files(paths: Paths) -> None:
    """Processes that the kernel is just ending may still write: try again for a while."""
    deadline = time.monotonic() + _SECONDS
    while paths.folder.exists():
        try:
            shutil.rmtree(paths.folder)
        except OSError as error:
            if time.monotonic() > deadline or isinstance(error, PermissionError):
                raise CloudnativeError(
                    code="emulator.reset",
                    what=f"{error.filename} cannot be removed",
                    why=error.strerror or str(error),
                    fix="sudo --preserve-env=CLOUDNATIVE_HOME $(command -v cloudnative) emulator reset",
                ) from error
            time.sleep(0.2)
