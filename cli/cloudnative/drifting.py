"""Drift of an environment: what Azure and the clusters say against what the state says; changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.absent import NONE

if TYPE_CHECKING:
    from cloudnative.runs.supervisor import Outcome
    from cloudnative.session import Session
    from cloudnative_provider.live_drift import RegionDrift

_AZURE = "azure-native:"
_OURS = ("cloudnative:index:Image", "cloudnative:index:UpstreamImage", "cloudnative:index:Bundle")


@dataclass(frozen=True)
class Findings:
    """All drift of an environment, and what could not be asked."""

    resources: list[dict[str, Any]]
    regions: list[dict[str, Any]]

    @property
    def drifted(self) -> bool:
        """Whether anything is not as the state says."""
        return bool(self.resources) or any(
            region["release"] or region["objects"] or region["asked"] == "gone" for region in self.regions
        )

    @property
    def unreachable(self) -> list[dict[str, Any]]:
        """Regions that did not answer; nothing is known of them."""
        return [region for region in self.regions if region["asked"] == "unreachable"]


def look_for_drift(session: Session) -> tuple[Outcome, Findings]:
    """Both sides at once; the engine's outcome, whatever it was, and what was found."""
    reader = session.reader()
    with ThreadPoolExecutor(1) as pool:
        clusters = pool.submit(_clusters, session.config.cloud, reader.read())
        outcome = reader.run("refresh", "--preview-only")
        regions = clusters.result()
    return outcome, Findings(resources(outcome.done), regions)


def resources(done: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What Azure (and the registry) has otherwise than the state: changed or deleted, with the fields."""
    return [
        {
            "type": step["type"],
            "name": step["name"],
            "urn": step["urn"],
            "change": "deleted" if "delete" in step["operation"] else "changed",
            "fields": list(step.get("values") or NONE) if "delete" not in step["operation"] else [],
        }
        for step in done
        if not step.get("component") and (step["type"].startswith(_AZURE) or step["type"] in _OURS)
    ]


def _clusters(cloud: str, deployment: dict[str, Any] | None) -> list[dict[str, Any]]:
    from cloudnative_provider.live_drift import release_drifts

    names = named_regions(deployment)
    releases = {str(one["urn"]): one for one in report.of_type(deployment, report.RELEASE)}
    inputs: dict[str, Mapping[str, Any]] = {urn: one["inputs"] for urn, one in releases.items()}
    found = asyncio.run(release_drifts(cloud, inputs))
    return [
        region_entry(names.get(str(inputs[urn]["clusterId"]).lower(), ""), inputs[urn], drift)
        for urn, drift in found.items()
    ]


def named_regions(deployment: dict[str, Any] | None) -> dict[str, str]:
    """The region of each cluster, by its id in lower case."""
    return {str(region["id"]).lower(): region["name"] for region in report.regions(deployment)}


def region_entry(name: str, inputs: Mapping[str, Any], drift: RegionDrift) -> dict[str, Any]:
    """One region and application as JSON prints it."""
    return {
        "name": name,
        "cluster": str(inputs["clusterId"]).rpartition("/")[2],
        "application": inputs["application"],
        "asked": drift.asked,
        "why": drift.why,
        "release": drift.release,
        "objects": drift.objects,
    }
