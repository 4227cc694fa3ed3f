"""A managed cluster on somebody else's: here on one that another home of the emulator has booted."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.emulator.live_home import LOCATION, Cluster, LiveHome, build_probe_server, eventually
from tests.emulator.plain_registry import plain_registry

import cloudnative_emulator
from cloudnative_toolchain.programs import program

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.skipif(
        os.geteuid() != 0, reason="the cluster of somebody else's is a node, which needs root"
    ),
]
CLUSTERS = "/providers/Microsoft.ContainerService/managedClusters"
AKS = "6dae42f8-4368-4678-94ff-3960e28e3630"


@dataclass
class Ours:
    """The home on the context, its one cluster as everybody sees it, and as its owner sees it."""

    home: LiveHome
    theirs: Cluster
    kubelet: str
    kubeconfig: Path
    named: Path

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints, with the kubeconfig that ARM hands out."""
        argv = [str(program("kubectl")), f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def as_deployer(self, path: str) -> httpx.Response:
        """One request to the cluster with the deployer's own token."""
        endpoint = cloudnative_emulator.endpoint()
        assert endpoint
        form = {"grant_type": "client_credentials", "scope": f"{AKS}/.default"}
        form |= {"client_id": endpoint.client_id, "client_secret": endpoint.client_secret}
        url = f"{endpoint.arm}/{endpoint.tenant}/oauth2/v2.0/token"
        trust = self.home.trust()
        token = httpx.post(url, data=form, verify=trust).json()["access_token"]
        server = json.loads(self.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        return httpx.get(server + path, headers={"Authorization": f"Bearer {token}"}, verify=trust)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ours]:
    folder = tmp_path_factory.mktemp("context")
    homes = [LiveHome(folder / name) for name in ("theirs", "ours")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDNATIVE_HOME", str(homes[0].folder))
        try:
            homes[0].start("node")
            theirs = homes[0].make_cluster("theirs")
            named = _name_context(theirs, folder / "kubeconfig")
            patch.setenv("KUBECONFIG", str(named))
            patch.setenv("SSL_CERT_FILE", str(homes[0].folder / "emulator/ca.pem"))
            with plain_registry(homes[0].folder, folder) as address:
                patch.setenv("CLOUDNATIVE_HOME", str(homes[1].folder))
                cloudnative_emulator.start(backend="context", context="kind-theirs", registry=address)
                kubelet = homes[1].make_cluster("aks").kubelet
                yield Ours(homes[1], theirs, kubelet, _credentials(homes[1], folder / "admin"), named)
        finally:
            for home in reversed(homes):
                patch.setenv("CLOUDNATIVE_HOME", str(home.folder))
                cloudnative_emulator.reset()


def _name_context(theirs: Cluster, path: Path) -> Path:
    config = json.loads((theirs.folder / "config/admin.kubeconfig").read_text())
    config["contexts"][0]["name"] = "kind-theirs"
    path.write_text(json.dumps(config | {"current-context": ""}))
    return path


def _credentials(home: LiveHome, path: Path) -> Path:
    answer = home.arm("POST", f"{CLUSTERS}/aks/listClusterAdminCredential", "2025-07-01").json()
    path.write_bytes(base64.b64decode(answer["kubeconfigs"][0]["value"]))
    return path


def deployment(image: str) -> dict[str, Any]:
    labels = {"app": "web"}
    container = {"name": "web", "image": image}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def test_pods_run_what_was_pushed_here_and_only_the_cluster_sees_the_other_name(
    ours: Ours, tmp_path: Path
) -> None:
    build_probe_server(tmp_path / "context")
    registry = ours.home.make_registry("crcontext", ours.kubelet)
    image = ours.home.push(registry, tmp_path / "context", "team/web:1")
    ours.kubectl("apply", "-f", "-", stdin=json.dumps(deployment(image)))
    ours.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    asked = ("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[0].spec.containers[0].image}")
    assert ours.kubectl(*asked) == image
    assert ours.theirs.kubectl(*asked).endswith("/crcontext/team/web:1")
    assert "once" in ours.kubectl("exec", "deployment/web", "--", "/server", "once")


def test_an_image_that_the_kubelet_identity_may_not_pull_is_refused_by_name(ours: Ours) -> None:
    path = "/providers/Microsoft.ContainerRegistry/registries/crclosed"
    made = ours.home.put(path, "2025-04-01", {"location": LOCATION, "sku": {"name": "Basic"}})
    document = json.dumps(deployment(f"{made['properties']['loginServer']}/team/web:1"))
    with pytest.raises(AssertionError, match="lacks the role AcrPull on registry 'crclosed'"):
        ours.kubectl("apply", "-f", "-", stdin=document)


def test_a_user_without_a_role_is_judged_by_the_clusters_own_rbac(ours: Ours) -> None:
    refused = ours.as_deployer("/api/v1/pods")
    endpoint = cloudnative_emulator.endpoint()
    assert endpoint
    assert (refused.status_code, endpoint.object_id in refused.json()["message"]) == (403, True)
    ours.theirs.kubectl(
        "create", "clusterrolebinding", "deployer", "--clusterrole=view", f"--user={endpoint.object_id}"
    )
    assert eventually(lambda: ours.as_deployer("/api/v1/pods").status_code == 200, seconds=10)


def test_a_second_cluster_on_the_context_is_refused(ours: Ours) -> None:
    pool = {"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D2s_v5"}
    properties = {"dnsPrefix": "second", "agentPoolProfiles": [pool]}
    body = {"location": LOCATION, "identity": {"type": "SystemAssigned"}, "properties": properties}
    ours.home.arm("PUT", f"{CLUSTERS}/second", "2025-07-01", body).raise_for_status()

    def failed() -> bool:
        found = ours.home.arm("GET", f"{CLUSTERS}/second", "2025-07-01").json()
        return found["properties"]["provisioningState"] == "Failed"

    assert eventually(failed, seconds=20)
    ours.home.arm("DELETE", f"{CLUSTERS}/second", "2025-07-01").raise_for_status()
    gone = lambda: ours.home.arm("GET", f"{CLUSTERS}/second", "2025-07-01").status_code == 404  # noqa: E731
    assert eventually(gone, seconds=20)


def test_the_users_kubeconfig_is_not_needed_again(ours: Ours) -> None:
    before = ours.named.read_bytes()
    cloudnative_emulator.stop()
    assert [row["state"] for row in cloudnative_emulator.status()["clusters"]] == ["stopped"]
    ours.named.unlink()
    cloudnative_emulator.start()
    cloudnative_emulator.require_clusters()
    ours.named.write_bytes(before)
    assert "web" in ours.kubectl("get", "deployments")


def test_reset_takes_only_our_own_out_of_the_cluster(ours: Ours) -> None:
    cloudnative_emulator.reset()
    assert "cloudnative-system" not in ours.theirs.kubectl("get", "namespaces", "-o", "name")
    assert "web" in ours.theirs.kubectl("get", "deployments", "-o", "name")
