"""The one way in: compose files, folders of manifests, kustomizations, Helm charts, or a mix of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cloudnative_toolchain.errors import ConfigError, Location

from ..config import EnvironmentConfig
from ..config.suggest import did_you_mean
from . import helm, kustomize
from .compose import from_compose
from .compose_parser import parse_compose
from .entries import Entry, entries_of
from .manifest_files import Manifest, read_manifests
from .manifests import claims, from_manifests, name_of, scale
from .merge import merged
from .model import Application, Claim, Rendering, mapping
from .named_services import check_named
from .places import DOCS
from .workload_images import builds_of, require_used


def load(
    path: Path | str | Sequence[Path | str],
    *,
    environment: EnvironmentConfig,
    profiles: Sequence[str] = (),
    replicas: Mapping[str, int] | None = None,
) -> Application:
    """The application that files describe.

    `path` is one entry or several: compose files (or their folder), later ones overriding, folders of
    manifests, folders with a `kustomization.yaml`, Helm charts. The first entry names the application.
    `profiles` and `replicas` default to the environment's.
    """
    given = [path] if isinstance(path, str | Path) else list(path)
    entries = entries_of(given)
    counts = environment.replicas if replicas is None else replicas
    helm.require_known(environment, [entry.path for entry in entries if entry.renderer == "helm"])
    loader = _Loader(environment, profiles or environment.compose_profiles, counts, len(entries) > 1)
    parts: list[Application] = []
    for entry in entries:
        parts.append(loader.load(entry, parts))
    loader.require_scaled()
    return check_named(_with_builds(merged(parts), entries, environment), environment)


def repository(folder: Path) -> Path:
    """The repository that a folder lies in, else the Pulumi project, else the folder itself."""
    around = (folder, *folder.parents)
    marked = [above for mark in (".git", "Pulumi.yaml") for above in around if (above / mark).exists()]
    return next(iter(marked), folder)


@dataclass
class _Loader:
    """Loads entry after entry; knows which of the counts found somebody to scale."""

    environment: EnvironmentConfig
    profiles: Sequence[str]
    replicas: Mapping[str, int]
    mixed: bool
    scalable: set[str] | None = None

    def load(self, entry: Entry, before: Sequence[Application]) -> Application:
        """One entry as an application of its own, in the namespace of the first."""
        if entry.renderer == "compose":
            return self._compose(entry, before)
        if entry.renderer == "helm":
            return self._helm(entry.path, before)
        read = kustomize.render if entry.renderer == "kustomize" else read_manifests
        manifests = read(entry.path)
        name = before[0].namespace if before else name_of(entry.path)
        return self._rendered(entry, manifests, name, None, before)

    def require_scaled(self) -> None:
        """ConfigError where a count is for nobody; compose files alone say it themselves."""
        for name in self.replicas if self.scalable is not None else ():
            if name not in (self.scalable or ()):
                raise self._nobody(name, sorted(self.scalable or ()))

    def _compose(self, entry: Entry, before: Sequence[Application]) -> Application:
        project = parse_compose(entry.paths, self.profiles)
        services = mapping(project.data.get("services"))
        counts = self.replicas
        if self.mixed:
            counts = {name: count for name, count in counts.items() if name in services}
            self.scalable = {*(self.scalable or ()), *services}
        if before:
            project = replace(project, name=before[0].namespace)
        made = from_compose(project, self.environment, counts, repository(entry.path.parent))
        own = tuple(Claim(name, made.namespace, project.places.at("services", name)) for name in services)
        return replace(made, renderings=[Rendering("compose", entry.path, own)])

    def _helm(self, path: Path, before: Sequence[Application]) -> Application:
        chart = helm.read_chart(path)
        settings = helm.settings_of(chart, self.environment)
        release = settings.release_name or chart.release_name
        namespace = settings.namespace or (before[0].namespace if before else release)
        found = helm.render(
            chart, settings, release=release, namespace=namespace, environment=self.environment
        )
        made = self._rendered(Entry("helm", (path,)), found.manifests, release, namespace, before)
        return helm.settled(made, found)

    def _rendered(
        self,
        entry: Entry,
        manifests: list[Manifest],
        name: str,
        namespace: str | None,
        before: Sequence[Application],
    ) -> Application:
        self.scalable = {*(self.scalable or ()), *scale(manifests, self.replicas)}
        taken = {image for part in before for image in (*part.images, *(b.service for b in part.builds))}
        made = from_manifests(manifests, self.environment, name=name, namespace=namespace, taken=taken)
        return replace(made, renderings=[Rendering(entry.renderer, entry.path, claims(manifests))])

    def _nobody(self, name: str, known: Sequence[str]) -> ConfigError:
        return ConfigError(
            code="manifest.replicas",
            what=f"cloudnative:replicas names {name!r}",
            why=f"no workload of the application is called that{did_you_mean(name, known)}",
            fix=f"write one of: {', '.join(known) or '(there is none)'}",
            docs=DOCS,
            location=Location(f"stacks/Pulumi.{self.environment.name}.yaml"),
        )


def _with_builds(
    application: Application, entries: Sequence[Entry], environment: EnvironmentConfig
) -> Application:
    """The application with what `cloudnative:builds` adds to what compose files build."""
    others = [entry for entry in entries if entry.renderer != "compose"]
    if not others:
        return application
    folder = others[0].path
    added = builds_of(environment, folder, repository(folder))
    require_used(application, environment)
    return replace(application, builds=[*application.builds, *added])
