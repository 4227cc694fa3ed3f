"""Whose a loopback connection is: from the kernel, or from its tables."""

import os
import socket
from collections.abc import Iterator

import pytest

from cloudnative_toolchain import connections
from cloudnative_toolchain.connections import asked, listed, tells_users, uid_of

pytestmark = pytest.mark.skipif(not tells_users(), reason="only Linux says whose a connection is")
TABLE = (
    "  sl  local_address rem_address\n   0: 0100007F:1F90 0100007F:C350 01 0:0 00:0 0  1234        0 1 1 0\n"
)
MAPPED = "0000000000000000FFFF00000100007F"  # ::ffff:127.0.0.1
TABLE_6 = TABLE.replace("0100007F", MAPPED)


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6], ids=["ipv4", "dual-stack"])
def connection(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """The ports of a client and of the server that it is connected to."""
    host = "127.0.0.1" if request.param == socket.AF_INET else "::ffff:127.0.0.1"
    with socket.socket(request.param) as server, socket.socket(request.param) as client:
        server.bind((host, 0))
        server.listen()
        client.connect((host, server.getsockname()[1]))
        yield client.getsockname()[1], server.getsockname()[1]


def test_the_kernel_knows_whose_one_connection_is(connection: tuple[int, int]) -> None:
    theirs, ours = connection
    assert asked(("127.0.0.1", theirs), ours) == os.getuid()


def test_without_sock_diag_the_tables_say_the_same(
    connection: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError("protocol not supported")

    monkeypatch.setattr(connections, "asked", refuse)
    theirs, ours = connection
    assert uid_of(f"ipv4:127.0.0.1:{theirs}", ours) == os.getuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_users_connection_is_theirs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        os.seteuid(1234)
        try:
            client = socket.socket()
        finally:
            os.seteuid(0)
        with client:
            client.connect(server.getsockname())
            assert uid_of(f"ipv4:127.0.0.1:{client.getsockname()[1]}", server.getsockname()[1]) == 1234


@pytest.mark.parametrize("table", [TABLE, TABLE_6], ids=["tcp", "tcp6"])
def test_a_table_names_the_owner_of_exactly_that_connection(table: str) -> None:
    assert listed(0x1F90, 0xC350, table) == 1234
    assert listed(0x1F90, 0xC351, table) is None
    assert listed(0x1F91, 0xC350, table) is None


@pytest.mark.parametrize("peer", ["unix:/run/x", "ipv4:127.0.0.1:1", "ipv6:[::1]:1"])
def test_what_is_no_such_connection_is_nobodys(peer: str) -> None:
    assert uid_of(peer, 1) is None
