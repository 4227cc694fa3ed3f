"""How often a run reads its state: on a shared back end each time is a download."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cloudnative.runs.home import StackHome
from cloudnative.runs.state import StackState
from cloudnative.runs.supervisor import Outcome, Supervisor
from cloudnative.session import Session
from cloudnative.stores.store import FileStore
from cloudnative.writer import Writer

EMPTY: dict[str, Any] = {"resources": []}


class Counting(FileStore):
    """A folder that counts the reads of states."""

    states = 0

    def read(self, key: str) -> bytes | None:
        self.states += key.startswith(".pulumi/stacks/")
        return super().read(key)


def ended(*_: Any, **__: Any) -> Outcome:
    """An engine that did what it was asked."""
    return Outcome()


def unheard(_: Any) -> None:
    """Nobody listens."""


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An environment whose state has no resources; the engine leaves it as it is."""
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path))
    monkeypatch.setattr(Supervisor, "run", ended)
    home = StackHome("p", "dev", "azure")
    home.prepare_for({}, {})
    store = Counting(home.state)
    file = home.state / ".pulumi/stacks/p/dev.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": EMPTY}}))
    told = SimpleNamespace(say=unheard, event=unheard)
    backend = SimpleNamespace(url=home.state.as_uri(), provider="", remote=False)
    project: Any = SimpleNamespace(environment_file=file.with_name, program=file)
    config: Any = SimpleNamespace(cloud="azure")
    given: list[Any] = [backend, StackState.of(home, store), None, {}, "pulumi", told]
    return Session(project, config, home, *given)


def settled(session: Any) -> Writer:
    writer = Writer(session, None)
    writer.settle()
    return writer


def test_the_state_is_read_once_for_all_that_is_decided_under_the_lock(session: Any) -> None:
    writer = settled(session)
    assert [writer.read(), writer.read()] == [EMPTY, EMPTY]
    assert session.state.store.states == 1


@pytest.mark.parametrize(
    ("operation", "reads"),
    [
        (["up", "--yes"], 2),
        (["refresh", "--yes"], 2),
        (["destroy", "--yes"], 2),
        (["preview"], 1),
        (["refresh", "--preview-only"], 1),
    ],
)
def test_it_is_read_again_only_after_a_run_that_may_have_changed_it(
    session: Any, operation: list[str], reads: int
) -> None:
    writer = settled(session)
    writer.run(*operation)
    assert [writer.read(), writer.read()] == [EMPTY, EMPTY]
    assert session.state.store.states == reads


def test_who_only_looks_reads_it_once(session: Any) -> None:
    reader = session.reader()
    reader.run("preview")
    assert reader.read() == EMPTY
    assert session.state.store.states == 1
