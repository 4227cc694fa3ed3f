"""A cluster's boot against the bare sequence of its programs: no certificates made, nothing supervised.

The peer starts the same programs with the same files in the same kind of namespaces, each as soon as what it
needs is there, and both are done when the API server calls itself ready and the node Ready. Needs root.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from tests.bench.measure import Figure, told

from cloudnative_emulator.clusters import network, node_boot, ready, state
from cloudnative_emulator.clusters.kube import KubeClient
from cloudnative_emulator.clusters.labels import node_name
from cloudnative_emulator.clusters.life_cycle import Clusters
from cloudnative_emulator.clusters.namespaces import first_process
from cloudnative_emulator.clusters.node import NodeKind
from cloudnative_emulator.clusters.node_boot import Boot
from cloudnative_emulator.daemon.supervisor import LocalSupervisor
from cloudnative_emulator.identity.ca import CertificateAuthority
from cloudnative_emulator.ports import ClusterSpec, PoolSpec, Ports

BARE = Path(__file__).with_name("bare_node.py")
PAIRS = 3


def cluster_boot() -> Figure:
    """Medians of new clusters, ours and bare in turn, after one of each that does not count."""
    times = [(asyncio.run(_ours(n)), asyncio.run(_bare(n))) for n in range(PAIRS + 1)][1:]
    ours, bare = (statistics.median(column) for column in zip(*times, strict=True))
    return told(Figure("cluster-boot", ours, bare, 1.3, "its bare programs"))


async def _ours(n: int) -> float:
    with tempfile.TemporaryDirectory(prefix="cloudnative-boot-") as folder:
        home, supervisor = Path(folder), LocalSupervisor()
        kind = NodeKind(home, supervisor, CertificateAuthority.load(home), Ports.load(home))
        backend = Clusters(home, kind)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            await backend.create(_spec(n))
            return loop.time() - begun
        finally:
            await backend.close()
            await supervisor.stop_all()


async def _bare(n: int) -> float:
    with tempfile.TemporaryDirectory(prefix="cloudnative-boot-") as folder:
        home, spec = Path(folder), _spec(n)
        node = node_name(spec.id, spec.pools[0].name, 0)
        cluster = state.ClusterState(state.folder_of(home, spec.id), spec, node=node)
        boot = node_boot.prepare(home, cluster, CertificateAuthority.load(home).pem, Ports.load(home))
        client = KubeClient.with_certificate(boot.layout.server, boot.pki.ca, *boot.pki.certificate("admin"))
        try:
            return await _until_ready(boot, client)
        finally:
            await client.close()
            await asyncio.to_thread(boot.clean)


async def _until_ready(boot: Boot, client: KubeClient) -> float:
    unshare = boot.process.argv[: boot.process.argv.index("--") + 1]
    spec_file = boot.process.argv[-1]
    loop = asyncio.get_running_loop()
    begun = loop.time()
    process = await asyncio.create_subprocess_exec(*unshare, sys.executable, "-I", str(BARE), spec_file)
    try:
        network.hand_over(boot.block, await first_process(process.pid))
        logs = boot.cluster.folder / "logs"
        await ready.wait_for("the bare server", lambda: ready.api_ready(client), seconds=90, logs=logs)
        await ready.wait_for("the bare node", lambda: ready.nodes_ready(client, 1), seconds=90, logs=logs)
        return loop.time() - begun
    finally:
        process.kill()
        await process.wait()


def _spec(n: int) -> ClusterSpec:
    return ClusterSpec(
        id=f"/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/boot{n}",
        name=f"boot{n}", location="koreacentral", kubernetes_version="1.36.3",
        pools=[PoolSpec("system", "System", 1, "Standard_D2s_v5")], issuer="https://127.0.0.1:1/t/v2.0",
        audience="bench", authorizer_url="https://127.0.0.1:1/authorize", authorizer_token="none",
        service_account_issuer=None, kubelet_username="none", kubelet_password="none",
    )  # fmt: skip


if __name__ == "__main__":
    cluster_boot()
