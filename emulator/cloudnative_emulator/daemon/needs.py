"""The outside programs that a back end needs."""

from __future__ import annotations

import os
import sys

_ALWAYS = ("kubectl", "registry")
_CONTROL_PLANE = ("prometheus", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
_NODE = ("containerd", "runc", "kubelet", "kube-proxy", "coredns", "nft", "bridge")
_BUILDER = ("buildkitd", "mmdebstrap")


def programs_for(backend: str | None) -> tuple[str, ...]:
    """What has to be on this machine before the daemon starts; without a wish, for what it may choose."""
    root = sys.platform == "linux" and os.geteuid() == 0
    real = (*_NODE, *_BUILDER) if root else ()  # a builder runs where a node could
    if backend == "context":
        return (*_ALWAYS, *real)
    simulates = ("kwok",) if backend == "simulated" or not root else ()
    return (*_ALWAYS, *_CONTROL_PLANE, *real, *simulates)
