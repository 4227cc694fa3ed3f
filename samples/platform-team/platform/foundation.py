"""What every team finds in the cluster: a namespace with Pod Security, and a bound on what it may use."""

from typing import Any


def objects(teams: list[str]) -> list[dict[str, Any]]:
    """The objects of all teams."""
    return [made for team in teams for made in (_namespace(team), _quota(team))]


def _namespace(team: str) -> dict[str, Any]:
    labels = {"team": team, "pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team, "labels": labels}}


def _quota(team: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "team", "namespace": team},
        "spec": {"hard": {"pods": "20", "services.loadbalancers": "2"}},
    }
