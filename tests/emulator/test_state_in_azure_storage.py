"""State in a container of a storage account (Azurite): shared between machines, which are homes here."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import ContainerClient
from tests.emulator.azurite import ACCOUNT, KEY, Azurite, expire
from tests.loopback import serving

from cloudnative.arm import Arm
from cloudnative.emulator_link import read_endpoint

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(600)]

COMMAND = [str(Path(sys.executable).with_name("cloudnative"))]
REGISTRY_TYPE = "azure-native:containerregistry:Registry"
LEASE = ".cloudnative/locks/shared/prod.json"
LOCKS = ".pulumi/locks/"
STATE = ".pulumi/stacks/shared/prod.json"
CONFIG = """config:
  cloudnative:cloud: {cloud}
  cloudnative:regions: [koreacentral]
  cloudnative:application: ../manifests
secretsprovider: passphrase
"""
SECRET = """
import os, time, pulumi
from cloudnative_components import GeneratedSecret
pulumi.export("secret", GeneratedSecret("first").value)
time.sleep(float(os.environ.get("HANG", 0)))
"""
REGISTRY = """
from pulumi_azure_native import containerregistry, resources
group = resources.ResourceGroup("group", resource_group_name="rg-shared", location="koreacentral")
sku = {"name": "Premium"}
containerregistry.Registry("registry", registry_name="crshared", resource_group_name=group.name, sku=sku)
"""
# `cloud: azure` as far as the choice of the back end goes; all else is the emulator, for ARM must answer.
ON_THE_EMULATOR = """
import os, sys
from cloudnative import app, session
from cloudnative.stores.choice import Backend
url = os.environ["TEST_URL"]
storage = {name: os.environ[name] for name in ("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_KEY")}
secret = {"PULUMI_CONFIG_PASSPHRASE_FILE": os.environ["PULUMI_CONFIG_PASSPHRASE_FILE"]}
session.choose = lambda *_: Backend(url, {"PULUMI_BACKEND_URL": url, **secret, **storage})
sys.exit(app.run(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    started = Azurite(tmp_path_factory.mktemp("azurite"))
    yield started
    started.stop()


@pytest.fixture
def container(azurite: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ContainerClient:
    """A project with `cloud: azure` and its state in this new container; this process is machine one."""
    name = f"state-{time.time_ns()}"
    (tmp_path / "passphrase").write_text("correct horse")
    write_project(tmp_path / "project", azurite.url(name))
    monkeypatch.chdir(tmp_path / "project")
    for key, value in {
        "CLOUDNATIVE_HOME": str(tmp_path / "one"),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
        "AZURE_STORAGE_ACCOUNT": ACCOUNT,
        "AZURE_STORAGE_KEY": KEY,
        "AZURE_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000000",
        "TEST_URL": azurite.url(name),
    }.items():
        monkeypatch.setenv(key, value)
    monkeypatch.delenv("CI", raising=False)
    return azurite.container(name)


def write_project(folder: Path, url: str, cloud: str = "azure", program: str = SECRET) -> None:
    for name in ("stacks", "manifests"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(
        f"name: shared\nruntime: python\nmain: stacks/\nstackConfigDir: stacks/\nbackend:\n  url: {url}\n"
    )
    (folder / "stacks/Pulumi.prod.yaml").write_text(CONFIG.format(cloud=cloud))
    (folder / "stacks/__main__.py").write_text(program)
    (folder / "manifests/object.yaml").write_text(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: hello, namespace: default}}\n"
    )


def run(*arguments: str, home: Path | None = None) -> tuple[int, dict[str, Any]]:
    """Exit code and document of a verb, on the machine of a home."""
    environment = {**os.environ, **({"CLOUDNATIVE_HOME": str(home)} if home else {})}
    done = subprocess.run(
        [*COMMAND, *arguments, "--output=json"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def kill_when(ready: Callable[[], bool], command: list[str], **environment: str) -> None:
    """Start `up` and kill command, worker and engine together as soon as something is so."""
    arguments = [*command, "up", "prod", "--yes", "--skip-preflight"]
    with subprocess.Popen(arguments, env={**os.environ, **environment}, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while not ready():
            assert process.poll() is None and time.monotonic() < deadline, "it ended before that"
            time.sleep(0.05)
        for pid in [process.pid, *descendants(process.pid)]:
            os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [d for child in children for d in [int(child), *descendants(int(child))]]


def locked(container: ContainerClient) -> bool:
    return any(container.list_blob_names(name_starts_with=LOCKS))


def state(container: ContainerClient) -> dict[str, Any]:
    return json.loads(container.download_blob(STATE).readall())["checkpoint"]["latest"]


def test_two_machines_share_one_state_and_one_writes_at_a_time(
    container: ContainerClient, key_service: None, tmp_path: Path
) -> None:
    other = tmp_path / "two"
    kill_when(lambda: locked(container), COMMAND, HANG="60")
    code, refused = run("up", "prod", "--yes", "--skip-preflight", home=other)
    assert (code, refused["error"]["code"]) == (8, "environment.locked")
    identity = refused["error"]["fix"].split()[-1]
    assert run("unlock", "prod", "--id", identity, home=other)[0] == 8, "a live lease was taken over"
    expire(container, LEASE)
    code, refused = run("up", "prod", "--yes", "--skip-preflight", home=other)
    assert (code, refused["error"]["what"]) == (8, "environment prod was left locked")
    assert run("unlock", "prod", "--id", identity, home=other)[0] == 0
    assert run("up", "prod", "--yes", "--skip-preflight", home=other)[0] == 0
    # On the machine of the killed run nobody has to say that it is dead.
    kill_when(lambda: locked(container), COMMAND, HANG="60")
    assert run("up", "prod", "--yes", "--skip-preflight")[1]["changes"] == {"same": 2}
    assert not locked(container)
    assert not any((tmp_path / "one/pulumi/state").iterdir()), "state on this machine"
    assert state(container)["secrets_providers"]["type"] == "cloud"
    assert encrypted_key(tmp_path / "one") == encrypted_key(other), "each machine made a key of its own"


def encrypted_key(home: Path) -> str:
    text = (home / "pulumi/work/shared/prod/Pulumi.prod.yaml").read_text()
    return text.partition("encryptedkey")[2].split()[1].strip('",}')


@pytest.fixture
def key_service(tmp_path: Path, container: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """hashivault stands for azurekeyvault: the same code of the engine but for the service that it asks."""
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE")
    settings = tmp_path / "project/stacks/Pulumi.prod.yaml"
    settings.write_text(settings.read_text().replace("passphrase", "hashivault://pulumi"))
    with transit_server() as url:
        monkeypatch.setenv("VAULT_SERVER_URL", url)
        monkeypatch.setenv("VAULT_SERVER_TOKEN", "t")
        yield


def transit_server() -> AbstractContextManager[str]:
    """Vault's two calls for data keys; what it "encrypts" is only marked."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = (
                {"ciphertext": "vault:v1:" + asked["plaintext"]}
                if "/encrypt/" in self.path
                else {"plaintext": asked["ciphertext"].removeprefix("vault:v1:")}
            )
            body = json.dumps({"data": answer}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT  # noqa: N815 - the name is http.server's

    return serving(Handler)


def test_what_a_kill_left_half_made_is_found_in_arm_and_taken_over(
    container: ContainerClient, azurite: Azurite, tmp_path: Path
) -> None:
    write_project(tmp_path / "project", azurite.url(container.container_name), "emulator", REGISTRY)
    command = [sys.executable, "-c", ON_THE_EMULATOR]
    subprocess.run([*COMMAND, "emulator", "start", "--backend=simulated"], check=True)
    try:
        with registry_in_arm() as begun:
            kill_when(begun, command)
        assert [o["resource"]["type"] for o in state(container)["pending_operations"]] == [REGISTRY_TYPE]
        done = subprocess.run(
            [*command, "up", "prod", "--yes", "--skip-preflight"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "found in Azure and taken over: registry" in done.stderr
        assert "pending_operations" not in state(container)
        assert REGISTRY_TYPE in [r["type"] for r in state(container)["resources"]]
    finally:
        subprocess.run([*COMMAND, "emulator", "reset", "--yes"], check=True)


@contextmanager
def registry_in_arm() -> Generator[Callable[[], bool]]:
    """Whether ARM has heard of it; the engine asks once a second whether it is ready."""
    endpoint = read_endpoint()
    assert endpoint
    arm = Arm(endpoint, endpoint["subscription"])
    group = f"/subscriptions/{endpoint['subscription']}/resourceGroups/rg-shared"
    registry = f"{group}/providers/Microsoft.ContainerRegistry/registries/crshared"
    with closing(arm._http):
        yield lambda: arm.get(registry, "2025-04-01") is not None
