"""Line 10: the generated password is nowhere in clear, and another local user gets nothing."""

import base64
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.arm import endpoint
from tests.acceptance.project import Project

pytestmark = pytest.mark.emulator

NOBODY = 65534


def generated_passwords(project: Project) -> set[str]:
    listed = project.kubectl("get", "secrets", "--namespace", "shipping", "--output", "json")
    contents: list[dict[str, str]] = [secret.get("data") or {} for secret in json.loads(listed)["items"]]
    values = {base64.b64decode(value).decode() for content in contents for value in content.values()}
    assert values, "the sample has generated secrets"
    return values


def places(project: Project) -> list[Path]:
    """Every file of ours but the cluster's own store, its volumes and mounts: those are behind 0700."""
    clusters = project.home / "emulator" / "clusters"
    return [
        p for p in project.home.rglob("*") if p.is_file() and not p.is_symlink() and clusters not in p.parents
    ]


def test_the_password_is_in_no_file_in_clear(project: Project, first_up: Any) -> None:
    spellings = {
        s
        for value in generated_passwords(project)
        for s in (value.encode(), base64.b64encode(value.encode()))
    }
    found = [
        str(p) for p in places(project) for text in [p.read_bytes()] if any(s in text for s in spellings)
    ]
    assert found == []


def test_the_password_is_in_no_command_line(project: Project, first_up: Any) -> None:
    passwords = [value.encode() for value in generated_passwords(project)]
    command_lines = [p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline") if p.exists()]
    assert not [c for c in command_lines for value in passwords if value in c]


def test_nothing_of_the_home_is_open_to_other_users(project: Project, first_up: Any) -> None:
    assert stat.S_IMODE(project.home.stat().st_mode) == 0o700


def as_nobody(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["python3", "-c", code], user=NOBODY, group=NOBODY, cwd="/", env={"PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_can_drive_no_socket(project: Project, first_up: Any) -> None:
    sockets = [p for p in project.home.rglob("*.sock") if stat.S_ISSOCK(p.stat().st_mode)]
    assert sockets
    for path in sockets:
        run = as_nobody(f"import socket; socket.socket(socket.AF_UNIX).connect({str(path)!r})")
        assert "PermissionError" in run.stderr, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_gets_no_token_and_no_provider(project: Project, first_up: Any) -> None:
    at = endpoint(project.home)
    read = as_nobody(f"open({str(project.home / 'emulator' / 'endpoint.json')!r})")
    token = as_nobody(
        "import ssl, urllib.request as u, urllib.parse as p\n"
        f"u.urlopen({at['arm'] + '/' + at['tenant'] + '/oauth2/v2.0/token'!r},"
        "context=ssl._create_unverified_context(),"
        f"data=p.urlencode(dict(grant_type='client_credentials', client_id={at['client_id']!r},"
        "client_secret='guess', scope='x/.default')).encode())"
    )
    assert "PermissionError" in read.stderr
    assert "HTTP Error 401" in token.stderr
    assert socket.create_connection(at["azure_native"].split(":"), timeout=5)
    call = subprocess.run(
        [sys.executable, "-c", GRPC_CALL.format(address=at["azure_native"])],
        user=NOBODY, group=NOBODY, cwd="/", capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert "PERMISSION_DENIED" in call.stderr or "Permission denied" in call.stderr


GRPC_CALL = """
import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc
stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel("{address}"))
stub.GetPluginInfo(empty_pb2.Empty(), timeout=10)
"""
