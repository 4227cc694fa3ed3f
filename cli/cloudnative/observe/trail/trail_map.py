"""The ten steps of the CNCF trail map, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cloudnative.observe.trail import steps
from cloudnative.observe.trail.evidence import Evidence
from cloudnative.observe.trail.finding import Finding


@dataclass(frozen=True)
class Step:
    """One step of https://landscape.cncf.io's trail map."""

    number: int
    name: str
    judge: Callable[[Evidence], Finding]


STEPS = (
    Step(1, "Containerization", steps.containers),
    Step(2, "CI/CD", steps.pipeline),
    Step(3, "Orchestration & Application Definition", steps.orchestration),
    Step(4, "Observability & Analysis", steps.observability),
    Step(5, "Service Proxy, Discovery & Mesh", steps.discovery),
    Step(6, "Networking, Policy & Security", steps.security),
    Step(7, "Distributed Database & Storage", steps.storage),
    Step(8, "Streaming & Messaging", steps.messaging),
    Step(9, "Container Registry & Runtime", steps.registry),
    Step(10, "Software Distribution", steps.distribution),
)
