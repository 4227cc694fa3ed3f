"""Old images and bundles of an application: what may go, and how it goes.

ACR's own retention knows tags and ages only, so it would take what a cluster runs or rolls back to (ACR-07).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from .access import cloud
from .registry import Registry, split_ref
from .stored_bundles import NumberedBundle, repository_of

Name = tuple[str, str]
"""Repository and digest."""


@dataclass(frozen=True)
class Stored:
    """One manifest of a registry; `inner` are those of the platforms that it stands for."""

    repository: str
    digest: str
    created: datetime
    size: int
    tags: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()

    @property
    def name(self) -> Name:
        """What it is known by."""
        return self.repository, self.digest


def kept_names(bundles: Sequence[NumberedBundle], named: Collection[str], newest: int) -> set[Name]:
    """What the newest bundles need, and those that a ledger names (by digest); `bundles`: newest first."""
    kept = [one for place, one in enumerate(bundles) if place < newest or split_ref(one.ref)[2] in named]
    refs = [ref for one in kept for ref in (one.ref, *one.images.values())]
    return {split_ref(ref)[1:] for ref in refs}


def superfluous(stored: Iterable[Stored], kept: Collection[Name], before: datetime) -> list[Stored]:
    """What is older and not kept, in the order in which a registry lets it go: a list before its parts."""
    every = list(stored)
    spared = set(kept) | {(one.repository, part) for one in every if one.name in kept for part in one.inner}
    young = [one for one in every if one.created >= before]
    spared |= {(one.repository, part) for one in young for part in one.inner}
    gone = [one for one in every if one.created < before and one.name not in spared]
    return sorted(gone, key=lambda one: (not one.inner, one.repository, one.created))


async def surveyed(cloud_name: str, server: str, application: str) -> list[Stored]:
    """Every manifest of the application's repositories: its images and its bundles."""
    async with Attic(cloud(cloud_name), server) as attic:
        names = [
            name
            for name in await attic.repositories()
            if name == repository_of(application) or name.startswith(f"{application}/")
        ]
        found = await asyncio.gather(*(attic.manifests(name) for name in names))
    return [one for manifests in found for one in manifests]


async def remove(cloud_name: str, server: str, items: Sequence[Stored]) -> None:
    """Delete them, one after the other: a list of platforms must go before its parts."""
    async with Attic(cloud(cloud_name), server) as attic:
        for one in items:
            await attic.delete(one)


class Attic(Registry):
    """What lies in a registry, by ACR's own part of its API."""

    async def repositories(self) -> list[str]:
        """Every repository, by name."""
        found: list[str] = []
        async for page in self._pages("/acr/v1/_catalog?n=100", "registry:catalog:*"):
            listed: list[str] = page.get("repositories") or []
            found += listed
        return found

    async def manifests(self, repository: str) -> list[Stored]:
        """Every manifest of a repository."""
        found: list[Stored] = []
        scope = f"repository:{repository}:metadata_read"
        async for page in self._pages(f"/acr/v1/{repository}/_manifests?n=100", scope):
            listed: list[dict[str, Any]] = page.get("manifests") or []
            found += [_stored(repository, one) for one in listed]
        return found

    async def delete(self, one: Stored) -> None:
        """Delete a manifest; one that is gone already is gone."""
        path = f"/v2/{one.repository}/manifests/{one.digest}"
        status, _, content = await self._call("DELETE", path, one.repository, "delete")
        self.expect(status, {202, 404}, path, content)

    async def _pages(self, path: str, scope: str) -> AsyncGenerator[dict[str, Any]]:
        while path:
            bearer = {"Authorization": f"Bearer {await self.access_token(scope)}"}
            status, headers, content = await self._send("GET", path, headers=bearer)
            self.expect(status, {200}, path, content)
            yield json.loads(content)
            link = headers.get("Link", "")
            path = urljoin(path, link[link.index("<") + 1 : link.index(">")]) if link else ""


def _stored(repository: str, described: Mapping[str, Any]) -> Stored:
    references: list[dict[str, str]] = described.get("references") or []
    return Stored(
        repository=repository,
        digest=described["digest"],
        created=datetime.fromisoformat(described["createdTime"]),
        size=int(described.get("imageSize") or 0),
        tags=tuple(described.get("tags") or ()),
        inner=tuple(one["digest"] for one in references),
    )
