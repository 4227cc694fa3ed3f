"""`cloudnative status ENV`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudnative import present
from cloudnative.absent import NOTHING
from cloudnative.options import Environment, Output, OutputOption

if TYPE_CHECKING:
    from cloudnative.arm import Arm


def status(environment: Environment, output: OutputOption = Output.TEXT) -> None:
    """Show what runs. Every region: cluster, release, services, pods that are ready."""
    from cloudnative import report
    from cloudnative.emulator_limits import note_simulation
    from cloudnative.look import look_at

    view = look_at(environment)
    note_simulation(view.cloud)
    regions = [_region(view.arm(), region) for region in report.regions(view.deployment)]
    present.result({"environment": environment, "cloud": view.cloud, "regions": regions}, output, text)


def _region(arm: Arm, region: dict[str, Any]) -> dict[str, Any]:
    from cloudnative.kubernetes import API_VERSION, Cluster, access

    live = arm.get(region["id"], API_VERSION)
    if live is None:
        missing = _cluster(region, "Missing")
        return {"name": region["name"], "cluster": missing, "release": 0, "services": []}
    properties = live.get("properties") or NOTHING
    state = str(
        (properties.get("powerState") or NOTHING).get("code") or properties.get("provisioningState", "")
    )
    version = str(properties.get("currentKubernetesVersion", ""))
    if state == "Stopped":
        return {
            "name": region["name"],
            "cluster": _cluster(region, state, version),
            "release": region["release"],
            "services": [],
        }
    cluster = Cluster(access(arm, region["id"]), region["cluster"])
    return {
        "name": region["name"],
        "cluster": _cluster(region, state, version, cluster.nodes()),
        "release": region["release"],
        "services": cluster.workloads(region["objects"]),
    }


def _cluster(region: dict[str, Any], state: str, version: str = "", nodes: int = 0) -> dict[str, Any]:
    return {"name": region["cluster"], "state": state, "version": version, "nodes": nodes}


def text(data: dict[str, Any]) -> str:
    """One block a region."""
    if not data["regions"]:
        return f"{data['environment']} has no cluster\n\nnext:  cloudnative up {data['environment']}\n"
    return "\n".join(_block(region) for region in data["regions"])


def _short(image: str) -> str:
    """`shop/web@sha256:90e7259d7ddb`: the registry is the environment's, twelve digits tell digests apart."""
    name, at, digest = image.partition("@")
    return name.partition("/")[2] + at + digest[:19] if at else image


def _block(region: dict[str, Any]) -> str:
    cluster = region["cluster"]
    head = f"{region['name']}  {cluster['name']}  {cluster['state']}  {cluster['version']}"
    rows = [
        [s["name"], s["kind"], f"{s['ready']}/{s['desired']}", str(s["restarts"]), _short(s["image"])]
        for s in region["services"]
    ]
    listed = present.table([["SERVICE", "KIND", "READY", "RESTARTS", "IMAGE"], *rows]) if rows else ""
    nodes = f"{cluster['nodes']} {'node' if cluster['nodes'] == 1 else 'nodes'}"
    return f"{head}  {nodes}  release {region['release']}\n{listed}"
