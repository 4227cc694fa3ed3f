"""Findings about who images run as: Pod Security `restricted` starts none as root (section 7 of the design).

Read from Dockerfiles, before anything is built. Where they leave it to a base image, its registry is asked;
where that does not answer, nothing is found, and the release names the cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative.absent import NONE, NOTHING
from cloudnative.preflight.base_images import user_of_base
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from cloudnative_components.application import Application
    from cloudnative_components.application.model import Build

PLACEHOLDER = "cloudnative-image:"
_INSTRUCTION = re.compile(r"^\s*(FROM|USER|RUN|COPY)\s+(.*)$", re.IGNORECASE)
_FROM = re.compile(r"(?:--\S+\s+)*(?P<base>\S+)(?:\s+AS\s+(?P<name>\S+))?\s*$", re.IGNORECASE)
_HERE = re.compile(r"<<-?[\"']?(\w+)[\"']?")


@dataclass(frozen=True)
class Stage:
    """One stage of a Dockerfile; `user` is what its last USER says."""

    name: str
    base: str
    user: str = ""


def findings(application: Application | None, mirror: str = "") -> Iterator[CloudnativeError]:
    """Services of our own images that the cluster would refuse to start; `mirror` stands for Docker Hub."""
    if application is None:
        return
    guarded = _must_not_be_root(application.objects)
    builds = [build for build in application.builds if build.service in guarded]
    with ThreadPoolExecutor() as threads:
        reasons = threads.map(partial(_refused, mirror=mirror), builds)
        for build, why in zip(builds, reasons, strict=True):
            if why:
                yield _finding(build, build.context / build.dockerfile, why)


def _refused(build: Build, mirror: str) -> str:
    """Why what a build makes would not be started."""
    text = (build.context / build.dockerfile).read_text("utf-8", errors="replace")
    user, base = user_of(stages(text), build.target or "")
    if user is None and base and "$" not in base:
        user = user_of_base(base, platform=build.platform, mirror=mirror)
    return refusal(user)


def refusal(user: str | None) -> str:
    """Why an image with this USER is not started, empty where it is, or where nobody knows."""
    if user is None or "$" in user:
        return ""
    name = user.partition(":")[0]
    if name in ("", "0", "root"):
        return "it runs as root" + ("" if name else ", for it has no USER")
    return "" if name.isdigit() else f"its USER {name} is no number, so nobody can tell that it is not root"


def stages(dockerfile: str) -> list[Stage]:
    """The stages, in order."""
    found: list[Stage] = []
    for instruction, rest in _instructions(dockerfile):
        if instruction == "FROM" and (stage := _FROM.fullmatch(rest.strip())):
            found.append(Stage((stage["name"] or "").lower(), stage["base"]))
        elif instruction == "USER" and found:
            found[-1] = Stage(found[-1].name, found[-1].base, rest.strip())
    return found


def _instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Instructions with their arguments; what stands in a here-document is none."""
    until = ""
    for line in re.sub(r"\\\s*\n", " ", dockerfile).splitlines():
        if until:
            until = "" if line.strip() == until else until
        elif found := _INSTRUCTION.match(line):
            here = _HERE.search(found[2])
            until = here[1] if here and found[1].upper() in ("RUN", "COPY") else ""
            yield found[1].upper(), found[2]


def user_of(found: list[Stage], target: str) -> tuple[str | None, str]:
    """USER of the target, or of what it stands on; None and the base image where that decides."""
    by_name = {stage.name: stage for stage in found if stage.name}
    stage = by_name.get(target.lower()) if target else (found[-1] if found else None)
    while stage is not None:
        if stage.user:
            return stage.user, ""
        if stage.base == "scratch":
            return "", ""
        below = by_name.get(stage.base.lower())
        if below is None or below is stage:
            return None, stage.base
        stage = below
    return None, ""


def _must_not_be_root(objects: Iterable[Mapping[str, Any]]) -> set[str]:
    """Services whose containers run as whoever their image says, and only if that is not root."""
    pods = [spec for one in objects if (spec := _pod(one))]
    return {
        str(container.get("image", "")).removeprefix(PLACEHOLDER)
        for pod in pods
        for container in [*(pod.get("containers") or NONE), *(pod.get("initContainers") or NONE)]
        if _follows_its_image({**_context(pod), **_context(container)})
    }


def _pod(one: Mapping[str, Any]) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = one.get("spec") or NOTHING
    job: Mapping[str, Any] = (spec.get("jobTemplate") or NOTHING).get("spec") or spec
    return (job.get("template") or NOTHING).get("spec") or NOTHING


def _context(part: Mapping[str, Any]) -> dict[str, Any]:
    return dict(part.get("securityContext") or NOTHING)


def _follows_its_image(context: Mapping[str, Any]) -> bool:
    return context.get("runAsNonRoot") is True and context.get("runAsUser") is None


def _finding(build: Build, file: Path, why: str) -> CloudnativeError:
    return CloudnativeError(
        code="preflight.root",
        what=f"the image of {build.service} would not be started",
        why=f'{why}, and Pod Security `restricted` starts no root; `user: "1000:1000"` of the service says '
        "another, `x-cloudnative: {run_as_root: true}` lets it",
        fix=f"echo 'USER 1000:1000' >> {file}",
        exit_code=ExitCode.POLICY,
    )
