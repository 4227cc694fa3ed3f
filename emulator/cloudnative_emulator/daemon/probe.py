"""Whether this machine can run real nodes, and if not, why not, in one line."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

from cloudnative_emulator.clusters import cgroups
from cloudnative_emulator.clusters.host_programs import host_program
from cloudnative_emulator.clusters.node_files import NODE_PROGRAMS
from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.programs import program

# what a node does with its namespaces, tried in ones that are gone a moment later
_TRIAL = (
    "mount -t tmpfs none /run && ip link add probe type veth peer name probe2 && "
    "ip link add probe3 type bridge && {nft} add table ip probe"
)


def why_no_node() -> str:
    """Empty when real nodes can run here."""
    if sys.platform != "linux":
        return f"real nodes need Linux, this is {sys.platform}"
    if os.geteuid() != 0:
        return "real nodes need root: sudo cloudnative emulator start"
    try:
        return _programs() or _cgroups() or _namespaces()
    except CloudnativeError as error:
        return str(error)


def _programs() -> str:
    for name in NODE_PROGRAMS:
        program(name)
    host_program("ip")
    return "" if Path("/dev/kmsg").exists() else "kubelet needs /dev/kmsg, which is missing here"


def _cgroups() -> str:
    try:
        name = f"probe-{uuid.uuid4().hex[:8]}"
        cgroups.make(name)
        cgroups.remove(name)
    except OSError as error:
        return f"control groups cannot be made here: {error}"
    return ""


def _namespaces() -> str:
    unshare = [str(host_program("unshare")), "--mount", "--net", "--pid", "--fork", "--kill-child", "--"]
    trial = _TRIAL.format(nft=program("nft"))
    path = f"{host_program('ip').parent}:/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(
        [*unshare, "sh", "-c", trial], env={"PATH": path}, capture_output=True, text=True, check=False
    )
    reason = done.stderr.strip().splitlines()
    return (
        ""
        if done.returncode == 0
        else f"no namespaces of its own here: {reason[-1] if reason else done.returncode}"
    )
