"""Which bundle a promotion takes where, and how the two environments differ; decides, changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.absent import NOTHING
from cloudnative.bundle_mode import BundleRef, hashes_in
from cloudnative.releases import digests, places
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode

if TYPE_CHECKING:
    from cloudnative.releases import Place
    from cloudnative_components.config import EnvironmentConfig
    from cloudnative_provider.stored_bundles import BundleContent

# What an environment is made of, besides what a release brings.
_LEFT_OUT = {"name", "application", "builds", "builder", "other", "platform", "compose_profiles"}


@dataclass(frozen=True)
class Differences:
    """What the two environments say differently, and what the promotion changes in the second."""

    settings: list[dict[str, Any]]
    images: list[dict[str, Any]]
    objects: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """As JSON prints it."""
        return vars(self)


def promoted_bundle(deployment: dict[str, Any] | None, place: Place, environment: str) -> BundleRef:
    """What every region of an environment runs, complete; an error where they differ or one failed."""
    found: dict[str, dict[str, Any]] = {}
    for region, cluster in place.clusters.items():
        for release in report.releases_in(deployment, cluster, place.application):
            found[region] = release
    if failed := sorted(region for region, release in found.items() if release.get("initErrors")):
        raise CloudnativeError(
            code="promote.failed-release",
            what=f"the release of {place.application} failed in {', '.join(failed)} of {environment}",
            why="only what runs completely is promoted",
            fix=f"cloudnative up {environment}",
            exit_code=ExitCode.RESOURCE,
        )
    bundles = {region: release["inputs"]["bundle"] for region, release in found.items()}
    if len({bundle["ref"] for bundle in bundles.values()}) > 1:
        each = ", ".join(f"{region} runs {int(bundle['number'])}" for region, bundle in bundles.items())
        raise ConfigError(
            code="promote.ambiguous",
            what=f"the regions of {environment} run different bundles",
            why=each,
            fix=f"cloudnative history {environment}",
        )
    bundle = next(iter(bundles.values()))
    return BundleRef(str(bundle["ref"]), int(bundle["number"]))


def registry_of(deployment: dict[str, Any] | None, config: EnvironmentConfig, application: str) -> str:
    """Login server of the registry that an environment releases an application from."""
    used = [place.registry for place in places(deployment) if place.application == application]
    return next(iter([*filter(None, [config.registry]), *used, *report.registries(deployment)]))


def require_regions(content: BundleContent, config: EnvironmentConfig) -> None:
    """Services that keep data run in a region that the environment has; ConfigError where one would not."""
    placement = {**content.placement, **config.placement}
    for service, place in sorted(placement.items()):
        if place != "each" and place not in config.regions:
            raise ConfigError(
                code="promote.placement",
                what=f"service {service} of {content.application} runs in {place}",
                why=f"{config.name} has {', '.join(config.regions)}; its `cloudnative:placement` decides",
                fix=f"${{EDITOR:-vi}} stacks/Pulumi.{config.name}.yaml",
                docs="docs/releases.md",
            )


def differences(
    source: EnvironmentConfig,
    target: EnvironmentConfig,
    content: BundleContent,
    deployment: dict[str, Any] | None,
) -> Differences:
    """Of two environments, before the bundle of the first goes to the second, whose state is `deployment`."""
    settings = differing(source.model_dump(mode="json"), target.model_dump(mode="json"))
    released = _released(deployment, content.application)
    images = _changed(_images(released), digests(content.images))
    placement = {**content.placement, **target.placement}
    after: dict[str, str] = {}
    for region in target.regions:
        after |= hashes_in(content.objects, region, placement)
    return Differences(settings, images, _changed(_objects(released), after))


def differing(source: Mapping[str, Any], target: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Settings that are not the same; names and what only a build needs are left out."""
    names = sorted({*source, *target} - _LEFT_OUT)
    return [
        {"setting": name, "from": source.get(name), "to": target.get(name)}
        for name in names
        if source.get(name) != target.get(name)
    ]


def missing_values(content: BundleContent, before: BundleContent | None) -> list[str]:
    """Keys of secrets that come from files or variables and that what runs has no values for."""
    had = before.secrets if before else NOTHING
    return sorted(
        f"{name}/{key}"
        for name, keys in content.secrets.items()
        for key, made in keys.items()
        if not made and key not in (had.get(name) or NOTHING)
    )


def _released(deployment: dict[str, Any] | None, application: str) -> list[dict[str, Any]]:
    releases = report.of_type(deployment, report.RELEASE)
    return [one["inputs"] for one in releases if one["inputs"].get("application") == application]


def _images(released: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for inputs in released:
        found |= digests(inputs.get("images") or NOTHING)
    return found


def _objects(released: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for inputs in released:
        found |= inputs.get("objects") or NOTHING
    return found


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "from": before.get(name), "to": after.get(name)}
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def in_both(made: Mapping[str, int], then: Mapping[str, int]) -> dict[str, int]:
    """The changes of two runs as of one: the second found what the first created."""
    created = made.get("create", 0)
    counts = {**then, "create": then.get("create", 0) + created, "same": then.get("same", 0) - created}
    return {operation: count for operation, count in counts.items() if count > 0}
