"""Decisions of preflight as tables: versions, sizes, rights, users of images, addresses, settings."""

import json
import socket
import struct
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from tests.loopback import serving

from cloudnative import present
from cloudnative.findings_error import FindingsError
from cloudnative.preflight import base_images, images, own_address, reach, versions
from cloudnative.preflight.account import allows
from cloudnative.preflight.capacity import alternatives, unsuitable
from cloudnative.preflight.needs import ClusterNeed
from cloudnative.preflight.offers import Offer, Room, Size
from cloudnative.preflight.settings import setting
from cloudnative.subscription import subscription_of
from cloudnative_components.application import load
from cloudnative_components.config import load_environment
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

OFFERED: list[Any] = [
    {
        "version": "1.9",
        "patchVersions": {"1.9.1": {}},
        "capabilities": {"supportPlan": ["AKSLongTermSupport"]},
    },
    {"version": "1.10", "patchVersions": {"1.10.2": {}, "1.10.10": {}}},
    {"version": "1.11", "isPreview": True},
]


@pytest.mark.parametrize(
    ("version", "tier", "why"),
    [
        ("1.10", "Free", ""),
        ("1.10.10", "Free", ""),
        ("1.10.3", "Free", "of 1.10 AKS offers 1.10.2, 1.10.10 there"),
        ("1.8", "Free", "AKS offers 1.9, 1.10, 1.11 there"),
        ("1.11", "Free", "it is a preview"),
        ("1.9", "Free", "cluster_tier: Premium"),
        ("1.9", "Premium", ""),
    ],
)
def test_versions_are_refused_with_what_is_offered(version: str, tier: str, why: str) -> None:
    said = versions.refusal(ClusterNeed("r", "s", version=version, tier=tier), OFFERED)
    assert why in said
    assert bool(why) == bool(said)


SIZE = Size("Standard_D2s_v5", "f", 2, frozenset("123"), ephemeral_disk=True, host_encryption=True)


@pytest.mark.parametrize(
    ("size", "why"),
    [
        (SIZE, ""),
        (Size("a", "f", 2, frozenset("123"), refused="QuotaId"), "QuotaId"),
        (Size("a", "f", 2, frozenset("12")), "zone 3"),
        (Size("a", "f", 2, frozenset("123"), host_encryption=True), "ephemeral_os_disk"),
        (Size("a", "f", 2, frozenset("123"), ephemeral_disk=True), "host_encryption"),
    ],
)
def test_a_size_has_zones_and_abilities(size: Size, why: str) -> None:
    need = ClusterNeed("r", "a", 1, zones=("1", "2", "3"), ephemeral_disk=True, host_encryption=True)
    assert why in unsuitable(need, size)
    assert bool(why) == bool(unsuitable(need, size))


def test_alternatives_fit_every_region_and_are_near() -> None:
    sizes = [
        Size("Standard_D2s_v5", "asked", 2),
        Size("Standard_B2ms", "b", 2),
        Size("Standard_D2ps_v5", "arm", 2, processor="Arm64"),
        Size("Standard_E2s_v5", "e", 2),
        Size("Standard_D4as_v5", "as", 4),
        Size("Standard_D2as_v5", "as", 2),
        Size("Standard_D1_v2", "one", 1),
    ]
    roomy = Offer({size.name: size for size in sizes}, {"asked": Room(0, 0)})
    full = Offer(dict(roomy.sizes or {}), {"e": Room(9, 10)})
    needs = [ClusterNeed("a", "Standard_D2s_v5", 1, 1), ClusterNeed("b", "Standard_D2s_v5", 1, 1)]
    assert alternatives(needs, {"a": roomy, "b": full}) == ["Standard_D2as_v5", "Standard_D4as_v5"]


@pytest.mark.parametrize(
    ("roles", "allowed"),
    [
        ([{"actions": ["*"]}], True),
        ([{"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}], False),
        ([{"actions": ["*"], "notActions": ["microsoft.authorization/*"]}, {"actions": ["*/write"]}], True),
        ([{"actions": ["Microsoft.Authorization/roleAssignments/read"]}], False),
        ([], False),
    ],
)
def test_a_role_takes_away_only_from_itself(roles: list[dict[str, Any]], allowed: bool) -> None:
    assert allows(roles, "Microsoft.Authorization/roleAssignments/write") is allowed


@pytest.mark.parametrize(
    ("dockerfile", "target", "says"),
    [
        ("FROM debian\nUSER 10001:10001\n", "", ""),
        ("FROM debian\n", "", ""),  # the base image decides
        ("FROM debian\nUSER root\n", "", "runs as root"),
        ("FROM debian\nUSER 0\n", "", "runs as root"),
        ("FROM scratch\nCOPY a /\n", "", "it has no USER"),
        ("FROM debian\nUSER node\n", "", "USER node is no number"),
        ("FROM debian\nUSER $WHO\n", "", ""),
        ("FROM debian AS base\nUSER 0\nFROM base\nRUN true\n", "", "runs as root"),
        ("FROM debian AS base\nUSER 0\nFROM base\nUSER 5\n", "", ""),
        ("FROM debian AS Build\nUSER 0\nFROM scratch\nUSER 5\n", "build", "runs as root"),
        ("FROM --platform=linux/amd64 debian\nRUN <<EOF\nUSER 0\nEOF\nUSER 7\n", "", ""),
        ("FROM debian\nUSER \\\n  root\n", "", "runs as root"),
    ],
)
def test_who_an_image_runs_as(dockerfile: str, target: str, says: str) -> None:
    why = images.refusal(images.user_of(images.stages(dockerfile), target)[0])
    assert says in why
    assert bool(says) == bool(why)


@pytest.mark.parametrize(
    ("config", "user"), [({"User": "65532"}, "65532"), ({"User": "root"}, "root"), ({}, ""), (None, None)]
)
def test_who_a_base_image_runs_as_is_asked_of_its_registry(config: dict[str, str] | None, user: str) -> None:
    with a_registry(config) as host:
        assert base_images.user_of_base(f"{host}/base:1", platform="linux/amd64") == user


@contextmanager
def a_registry(config: dict[str, str] | None) -> Generator[str]:
    """A registry that asks for an anonymous token, with one image for two platforms, or with none."""
    here = {"os": "linux", "architecture": "amd64"}
    other = {"platform": {**here, "architecture": "arm64"}, "digest": "sha256:b"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            last = self.path.rsplit("/", 1)[-1]
            answers: dict[str, Any] = {
                "1": {"manifests": [other, {"platform": here, "digest": "sha256:a"}]},
                "12": {"config": {"digest": "sha256:c"}},
                "sha256:a": {"config": {"digest": "sha256:c"}},
                "sha256:c": {"config": config},
            }
            if self.path.startswith("/token"):
                self.answer(200, {"token": "t"})
            elif self.headers.get("Authorization") != "Bearer t":
                self.answer(401, {})
            else:
                self.answer(404 if config is None else 200, answers[last])

        def answer(self, status: int, body: Any) -> None:
            self.send_response(status)
            self.send_header("WWW-Authenticate", f'Bearer realm="http://{host}/token",service="s"')
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

    with serving(Handler) as url:
        host = url.removeprefix("http://")
        yield host


def test_an_address_is_admitted_by_a_range_and_always_on_the_emulators_machine() -> None:
    assert reach.admitted("203.0.113.9", ["198.51.100.0/24", "203.0.113.0/24"])
    assert not reach.admitted("203.0.114.9", ["203.0.113.0/24"])
    assert reach.admitted("127.0.0.1", ["203.0.113.0/24"])


def test_the_own_address_is_what_a_name_server_answers() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        threading.Thread(target=_answer_once, args=[server], daemon=True).start()
        assert own_address.public_address(server.getsockname()) == "198.51.100.7"


def _answer_once(server: socket.socket) -> None:
    asked, client = server.recvfrom(512)
    header = asked[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0)
    record = struct.pack("!3HIH", 0xC00C, 1, 1, 0, 4) + bytes([198, 51, 100, 7])
    server.sendto(header + asked[12:] + record, client)


@pytest.mark.parametrize("answer", [b"", b"\0" * 60, b"\0\1" + b"\0" * 30])
def test_what_is_no_answer_is_no_address(answer: bytes) -> None:
    assert own_address.address_in(answer, 1) == ""


@pytest.mark.parametrize("before", ["", "  cloudnative:vm_size: Standard_D2s_v5  # small\n"])
def test_a_setting_is_written_by_the_command_that_is_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(f"config:\n  cloudnative:cloud: azure\n{before}")
    subprocess.run(["bash", "-c", setting(file, "vm_size", "Standard_D4s_v5")], check=True)
    assert file.read_text().count("cloudnative:vm_size: Standard_D4s_v5") == 1
    assert ("# small" in file.read_text()) == bool(before)


def test_a_setting_of_several_lines_is_left_to_an_editor(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config:\n  cloudnative:authorized_ip_ranges:\n    - 203.0.113.0/24\n")
    assert setting(file, "authorized_ip_ranges", "[]").startswith("${EDITOR:-vi} ")


def finding(code: str, exit_code: ExitCode) -> CloudnativeError:
    return CloudnativeError(code=code, what=code, why="because", fix=f"echo {code}", exit_code=exit_code)


@pytest.mark.parametrize(
    ("codes", "exit_code"),
    [([5], 5), ([5, 4], 4), ([4, 3], 3)],
)
def test_the_gravest_finding_is_the_exit_code(codes: list[int], exit_code: int) -> None:
    found = [finding(f"f{code}", ExitCode(code)) for code in codes]
    assert FindingsError(code="preflight", what="w", findings=found).exit_code == exit_code


def test_all_findings_are_printed_each_with_its_way_out() -> None:
    found = [finding("one", ExitCode.RESOURCE), finding("two", ExitCode.RESOURCE)]
    text = present.error_text(FindingsError(code="preflight", what="2 problems", findings=found), width=40)
    assert text.splitlines() == [
        *("error: 2 problems", "  one", "    because", "    fix: echo one"),
        *("  two", "    because", "    fix: echo two"),
    ]


def test_the_subscription_is_the_files_then_a_variables_then_that_of_az(tmp_path: Path) -> None:
    known = {"subscriptions": [{"id": "other"}, {"id": "az", "isDefault": True}]}
    (tmp_path / "azureProfile.json").write_text(json.dumps(known), encoding="utf-8-sig")
    environ = {"AZURE_CONFIG_DIR": str(tmp_path)}
    assert subscription_of(environ) == "az"
    assert subscription_of({**environ, "ARM_SUBSCRIPTION_ID": "variable"}) == "variable"
    assert subscription_of({"ARM_SUBSCRIPTION_ID": "v"}, {"azure-native:subscriptionId": "file"}) == "file"
    assert subscription_of({"AZURE_CONFIG_DIR": str(tmp_path / "none")}) == ""


@pytest.mark.parametrize(
    ("service", "dockerfile", "found"),
    [
        ("", "FROM scratch\n", ["preflight.root"]),
        ("", "FROM scratch\nUSER 5\n", []),
        ("user: '1000:1000'", "FROM scratch\n", []),
        ("x-cloudnative: {run_as_root: true}", "FROM scratch\n", []),
    ],
)
def test_a_root_image_is_a_policy_finding_unless_the_service_says_otherwise(
    tmp_path: Path, service: str, dockerfile: str, found: list[str]
) -> None:
    (tmp_path / "Dockerfile").write_text(dockerfile)
    (tmp_path / "compose.yaml").write_text(f"services:\n  web:\n    build: .\n    {service}\n")
    file = tmp_path / "Pulumi.dev.yaml"
    lines = ("cloud: emulator", "regions: [koreacentral]", "application: compose.yaml")
    file.write_text("config:\n" + "".join(f"  cloudnative:{line}\n" for line in lines))
    config = load_environment(file)
    findings = list(images.findings(load(config.application, environment=config)))
    assert [one.code for one in findings] == found
    assert [one.exit_code for one in findings] == [ExitCode.POLICY] * len(found)
