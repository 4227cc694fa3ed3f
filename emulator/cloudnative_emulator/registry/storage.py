"""What a registry process keeps on disk, read directly: its API tells neither ages nor untagged manifests."""

from __future__ import annotations

import datetime
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Tag:
    """A tag, what it stands for, and since when."""

    name: str
    digest: str
    created: float
    updated: float


@dataclass(frozen=True)
class Manifest:
    """A manifest with what it says of itself."""

    digest: str
    created: float
    document: dict[str, Any]
    tags: tuple[str, ...]
    platform: dict[str, Any]  # architecture, os; empty for what is no image

    @property
    def media_type(self) -> str:
        """Of the manifest."""
        return str(self.document.get("mediaType", "application/vnd.oci.image.manifest.v1+json"))

    @property
    def size(self) -> int:
        """Bytes of the configuration and the layers, or of the manifests that an index lists."""
        parts = [self.document.get("config", {}), *self.document.get("layers", [])]
        return sum(int(part.get("size", 0)) for part in [*parts, *self.document.get("manifests", [])])


class Storage:
    """The folders of distribution's `filesystem` driver below `rootdirectory`."""

    def __init__(self, root: Path) -> None:
        self._repositories = root / "docker/registry/v2/repositories"
        self._blobs = root / "docker/registry/v2/blobs"

    def repositories(self) -> list[str]:
        """Every repository that holds a manifest, in the order of their names."""
        found = (path.parent for path in self._repositories.rglob("_manifests"))
        names = (path.relative_to(self._repositories).as_posix() for path in found)
        return sorted(name for name in names if self.digests(name))

    def digests(self, repository: str) -> list[str]:
        """The digests of a repository's manifests."""
        links = self._manifests(repository).glob("revisions/*/*/link")
        return sorted(link.read_text() for link in links)

    def tags(self, repository: str) -> list[Tag]:
        """A repository's tags, in the order of their names."""
        links = self._manifests(repository).glob("tags/*/current/link")
        found = (
            Tag(link.parent.parent.name, link.read_text(), _oldest(link), link.stat().st_mtime)
            for link in links
        )
        return sorted(found, key=lambda tag: tag.name)

    def manifests(self, repository: str) -> list[Manifest]:
        """A repository's manifests, tagged or not, in the order of their digests."""
        tags = self.tags(repository)
        return [self._manifest(repository, digest, tags) for digest in self.digests(repository)]

    def delete(self, repository: str) -> None:
        """Forget a repository; its blobs stay until the registry is deleted."""
        shutil.rmtree(self._repositories / repository)

    def untag(self, repository: str, tag: str) -> None:
        """Forget a tag; its manifest stays."""
        shutil.rmtree(self._manifests(repository) / "tags" / tag)

    def _manifest(self, repository: str, digest: str, tags: list[Tag]) -> Manifest:
        document = self._json(digest)
        link = self._manifests(repository) / "revisions" / digest.replace(":", "/") / "link"
        own = tuple(tag.name for tag in tags if tag.digest == digest)
        config: dict[str, Any] = document.get("config") or {}
        is_image = "image" in str(config.get("mediaType", ""))
        said = self._json(str(config["digest"])) if is_image else {}
        platform = {name: said[name] for name in ("architecture", "os") if name in said}
        return Manifest(digest, link.stat().st_mtime, document, own, platform)

    def _manifests(self, repository: str) -> Path:
        return self._repositories / repository / "_manifests"

    def _json(self, digest: str) -> dict[str, Any]:
        algorithm, _, value = digest.partition(":")
        path = self._blobs / algorithm / value[:2] / value / "data"
        try:
            found: Any = json.loads(path.read_bytes())
        except (FileNotFoundError, ValueError):  # a configuration may be anything, or never have been pushed
            return {}
        return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType] - JSON


def moment(seconds: float) -> str:
    """A file's time as ACR writes it."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat().replace("+00:00", "Z")


def _oldest(link: Path) -> float:
    """When the tag was first made: every manifest it ever stood for has a folder in its index."""
    index = link.parent.parent / "index"
    return min((one.stat().st_mtime for one in index.glob("*/*/link")), default=link.stat().st_mtime)
