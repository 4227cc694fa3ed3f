"""Pulumi's mocks need a loop on the main thread; these tests have one and leave none behind."""

import asyncio
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.unit.components.engine import Plugin, plugin


@pytest.fixture(scope="module", autouse=True)
def loop() -> Iterator[None]:
    """A loop for the tests of a module, whatever ran before them, and for each of its threads."""
    if left_behind := _current():
        left_behind.close()
    own, of_threads = asyncio.new_event_loop(), list[asyncio.AbstractEventLoop]()

    def begin_thread() -> None:
        of_threads.append(asyncio.new_event_loop())
        asyncio.set_event_loop(of_threads[-1])

    own.set_default_executor(ThreadPoolExecutor(initializer=begin_thread))
    asyncio.set_event_loop(own)
    yield
    own.run_until_complete(own.shutdown_default_executor())
    asyncio.set_event_loop(None)
    for each in (own, *of_threads):
        each.close()


@pytest.fixture(scope="session")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugin]:
    """The plugin as a process, one for all tests; not in ours, which has grpcio-status loaded (0031)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDNATIVE_HOME", str(tmp_path_factory.mktemp("home")))
        with plugin() as running:
            yield running


def _current() -> asyncio.AbstractEventLoop | None:
    """The main thread's loop; some versions of Python make one when asked, others refuse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            found = asyncio.get_event_loop()
        except RuntimeError:
            return None
    return None if found.is_closed() else found
