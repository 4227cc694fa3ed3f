"""An emulator of its own for tests: a home, its daemon, and ways to talk to both."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import ssl
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

import cloudnative_emulator
from cloudnative_emulator import Endpoint
from cloudnative_toolchain.programs import program

T = TypeVar("T")
LOCATION = "koreacentral"
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"


@dataclass
class LiveHome:
    """One home; `CLOUDNATIVE_HOME` of this process must point at it."""

    folder: Path

    def start(self, backend: str | None = None) -> Endpoint:
        """Start the daemon."""
        return cloudnative_emulator.start(backend=backend)

    def arm(self, method: str, path: str, version: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """One call to ARM below the test's resource group."""
        endpoint = self._endpoint()
        url = f"{endpoint.arm}/subscriptions/{endpoint.subscription}/resourceGroups/g{path}"
        headers = {"Authorization": f"Bearer {self.token()}"}
        parameters = {"api-version": version}
        return httpx.request(
            method, url, params=parameters, json=body, headers=headers, verify=_trust(endpoint), timeout=60
        )

    def token(self) -> str:
        """The deployer's token for ARM."""
        endpoint = self._endpoint()
        form = {"grant_type": "client_credentials", "scope": f"{endpoint.arm}/.default"}
        form |= {"client_id": endpoint.client_id, "client_secret": endpoint.client_secret}
        url = f"{endpoint.arm}/{endpoint.tenant}/oauth2/v2.0/token"
        return str(httpx.post(url, data=form, verify=_trust(endpoint)).json()["access_token"])

    def put(self, path: str, version: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create a resource and wait until ARM says that it is there."""
        self.arm("PUT", path, version, body).raise_for_status()

        def state() -> dict[str, Any] | None:
            found = self.arm("GET", path, version).json()
            return found if found["properties"].get("provisioningState", "Succeeded") == "Succeeded" else None

        return eventually(state, seconds=120)

    def make_cluster(self, name: str = "aks", count: int = 1) -> Cluster:
        """A cluster in a group of its own."""
        self.arm("PUT", "", "2025-04-01", {"location": LOCATION}).raise_for_status()
        pool = {"name": "system", "mode": "System", "count": count, "vmSize": "Standard_D2s_v5"}
        body = {
            "location": LOCATION,
            "identity": {"type": "SystemAssigned"},
            "properties": {"dnsPrefix": name, "agentPoolProfiles": [pool]},
        }
        made = self.put(f"/providers/Microsoft.ContainerService/managedClusters/{name}", "2025-07-01", body)
        identity = made["properties"]["identityProfile"]["kubeletidentity"]["objectId"]
        folder = next((self.folder / "emulator/clusters").glob(f"{name}-*"))
        return Cluster(folder, str(identity))

    def make_registry(self, name: str, puller: str) -> str:
        """A registry that the kubelet identity `puller` may pull from; its login server."""
        path = f"/providers/Microsoft.ContainerRegistry/registries/{name}"
        made = self.put(path, "2025-04-01", {"location": LOCATION, "sku": {"name": "Basic"}})
        subscription = self._endpoint().subscription
        role = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{ACR_PULL}"
        grant = {"roleDefinitionId": role, "principalId": puller, "principalType": "ServicePrincipal"}
        assignment = f"{path}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        self.arm("PUT", assignment, "2022-04-01", {"properties": grant}).raise_for_status()
        return str(made["properties"]["loginServer"])

    def push(self, registry: str, context: Path, image: str) -> str:
        """Build `context` with the emulator's BuildKit and push it; the reference to pull it by."""
        endpoint, reference = self._endpoint(), f"{registry}/{image}"
        login = context.parent / "docker"
        login.mkdir(exist_ok=True)
        (login / "config.json").write_text(json.dumps(self._docker_login(registry)))
        argv = [str(program("buildctl")), f"--addr={endpoint.buildkit}", "build", "--frontend=dockerfile.v0"]
        argv += [f"--local=context={context}", f"--local=dockerfile={context}"]
        argv += [f"--output=type=image,name={reference},push=true"]
        environment = {**os.environ, "DOCKER_CONFIG": str(login), "SSL_CERT_FILE": endpoint.ca}
        subprocess.run(argv, env=environment, check=True, capture_output=True, text=True)
        return reference

    def trust(self) -> ssl.SSLContext:
        """What the emulator's certificates are checked against."""
        return _trust(self._endpoint())

    def kill_daemon(self) -> None:
        """kill -9, and return once it is gone."""
        pid = self._endpoint().pid
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not _runs(pid), seconds=10)

    def _docker_login(self, registry: str) -> dict[str, Any]:
        form = {"grant_type": "access_token", "service": registry, "access_token": self.token()}
        answer = httpx.post(f"https://{registry}/oauth2/exchange", data=form, verify=_trust(self._endpoint()))
        nobody = base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode()
        return {"auths": {registry: {"auth": nobody, "identitytoken": answer.json()["refresh_token"]}}}

    def _endpoint(self) -> Endpoint:
        found = cloudnative_emulator.endpoint()
        assert found, "the emulator does not run"
        return found


@dataclass
class Cluster:
    """One cluster of a live home, seen with the emulator's own certificate."""

    folder: Path
    kubelet: str

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints."""
        argv = [str(program("kubectl")), f"--kubeconfig={self.folder}/config/admin.kubeconfig", *arguments]
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def apply(self, *objects: dict[str, Any]) -> None:
        """kubectl apply."""
        document = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(document))

    def address(self, service: str) -> str:
        """The address of a LoadBalancer Service, once it has one."""
        path = "jsonpath={.status.loadBalancer.ingress[0].ip}"
        return eventually(lambda: self.kubectl("get", "service", service, "-o", path), seconds=20)


def build_probe_server(context: Path) -> None:
    """A build context with a static server and a Dockerfile for it."""
    context.mkdir()
    source = Path(__file__).parent / "probe_server/main.go"
    argv = [shutil.which("go") or str(program("go")), "build", "-o", str(context / "server"), str(source)]
    subprocess.run(argv, env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": ""}, check=True)
    (context / "Dockerfile").write_text(
        'FROM scratch\nCOPY server /server\nRUN ["/server", "once"]\nCMD ["/server"]\n'
    )


def get(url: str, seconds: float = 30) -> str:
    """The text at `url`, once something answers with 200 there."""

    def text() -> str | None:
        try:
            answer = httpx.get(url, timeout=3)
        except httpx.TransportError:
            return None
        return answer.text if answer.status_code == 200 else None

    return eventually(text, seconds=seconds)


def eventually(check: Callable[[], T | None], *, seconds: float) -> T:
    """The first truthy result of `check`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := check():
            return result
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s")


def _trust(endpoint: Endpoint) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=endpoint.ca)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
