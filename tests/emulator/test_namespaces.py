"""Listening inside a node's network namespace, whose first process is not done with it."""

import asyncio
import subprocess
from collections.abc import Iterator

import pytest

from cloudnative_emulator.clusters.namespaces import first_process, listen_inside

pytestmark = pytest.mark.emulator


@pytest.fixture
def node() -> Iterator[int]:
    """The pid of a process in a namespace that has an address, and whose loopback is down."""
    with subprocess.Popen(["unshare", "--net", "--fork", "--kill-child", "sleep", "60"]) as unshare:
        pid = asyncio.run(first_process(unshare.pid))
        enter(pid, "ip", "address", "add", "192.0.2.1/32", "dev", "lo")
        yield pid
        unshare.kill()


def enter(pid: int, *command: str) -> None:
    subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", *command], check=True, timeout=10)


def test_a_port_is_had_before_the_loopback_is_up_and_answers_once_it_is(node: int) -> None:
    with listen_inside(node, 5000) as listener:
        enter(node, "ip", "link", "set", "lo", "up")
        enter(node, "python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 5000), 5)")
        connection, address = listener.accept()
    connection.close()
    assert address[0] == "127.0.0.1"
