"""The emulator's registries as the user's cluster sees them: another name for the same images.

This machine knows a registry as 127.0.0.1:PORT, the cluster as a repository prefix of the registry that the
user named. Whatever goes to the cluster is renamed one way, whatever comes back the other way, so that nobody
but the cluster ever sees the second name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = "registry:"  # in ports.json, before the registry's ARM id
_IMAGE = re.compile(
    rb"""image["']?\s*:\s*["']?(127\.0\.0\.1:\d+)/([a-z0-9._/-]+)(?:[:@])(sha256:[0-9a-f]{64}|[\w.-]+)"""
)


@dataclass(frozen=True)
class ImageName:
    """One image of ours that an object names."""

    server: str
    repository: str
    reference: str


def registries_of(ports: Mapping[str, int]) -> dict[str, str]:
    """Login server -> name of each of the emulator's registries, from the home's ports."""
    return {
        f"127.0.0.1:{port}": key.rsplit("/", 1)[-1] for key, port in ports.items() if key.startswith(_KEY)
    }


def images_in(body: bytes, servers: Mapping[str, str]) -> set[ImageName]:
    """The images of our registries that an object (JSON or YAML) runs."""
    found = {ImageName(*(part.decode() for part in match.groups())) for match in _IMAGE.finditer(body)}
    return {image for image in found if image.server in servers}


@dataclass(frozen=True)
class Renaming:
    """Replaces each key of `pairs` by its value, in streams too."""

    pairs: Mapping[bytes, bytes]

    @classmethod
    def outward(cls, servers: Mapping[str, str], registry: str) -> Renaming:
        """From this machine's names to the cluster's."""
        return cls(
            {f"{server}/".encode(): f"{registry}/{name}/".encode() for server, name in servers.items()}
        )

    def back(self) -> Renaming:
        """The other way."""
        return Renaming({theirs: ours for ours, theirs in self.pairs.items()})

    def whole(self, text: bytes) -> bytes:
        """All of a text."""
        for old, new in self.pairs.items():
            text = text.replace(old, new)
        return text

    def part(self, text: bytes) -> tuple[bytes, bytes]:
        """What can be passed on of a stream, renamed; and its end, which may be the beginning of a name."""
        longest = max(map(len, self.pairs), default=1)
        for length in range(min(longest - 1, len(text)), 0, -1):
            if any(old.startswith(text[-length:]) for old in self.pairs):
                return self.whole(text[:-length]), text[-length:]
        return self.whole(text), b""
