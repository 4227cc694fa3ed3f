"""The files and command lines of a real node: kubelet, kube-proxy, CoreDNS, its container runtime."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters import pause
from cloudnative_emulator.clusters.config_files import write_config
from cloudnative_emulator.clusters.container_runtime import CONTAINERD, PODS, containerd, masquerade, network
from cloudnative_emulator.clusters.control_plane import Command
from cloudnative_emulator.clusters.image_pulls import credential_provider, write_pull_credentials
from cloudnative_emulator.identity.private_files import make_private_folder
from cloudnative_toolchain.programs import program

if TYPE_CHECKING:
    from cloudnative_emulator.clusters.control_plane import Layout
    from cloudnative_emulator.clusters.pki import Pki

NODE_PROGRAMS = (
    "containerd",
    "kubelet",
    "kube-proxy",
    "coredns",
    "runc",
    "nft",
    "bridge",
    "host-local",
    "loopback",
)

_COREFILE = """\
.:53 {{
  bind {address} 127.0.0.1
  errors
  kubernetes cluster.local in-addr.arpa ip6.arpa {{
    kubeconfig {kubeconfig}
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
    ttl 5
  }}
  cache 5
}}
"""


def write_files(
    layout: Layout, pki: Pki, *, node: str, cgroup: str, snapshotter: str, username: str, password: str,
    registry_ports: list[int],
) -> None:  # fmt: skip
    """Write every file of the node; what depends on a registry port, for each of these ports."""
    config = layout.folder / "config"
    for folder in ("containerd", "kubelet", "volumes", "pods"):
        make_private_folder(layout.folder / folder)
    (layout.folder / "volumes").chmod(0o711)
    for name in ("kube-proxy", "coredns", "kubelet"):
        pki.kubeconfig(name, layout.server, config / f"{name}.kubeconfig")
    files: dict[str, Any] = {
        "kubelet.json": kubelet(layout, cgroup),
        "kube-proxy.json": kube_proxy(layout, node),
        "credentials.json": credential_provider(registry_ports),
        "cni/10-bridge.conflist": network(),
    }
    for name, content in files.items():
        write_config(config / name, json.dumps(content, indent=1).encode())
    texts = {
        "containerd.toml": containerd(layout, snapshotter),
        "Corefile": _COREFILE.format(address=layout.advertise, kubeconfig=layout.file("coredns.kubeconfig")),
        "resolv.conf": "",
        "masquerade.nft": masquerade(),
    }
    for name, text in texts.items():
        write_config(config / name, text.encode())
    write_pull_credentials(layout, username, password, registry_ports)
    pause.write_archive(config / "pause.tar", platform.machine())


def kubelet(layout: Layout, cgroup: str) -> dict[str, Any]:
    """KubeletConfiguration; works on cgroup v1, which 1.35 and later refuse unless told otherwise."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": layout.pki("emulator/ca.pem")},
        },
        "authorization": {"mode": "Webhook"},
        "address": layout.advertise,
        "healthzBindAddress": "127.0.0.1",
        "tlsCertFile": layout.pki("kubelet.crt"),
        "tlsPrivateKeyFile": layout.pki("kubelet.key"),
        "containerRuntimeEndpoint": f"unix://{CONTAINERD}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": cgroup,
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "evictionHard": {},
        "imageGCHighThresholdPercent": 100,  # collecting would take the sandbox image, which nothing can pull
        "imageGCLowThresholdPercent": 99,
        "clusterDNS": [layout.advertise],
        "clusterDomain": "cluster.local",
        "resolvConf": layout.file("resolv.conf"),
        "podLogsDir": str(layout.root / "pods"),
        "volumePluginDir": str(layout.root / "kubelet/plugins-exec"),
        "serializeImagePulls": False,
        "maxPods": 250,
        "registryPullQPS": 50,
        "registryBurst": 100,
        "shutdownGracePeriod": "0s",
        "nodeStatusUpdateFrequency": "5s",
    }


def kube_proxy(layout: Layout, node: str) -> dict[str, Any]:
    """KubeProxyConfiguration; the conntrack limits of the host are left alone."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "nftables": {"minSyncPeriod": "100ms", "syncPeriod": "30s"},
        "clientConnection": {"kubeconfig": layout.file("kube-proxy.kubeconfig")},
        "hostnameOverride": node,
        "clusterCIDR": PODS,
        "bindAddress": layout.advertise,
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "oomScoreAdj": 0,
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }


def commands(layout: Layout, *, node: str, labels: dict[str, str]) -> list[Command]:
    """The programs of the node itself."""
    api = f"{layout.advertise}:{layout.api_port}"
    later = (f"answers:{api}",)  # so that the API server and kubelet have the processors until it does
    ctr = [str(program("ctr")), f"--address={CONTAINERD}", "--namespace=k8s.io", "images", "import"]
    return [
        Command("masquerade", [str(program("nft")), "-f", layout.file("masquerade.nft")], once=True),
        Command("containerd", [str(program("containerd")), f"--config={layout.file('containerd.toml')}"]),
        Command("pause-image", [*ctr, layout.file("pause.tar")], (CONTAINERD,), once=True),
        Command("kubelet", _kubelet(layout, node, labels), (CONTAINERD, api)),
        Command(
            "kube-proxy", [str(program("kube-proxy")), f"--config={layout.file('kube-proxy.json')}"], later
        ),
        Command("coredns", [str(program("coredns")), f"-conf={layout.file('Corefile')}"], later),
    ]


def _kubelet(layout: Layout, node: str, labels: dict[str, str]) -> list[str]:
    return [
        str(program("kubelet")),
        f"--config={layout.file('kubelet.json')}",
        f"--kubeconfig={layout.file('kubelet.kubeconfig')}",
        f"--root-dir={layout.root / 'kubelet'}",
        f"--cert-dir={layout.root / 'pki'}",
        f"--hostname-override={node}",
        f"--node-ip={layout.advertise}",
        "--node-labels=" + ",".join(f"{key}={value}" for key, value in sorted(labels.items())),
        f"--image-credential-provider-config={layout.file('credentials.json')}",
        f"--image-credential-provider-bin-dir={layout.root / 'config/credential-providers'}",
    ]
