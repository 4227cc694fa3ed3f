"""Looking at an environment without a run: config, state, where its cloud answers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative.emulator_link import running_endpoint
from cloudnative.project import Project
from cloudnative.runs.home import StackHome
from cloudnative.runs.state import StackState
from cloudnative.stores.choice import choose
from cloudnative_toolchain.errors import ConfigError

if TYPE_CHECKING:
    from cloudnative.arm import Arm


@dataclass(frozen=True)
class View:
    """What is known of an environment without asking its cloud."""

    environment: str
    cloud: str
    deployment: dict[str, Any] | None

    def arm(self) -> Arm:
        """A client for its subscription."""
        from cloudnative.arm import Arm

        if self.cloud == "emulator":
            endpoint = running_endpoint()
            return Arm(endpoint, str(endpoint["subscription"]))
        from cloudnative.subscription import subscription_of

        return Arm(None, subscription_of(os.environ))


def state_of(environment: str) -> tuple[StackHome, StackState]:
    """What this machine keeps of an environment, and its state where its config says that it lies."""
    from cloudnative_components.config import load_environment

    project = Project.find(Path.cwd())
    config = load_environment(project.environment_file(environment))
    home = StackHome(project.name, environment, config.cloud)
    return home, StackState.of(home, choose(project, home, config.other, os.environ).open(os.environ))


def waves_of(environment: str) -> list[list[str]]:
    """The regions that an environment's config names, wave by wave."""
    from cloudnative_components.config import load_environment

    return load_environment(Project.find(Path.cwd()).environment_file(environment)).release_waves


def look_at(environment: str) -> View:
    """The environment's config and state; of an emulator that was reset since, no state."""
    home, state = state_of(environment)
    deployment = state.read()
    if home.cloud == "emulator" and deployment is not None:
        recorded = home.read_record().get("instance")
        if recorded is not None and recorded != running_endpoint()["instance"]:
            deployment = None
    return View(environment, home.cloud, deployment)


def region_of(view: View, name: str, *, kubeconfig: bool = False) -> dict[str, Any]:
    """The region of that name, or the only one where none is named; ConfigError with those that there are.

    `kubeconfig` takes a region as its second word: its way out names one.
    """
    from cloudnative import report

    found = {region["name"]: region for region in report.regions(view.deployment)}
    if name in found:
        return found[name]
    if not name and len(found) == 1:
        return next(iter(found.values()))
    raise ConfigError(
        code="region.unknown",
        what=f"no cluster of {view.environment} in region {name!r}" if name else "which region is meant?",
        why=f"regions with a cluster: {', '.join(found) or 'none'}",
        fix=_instead(view.environment, name, list(found), kubeconfig=kubeconfig),
    )


def _instead(environment: str, name: str, found: list[str], *, kubeconfig: bool) -> str:
    from difflib import get_close_matches

    if not found:
        return f"cloudnative up {environment}"
    if not kubeconfig:
        return f"cloudnative status {environment}"
    return f"cloudnative kubeconfig {environment} {get_close_matches(name, found, n=1, cutoff=0)[0]}"
