"""An API server alone, for dry runs: what it accepts, a cluster accepts. etcd answers on a Unix socket."""

import csv
import json
import secrets
import socket
import ssl
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cloudnative_toolchain.programs import program

_START = 120  # seconds; a bare start takes three, a machine under load more

_PLURALS = {
    "ConfigMap": "configmaps",
    "CronJob": "cronjobs",
    "Deployment": "deployments",
    "Job": "jobs",
    "Namespace": "namespaces",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "Secret": "secrets",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
    "StatefulSet": "statefulsets",
}


@dataclass(frozen=True)
class Answer:
    """What the API server says about an object."""

    status: int
    message: str
    warnings: list[str]


class ApiServer:
    """Applies objects the way a release does."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def apply(self, item: dict[str, Any], *, dry_run: bool = True) -> Answer:
        """Server-side apply with strict field checks."""
        query = {"fieldManager": "test", "fieldValidation": "Strict", "force": "true"}
        if dry_run:
            query["dryRun"] = "All"
        answer = self.client.patch(
            _path(item),
            params=query,
            content=json.dumps(item),
            headers={"Content-Type": "application/apply-patch+yaml"},
        )
        message = "" if answer.is_success else str(answer.json().get("message"))
        return Answer(answer.status_code, message, answer.headers.get_list("warning"))


def _path(item: dict[str, Any]) -> str:
    version, metadata = item["apiVersion"], item["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    namespace = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    return f"{root}{namespace}/{_PLURALS[item['kind']]}/{metadata['name']}"


@contextmanager
def api_server(folder: Path) -> Generator[ApiServer, None, None]:
    """A running API server of its own; everything of it lies in `folder`, and is gone afterwards."""
    token, port = secrets.token_urlsafe(32), _free_port()
    _write_credentials(folder, token)
    with (
        _running(_etcd(folder), folder, "etcd"),
        _running(_apiserver(folder, port), folder, "kube-apiserver"),
    ):
        headers = {"Authorization": f"Bearer {token}"}
        _wait(port, folder)
        trust = ssl.create_default_context(cafile=str(folder / "apiserver.crt"))
        with httpx.Client(
            base_url=f"https://127.0.0.1:{port}", verify=trust, headers=headers, timeout=60
        ) as client:
            _wait_until_ready(client)
            yield ApiServer(client)


def _write_credentials(folder: Path, token: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for name in ("tokens.csv", "sa.key"):
        (folder / name).touch(mode=0o600)
    (folder / "sa.key").write_bytes(pem)
    with (folder / "tokens.csv").open("w") as file:
        csv.writer(file).writerow([token, "test", "test", "system:masters"])


def _etcd(folder: Path) -> list[str]:
    # etcd wants host:port, and makes a socket file of that name in its folder.
    return [
        str(program("etcd")), f"--data-dir={folder / 'etcd'}", "--unsafe-no-fsync", "--log-level=error",
        "--listen-client-urls=unix://client:1", "--advertise-client-urls=unix://client:1",
        "--listen-peer-urls=unix://peer:1", "--initial-advertise-peer-urls=unix://peer:1",
        "--initial-cluster=default=unix://peer:1",
    ]  # fmt: skip


def _apiserver(folder: Path, port: int) -> list[str]:
    return [
        str(program("kube-apiserver")), "--bind-address=127.0.0.1", f"--secure-port={port}",
        "--etcd-servers=unix://client:1", f"--cert-dir={folder}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        f"--service-account-key-file={folder / 'sa.key'}", "--service-account-issuer=https://test.invalid",
        f"--service-account-signing-key-file={folder / 'sa.key'}", "--authorization-mode=RBAC",
        "--service-cluster-ip-range=198.18.0.0/20", "--endpoint-reconciler-type=none",
    ]  # fmt: skip


@contextmanager
def _running(command: list[str], folder: Path, name: str) -> Generator[None, None, None]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(port: int, folder: Path) -> None:
    until = time.monotonic() + _START
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError((folder / "kube-apiserver.log").read_text()[-3000:])


def _wait_until_ready(client: httpx.Client) -> None:
    until = time.monotonic() + _START
    while time.monotonic() < until:
        if client.get("/readyz").is_success:
            return
        time.sleep(0.1)
    raise TimeoutError(client.get("/readyz?verbose").text)
