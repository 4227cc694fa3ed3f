"""Whose connection this is: loopback is not access control, so servers of ours ask who is at the other end.

The kernel answers for one connection through sock_diag(7) in some 20 microseconds. Where it cannot, the
tables of /proc/net say the same, in some 10 milliseconds, since they are made of every socket of the machine.
"""

from __future__ import annotations

import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LOOPBACK = "127.0.0.1"
_SOCK_DIAG, _BY_FAMILY, _REQUEST = 4, 20, 1  # linux/netlink.h, linux/sock_diag.h
_HEADER = struct.Struct("=IHHII")  # nlmsghdr
_QUESTION = struct.Struct("=BBBxI")  # inet_diag_req_v2: family, protocol, extensions, states
_CONNECTION = struct.Struct("!HH4s12x4s12x4x8s")  # inet_diag_sockid: ports, addresses, interface, cookie
_UID_AT = _HEADER.size + 4 + 48 + 12  # in inet_diag_msg: behind four bytes, the id, three counters


def tells_users() -> bool:
    """Whether this system says whose a connection is; elsewhere nobody can be told apart."""
    return sys.platform.startswith("linux")


def uid_of(peer: str, port: int) -> int | None:
    """The user behind gRPC's `ipv4:127.0.0.1:PORT`, connected to our `port`; None where it cannot be told."""
    scheme, _, address = peer.partition(":")
    host, _, theirs = address.rpartition(":")
    if not theirs.isdigit():
        return None
    if scheme == "ipv4":
        with suppress(OSError):
            return asked((host, int(theirs)), port)
    return listed(int(theirs), port, "".join(table.read_text() for table in _TABLES if table.exists()))


def asked(client: tuple[str, int], port: int) -> int:
    """The kernel's answer about one connection; OSError where it gives none."""
    cookie = b"\xff" * 8  # INET_DIAG_NOCOOKIE
    ends = _CONNECTION.pack(client[1], port, socket.inet_aton(client[0]), socket.inet_aton(_LOOPBACK), cookie)
    question = _QUESTION.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0xFFFFFFFF) + ends
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        kernel.settimeout(1)
        kernel.sendall(_HEADER.pack(_HEADER.size + len(question), _BY_FAMILY, _REQUEST, 0, 0) + question)
        answer = kernel.recv(4096)
    if _HEADER.unpack_from(answer)[1] != _BY_FAMILY:
        raise OSError("no such connection")
    return int(struct.unpack_from("=I", answer, _UID_AT)[0])


def listed(client: int, port: int, table: str) -> int | None:
    """The same from the text of /proc/net/tcp and tcp6."""
    here, there = f":{client:04X}", f":{port:04X}"
    for line in table.splitlines():
        fields = line.split()
        if fields[1].endswith(here) and fields[2].endswith(there) and _is_loopback(fields[1]):
            return int(fields[7])
    return None


def _is_loopback(address: str) -> bool:
    # gRPC opens dual-stack sockets, so a connection to 127.0.0.1 stands in tcp6 as ::ffff:127.0.0.1.
    host = address.rpartition(":")[0]
    return host.endswith("7F") if len(host) == 8 else host.endswith(("0100007F", "01000000"))
