"""What containerd reads, its network for pods included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters import pause
from cloudnative_toolchain.programs import program

if TYPE_CHECKING:
    from cloudnative_emulator.clusters.control_plane import Layout

PODS = "10.244.0.0/16"
CONTAINERD = "/run/containerd/containerd.sock"

_CONTAINERD = """\
version = 2
root = "{root}/containerd"
state = "/run/containerd"
oom_score = 0
disabled_plugins = [
  "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
]
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # without CAP_SYS_RESOURCE runc dies when it lowers oom_score_adj
  restrict_oom_score_adj = true
  max_concurrent_downloads = 8
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "{snapshotter}"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "{runc}"
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni_programs}"
    conf_dir = "{root}/config/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{root}/config/registries"
"""


def containerd(layout: Layout, snapshotter: str) -> str:
    """containerd's configuration."""
    return _CONTAINERD.format(
        root=layout.root,
        socket=CONTAINERD,
        pause=pause.REFERENCE,
        snapshotter=snapshotter,
        runc=program("runc"),
        cni_programs=program("bridge").parent,
    )


def network() -> dict[str, Any]:
    """A bridge with addresses kept on a tmpfs: every sandbox is made anew when the node starts."""
    bridge: dict[str, Any] = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": PODS}]],
            "routes": [{"dst": "0.0.0.0/0"}],
            "dataDir": "/run/cni",
        },
    }
    return {"cniVersion": "0.4.0", "name": "cloudnative", "plugins": [bridge]}


def masquerade() -> str:
    """What pods send out of the node carries the node's address: the host knows no way back to a pod's."""
    return (
        "table ip cloudnative {\n chain outgoing {\n  type nat hook postrouting priority srcnat;\n"
        f'  ip saddr {PODS} oifname "eth0" masquerade\n }}\n}}\n'
    )
