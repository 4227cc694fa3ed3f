"""What an image stands on: the digests of its bases when it was built, and which have moved since."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping

from cloudnative_toolchain.errors import CloudnativeError

from .upstream import parse, resolve

_FROM = re.compile(r"\[[^\]]+\] FROM (?P<name>\S+)@(?P<digest>sha256:[0-9a-f]{64})")


def found_in(steps: Iterable[str], dockerfile: str) -> dict[str, str]:
    """Digest by name of each base that BuildKit's steps mention; one that the Dockerfile pins cannot move."""
    found = [match for step in steps if (match := _FROM.fullmatch(step))]
    return {match["name"]: match["digest"] for match in found if match["digest"] not in dockerfile}


async def moved(bases: Mapping[str, str], *, mirror: str) -> dict[str, str]:
    """The bases whose names stand for another digest now, with that digest."""
    now = await asyncio.gather(*(_now(name, mirror) for name in bases))
    return {name: digest for name, digest in zip(bases, now, strict=True) if digest not in ("", bases[name])}


async def _now(name: str, mirror: str) -> str:
    """Empty when nobody can say: that is no reason to build."""
    reference = parse(name)
    try:
        return await resolve(reference, mirror=mirror) if reference else ""
    except CloudnativeError:
        return ""
