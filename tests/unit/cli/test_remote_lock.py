"""One writer among machines: who gets the lease, what a silent run leaves, what losing it does."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cloudnative.runs.engine_locks import EngineLock
from cloudnative.runs.holder import Holder
from cloudnative.runs.home import StackHome
from cloudnative.runs.remote_lock import RemoteLock, lock_key
from cloudnative.runs.state import StackState
from cloudnative.runs.unlocking import free
from cloudnative.stores.store import FileStore
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

KEY = lock_key("shop", "prod")


class FakeStore(FileStore):
    """A folder with leases; `owner` holds it until `expire`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / KEY).parent.mkdir(parents=True)
        self.owner, self.answers = "", True

    def leases(self) -> "FakeStore":  # type: ignore[override]
        return self

    def expire(self) -> None:
        self.owner = ""

    def acquire(self, key: str, lease: str) -> bool:
        if self.owner in ("", lease):
            self.owner = lease
        return self.owner == lease

    def renew(self, key: str, lease: str) -> bool:
        if not self.answers:
            raise CloudnativeError(code="backend.unreachable", what="no answer")
        return self.owner == lease

    def release(self, key: str, lease: str) -> None:
        if self.owner == lease:
            self.owner = ""

    def note(self, key: str, lease: str, content: bytes) -> None:
        assert self.owner == lease
        self.write(key, content)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path / "home"))
    return FakeStore(tmp_path / "store")


def remote(
    store: FakeStore, previous: Holder | None = None, lost: Callable[[str], None] = print
) -> RemoteLock:
    me = Holder.me("cloudnative up prod")
    return RemoteLock(
        store, store, KEY, environment="prod", holder=me, previous=previous, say=print, lost=lost
    )


def killed(store: FakeStore) -> Holder:
    """The run that was killed while it held the lease, which has not expired yet."""
    holder = Holder.me("cloudnative up prod")
    assert store.acquire(KEY, holder.id)
    store.note(KEY, holder.id, holder.to_json())
    return holder


def test_a_clean_run_leaves_nothing(store: FakeStore) -> None:
    with remote(store):
        assert store.owner
    assert (store.owner, store.read(KEY)) == ("", b"")


def test_a_live_run_elsewhere_is_named(store: FakeStore) -> None:
    with remote(store), pytest.raises(CloudnativeError, match="cloudnative up prod") as caught, remote(store):
        pass
    assert caught.value.exit_code is ExitCode.CANCELLED


def test_a_lease_without_a_name_is_waited_for(store: FakeStore) -> None:
    store.acquire(KEY, "x")
    with pytest.raises(CloudnativeError) as caught, remote(store):
        pass
    assert caught.value.fix == "sleep 60; cloudnative up prod"


def test_a_run_elsewhere_that_fell_silent_is_left_to_a_person(store: FakeStore) -> None:
    holder = killed(store)
    store.expire()
    with pytest.raises(CloudnativeError, match="left locked") as caught, remote(store):
        pass
    assert caught.value.fix == f"cloudnative unlock prod --id {holder.id}"
    assert store.owner == ""


def test_a_dead_run_of_this_home_is_taken_over_at_once(store: FakeStore) -> None:
    with remote(store, previous=killed(store)) as lock:
        assert lock.took_over


def test_unlock_never_takes_a_live_lease(store: FakeStore) -> None:
    holder = replace(killed(store), host="elsewhere")
    store.note(KEY, holder.id, holder.to_json())
    with pytest.raises(CloudnativeError, match="in use on elsewhere"):
        free(*stack(store), holder.id)
    assert store.owner == holder.id


def test_unlock_frees_a_lease_that_expired_with_the_locks_of_its_engine(store: FakeStore) -> None:
    holder = killed(store)
    store.expire()
    home, state = stack(store)
    lock = EngineLock(state.locks + "0f.json", "0f")
    Path(store.address(state.locks)).mkdir(parents=True)
    store.write(lock.key, b"")
    freed = free(home, state, holder.id)
    assert freed == [f"the lock {holder.id} of {holder.host} is free", "the engine's lock 0f was removed"]
    with remote(store) as taken:
        assert not taken.took_over


def stack(store: FakeStore) -> tuple[StackHome, StackState]:
    home = StackHome("shop", "prod", "azure")
    return home, StackState.of(home, store)


@pytest.mark.parametrize(("answers", "why"), [(True, "taken the lock over"), (False, "could not be renewed")])
def test_who_loses_the_lease_is_told_and_writes_no_more(
    store: FakeStore, monkeypatch: pytest.MonkeyPatch, answers: bool, why: str
) -> None:
    lost: list[str] = []
    monkeypatch.setattr("cloudnative.runs.remote_lock.HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr("cloudnative.runs.remote_lock.LOST_AFTER_SECONDS", 0.05)
    with remote(store, lost=lost.append) as lock:
        store.owner, store.answers = "another", answers
        lock._heart.join(5)
    assert [why in text for text in lost] == [True]
    assert store.owner == "another"
