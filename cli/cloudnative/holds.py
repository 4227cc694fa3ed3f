"""Regions that a rollback keeps at an earlier bundle: who is held, by what, and what lets it go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.absent import NOTHING
from cloudnative.bundle_mode import Hold
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from cloudnative.session import Session
    from cloudnative_components.application import Application, Build
    from cloudnative_components.config import EnvironmentConfig


@dataclass(frozen=True)
class Held:
    """One region and application that stay at `number`, and what was rolled back."""

    region: str
    application: str
    number: int
    hold: Hold

    def to_dict(self) -> dict[str, Any]:
        """As `preview`, `history` and `status` print it."""
        return {
            "region": self.region,
            "application": self.application,
            "number": self.number,
            "rolledBack": {"number": self.hold.number, "source": self.hold.source},
        }


def held(deployment: dict[str, Any] | None) -> list[Held]:
    """Every hold of an environment, from its state."""
    found: list[Held] = []
    for region in report.regions(deployment):
        for release in report.releases_in(deployment, region["id"]):
            inputs = release["inputs"]
            if told := inputs.get("hold"):
                number = int((inputs.get("bundle") or NOTHING).get("number") or 0)
                found.append(Held(region["name"], str(inputs["application"]), number, _hold(told)))
    return found


def next_hold(target: int, running: Hold | None, before: Hold | None) -> Hold | None:
    """The hold of a region that is to run bundle `target`.

    `running` is what runs there, as what a rollback would hold against; `before` the hold that it has.
    """
    newest = before or running
    return None if newest is None or target >= newest.number else newest


def refuse_rolled_back(
    session: Session, deployment: dict[str, Any] | None, *, resume: bool, verb: str
) -> None:
    """Raises (exit 8) where this run would release the very source that was rolled back; builds nothing."""
    holds = held(deployment)
    if resume or not holds or session.application is None:
        return
    same = rolled_back(holds, source_now(session.application, session.config))
    if not same:
        return
    environment = session.home.environment
    raise CloudnativeError(
        code="release.held",
        what=f"{verb} {environment}: {in_words(same)}",
        why="this source was rolled back and nothing in it has changed since; a newer one lifts the hold",
        fix=f"cloudnative {verb} {environment} --resume",
        docs="docs/releases.md",
        exit_code=ExitCode.CANCELLED,
    )


def rolled_back(holds: list[Held], source: str) -> list[Held]:
    """Those holds that this source is held by."""
    return [one for one in holds if one.hold.input and one.hold.input == source]


def in_words(holds: list[Held]) -> str:
    """`koreacentral is held at 41 (42 was rolled back)`; regions alike are told together."""
    alike: dict[tuple[int, int], list[str]] = {}
    for one in holds:
        alike.setdefault((one.number, one.hold.number), []).append(one.region)
    return "; ".join(
        f"{', '.join(regions)} {'are' if regions[1:] else 'is'} held at {number} ({newer} was rolled back)"
        for (number, newer), regions in alike.items()
    )


def source_now(application: Application, config: EnvironmentConfig) -> str:
    """What a bundle's provenance calls `inputs`, of the source as it lies there; reads build contexts."""
    from cloudnative_components.release.source_hash import source_hash
    from cloudnative_provider.image_inputs import inputs_hash

    built_from = {
        build.service: inputs_hash(_image_inputs(build, config.builder or "")) for build in application.builds
    }
    return source_hash(application, built_from)


def _image_inputs(build: Build, builder: str) -> Mapping[str, Any]:
    """The settings of an Image that count, by the names that it has on the wire."""
    return {
        "context": str(build.context),
        "dockerfile": build.dockerfile,
        "target": build.target,
        "buildArgs": dict(build.args),
        "platform": build.platform,
        "builder": builder,
    }


def _hold(told: Mapping[str, Any]) -> Hold:
    return Hold(int(told["number"]), str(told.get("source") or ""), str(told.get("input") or ""))
