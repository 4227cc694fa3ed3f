"""Findings about Kubernetes versions: what AKS offers, region by region, as it says today (CRED-05)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cloudnative.absent import NOTHING
from cloudnative.preflight import questions
from cloudnative.preflight.needs import ClusterNeed, Needs
from cloudnative.preflight.questions import Answer, Key
from cloudnative.preflight.settings import setting
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

OFFICIAL, LONG_TERM = "KubernetesOfficial", "AKSLongTermSupport"
Answers = Mapping[Key, Answer]
Offered = list[Mapping[str, Any]]


def findings(needs: Needs, answers: Answers, file: Path) -> Iterator[CloudnativeError]:
    """Versions that a region does not offer, or not with the support that the cluster's tier has."""
    best = _common(needs, answers)
    for need in needs.clusters:
        answer = answers[questions.versions(need.region)]
        why = refusal(need, answer.values) if need.version and answer.known else ""
        if why:
            yield CloudnativeError(
                code="preflight.kubernetes-version",
                what=f"Kubernetes {need.version} cannot be had in {need.region}",
                why=why,
                fix=setting(file, "kubernetes_version", f'"{best}"')
                if best
                else f"az aks get-versions --location {need.region} --output table",
                exit_code=ExitCode.RESOURCE,
            )


def refusal(need: ClusterNeed, offered: Offered) -> str:
    """Why a version cannot be had, empty where it can."""
    names = f"AKS offers {_named(str(one['version']) for one in offered)} there"
    minor = ".".join(need.version.split(".")[:2])
    found = next((one for one in offered if one["version"] == minor), None)
    if found is None:
        return names
    if found.get("isPreview"):
        return f"it is a preview, without support; {names}"
    patches = found.get("patchVersions") or NOTHING
    if need.version != minor and need.version not in patches:
        return f"of {minor} AKS offers {_named(patches)} there"
    plans = _plans(found)
    if OFFICIAL not in plans and not (LONG_TERM in plans and need.tier == "Premium"):
        return f"it has only long-term support, which needs `cluster_tier: Premium`; {names}"
    return ""


def _common(needs: Needs, answers: Answers) -> str:
    """The newest minor with full support that all the regions offer; empty where there is none."""
    lists = [answers[questions.versions(need.region)] for need in needs.clusters]
    supported = [{str(one["version"]) for one in a.values if _supported(one)} for a in lists if a.known]
    common = set[str].intersection(*supported) if supported else set[str]()
    return max(common, key=_numbers, default="")


def _supported(version: Mapping[str, Any]) -> bool:
    return not version.get("isPreview") and OFFICIAL in _plans(version)


def _plans(version: Mapping[str, Any]) -> list[str]:
    return (version.get("capabilities") or NOTHING).get("supportPlan") or [OFFICIAL]


def _named(versions: Any) -> str:
    return ", ".join(sorted(versions, key=_numbers)) or "none"


def _numbers(version: str) -> list[int]:
    """1.9 comes before 1.10."""
    return [int(part) for part in version.split(".") if part.isdigit()]
