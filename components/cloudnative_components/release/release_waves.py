"""Releases in waves: regions of one wave together, the next wave behind a gate."""

from collections.abc import Callable, Mapping, Sequence

import pulumi

from ..config import EnvironmentConfig
from .health_gate import HealthGate, HealthGateArgs
from .release import Release

Released = Callable[[str, Sequence[pulumi.Resource]], Release]  # a region, and what must be there before


def in_waves(
    application: str,
    config: EnvironmentConfig,
    clusters: Mapping[str, pulumi.Input[str]],
    released: Released,
    parent: pulumi.Resource,
) -> dict[str, Release]:
    """The releases by region; `clusters` has the regions that are released to now, all or a few."""
    releases: dict[str, Release] = {}
    before: list[pulumi.Resource] = []
    waves = numbered_waves(config.release_waves, clusters)
    for number, wave in waves:
        mine = {region: released(region, before) for region in wave}
        releases |= mine
        if number != waves[-1][0] or config.gate.service:
            args = _gate(application, config, number, {region: clusters[region] for region in wave}, mine)
            opts = pulumi.ResourceOptions(parent=parent, depends_on=list(mine.values()))
            before = [HealthGate(f"{application}-gate-{number}", args, opts)]
    return releases


def numbered_waves(
    waves: Sequence[Sequence[str]], present: Mapping[str, object]
) -> list[tuple[int, list[str]]]:
    """The waves that have regions of `present`, with the numbers that they have among all."""
    known = [(number, [one for one in wave if one in present]) for number, wave in enumerate(waves, 1)]
    return [(number, wave) for number, wave in known if wave]


def _gate(
    application: str,
    config: EnvironmentConfig,
    wave: int,
    clusters: Mapping[str, pulumi.Input[str]],
    releases: Mapping[str, Release],
) -> HealthGateArgs:
    args = HealthGateArgs(
        cloud=config.cloud,
        application=application,
        wave=wave,
        clusters=clusters,
        releases={region: release.rolled_out for region, release in releases.items()},
        bake_seconds=config.gate.bake_seconds,
        timeout_seconds=config.gate.timeout_seconds,
    )
    if config.gate.service:
        args["service"] = config.gate.service
    if config.gate.path:
        args["path"] = config.gate.path
    return args
