"""Command lines and files of etcd, kube-apiserver, kube-controller-manager and kube-scheduler.

The same for both back ends; they differ in where the programs listen and in what starts them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudnative_emulator.clusters.api_access import authentication, authorization, encryption
from cloudnative_emulator.clusters.config_files import write_config
from cloudnative_emulator.clusters.pki import token_kubeconfig
from cloudnative_emulator.identity.private_files import make_private_folder
from cloudnative_toolchain.programs import program

if TYPE_CHECKING:
    from pathlib import Path

    from cloudnative_emulator.clusters.pki import Pki
    from cloudnative_emulator.ports import ClusterSpec

SERVICES = "10.0.0.0/16"  # AKS's own default
OWN_ISSUER = "https://kubernetes.default.svc.cluster.local"
# with the stock 20 and 50 requests a second, 450 Deployments wait for the client's own limiter
_UNHURRIED = ["--kube-api-qps=500", "--kube-api-burst=1000"]


@dataclass(frozen=True)
class Layout:
    """Where one control plane keeps its files and listens."""

    folder: Path  # as this process sees it, where files are written
    root: Path  # the same folder as the programs see it
    bind: str  # what the API server listens on
    advertise: str
    api_port: int
    etcd_port: int
    etcd_peer_port: int
    controller_manager_port: int
    scheduler_port: int
    publishes_itself: bool = (
        True  # as the endpoint of Service `kubernetes`; impossible for a loopback address
    )

    @property
    def server(self) -> str:
        """URL of the API server."""
        return f"https://{self.advertise if self.publishes_itself else '127.0.0.1'}:{self.api_port}"

    def pki(self, name: str) -> str:
        """A file of `pki/` as the programs see it."""
        return str(self.root / "pki" / name)

    def file(self, name: str) -> str:
        """A file of `config/` as the programs see it."""
        return str(self.root / "config" / name)


@dataclass(frozen=True)
class Command:
    """One program of a cluster, before back end decides who runs it."""

    name: str
    argv: list[str]
    waits_for: tuple[str, ...] = ()
    once: bool = False


def write_files(layout: Layout, spec: ClusterSpec, pki: Pki, emulator_ca: str) -> None:
    """Write what the four programs read: kubeconfigs, authentication and authorization."""
    make_private_folder(layout.folder / "etcd")
    make_private_folder(layout.folder / "logs")
    config = layout.folder / "config"
    for name in ("admin", "controller-manager", "scheduler"):
        pki.kubeconfig(name, layout.server, config / f"{name}.kubeconfig")
    webhook = token_kubeconfig(spec.authorizer_url, emulator_ca, spec.authorizer_token)
    for name, content in (
        ("authentication.json", authentication(spec, emulator_ca)),
        ("authorization.json", authorization(layout.file("authorizer.kubeconfig"))),
        ("authorizer.kubeconfig", webhook),
        ("encryption.json", encryption(pki.secrets_key)),
    ):
        write_config(config / name, json.dumps(content).encode())


def commands(layout: Layout, spec: ClusterSpec, *, controllers: str = "*") -> list[Command]:
    """The four programs; each waits for what it would otherwise retry in steps of a second."""
    host = layout.advertise if layout.publishes_itself else "127.0.0.1"
    api = (f"answers:{host}:{layout.api_port}",)
    return [
        Command("etcd", _etcd(layout)),
        Command("kube-apiserver", _apiserver(layout, spec), (f"127.0.0.1:{layout.etcd_port}",)),
        Command("kube-controller-manager", _controller_manager(layout, controllers), api),
        Command("kube-scheduler", _scheduler(layout), api),
    ]


def _etcd(layout: Layout) -> list[str]:
    client, peer = f"https://127.0.0.1:{layout.etcd_port}", f"https://127.0.0.1:{layout.etcd_peer_port}"
    certificate, key, ca = layout.pki("etcd.crt"), layout.pki("etcd.key"), layout.pki("emulator/ca.pem")
    return [
        str(program("etcd")),
        "--name=etcd",
        f"--data-dir={layout.root / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=etcd={peer}",
        f"--cert-file={certificate}",
        f"--key-file={key}",
        f"--trusted-ca-file={ca}",
        "--client-cert-auth",
        f"--peer-cert-file={certificate}",
        f"--peer-key-file={key}",
        f"--peer-trusted-ca-file={ca}",
        "--peer-client-cert-auth",
        "--heartbeat-interval=50",  # with the stock second it takes that long to elect itself
        "--election-timeout=250",
        "--auto-compaction-retention=1",
        "--snapshot-count=10000",
        "--log-level=warn",
    ]


def _apiserver(layout: Layout, spec: ClusterSpec) -> list[str]:
    issuer = spec.service_account_issuer or OWN_ISSUER
    issuers = [issuer] if issuer == OWN_ISSUER else [issuer, OWN_ISSUER]
    return [
        str(program("kube-apiserver")),
        f"--bind-address={layout.bind}",
        f"--advertise-address={layout.advertise}",
        f"--secure-port={layout.api_port}",
        *([] if layout.publishes_itself else ["--endpoint-reconciler-type=none"]),
        # Streamed lists need a watch progress that etcd 3.4 has not: with them, the server turns each watch
        # from version 0, which is KWOK's, into one and refuses it; KWOK then sees pods half a minute late.
        "--feature-gates=WatchList=false",
        f"--etcd-servers=https://127.0.0.1:{layout.etcd_port}",
        f"--etcd-cafile={layout.pki('emulator/ca.pem')}",
        f"--etcd-certfile={layout.pki('etcd-client.crt')}",
        f"--etcd-keyfile={layout.pki('etcd-client.key')}",
        f"--client-ca-file={layout.pki('emulator/ca.pem')}",
        f"--tls-cert-file={layout.pki('apiserver.crt')}",
        f"--tls-private-key-file={layout.pki('apiserver.key')}",
        f"--kubelet-certificate-authority={layout.pki('emulator/ca.pem')}",
        f"--kubelet-client-certificate={layout.pki('kubelet-client.crt')}",
        f"--kubelet-client-key={layout.pki('kubelet-client.key')}",
        "--kubelet-preferred-address-types=InternalIP",  # a node's name is in nobody's DNS
        f"--service-account-key-file={layout.pki('sa.pub')}",
        f"--service-account-signing-key-file={layout.pki('sa.key')}",
        *[f"--service-account-issuer={each}" for each in issuers],
        f"--service-cluster-ip-range={SERVICES}",
        f"--authentication-config={layout.file('authentication.json')}",
        f"--authorization-config={layout.file('authorization.json')}",
        f"--encryption-provider-config={layout.file('encryption.json')}",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--profiling=false",
    ]


def _controller_manager(layout: Layout, controllers: str) -> list[str]:
    return [
        str(program("kube-controller-manager")),
        f"--kubeconfig={layout.file('controller-manager.kubeconfig')}",
        *_metrics_server(layout),
        f"--secure-port={layout.controller_manager_port}",
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        f"--controllers={controllers}",
        f"--root-ca-file={layout.pki('emulator/ca.pem')}",
        f"--service-account-private-key-file={layout.pki('sa.key')}",
        f"--cluster-signing-cert-file={layout.pki('emulator/ca.pem')}",
        f"--cluster-signing-key-file={layout.pki('emulator/ca.key')}",
        "--concurrent-deployment-syncs=20",
        "--concurrent-replicaset-syncs=20",
        "--concurrent-service-endpoint-syncs=20",
        *_UNHURRIED,
        "--profiling=false",
    ]


def _scheduler(layout: Layout) -> list[str]:
    return [
        str(program("kube-scheduler")),
        f"--kubeconfig={layout.file('scheduler.kubeconfig')}",
        *_metrics_server(layout),
        f"--secure-port={layout.scheduler_port}",
        "--leader-elect=false",
        *_UNHURRIED,
        "--profiling=false",
    ]


def _metrics_server(layout: Layout) -> list[str]:
    """Where and for whom the program answers: for client certificates of administrators, as metrics need."""
    return [
        f"--bind-address={layout.bind}",
        f"--client-ca-file={layout.pki('emulator/ca.pem')}",
        f"--tls-cert-file={layout.pki('apiserver.crt')}",
        f"--tls-private-key-file={layout.pki('apiserver.key')}",
    ]
