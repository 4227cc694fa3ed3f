"""`cloudnative status ENV`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import typer

from cloudnative import present
from cloudnative.absent import NOTHING
from cloudnative.options import Environment, Output, OutputOption, Watch

if TYPE_CHECKING:
    from cloudnative.arm import Arm


_AT_ONCE = 16


def status(environment: Environment, *, watch: Watch = False, output: OutputOption = Output.TEXT) -> None:
    """Show what runs. Every region: cluster, release, services, pods that are ready."""
    from cloudnative.emulator_limits import note_simulation
    from cloudnative.look import look_at
    from cloudnative.observe import status_watch

    note_simulation(look_at(environment).cloud)
    if watch:
        status_watch.watch(lambda: taken(environment), output, text)
    data = taken(environment)
    present.result(data, output, text)
    if any("problem" in region for region in data["regions"]):
        raise typer.Exit(1)


def taken(environment: str) -> dict[str, Any]:
    """The JSON of `status` as it is now."""
    from cloudnative.look import look_at, waves_of

    view = look_at(environment)
    regions = seen(view.arm, in_order(with_holds(view.deployment), waves_of(environment)))
    return {"environment": environment, "cloud": view.cloud, "regions": regions}


def with_holds(deployment: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The regions of a state, each with the applications that a rollback keeps at an earlier bundle."""
    from cloudnative import report
    from cloudnative.holds import held

    holds = [one.to_dict() for one in held(deployment)]
    return [
        {**region, "held": [one for one in holds if one["region"] == region["name"]]}
        for region in report.regions(deployment)
    ]


def in_order(regions: list[dict[str, Any]], waves: list[list[str]]) -> list[dict[str, Any]]:
    """The regions with the numbers of their waves, in the order of release; those of no wave last."""
    numbers = {name: number for number, wave in enumerate(waves, 1) for name in wave}
    order = [*numbers]
    waved = [{**region, "wave": numbers.get(region["name"], 0)} for region in regions]
    return sorted(waved, key=lambda one: order.index(one["name"]) if one["wave"] else len(order))


def seen(arm: Callable[[], Arm], regions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every region as it is, all looked at together; one that does not answer hides no other."""

    def one(region: dict[str, Any]) -> dict[str, Any]:
        return {**_looked_at(arm, region), "wave": region["wave"], "held": region["held"]}

    if not regions:
        return []
    with ThreadPoolExecutor(max_workers=min(len(regions), _AT_ONCE)) as pool:
        return list(pool.map(one, regions))


def _looked_at(arm: Callable[[], Arm], region: dict[str, Any]) -> dict[str, Any]:
    from cloudnative_toolchain.errors import CloudnativeError, ExitCode

    try:
        return _region(arm(), region)
    except CloudnativeError as error:
        if error.exit_code is ExitCode.SIGN_IN:
            raise
        return {
            "name": region["name"],
            "cluster": _cluster(region, "Unreachable"),
            "release": region["release"],
            "services": [],
            "problem": str(error),
        }


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


def _cluster(region: dict[str, Any], state: str, version: str = "", nodes: int | None = 0) -> dict[str, Any]:
    return {"name": region["cluster"], "state": state, "version": version, "nodes": nodes}


def text(data: dict[str, Any]) -> str:
    """One block a region."""
    if not data["regions"]:
        return f"{data['environment']} has no cluster\n\nnext:  cloudnative up {data['environment']}\n"
    several = len(data["regions"]) > 1
    return "\n".join(_block(region, several=several) for region in data["regions"])


def _short(image: str) -> str:
    """`shop/web@sha256:90e7259d7ddb`: the registry is the environment's, twelve digits tell digests apart."""
    name, at, digest = image.partition("@")
    return name.partition("/")[2] + at + digest[:19] if at else image


def _block(region: dict[str, Any], *, several: bool) -> str:
    from cloudnative.wording import counted_nodes

    cluster = region["cluster"]
    head = f"{region['name']}  {cluster['name']}  {cluster['state']}  {cluster['version']}"
    rows = [
        [s["name"], s["kind"], f"{s['ready']}/{s['desired']}", str(s["restarts"]), _short(s["image"])]
        for s in region["services"]
    ]
    listed = present.table([["SERVICE", "KIND", "READY", "RESTARTS", "IMAGE"], *rows]) if rows else ""
    if "problem" in region:
        return f"{head.rstrip()}\n{region['problem']}\n"
    wave = f"  wave {region['wave']}" if several else ""
    held = "".join(f"{_held(one)}\n" for one in region["held"])
    parts = filter(None, [head, counted_nodes(cluster["nodes"]), f"release {region['release']}{wave}"])
    return f"{'  '.join(parts)}\n{held}{listed}"


def _held(one: dict[str, Any]) -> str:
    newer = " of ".join(filter(None, (str(one["rolledBack"]["number"]), one["rolledBack"]["source"])))
    return f"{one['application']} is held at {one['number']}: {newer} was rolled back"
