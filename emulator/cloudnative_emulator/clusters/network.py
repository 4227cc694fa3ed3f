"""Addresses and links of nodes: each node has a /28 of 198.18.0.0/15 and one veth pair into it."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import subprocess
from dataclasses import dataclass
from typing import Any

from cloudnative_emulator.clusters.host_programs import host_program
from cloudnative_toolchain.errors import CloudnativeError

_RANGE = ipaddress.ip_network("198.18.0.0/15")  # RFC 2544: hardly ever used on a real network
_PREFIX = 28
_BLOCKS = 2 ** (_PREFIX - _RANGE.prefixlen)


@dataclass(frozen=True)
class Block:
    """The addresses of one node: host's end, node, and those that Services of type LoadBalancer get."""

    index: int

    @property
    def network(self) -> ipaddress.IPv4Network:
        """The /28."""
        first = int(_RANGE.network_address) + self.index * 2 ** (32 - _PREFIX)
        return ipaddress.ip_network((first, _PREFIX))  # pyright: ignore[reportReturnType] - an IPv4 address in, an IPv4 network out

    @property
    def host(self) -> str:
        """The host's end of the link."""
        return str(self.network[1])

    @property
    def node(self) -> str:
        """The node: API server, kubelet, node ports."""
        return str(self.network[2])

    @property
    def balancers(self) -> list[str]:
        """What LoadBalancer Services can have."""
        return [str(self.network[n]) for n in range(3, 15)]

    @property
    def link(self) -> str:
        """The host's link; its name is the claim on the block, also between two homes."""
        return f"cnat{self.index:05d}"


def claim(name: str, kept: int | None) -> Block:
    """A block that no route of this host and no other node uses, with its link made; `kept` first.

    The link is made with both ends here; `hand_over` moves the other end into a node's namespace.
    """
    taken = _routes()
    first: int = (
        int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % _BLOCKS if kept is None else kept
    )
    for step in range(_BLOCKS):
        block = Block((first + step) % _BLOCKS)
        release(block, name)  # left behind by a daemon that was killed in between
        if not any(block.network.overlaps(route) for route in taken) and _make_link(block, name):
            return block
    raise CloudnativeError(
        code="emulator.no-addresses",
        what="no free addresses for a cluster",
        why=f"this host's routes or other clusters cover all of {_RANGE}",
        fix="cloudnative emulator reset",
    )


def hand_over(block: Block, init_pid: int) -> None:
    """Move the far end of the block's link into the namespace of `init_pid`, where it is called eth0."""
    _ip(f"link set {block.link}p netns {init_pid} name eth0")


def release(block: Block, name: str) -> None:
    """Remove the link that `name` has claimed; quiet when it is gone, or somebody else's."""
    if links().get(block.link) == mark_of(name):
        subprocess.run([str(host_program("ip")), "link", "del", block.link], capture_output=True, check=False)


def links() -> dict[str, str]:
    """All links of nodes on this host, of every home, each with the mark of who claimed it."""
    shown: list[dict[str, Any]] = json.loads(_ip("-j link show type veth") or "[]")
    names = {str(each.get("ifname")): str(each.get("ifalias", "")) for each in shown}
    return {name: mark for name, mark in names.items() if name.startswith("cnat")}


def mark_of(name: str) -> str:
    """The mark on a link that `name` has claimed."""
    return "cloudnative " + hashlib.sha256(name.encode()).hexdigest()[:16]


def _make_link(block: Block, claimant: str) -> bool:
    """Whether the link could be made: the kernel refuses a second one of that name."""
    name = block.link
    made = subprocess.run(
        [str(host_program("ip")), "link", "add", name, "type", "veth", "peer", "name", f"{name}p"],
        capture_output=True,
        check=False,
    )
    if made.returncode == 0:
        _ip(f"addr add {block.host}/{_PREFIX} dev {name}")
        _run_ip(["link", "set", name, "up", "alias", mark_of(claimant)])
    return made.returncode == 0


def _routes() -> list[ipaddress.IPv4Network]:
    shown: list[dict[str, Any]] = json.loads(_ip("-j -4 route show table all") or "[]")
    targets = [str(each.get("dst", "default")) for each in shown]
    return [
        ipaddress.IPv4Network(target, strict=False)
        for target in targets
        if target[0].isdigit() and not target.startswith("0.0.0.0")
    ]


def _ip(arguments: str) -> str:
    return _run_ip(arguments.split())


def _run_ip(arguments: list[str]) -> str:
    done = subprocess.run([str(host_program("ip")), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CloudnativeError(
            code="emulator.network",
            what=f"`ip {' '.join(arguments)}` failed",
            why=done.stderr.strip(),
            fix="cloudnative doctor",
        )
    return done.stdout
