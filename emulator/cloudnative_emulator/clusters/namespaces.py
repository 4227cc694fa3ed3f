"""Working inside a node's namespaces from the daemon."""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import threading
import time
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_IP_FREEBIND = 15  # linux/in.h; the module `socket` has no name for it
_libc = ctypes.CDLL(None, use_errno=True)


async def first_process(unshare_pid: int, seconds: float = 5) -> int:
    """The pid, as this host sees it, of the process that `unshare --fork` put into the new namespaces."""
    children = Path(f"/proc/{unshare_pid}/task/{unshare_pid}/children")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if pids := children.read_text().split():  # noqa: ASYNC240 (procfs never blocks)
            return int(pids[0])
        await asyncio.sleep(0.003)
    raise TimeoutError(f"unshare (pid {unshare_pid}) started nothing within {seconds:g} s")


def listen_inside(pid: int, port: int) -> socket.socket:
    """A listening socket on 127.0.0.1:`port` in the network namespace of `pid`.

    A socket stays in the namespace it was made in; only the thread that makes it goes there. The node's first
    process may not have brought the loopback up yet: the port can be had before its address can.
    """
    result: list[socket.socket | BaseException] = []
    thread = threading.Thread(target=_listen, args=(pid, port, result))
    thread.start()
    thread.join()
    outcome = result[0]
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def _listen(pid: int, port: int, result: list[socket.socket | BaseException]) -> None:
    try:
        _enter_network(pid)
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        listener.setblocking(False)
        result.append(listener)
    except OSError as error:
        result.append(error)


def _enter_network(pid: int) -> None:
    with Path(f"/proc/{pid}/ns/net").open("rb") as namespace:
        if _libc.setns(namespace.fileno(), _CLONE_NEWNET) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), f"the network namespace of {pid}")


def processes_below(pid: int) -> dict[int, str]:
    """The direct children of `pid`, with the name of what they run."""
    rows: dict[int, str] = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        rows[int(child)] = Path(f"/proc/{child}/comm").read_text().strip()
    return rows
