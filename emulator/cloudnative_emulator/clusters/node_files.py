"""What the programs of a real node read: containerd, kubelet, kube-proxy, CoreDNS, container networking."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters import pause
from cloudnative_emulator.clusters.config_files import write_config
from cloudnative_emulator.clusters.control_plane import Command
from cloudnative_emulator.identity.private_files import make_private_folder
from cloudnative_toolchain.programs import program

if TYPE_CHECKING:
    from cloudnative_emulator.clusters.control_plane import Layout
    from cloudnative_emulator.clusters.pki import Pki

PODS = "10.244.0.0/16"
CONTAINERD = "/run/containerd/containerd.sock"
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


def credential_provider(registry_ports: list[int]) -> dict[str, Any]:
    """kubelet asks our program for credentials of these registries; its patterns cannot cover ports."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1",
        "kind": "CredentialProviderConfig",
        "providers": [
            {
                "name": "pull-credentials",
                "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                "matchImages": [f"127.0.0.1:{port}" for port in registry_ports] or ["registry.invalid"],
                "defaultCacheDuration": "0s",
            }
        ],
    }


def write_pull_credentials(layout: Layout, username: str, password: str, registry_ports: list[int]) -> None:
    """Write what the credential provider answers (0600), and the provider: it prints that file."""
    config = layout.folder / "config"
    login = {"username": username, "password": password}
    answer = {
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
        "kind": "CredentialProviderResponse",
        "cacheKeyType": "Registry",
        "cacheDuration": "0s",
        "auth": {f"127.0.0.1:{port}": login for port in registry_ports},
    }
    write_config(config / "pull-credentials.json", json.dumps(answer).encode())
    script = f"#!/bin/sh\nexec cat {layout.file('pull-credentials.json')}\n"
    write_config(config / "credential-providers/pull-credentials", script.encode(), mode=0o700)


def write_registry_hosts(layout: Layout, ca_pem: str, ports: list[int], mirror_port: int) -> None:
    """Tell containerd how each registry is reached; it reads these files at every pull."""
    folder = layout.folder / "config/registries"
    write_config(folder / "emulator-ca.pem", ca_pem.encode(), mode=0o644)
    ca = layout.file("registries/emulator-ca.pem")
    for port in ports:
        url = f"https://127.0.0.1:{port}"
        # `server` is asked once more after a 404 of the host, and has a CA of its own
        text = f'server = "{url}"\nca = "{ca}"\n'
        text += f'[host."{url}"]\n  capabilities = ["pull", "resolve"]\n  ca = "{ca}"\n'
        write_config(folder / f"127.0.0.1:{port}" / "hosts.toml", text.encode(), mode=0o644)
    mirror = f'server = "https://registry-1.docker.io"\n[host."http://127.0.0.1:{mirror_port}"]\n'
    mirror += '  capabilities = ["pull", "resolve"]\n'
    write_config(folder / "docker.io/hosts.toml", mirror.encode(), mode=0o644)


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
