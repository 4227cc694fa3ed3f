"""Line 10: the generated password is nowhere in clear, and another local user gets nothing."""

import base64
import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
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


def spellings(passwords: set[str]) -> set[bytes]:
    """What must be found nowhere: each password, and its base64."""
    return {s for value in passwords for s in (value.encode(), base64.b64encode(value.encode()))}


def places(project: Project) -> list[Path]:
    """Every file of the home, the clusters' stores and volumes too, and what the commands printed."""
    return [
        path
        for folder in (project.home, project.printed)
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    ]


def holders(paths: list[Path], wanted: set[bytes]) -> list[str]:
    found: list[str] = []
    for path in paths:
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            continue  # a log that was turned over while we looked
        found += [str(path)] if any(each in text for each in wanted) else []
    return found


def test_the_password_is_in_no_file_and_no_output_in_clear(project: Project, first_up: Any) -> None:
    wanted = spellings(generated_passwords(project))
    searched = places(project)
    assert len(searched) > 1000
    assert holders(searched, wanted) == []


def test_the_search_finds_a_password_where_there_is_one(project: Project, tmp_path: Path) -> None:
    (tmp_path / "leak").write_bytes(b"x" + next(iter(spellings({"secret"}))) + b"y")
    assert holders([tmp_path / "leak"], spellings({"secret"})) == [str(tmp_path / "leak")]


def test_the_password_is_in_no_command_line_while_it_is_deployed(project: Project, first_up: Any) -> None:
    wanted = spellings(generated_passwords(project))
    project.kubectl("delete", "secret", "--all", "--namespace", "shipping")  # so that they are written again
    command = project.start("up", "dev", "--yes", "--refresh", "--output", "json")
    seen = command_lines_until_it_ends(command)
    assert command.returncode == 0
    assert any(b"pulumi" in line for line in seen)
    assert not [line for line in seen for each in wanted if each in line]


def command_lines_until_it_ends(command: subprocess.Popen[str]) -> set[bytes]:
    """Every command line on this machine that could be seen while `command` ran."""
    seen: set[bytes] = set()
    with ThreadPoolExecutor(1) as threads:
        output = threads.submit(command.communicate, timeout=300)
        while not output.done():
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):  # ended meanwhile
                    seen.add(file.read_bytes())
            time.sleep(0.1)
        output.result()
    return seen


def test_nothing_of_the_home_is_open_to_other_users(project: Project, first_up: Any) -> None:
    assert stat.S_IMODE(project.home.stat().st_mode) == 0o700


def as_nobody(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["python3", "-c", code], user=NOBODY, group=NOBODY, cwd="/", env={"PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_can_drive_no_socket(project: Project, first_up: Any) -> None:
    sockets = [p for p in project.home.rglob("*") if stat.S_ISSOCK(p.lstat().st_mode)]
    assert endpoint(project.home)["buildkit"] in {f"unix://{path}" for path in sockets}
    for path in sockets:  # from its folder: a path may be longer than a socket's name can be
        run = as_nobody(
            f"import os, socket; os.chdir({str(path.parent)!r});"
            f"socket.socket(socket.AF_UNIX).connect({path.name!r})"
        )
        assert "PermissionError" in run.stderr, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_gets_no_token(project: Project, first_up: Any) -> None:
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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_only_the_owner_can_call_the_provider(project: Project, first_up: Any) -> None:
    assert_only_the_owner_is_answered(endpoint(project.home)["azure_native"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_only_the_owner_can_call_the_plugin_of_a_run(project: Project, first_up: Any) -> None:
    command = project.start("up", "dev", "--yes", "--refresh", "--output", "json")
    engine, port = engine_of(project.home)
    os.kill(engine, signal.SIGSTOP)  # so that the run lasts as long as the calls
    try:
        assert_only_the_owner_is_answered(f"127.0.0.1:{port}")
    finally:
        os.kill(engine, signal.SIGCONT)
        out, err = command.communicate(timeout=300)
    assert command.returncode == 0, out + err


def engine_of(home: Path) -> tuple[int, str]:
    """The engine that now runs for a home: its pid, and the port of the plugin that it was given."""
    wanted = re.compile(rb"(?:^|\0)PULUMI_DEBUG_PROVIDERS=(?:[^\0]*,)?cloudnative:(\d+)")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for file in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):  # ended meanwhile
                environ = file.read_bytes()
                if (found := wanted.search(environ)) and os.fsencode(home) in environ:
                    return int(file.parent.name), found[1].decode()
        time.sleep(0.02)
    raise AssertionError("no engine has run within 60 s")


def assert_only_the_owner_is_answered(address: str) -> None:
    owner = subprocess.run(provider_call(address, os.geteuid()), capture_output=True, text=True, check=False)
    other = subprocess.run(provider_call(address, NOBODY), capture_output=True, text=True, check=False)
    assert (owner.returncode, owner.stderr) == (0, "")
    assert "PERMISSION_DENIED" in other.stderr


def provider_call(address: str, uid: int) -> list[str]:
    """Imports as root, because others cannot read the checkout, and calls as `uid`."""
    code = (
        "import os, grpc\n"
        "from google.protobuf import empty_pb2\n"
        "from pulumi.runtime.proto import provider_pb2_grpc\n"
        f"stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel({address!r}))\n"
        f"os.setuid({uid})\n"  # a first channel imports more of gRPC; a first call connects
        "stub.GetPluginInfo(empty_pb2.Empty(), timeout=10)\n"
    )
    return [sys.executable, "-c", code]
