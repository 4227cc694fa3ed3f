"""Parts of the back end `context`, without a cluster."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from tests.unit.emulator.test_clusters_files import SYSTEM, spec

from cloudnative_emulator.clusters import state
from cloudnative_emulator.clusters.context import pinned
from cloudnative_emulator.clusters.context.attributes import attributes_of
from cloudnative_emulator.clusters.context.claim import missing_classes
from cloudnative_emulator.clusters.context.gate import Gate
from cloudnative_emulator.clusters.context.kubectl import Kubectl, KubectlError
from cloudnative_emulator.clusters.context.names import ImageName, Renaming, images_in, registries_of
from cloudnative_emulator.clusters.context.removal import Entry, entries_of, is_ours
from cloudnative_emulator.identity.ca import CertificateAuthority
from cloudnative_emulator.identity.tokens import Principal, TokenIssuer
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode

DIGEST = "sha256:" + "a" * 64
OUTWARD = Renaming.outward({"127.0.0.1:4100": "crshop"}, "localhost:5001")


@pytest.mark.parametrize(
    ("method", "path", "query", "expected"),
    [
        ("GET", "/api/v1/pods", {}, "list pods"),
        ("GET", "/api/v1/pods", {"watch": "1"}, "watch pods"),
        ("GET", "/api/v1/watch/pods", {}, "watch pods"),
        ("GET", "/api/v1/namespaces/shop/pods/web", {}, "get pods web in shop"),
        ("GET", "/api/v1/namespaces/shop/pods/web/log", {}, "get pods web/log in shop"),
        ("POST", "/api/v1/namespaces/shop/pods/web/exec", {}, "create pods web/exec in shop"),
        ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web", {}, "patch apps:deployments web in shop"),
        ("DELETE", "/api/v1/namespaces/shop/secrets", {}, "deletecollection secrets in shop"),
        ("GET", "/api/v1/namespaces", {}, "list namespaces"),
        ("DELETE", "/api/v1/namespaces/shop", {}, "delete namespaces shop in shop"),
        ("PUT", "/api/v1/namespaces/shop/finalize", {}, "update namespaces shop/finalize in shop"),
        ("GET", "/apis/apps/v1", {}, "get /apis/apps/v1"),
        ("GET", "/version", {}, "get /version"),
    ],
)
def test_a_request_in_the_words_of_an_access_review(
    method: str, path: str, query: dict[str, str], expected: str
) -> None:
    assert words(attributes_of(method, path, query)) == expected


def words(attributes: dict[str, Any]) -> str:
    if other := attributes.get("nonResourceAttributes"):
        return f"{other['verb']} {other['path']}"
    found = attributes["resourceAttributes"]
    group = f"{found['group']}:" if "group" in found else ""
    name = f" {found['name']}" if "name" in found else ""
    sub = f"/{found['subresource']}" if "subresource" in found else ""
    place = f" in {found['namespace']}" if "namespace" in found else ""
    return f"{found['verb']} {group}{found['resource']}{name}{sub}{place}"


@pytest.mark.parametrize(
    "text",
    [
        f'{{"image": "127.0.0.1:4100/shop/web@{DIGEST}"}}',
        f'{{"image":"127.0.0.1:4100/shop/web@{DIGEST}"}}',
        f"- image: 127.0.0.1:4100/shop/web@{DIGEST}\n",
        f"image: '127.0.0.1:4100/shop/web@{DIGEST}'",
    ],
)
def test_images_of_our_registries_are_found_in_json_and_yaml(text: str) -> None:
    found = images_in(text.encode(), {"127.0.0.1:4100": "crshop"})
    assert found == {ImageName("127.0.0.1:4100", "shop/web", DIGEST)}


@pytest.mark.parametrize("text", ['{"image": "nginx:1"}', '{"bundle": "127.0.0.1:4100/bundles/shop@x"}'])
def test_what_is_not_run_or_not_ours_is_no_image_of_ours(text: str) -> None:
    assert images_in(text.encode(), {"127.0.0.1:4100": "crshop"}) == set()


def test_registries_are_known_from_the_ports_of_the_home() -> None:
    ports = {"arm": 1, "registry:/subscriptions/s/registries/crshop": 4100, "spare-7": 7}
    assert registries_of(ports) == {"127.0.0.1:4100": "crshop"}


def test_what_comes_back_from_the_cluster_has_this_machines_names() -> None:
    there = OUTWARD.whole(b"run 127.0.0.1:4100/web and 127.0.0.1:41000/web")
    assert there == b"run localhost:5001/crshop/web and 127.0.0.1:41000/web"
    assert OUTWARD.back().whole(there) == b"run 127.0.0.1:4100/web and 127.0.0.1:41000/web"


@pytest.mark.parametrize("cut", range(1, 34))
def test_a_name_is_found_wherever_a_stream_is_cut(cut: int) -> None:
    text, back = b"local localhost:5001/crshop/web\n{}", OUTWARD.back()
    first, rest = back.part(text[:cut])
    second, rest = back.part(rest + text[cut:])
    assert (first + second, rest) == (b"local 127.0.0.1:4100/web\n{}", b"")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("localhost:5001", "http://localhost:5001"),
        ("127.0.0.1:5001/", "http://127.0.0.1:5001"),
        ("https://localhost:5001", "https://localhost:5001"),
        ("registry.example.com", "https://registry.example.com"),
    ],
)
def test_a_registry_on_this_machine_is_spoken_to_in_clear(given: str, expected: str) -> None:
    assert pinned.with_scheme(given) == expected


@pytest.mark.parametrize("text", ["v1.33.4", "v1.33.4+k3s1", "v1.33.4-gke.1200"])
def test_arm_gets_a_plain_version(text: str) -> None:
    assert pinned.plain_version(text) == "1.33.4"


def test_storage_classes_of_aks_do_what_the_clusters_default_one_does() -> None:
    default: dict[str, Any] = {
        "metadata": {
            "name": "standard",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "rancher.io/local-path",
    }
    there = {"metadata": {"name": "managed-csi"}, "provisioner": "disk.csi.azure.com"}
    (made,) = missing_classes([default, there], "i")
    assert (made["metadata"]["name"], made["provisioner"]) == ("managed-csi-premium", "rancher.io/local-path")
    assert made["metadata"]["labels"] == {"cloudnative/emulator": "i"}
    assert missing_classes([there], "i") == []


def test_what_a_release_owns_is_read_from_its_ledger() -> None:
    owned = {"apps/v1/Deployment/shop/web": ["u1", "h"], "v1/Namespace/shop": ["", ""]}
    packed = base64.b64encode(gzip.compress(json.dumps(owned).encode())).decode()
    assert entries_of({"binaryData": {"objects": packed}}) == [
        Entry("apps/v1", "Deployment", "shop", "web", "u1"),
        Entry("v1", "Namespace", "", "shop", ""),
    ]


@pytest.mark.parametrize(
    ("kind", "uid", "made", "managers", "ours"),
    [
        ("Deployment", "u1", "2026-01-02", [], True),
        ("Deployment", "another", "2026-01-02", ["cloudnative"], False),
        ("Deployment", "", "2026-01-02", ["cloudnative"], True),
        ("Deployment", "", "2026-01-02", ["kubectl"], False),
        ("Namespace", "u1", "2026-01-02", [], True),
        ("Namespace", "u1", "2025-12-31", [], False),  # it was there before the emulator came
    ],
)
def test_only_our_own_objects_are_taken_away(
    kind: str, uid: str, made: str, managers: list[str], ours: bool
) -> None:
    fields = [{"manager": name} for name in managers]
    live = {"kind": kind, "metadata": {"uid": "u1", "creationTimestamp": made, "managedFields": fields}}
    assert is_ours(live, uid, "2026-01-01") is ours


class FakeKubectl(Kubectl):
    """FAKE: one context, on a cluster that answers."""

    def contexts(self) -> list[str]:
        return ["kind-kind"]

    def minified(self, context: str) -> dict[str, Any]:
        if context != "kind-kind":
            raise KubectlError(f"cannot locate context {context}")
        return {"clusters": [{"cluster": {"server": "https://127.0.0.1:1"}}], "users": [{"token": "s3cret"}]}

    def server_version(self) -> str:
        return "v1.33.4+k3s1"


class SilentKubectl(FakeKubectl):
    """FAKE: one context, on a cluster that does not answer."""

    def server_version(self) -> str:
        raise KubectlError("connection refused")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(pinned, "Kubectl", FakeKubectl)
    return tmp_path


def settle(home: Path, backend: str | None = None, **named: str) -> str | None:
    return pinned.settle(home, backend=backend, context=named.get("context"), registry=named.get("registry"))


def test_a_context_that_was_named_is_copied_into_a_private_file_and_stays(home: Path) -> None:
    assert settle(home, "context", context="kind-kind", registry="localhost:5001") == "context"
    found = pinned.read(home)
    assert found
    assert (found.version, found.registry) == ("1.33.4", "http://localhost:5001")
    assert found.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert "s3cret" not in (home / "emulator/context/context.json").read_text()
    assert settle(home) == "context"


def test_a_registry_can_be_named_later(home: Path) -> None:
    settle(home, context="kind-kind")
    assert settle(home, registry="localhost:5001") == "context"
    found = pinned.read(home)
    assert found
    assert (found.context, found.registry) == ("kind-kind", "http://localhost:5001")


@pytest.mark.parametrize(("backend", "context"), [("context", ""), (None, "other")])
def test_an_unknown_context_is_an_error_that_names_the_known_ones(
    home: Path, backend: str | None, context: str
) -> None:
    with pytest.raises(ConfigError, match="kind-kind") as caught:
        pinned.settle(home, backend=backend, context=context or None, registry=None)
    assert caught.value.fix == "cloudnative emulator start --backend context --context kind-kind"
    assert pinned.read(home) is None


def test_a_cluster_that_does_not_answer_is_not_pinned(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "Kubectl", SilentKubectl)
    with pytest.raises(CloudnativeError, match="connection refused") as caught:
        settle(home, context="kind-kind")
    assert caught.value.exit_code == ExitCode.RESOURCE
    assert not (home / "emulator/context/kubeconfig").exists()


def test_a_cluster_on_the_context_keeps_the_home_there(home: Path) -> None:
    settle(home, context="kind-kind")
    found = pinned.read(home)
    assert found
    found.take("/managedClusters/aks")
    with pytest.raises(ConfigError, match="cannot move"):
        settle(home, "node")
    found.let_go()
    assert settle(home, "node") == "node"
    assert pinned.read(home) is None


def test_clusters_of_another_back_end_keep_the_home_off_a_context(home: Path) -> None:
    state.ClusterState(state.folder_of(home, spec(SYSTEM).id), spec(SYSTEM)).write()
    with pytest.raises(ConfigError, match="clusters of another back end"):
        settle(home, context="kind-kind")


async def test_users_are_let_in_by_tokens_of_our_issuer_for_this_audience_only(tmp_path: Path) -> None:
    issuer = TokenIssuer(tmp_path, "https://127.0.0.1:1", "t")
    gate = Gate(spec(SYSTEM), CertificateAuthority.load(tmp_path).pem)
    gate._keys = {str(key["kid"]): jwt.PyJWK(key) for key in issuer.keys()["keys"]}
    principal = Principal("oid-1", "client")
    tokens = [issuer.access_token(principal, "a"), issuer.access_token(principal, "another audience")]
    tokens.append(issuer.access_token(principal, "a", lifetime=-60))
    users = [await gate.user(f"Bearer {token}") for token in tokens]
    none = await gate.user("")
    await gate.close()
    assert (users, none) == (["oid-1", None, None], None)
