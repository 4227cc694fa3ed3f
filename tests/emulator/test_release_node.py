"""Image, Bundle and Release against a real registry, BuildKit and Kubernetes node, over the plugin's gRPC."""

from __future__ import annotations

import contextlib
import json
import os
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from tests.emulator.live_home import ACR_PULL, Cluster, LiveHome

import cloudnative_emulator
import cloudnative_provider
from cloudnative_provider.objects import digest, key
from cloudnative_provider.wire import Asset, decode, encode, reveal

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.skipif(os.geteuid() != 0, reason="the back end `node` needs root"),
]

_ACR_PUSH = "8311e382-0749-4cb8-b61a-304f252e45ec"
_RBAC_CLUSTER_ADMIN = "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b"
_DOCKERFILE = """FROM debian:bookworm-slim
COPY serve.pl /serve.pl
USER 1000
CMD ["perl", "/serve.pl"]
"""
_SERVE = """use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 50, ReuseAddr => 1) or die;
$SIG{TERM} = sub { exit 0 };
while (my $c = $s->accept) {
  my $line = <$c>;
  while (defined(my $h = <$c>)) { last if $h =~ /^\\r?\\n$/ }
  print $c "HTTP/1.0 200 OK\\r\\n\\r\\nVERSION"; close $c;
}
"""


@dataclass
class Room:
    """One region with a registry, and the plugin in front of it."""

    home: LiveHome
    cluster: Cluster
    registry: str
    context: Path
    engine: Any
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    labels: dict[str, str] = field(default_factory=lambda: {"app": "web"})
    job: str = ""
    release: dict[str, Any] = field(default_factory=dict[str, Any])

    def up(self) -> dict[str, Any]:
        """Image, Bundle and Release, as an engine would ask for them; the release's outputs."""
        image = self._make("Image", self.inputs("Image", registry=self.registry, **self._image()))
        made = _objects(self.labels, self.job)
        hashes = {key(obj): digest(obj) for obj in made}
        shared: dict[str, Any] = {"application": "shop", "objects": hashes, "images": {"web": image["ref"]}}
        asset = Asset(hash=digest(made), text=json.dumps(made))
        content = self.inputs("Bundle", registry=self.registry, objectsFile=asset, **shared)
        bundle = self._make("Bundle", content)
        named = {name: bundle[name] for name in ("ref", "hash", "number")}
        self.release = self.inputs("Release", clusterId=self.cluster_id, bundle=named, **shared)
        return self._make("Release", self.release)

    def inputs(self, kind: str, **given: Any) -> dict[str, Any]:
        """Checked inputs."""
        request = provider_pb2.CheckRequest(urn=_urn(kind), news=encode({"cloud": "emulator", **given}))
        answer = self.engine.Check(request)
        assert not answer.failures, answer.failures
        return decode(answer.inputs)

    def differs(self) -> bool:
        """What Diff says of the release as it was asked for last."""
        struct = encode(self.release)
        request = provider_pb2.DiffRequest(id="r", urn=_urn("Release"), news=struct, old_inputs=struct)
        return self.engine.Diff(request).changes == provider_pb2.DiffResponse.DIFF_SOME

    def remove(self) -> None:
        """Delete the release."""
        request = provider_pb2.DeleteRequest(urn=_urn("Release"), old_inputs=encode(self.release))
        self.engine.Delete(request)

    def write(self, program: str) -> None:
        """The one source file."""
        (self.context / "serve.pl").write_text(program)

    @property
    def cluster_id(self) -> str:
        """The cluster's ARM id."""
        found = cloudnative_emulator.endpoint()
        assert found
        group = f"/subscriptions/{found.subscription}/resourceGroups/g"
        return f"{group}/providers/Microsoft.ContainerService/managedClusters/aks"

    def _image(self) -> dict[str, Any]:
        return {"repository": "shop/web", "context": str(self.context)}

    def _make(self, kind: str, inputs: dict[str, Any]) -> dict[str, Any]:
        request = provider_pb2.CreateRequest(urn=_urn(kind), properties=encode(inputs))
        return reveal(decode(self.engine.Create(request, timeout=240).properties))


def _urn(kind: str) -> str:
    return f"urn:pulumi:dev::shop::cloudnative:index:{kind}::it"


def _job(script: str) -> dict[str, Any]:
    """A migration of the same image, which `web` waits for."""
    container = {"name": "migrate", "image": "cloudnative-image:web", "command": ["perl", "-e", script]}
    spec = {"containers": [container], "restartPolicy": "Never"}
    job = {"backoffLimit": 0, "template": {"spec": spec}}
    place = {"name": "migrate", "namespace": "shop"}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": place, "spec": job}


def _objects(labels: dict[str, str], job: str) -> list[dict[str, Any]]:
    probe = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
    container: dict[str, Any] = {"name": "web", "image": "cloudnative-image:web", "readinessProbe": probe}
    container["lifecycle"] = {"preStop": {"sleep": {"seconds": 2}}}  # until no node forwards to it
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 3},
    }
    place: dict[str, Any] = {"name": "web", "namespace": "shop"}
    after = {"annotations": {"cloudnative/depends-on": "migrate:service_completed_successfully"}}
    rolling = {"rollingUpdate": {"maxUnavailable": 0}}
    deployment = {"selector": {"matchLabels": labels}, "strategy": rolling, "template": template}
    service = {"type": "LoadBalancer", "selector": labels, "ports": [{"port": 8080}]}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
        {"apiVersion": "v1", "kind": "Service", "metadata": place, "spec": service},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {**place, **after}, "spec": deployment},
        *([_job(job)] if job else []),
    ]


def _grant(home: LiveHome, resource: str, role: str, who: str) -> str:
    found = cloudnative_emulator.endpoint()
    assert found
    definition = (
        f"/subscriptions/{found.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    )
    properties = {"roleDefinitionId": definition, "principalId": who, "principalType": "ServicePrincipal"}
    path = f"{resource}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    home.arm("PUT", path, "2022-04-01", {"properties": properties}).raise_for_status()
    return path


_REGISTRY = "/providers/Microsoft.ContainerRegistry/registries/crshop0001"
_CLUSTER = "/providers/Microsoft.ContainerService/managedClusters/aks"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("release")
    context = folder / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(_DOCKERFILE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDNATIVE_HOME", str(folder / "home"))
        home = LiveHome(folder / "home")
        try:
            me = home.start("node").object_id
            cluster = home.make_cluster("aks")
            registry = home.make_registry("crshop0001", cluster.kubelet)
            _grant(home, _REGISTRY, _ACR_PUSH, me)
            _grant(home, _CLUSTER, _RBAC_CLUSTER_ADMIN, me)
            events: list[dict[str, Any]] = []
            server = cloudnative_provider.start([], on_event=events.append)
            with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
                stub = provider_pb2_grpc.ResourceProviderStub(channel)
                yield Room(home, cluster, registry, context, stub, events)
            server.stop()
        finally:
            cloudnative_emulator.reset()


def _answer(outputs: dict[str, Any]) -> str:
    (endpoint,) = outputs["endpoints"]
    with urllib.request.urlopen(endpoint["url"], timeout=5) as response:
        return response.read().decode()


def _serves(outputs: dict[str, Any], version: str) -> bool:
    """Whether `version` answers within ten seconds: nodes forward to an ending pod until they hear of it."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if _answer(outputs) == version:
                return True
        time.sleep(0.1)
    return False


def test_a_release_lives_through_change_crash_and_lost_rights(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.write(_SERVE.replace("VERSION", "one"))
    first = room.up()
    assert _answer(first) == "one"
    assert not room.differs()

    room.write('print "DATABASE_URL is not set\\n"; exit 3;')
    with pytest.raises(grpc.RpcError, match="DATABASE_URL is not set") as crash:
        room.up()
    assert "exit code 3" in str(crash.value)
    assert _answer(first) == "one"
    assert room.differs()

    room.write(_SERVE.replace("VERSION", "two"))
    assert _serves(room.up(), "two")

    right = _pull_right(room)
    room.home.arm("DELETE", right, "2022-04-01").raise_for_status()
    room.write(_SERVE.replace("VERSION", "three"))
    with pytest.raises(grpc.RpcError, match="kubelet identity lacks AcrPull"):
        room.up()
    _grant(room.home, _REGISTRY, ACR_PULL, room.cluster.kubelet)
    assert _serves(room.up(), "three")

    room.cluster.kubectl("delete", "service", "web", "-n", "shop")
    assert room.differs()
    assert _serves(room.up(), "three")

    room.labels = {"app": "web", "tier": "front"}  # a Deployment's selector never changes
    serving = room.up()
    assert _serves(serving, "three")
    said = [str(event.get("message")) for event in room.events]
    assert any(line.startswith("replacing apps/v1/Deployment/shop/web") for line in said)

    _jobs_run_before_what_waits_for_them(room, serving)
    _fields_of_others_are_taken_when_told_to(room, monkeypatch)

    room.remove()
    assert "namespace/shop\n" not in room.cluster.kubectl("get", "namespaces", "-o", "name")


def _jobs_run_before_what_waits_for_them(room: Room, serving: dict[str, Any]) -> None:
    room.job = 'print "no table bookings\\n"; exit 7'
    room.write(_SERVE.replace("VERSION", "four"))
    with pytest.raises(grpc.RpcError, match="exit code 7") as failed:
        room.up()
    assert "no table bookings" in str(failed.value)
    assert _answer(serving) == "three"

    room.job = "sleep 1"
    assert _serves(room.up(), "four")
    assert not room.differs()
    first = _uid_of_job(room)
    room.up()
    assert _uid_of_job(room) == first  # unchanged and complete: it does not run again


def _uid_of_job(room: Room) -> str:
    return room.cluster.kubectl("get", "job", "migrate", "-n", "shop", "-o", "jsonpath={.metadata.uid}")


_PERIOD = "/spec/template/spec/containers/0/readinessProbe/periodSeconds"


def _fields_of_others_are_taken_when_told_to(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    change = json.dumps([{"op": "replace", "path": _PERIOD, "value": 2}])
    patch = ("patch", "deployment", "web", "-n", "shop", "--type=json", "-p")
    room.cluster.kubectl(*patch, change)
    assert room.differs()
    room.up()  # a person's edit of what a release wrote: taken back
    assert not room.differs()
    room.cluster.kubectl(*patch, change, "--field-manager=tuner")
    with pytest.raises(grpc.RpcError, match=r"tuner owns .*periodSeconds") as refused:
        room.up()
    assert "fix: cloudnative up dev --take-ownership" in str(refused.value)
    monkeypatch.setenv("CLOUDNATIVE_TAKE_OWNERSHIP", "1")
    room.up()
    assert not room.differs()


def _pull_right(room: Room) -> str:
    path = f"{_REGISTRY}/providers/Microsoft.Authorization/roleAssignments"
    found = room.home.arm("GET", path, "2022-04-01").json()["value"]
    (name,) = [
        one["name"]
        for one in found
        if one["properties"]["principalId"] == room.cluster.kubelet
        and one["properties"]["roleDefinitionId"].endswith(ACR_PULL)
    ]
    return f"{path}/{name}"
