"""Writes images into an OCI image layout, so that half an image is never seen."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.registry.mirror import REF_NAME
from cloudnative_toolchain.ownership import stays_its_owners

if TYPE_CHECKING:
    from collections.abc import Generator

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Image:
    """What a one-layer image is made of besides its files."""

    reference: str  # docker.io/library/debian:bookworm-slim
    architecture: str
    created: str
    environment: list[str]
    command: list[str]
    entrypoint: list[str] = field(default_factory=list[str])
    labels: dict[str, str] = field(default_factory=dict[str, str])
    made_by: str = "cloudnative emulator: mmdebstrap"

    def config(self, diff_id: str) -> dict[str, Any]:
        """The image's configuration over its one layer."""
        running = {"Env": self.environment, "Cmd": self.command, "Entrypoint": self.entrypoint,
                   "Labels": self.labels}  # fmt: skip
        return {
            "architecture": self.architecture, "os": "linux", "created": self.created,
            "config": {key: value for key, value in running.items() if value},
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
            "history": [{"created": self.created, "created_by": self.made_by}],
        }  # fmt: skip


class Layout:
    """One folder of images."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, reference: str) -> str | None:
        """The digest of an image's manifest."""
        for entry in self._index()["manifests"]:
            if entry["annotations"][REF_NAME] == reference:
                return entry["digest"]
        return None

    @contextmanager
    def locked(self) -> Generator[None]:
        """Only one process at a time makes images."""
        with stays_its_owners(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / ".lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield

    def add(self, image: Image, tarball: Path) -> str:
        """Add (or replace) an image whose only layer is the uncompressed tarball; its manifest's digest."""
        diff_id, layer = self._layer(tarball)
        manifest = {
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": self._json(_CONFIG, image.config(diff_id)), "layers": [layer],
        }  # fmt: skip
        entry = self._json(MANIFEST, manifest)
        platform = {"os": "linux", "architecture": image.architecture}
        self._publish({**entry, "platform": platform, "annotations": {REF_NAME: image.reference}})
        return entry["digest"]

    def _index(self) -> dict[str, Any]:
        path = self.folder / "index.json"
        empty: dict[str, Any] = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": []}
        return json.loads(path.read_text()) if path.exists() else empty

    def _publish(self, entry: dict[str, Any]) -> None:
        index = self._index()
        own = entry["annotations"][REF_NAME]
        others = [other for other in index["manifests"] if other["annotations"][REF_NAME] != own]
        _replace(self.folder / "oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())
        _replace(self.folder / "index.json", json.dumps({**index, "manifests": [*others, entry]}).encode())

    def _json(self, media_type: str, document: dict[str, Any]) -> dict[str, Any]:
        content = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        digest = hashlib.sha256(content).hexdigest()
        _replace(self._blob(digest), content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def _layer(self, tarball: Path) -> tuple[str, dict[str, Any]]:
        plain = hashlib.sha256()
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".layer-") as room:
            packed = Path(room) / "layer.tar.gz"
            with (
                tarball.open("rb") as source,
                packed.open("wb") as target,
                gzip.GzipFile("", "wb", compresslevel=1, fileobj=target, mtime=0) as writer,
            ):
                while chunk := source.read(_CHUNK):
                    plain.update(chunk)
                    writer.write(chunk)
            with packed.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = packed.stat().st_size
            self._blob(digest).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(packed, self._blob(digest))
        layer = {"mediaType": _LAYER, "digest": f"sha256:{digest}", "size": size}
        return f"sha256:{plain.hexdigest()}", layer

    def _blob(self, digest: str) -> Path:
        return self.folder / "blobs" / "sha256" / digest


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(content)
    draft.replace(path)
