"""What an application is once its files are read: builds, objects, secrets, and what was left behind."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cloudnative_toolchain.errors import Location

# Any: Kubernetes objects and compose documents are JSON; their schemas live in the API server and compose-go.
Json = dict[str, Any]
Renderer = Literal["compose", "manifests", "kustomize", "helm"]


def mapping(value: Any) -> Json:
    """A mapping that may be absent or null in the file (Any: JSON)."""
    return value or {}


IMAGE_PLACEHOLDER = "cloudnative-image:"
MANAGED_BY = "cloudnative"
SERVICE_LABEL = "app.kubernetes.io/name"


@dataclass(frozen=True)
class Build:
    """One image to build; `dockerfile` is relative to `context`, or absolute when it lies outside of it."""

    service: str
    context: Path
    dockerfile: str = "Dockerfile"
    target: str | None = None
    args: dict[str, str] = field(default_factory=dict[str, str])
    platform: str = "linux/amd64"


@dataclass(frozen=True)
class GeneratedSecretRef:
    """A key of a Secret object whose value is generated once and kept; `key` has `length` characters.

    It is `protected` where data in a volume was made with it: another value would lock the data up.
    """

    name: str
    namespace: str
    key: str
    length: int
    protected: bool = False

    @property
    def resource(self) -> str:
        """The name of the resource that makes the value."""
        return f"{self.namespace}-{self.name}-{self.key}"


@dataclass(frozen=True)
class PublicPort:
    """A port of a service that gets an address outside of the cluster."""

    service: str
    port: int


@dataclass(frozen=True)
class NotCarried:
    """Something the files say that Kubernetes does not get, with the reason; `where` is file:line:column."""

    where: str
    key: str
    why: str


@dataclass(frozen=True)
class Note:
    """Something that happens otherwise than the files' own tool does it; `where` is a place in them."""

    where: str
    what: str


@dataclass(frozen=True)
class Claim:
    """A service that a renderer makes."""

    service: str
    namespace: str
    where: Location


@dataclass(frozen=True)
class Rendering:
    """What one renderer makes of one entry of `cloudnative:application`."""

    renderer: Renderer
    path: Path
    claims: tuple[Claim, ...]

    @property
    def services(self) -> list[str]:
        """The names of its services, each once."""
        return sorted({claim.service for claim in self.claims})


@dataclass(frozen=True)
class Application:
    """What a release deploys, the same for the same files (docs/architecture.md, "The application model")."""

    name: str
    namespace: str
    builds: list[Build] = field(default_factory=list[Build])
    images: dict[str, str] = field(default_factory=dict[str, str])
    objects: list[Json] = field(default_factory=list[Json])
    secrets: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]], repr=False)
    generated_secrets: list[GeneratedSecretRef] = field(default_factory=list[GeneratedSecretRef])
    public: list[PublicPort] = field(default_factory=list[PublicPort])
    not_carried: list[NotCarried] = field(default_factory=list[NotCarried])
    placement: dict[str, str] = field(default_factory=dict[str, str])
    notes: list[Note] = field(default_factory=list[Note])
    renderings: list[Rendering] = field(default_factory=list[Rendering])
    namespace_exists: bool = False
    """Whether its namespaces are somebody else's: part of the source then, never of a release."""

    @property
    def released(self) -> list[Json]:
        """The objects that a release brings."""
        if not self.namespace_exists:
            return self.objects
        return [item for item in self.objects if item["kind"] != "Namespace"]

    def objects_in(self, region: str) -> list[Json]:
        """The objects that one region gets: all but those of services placed in another region."""
        elsewhere = {service for service, place in self.placement.items() if place not in ("each", region)}
        return [item for item in self.released if service_of(item) not in elsewhere]


def image_placeholder(service: str) -> str:
    """What stands for the image of a service until its digest is known."""
    return f"{IMAGE_PLACEHOLDER}{service}"


def service_of(item: Json) -> str:
    """Whose object it is: what its label says, else its own name."""
    return mapping(item["metadata"].get("labels")).get(SERVICE_LABEL) or item["metadata"]["name"]
