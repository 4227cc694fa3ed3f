"""Pulumi's mocks need a loop on the main thread; these tests have one and leave none behind."""

import asyncio
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest


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


def _current() -> asyncio.AbstractEventLoop | None:
    """The main thread's loop; some versions of Python make one when asked, others refuse."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            found = asyncio.get_event_loop()
        except RuntimeError:
            return None
    return None if found.is_closed() else found
