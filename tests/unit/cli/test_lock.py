"""One writer: who gets the lock, who does not, and what a dead run leaves."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudnative.runs.engine_locks import clear_engine_locks
from cloudnative.runs.holder import Holder
from cloudnative.runs.home import StackHome
from cloudnative.runs.lock import EnvironmentLock
from cloudnative.runs.processes import Identity, this_host
from cloudnative.runs.state import StackState
from cloudnative.runs.unlocking import free
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

HOME = StackHome("shop", "dev", "emulator")
HOLD = """
import sys, time
from pathlib import Path
from cloudnative.runs.lock import EnvironmentLock
with EnvironmentLock(Path(sys.argv[1]), environment="dev", command="cloudnative up dev", say=print):
    print("held", flush=True)
    time.sleep(60)
"""


def lock(path: Path, said: list[str] | None = None) -> EnvironmentLock:
    say = (said if said is not None else []).append
    return EnvironmentLock(path, environment="dev", command="test", say=say, orphan_grace_seconds=1)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_run_is_told_who_holds_it(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(CloudnativeError) as caught, lock(tmp_path / "lock"):
        pass
    assert caught.value.exit_code is ExitCode.CANCELLED
    assert f"pid {holder.pid}" in caught.value.why
    assert caught.value.fix.startswith("cloudnative unlock dev --id ")


def test_a_killed_run_frees_it(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    with lock(tmp_path / "lock") as taken:
        assert taken.previous is not None
        assert taken.previous.supervisor.pid == holder.pid


def test_an_engine_that_outlived_its_command_is_ended_first(tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "lock"
    first = lock(path).__enter__()
    orphan = subprocess.Popen(["sleep", "60"], pass_fds=[first.descriptor], start_new_session=True)
    identity = Identity.of(orphan.pid)
    first.engine_started(identity or Identity.mine())
    pretend_dead_supervisor(path)
    first._still()
    os.close(first.descriptor)
    with lock(path, said):
        assert orphan.wait(5) != 0
    assert "its engine" in said[0]


def pretend_dead_supervisor(path: Path) -> None:
    fields = json.loads(path.read_text())
    fields["supervisor"] = {"pid": 2**22 + 1, "start_time": "1"}
    path.write_text(json.dumps(fields))


def test_a_sign_of_life_that_cannot_be_written_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with lock(tmp_path / "lock", said) as held:
        beats = iter([False, False, True])

        def wait(_: float) -> bool:
            return next(beats)

        monkeypatch.setattr(held._stop, "wait", wait)
        monkeypatch.setattr(held, "_write", lambda: os.pwrite(-1, b"", 0))
        held._beat()
    assert [line.count("Bad file descriptor") for line in said] == [1, 1]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"id": 1}', "\x00" * 40])
def test_a_half_written_lock_file_that_nobody_holds_is_no_lock(tmp_path: Path, content: str) -> None:
    (tmp_path / "lock").write_text(content)
    with lock(tmp_path / "lock") as taken:
        assert taken.previous is None


def test_nothing_is_left_to_read_after_a_run(tmp_path: Path) -> None:
    with lock(tmp_path / "lock"):
        assert Holder.read(tmp_path / "lock") is not None
    assert Holder.read(tmp_path / "lock") is None


def test_a_live_lease_of_another_host_counts(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock(path):
        fields = json.loads(path.read_text())
    path.write_text(json.dumps({**fields, "host": "elsewhere", "heartbeat": time.time()}))
    with pytest.raises(CloudnativeError, match="elsewhere"), lock(path):
        pass


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackState:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path))
    state = StackState.of(HOME)
    (HOME.state / state.locks).mkdir(parents=True)
    return state


def engine_lock(state: StackState, **fields: object) -> Path:
    path = Path(state.store.address(state.locks + "0f.json"))
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".123456789Z"
    content = {"pid": os.getpid(), "username": "u", "hostname": this_host(), "timestamp": now, **fields}
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"pid": 2**22 + 1}, id="the process is gone"),
        pytest.param({"timestamp": "2020-01-01T00:00:00Z"}, id="the pid is used again"),
    ],
)
def test_the_engines_lock_of_a_dead_engine_is_removed(state: StackState, fields: dict[str, object]) -> None:
    path = engine_lock(state, **fields)
    clear_engine_locks(state, say=lambda _: None)
    assert not path.exists()


@pytest.mark.parametrize("fields", [{}, {"hostname": "elsewhere", "pid": 2**22 + 1}])
def test_the_engines_lock_of_an_engine_that_may_live_stays(
    state: StackState, fields: dict[str, object]
) -> None:
    path = engine_lock(state, **fields)
    with pytest.raises(CloudnativeError, match="Pulumi engine"):
        clear_engine_locks(state, say=lambda _: None)
    assert path.exists()


def test_in_a_shared_store_the_name_of_this_host_proves_nothing(state: StackState) -> None:
    path = engine_lock(state, pid=2**22 + 1)
    with pytest.raises(CloudnativeError, match="Pulumi engine"):
        clear_engine_locks(state, say=lambda _: None, proven=False)
    assert path.exists()


def test_a_half_written_engine_lock_is_removed(state: StackState) -> None:
    path = engine_lock(state)
    path.write_text('{"pid": 1')
    clear_engine_locks(state, say=lambda _: None)
    assert not path.exists()


def test_unlock_leaves_an_engine_of_another_host_that_may_live(state: StackState) -> None:
    path = engine_lock(state, hostname="elsewhere")
    with pytest.raises(CloudnativeError, match="in use on elsewhere"):
        free(HOME, state, path.stem)
    assert path.exists()


def test_unlock_frees_an_engine_of_another_host_after_its_lease(state: StackState) -> None:
    path = engine_lock(state, hostname="elsewhere", timestamp="2020-01-01T00:00:00Z")
    assert free(HOME, state, path.stem) == ["the engine's lock 0f was removed"]
