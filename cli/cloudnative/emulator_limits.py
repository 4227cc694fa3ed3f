"""What a run on the emulator is to be told of: simulated pods, builds that trust more, or cannot be."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloudnative.emulator_link import read_endpoint
from cloudnative_toolchain.errors import ConfigError


def simulated_pods(endpoint: Mapping[str, Any] | None) -> str:
    """One line where the emulator's pods do not really run, with the reason; empty where they do."""
    if not endpoint or endpoint["backend"] != "simulated":
        return ""
    return f"pods are simulated, so nothing answers at their addresses ({endpoint['backend_reason']})"


def builds_trust(builder: str, builds: bool, endpoint: Mapping[str, Any] | None) -> str:
    """One line where RUN steps trust more than their images do; empty where nothing is built like that."""
    bundle = endpoint.get("build_certificates") if endpoint and builds and builder == "buildkit" else ""
    return f"RUN steps of builds trust this machine's certificates ({bundle})" if bundle else ""


def note_simulation(cloud: str) -> bool:
    """The line on stderr, for verbs that look at an environment; whether its pods are simulated."""
    line = simulated_pods(read_endpoint() if cloud == "emulator" else None)
    if line:
        sys.stderr.write(f"note: {line}\n")
    return bool(line)


def builder_missing(builder: str, endpoint: Mapping[str, Any] | None, environment: Mapping[str, str]) -> bool:
    """Whether images are to be built by a BuildKit that nobody runs."""
    return (
        builder == "buildkit"
        and endpoint is not None
        and not (endpoint["buildkit"] or environment.get("BUILDKIT_HOST"))
    )


def no_builder(settings: Path) -> ConfigError:
    """Images cannot be built; `settings` is the environment's file."""
    place = Path(os.path.relpath(settings))
    return ConfigError(
        code="image.no-builder",
        what="the application's images cannot be built",
        why="the emulator runs BuildKit only when it was started as root; `builder: docker` builds with your "
        "own Docker, `builder: acr` in Azure, and BUILDKIT_HOST names a BuildKit of yours",
        fix=f"echo '  cloudnative:builder: docker' >> {shlex.quote(str(place))}",
    )
