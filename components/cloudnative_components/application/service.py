"""One compose service on its way to Kubernetes, and the names everything of it shares."""

from dataclasses import dataclass
from typing import Any

from cloudnative_toolchain.errors import ConfigError

from ..config.nodes import PathPart
from .extensions import ServiceExtension
from .model import MANAGED_BY, SERVICE_LABEL, Json
from .places import Places


@dataclass(frozen=True)
class Service:
    """A service as compose-go resolved it, with our extension typed and its place in the files."""

    name: str
    application: str
    data: Json
    extension: ServiceExtension
    places: Places
    replicas: int
    one_shot: bool = False  # runs to its end, and is not started again

    def get(self, key: str, default: Any = None) -> Any:
        """A setting of the service, `default` where it is absent or null (Any: compose's JSON)."""
        value = self.data.get(key)
        return default if value is None else value

    @property
    def claims(self) -> list[Json]:
        """Its mounts of named volumes."""
        return [
            mount for mount in self.get("volumes", []) if mount["type"] == "volume" and mount.get("source")
        ]

    @property
    def labels(self) -> dict[str, str]:
        """The labels of everything that belongs to the service."""
        return {
            "app.kubernetes.io/instance": self.application,
            "app.kubernetes.io/managed-by": MANAGED_BY,
            SERVICE_LABEL: self.name,
            "app.kubernetes.io/part-of": self.application,
        }

    @property
    def selector(self) -> dict[str, str]:
        """The labels that find its pods; never changed, because workloads cannot change theirs."""
        return {"app.kubernetes.io/instance": self.application, SERVICE_LABEL: self.name}

    def metadata(self, name: str | None = None) -> Json:
        """Metadata of an object of the service."""
        return {"name": name or self.name, "namespace": self.application, "labels": self.labels}

    def error(self, code: str, *path: PathPart, why: str, fix: str) -> ConfigError:
        """An error about one of its settings."""
        return self.places.error(code, ("services", self.name, *path), why=why, fix=fix)
