"""Bundle mode: one engine run that deploys a stored bundle; nothing is rendered, nothing is built.

`rollback`, `promote` and the automatic roll-back of a wave go through `deploy_bundle`.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.absent import NOTHING
from cloudnative_toolchain.errors import CloudnativeError, ConfigError

if TYPE_CHECKING:
    from cloudnative.runs.supervisor import Outcome
    from cloudnative.session import Session
    from cloudnative.writer import Writer
    from cloudnative_components.config import EnvironmentConfig
    from cloudnative_provider.stored_bundles import BundleContent

VARIABLE = "CLOUDNATIVE_BUNDLE"
_TAKES_BUNDLES = ("cloudnative:index:Environment::", "cloudnative:index:Application::")


@dataclass(frozen=True)
class BundleRef:
    """A bundle by its place in the environment's registry, under the number that the environment gave it."""

    ref: str
    number: int


@dataclass(frozen=True)
class Hold:
    """What a region was rolled back from: `input` is the hash of that source, as `source_hash` has it."""

    number: int
    source: str
    input: str


def running_bundles(deployment: dict[str, Any] | None, application: str) -> dict[str, BundleRef]:
    """The bundle that the last complete release of each region deployed, read from the state."""
    found: dict[str, BundleRef] = {}
    for region in report.regions(deployment):
        for release in report.releases_in(deployment, region["id"], application):
            bundle = release["inputs"].get("bundle") or NOTHING
            if bundle.get("ref") and not release.get("initErrors"):
                found[region["name"]] = BundleRef(str(bundle["ref"]), int(bundle["number"]))
    return found


def deploy_bundle(
    session: Session,
    writer: Writer,
    bundle: BundleRef,
    regions: Sequence[str] | None = None,
    *,
    holds: Mapping[str, Hold] | None = None,
    reads_source: bool = False,
) -> Outcome:
    """Deploy a stored bundle to these regions (all that have a cluster when None), and nothing else.

    Secret values stay those of each region's release; with `reads_source` the source gives what it lacks.
    Regions in `holds` stay at this bundle until a newer source comes. The outcome is the engine's.
    """
    from cloudnative_provider.stored_bundles import read_bundle

    content = asyncio.run(read_bundle(session.config.cloud, bundle.ref))
    deployment = writer.read()
    there = _with_a_cluster(deployment, session.config, whole=regions is None)
    chosen = _chosen(there, regions, session.home.environment)
    told = told_to_program(content, bundle.number, there, session.config, holds or {})
    told["left_alone"] = [region for region in there if region not in chosen]
    told["reads_source"] = reads_source
    told["component"] = component_of(deployment, content.application, session.home.environment)
    with _passed_on(session, told):
        return writer.run("up", "--yes", "--skip-preview", *targets(content, chosen, whole=regions is None))


def component_of(deployment: dict[str, Any] | None, application: str, environment: str) -> str:
    """Which component releases an application (`TYPE::NAME`), empty where nothing was released yet.

    ConfigError where it is none that takes a stored bundle: then the program itself says what is released.
    """
    releases = report.of_type(deployment, report.RELEASE)
    makers = [report.made_by(one) for one in releases if one["inputs"].get("application") == application]
    if not makers or makers[0].startswith(_TAKES_BUNDLES):
        return next(iter(makers), "")
    raise ConfigError(
        code="bundle.program",
        what=f"the release of {application} takes no stored bundle",
        why=f"it is of {makers[0] or 'no component'}, and only Environment and Application do; "
        "put the source back that you want to run",
        fix=f"cloudnative up {environment}",
        docs="docs/releases.md",
    )


def only_infrastructure(session: Session, writer: Writer, application: str) -> Outcome:
    """Make what an environment without releases stands on: groups, registry, clusters; release nothing."""
    nothing: dict[str, Any] = {
        "name": application,
        "number": 0,
        "ref": "",
        "hash": "",
        "source": "",
        "objects": {},
        "images": {},
    }
    with _passed_on(session, nothing):
        return writer.run("up", "--yes", "--skip-preview")


def targets(content: BundleContent, regions: Sequence[str], *, whole: bool) -> list[str]:
    """The engine's arguments: these releases and the secrets they need; gates where every region is meant."""
    names = [f"Release::{content.application}-{region}" for region in regions]
    names += [
        f"GeneratedSecret::{one['namespace']}-{one['name']}-{one['key']}" for one in _generated(content)
    ]
    if whole:
        names.append(f"HealthGate::{content.application}-gate-**")
    return [f"--target=**cloudnative:index:{name}" for name in names]


def told_to_program(
    content: BundleContent,
    number: int,
    regions: Sequence[str],
    config: EnvironmentConfig,
    holds: Mapping[str, Hold],
) -> dict[str, Any]:
    """What the program reads in bundle mode: `StoredBundle` of the components, by the same names."""
    placement = {**content.placement, **config.placement}
    return {
        "name": content.application,
        "number": number,
        "ref": content.ref,
        "hash": content.hash,
        "source": content.source,
        "objects": {region: hashes_in(content.objects, region, placement) for region in regions},
        "images": dict(content.images),
        "replicas": {name: n for name, n in config.replicas.items() if name in content.images},
        "secrets": {
            name: sorted(key for key, made in keys.items() if not made)
            for name, keys in content.secrets.items()
        },
        "generated": _generated(content),
        "holds": {region: vars(hold) for region, hold in holds.items()},
    }


def hashes_in(
    objects: Sequence[Mapping[str, Any]], region: str, placement: Mapping[str, str]
) -> dict[str, str]:
    """Content hash by object, without those of services that run in another region."""
    from cloudnative_provider.objects import digest, key, service_of

    elsewhere = {service for service, place in placement.items() if place not in ("each", region)}
    return {key(one): digest(one) for one in objects if service_of(one) not in elsewhere}


def _generated(content: BundleContent) -> list[dict[str, Any]]:
    return [
        {"namespace": name.partition("/")[0], "name": name.partition("/")[2], "key": key, **made}
        for name, keys in sorted(content.secrets.items())
        for key, made in sorted(keys.items())
        if made
    ]


def _with_a_cluster(
    deployment: dict[str, Any] | None, config: EnvironmentConfig, *, whole: bool
) -> Sequence[str]:
    """The regions that a bundle can go to; clusters of somebody else are there before any release."""
    handed_out = config.cluster_ids and whole
    return config.regions if handed_out else [one["name"] for one in report.regions(deployment)]


def _chosen(there: Sequence[str], regions: Sequence[str] | None, environment: str) -> list[str]:
    if not there:
        raise CloudnativeError(
            code="environment.empty",
            what=f"environment {environment} has no cluster",
            why="a bundle is deployed to what `up` has made",
            fix=f"cloudnative up {environment}",
        )
    if unknown := sorted(set(regions or ()) - set(there)):
        raise ConfigError(
            code="region.unknown",
            what=f"no cluster of {environment} in region {unknown[0]!r}",
            why=f"regions with a cluster: {', '.join(there)}",
            fix=f"cloudnative status {environment}",
        )
    return list(there if regions is None else regions)


@contextmanager
def _passed_on(session: Session, told: Mapping[str, Any]) -> Generator[None]:
    """For the runs inside, the program's environment names a private file with what it is told."""
    handle, path = tempfile.mkstemp(dir=session.home.work, prefix="bundle-", suffix=".json")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(told, file)
    session.environment[VARIABLE] = path
    try:
        yield
    finally:
        del session.environment[VARIABLE]
        Path(path).unlink(missing_ok=True)
