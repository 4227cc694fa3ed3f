"""The address that this machine has on the internet, as a name server sees it that answers nothing else."""

from __future__ import annotations

import secrets
import socket
import struct
from ipaddress import IPv4Address

SERVER = ("208.67.222.222", 53)  # resolver1.opendns.com, which AKS's own documentation asks for this
NAME = "myip.opendns.com"
SECONDS = 2.0
_A_RECORD, _INTERNET = 1, 1


def public_address(server: tuple[str, int] = SERVER) -> str:
    """Empty where nobody answers, as behind a firewall that lets no DNS out."""
    number = secrets.randbelow(1 << 16)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.settimeout(SECONDS)
        try:
            asked.connect(server)  # answers of anybody else are not taken
            asked.send(question(number))
            return address_in(asked.recv(512), number)
        except OSError:
            return ""


def question(number: int) -> bytes:
    """A DNS query for the A record of NAME, with recursion as OpenDNS wants it."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in NAME.split("."))
    return (
        struct.pack("!6H", number, 0x0100, 1, 0, 0, 0)
        + labels
        + b"\0"
        + struct.pack("!2H", _A_RECORD, _INTERNET)
    )


def address_in(answer: bytes, number: int) -> str:
    """The address at the end of an answer with one record; empty for any other answer."""
    if len(answer) < len(question(number)) + 16 or answer[:2] != struct.pack("!H", number):
        return ""
    records = struct.unpack("!H", answer[6:8])[0]
    length = struct.unpack("!H", answer[-6:-4])[0]
    return str(IPv4Address(answer[-4:])) if records == 1 and length == 4 else ""
