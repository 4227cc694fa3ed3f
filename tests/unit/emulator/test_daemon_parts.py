"""Parts of the daemon, without a daemon."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import pytest
from tests.unit.emulator.test_clusters_files import SYSTEM, spec

import cloudnative_emulator
from cloudnative_emulator.builder.buildkit import configuration
from cloudnative_emulator.clusters import state
from cloudnative_emulator.clusters.node_init.node_programs import Node
from cloudnative_emulator.daemon import lifecycle, look, process
from cloudnative_emulator.daemon.identity_of_process import is_alive, start_time
from cloudnative_emulator.daemon.paths import Paths
from cloudnative_emulator.daemon.sockets import make_socket_folder, socket_path
from cloudnative_emulator.daemon.supervisor import LocalSupervisor
from cloudnative_emulator.ports import Ports, ProcessSpec
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path))
    return tmp_path


async def until(check: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not check():  # noqa: ASYNC110 (the kernel sets no event)
            await asyncio.sleep(0.01)


async def test_a_crashed_program_is_started_again(tmp_path: Path) -> None:
    supervisor = LocalSupervisor()
    first = await supervisor.start(ProcessSpec("sleeper", ["/bin/sleep", "60"], {}, tmp_path / "log"))
    os.kill(first, signal.SIGKILL)
    await until(lambda: supervisor.pid("sleeper") not in (first, None))
    rows = supervisor.rows()
    await supervisor.stop_all()
    assert [(row["name"], row["state"], row["restarts"]) for row in rows] == [("sleeper", "running", 1)]
    assert supervisor.rows() == []


async def test_a_program_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    supervisor, log = LocalSupervisor(), tmp_path / "log"
    stubborn = ["/bin/sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"]
    pid = await supervisor.start(ProcessSpec("stubborn", stubborn, {"PATH": os.defpath}, log))
    await until(lambda: "up" in log.read_text())
    await supervisor.stop("stubborn", timeout=0.1)
    assert start_time(pid) == ""
    assert log.stat().st_mode & 0o777 == 0o600


async def test_stopping_what_does_not_run_is_quiet() -> None:
    await LocalSupervisor().stop("nothing")


def test_a_process_is_told_from_a_later_one_with_its_pid() -> None:
    assert is_alive(os.getpid(), start_time(os.getpid()))
    assert not is_alive(os.getpid(), "1")
    assert not is_alive(2**22 + 1, "1")


def test_sockets_of_a_home_with_a_long_name_lie_in_a_private_folder(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    path = socket_path(home, "control.sock")
    make_socket_folder(home, path)
    mode = path.parent.stat().st_mode & 0o777
    path.parent.rmdir()
    assert len(os.fsencode(path)) < 107
    assert mode == 0o700


def test_status_and_endpoint_of_an_emulator_that_does_not_run(home: Path) -> None:
    assert cloudnative_emulator.status()["state"] == "stopped"
    assert cloudnative_emulator.endpoint() is None


def test_endpoint_left_by_a_killed_daemon_is_not_believed(home: Path) -> None:
    fields = dict.fromkeys(cloudnative_emulator.Endpoint.__annotations__, "x") | {"pid": os.getpid()}
    (home / "emulator").mkdir()
    (home / "emulator/endpoint.json").write_text(json.dumps(fields))
    assert cloudnative_emulator.endpoint() is None


def hang_up_on_the_first(listener: socket.socket) -> None:
    listener.accept()[0].close()


def test_a_daemon_that_ends_while_it_is_asked_is_stopped(home: Path) -> None:
    control = Paths(home).control
    control.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as dying, ThreadPoolExecutor() as beside:
        dying.bind(str(control))
        dying.listen()
        beside.submit(hang_up_on_the_first, dying)
        assert cloudnative_emulator.status()["state"] == "stopped"


def test_start_while_a_killed_daemon_still_ends_starts_another(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn = Mock(return_value=os.getpid())
    monkeypatch.setattr(lifecycle, "is_locked", Mock(side_effect=[True, False]))
    monkeypatch.setattr(lifecycle, "spawn", spawn)
    monkeypatch.setattr(lifecycle, "endpoint", Mock(side_effect=[None, None, "the endpoint"]))
    monkeypatch.setattr(lifecycle, "ensure", Mock())
    monkeypatch.setattr(lifecycle, "_seed", Mock())  # a base image is no matter of the unit tier
    assert cloudnative_emulator.start(backend="simulated") == "the endpoint"
    spawn.assert_called_once_with(Paths(home), "simulated")


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """A start that ends where the daemon would begin."""
    spawn = Mock(return_value=os.getpid())
    monkeypatch.setattr(lifecycle, "is_locked", Mock(return_value=False))
    monkeypatch.setattr(lifecycle, "spawn", spawn)
    for name in ("ensure", "_seed", "_wait_for_endpoint"):
        monkeypatch.setattr(lifecycle, name, Mock())
    return spawn


@pytest.mark.parametrize(
    ("starts", "last"),
    [
        (["simulated", None], "simulated"),
        (["simulated", "node", None], None),
        ([None, None], None),
        (["node", None], None),
    ],
)
def test_simulated_clusters_stay_simulated_whoever_starts_the_emulator_next(
    home: Path, spawned: Mock, starts: list[str | None], last: str | None
) -> None:
    for backend in starts:
        cloudnative_emulator.start(backend=backend)

    spawned.assert_called_with(Paths(home), last)


def test_clusters_are_stopped_while_the_emulator_is(home: Path) -> None:
    state.ClusterState(state.folder_of(home, spec(SYSTEM).id), spec(SYSTEM)).write()
    (row,) = cloudnative_emulator.status()["clusters"]
    assert (row["name"], row["state"]) == ("aks", "stopped")


def test_a_cluster_that_did_not_come_back_is_exit_4_with_its_cause_and_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failure = {"what": "node of aks", "why": "no memory", "fix": "tail -n 50 /logs/*.log"}
    rows = [{"name": "other", "state": "running"}, {"name": "aks", "state": "failed", "failure": failure}]
    monkeypatch.setattr(look, "status", Mock(return_value={"clusters": rows}))
    with pytest.raises(CloudnativeError, match="not cluster aks: node of aks: no memory") as caught:
        cloudnative_emulator.require_clusters()
    assert (caught.value.exit_code, caught.value.fix) == (ExitCode.RESOURCE, "tail -n 50 /logs/*.log")


def test_what_runs_or_was_stopped_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"name": name, "state": name} for name in ("running", "stopped", "starting")]
    monkeypatch.setattr(look, "status", Mock(return_value={"clusters": rows}))
    cloudnative_emulator.require_clusters()


def test_stop_and_reset_of_nothing_are_quiet(home: Path) -> None:
    cloudnative_emulator.stop()
    cloudnative_emulator.reset()
    assert list(home.iterdir()) == []


def test_the_client_secret_is_not_in_an_endpoints_repr() -> None:
    fields = dict.fromkeys(cloudnative_emulator.Endpoint.__annotations__, "x") | {"client_secret": "s3cret"}
    assert "s3cret" not in repr(cloudnative_emulator.Endpoint(**fields))  # pyright: ignore[reportArgumentType] - every field is text here


def test_the_error_of_a_daemon_that_did_not_start_reaches_the_command(home: Path) -> None:
    paths = Paths(home)
    error = {"code": "emulator.no-node", "what": "no", "why": "no root", "fix": "sudo x", "exit_code": 2}
    paths.failure.parent.mkdir()
    paths.failure.write_text(json.dumps(error))
    found = process.failed(paths)
    assert (found.code, found.fix, found.exit_code) == ("emulator.no-node", "sudo x", ExitCode.USAGE)


def test_logs_of_something_unknown_name_the_way_out(home: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        list(cloudnative_emulator.logs("nothing"))
    assert caught.value.fix == "cloudnative emulator status"


def test_the_command_does_not_pay_for_the_daemons_imports() -> None:
    text = "import sys, cloudnative_emulator; print('aiohttp' in sys.modules, 'cryptography' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_registries_come_from_ports_that_builder_and_nodes_know_from_the_start(tmp_path: Path) -> None:
    ports = Ports.load(tmp_path)
    known = ports.registries()
    port = ports.allocate("registry:/x")
    assert port in known
    assert ports.registries() == known
    ports.release("registry:/x")
    assert Ports.load(tmp_path).registries() == known


def test_buildkit_speaks_https_to_registries_and_http_to_the_mirror(tmp_path: Path) -> None:
    text = configuration(
        tmp_path, tmp_path / "s", owner=tmp_path.stat(), snapshotter="native", runc=Path("/runc"),
        cgroup="/cloudnative/b", mirror=5000, registries=[5001], ca=Path("/ca.pem"),
    )  # fmt: skip
    assert f'[otel]\n  socketPath = "{tmp_path}/s.otel"' in text  # else one for the machine, below /run
    assert '[registry."127.0.0.1:5000"]\n  http = true' in text
    assert '[registry."127.0.0.1:5001"]\n  http = false\n  ca = ["/ca.pem"]' in text


def test_a_listener_that_says_nothing_yet_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        node = Node({"status": "/nowhere", "env": {}, "programs": []})
        condition = f"answers:127.0.0.1:{listener.getsockname()[1]}"
        assert not node.is_there(condition)
        assert not node.is_there(condition)
        with listener.accept()[0] as connection:
            connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
            assert node.is_there(condition)
