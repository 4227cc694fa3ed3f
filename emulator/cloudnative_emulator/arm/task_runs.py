"""A double of ACR Tasks: ARM's calls for a quick build; BuildKit of this machine really builds.

Unlike Azure, the run pushes with the rights of whoever scheduled it, and runs are forgotten with the daemon.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import re
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from cloudnative_emulator.arm.errors import ArmError
from cloudnative_emulator.arm.operations import now
from cloudnative_emulator.arm.places import find
from cloudnative_emulator.arm.referee.tables import known, nearest
from cloudnative_emulator.arm.referee.walk import problems
from cloudnative_emulator.builder.quick_build import QuickBuild, QuickBuildFailed
from cloudnative_emulator.identity.private_files import make_private_folder

if TYPE_CHECKING:
    from cloudnative_emulator.arm.ids import Target
    from cloudnative_emulator.arm.kinds.kind import Call

RUNS = "Microsoft.ContainerRegistry/registries/runs"
_TOKEN_SECONDS = 3 * 3600
_SOURCE = re.compile(r"sources/[0-9a-f]{16}\.tar\.gz")
_REQUEST = "Microsoft.ContainerRegistry/registries/scheduleRun"


@dataclass
class Run:
    """One run as ARM shows it, and the build behind it."""

    id: str
    name: str
    build: QuickBuild
    properties: dict[str, Any]
    work: asyncio.Task[None] | None = field(default=None, repr=False)

    def view(self) -> dict[str, Any]:
        """The ARM document."""
        return {"id": self.id, "name": self.name, "type": RUNS, "properties": self.properties}


class TaskRuns:
    """Every run since the daemon started; sources and logs are served by signed addresses."""

    def __init__(self, home: Path, arm: str, buildkit: str, ca: Path) -> None:
        self._folder, self._arm, self._buildkit, self._ca = home / "emulator/tasks", arm, buildkit, ca
        shutil.rmtree(self._folder, ignore_errors=True)
        self._runs: dict[str, Run] = {}
        self._key = secrets.token_bytes(32)

    def routes(self) -> list[web.RouteDef]:
        """What stands for Azure's blobs: no bearer token, a signature instead."""
        return [
            web.put("/acr-tasks/{path:sources/[^/]+}", self._take_source),
            web.get("/acr-tasks/{path:runs/[^/]+/log.txt}", self._give_log, allow_head=False),
        ]

    def upload_place(self) -> dict[str, str]:
        """Where a context may be sent."""
        place = f"sources/{secrets.token_hex(8)}.tar.gz"
        return {"uploadUrl": self._signed(place), "relativePath": place}

    def schedule(self, call: Call, registry: dict[str, Any]) -> Run:
        """Start a quick build for the caller."""
        server, name = registry["properties"]["loginServer"], f"ca{len(self._runs) + 1}"
        build = QuickBuild(
            folder=self._folder / "runs" / name,
            archive=self._folder / call.payload["sourceLocation"],
            request=call.payload,
            server=server,
            buildkit=self._buildkit,
            ca=self._ca,
            token=call.cloud.issuer.access_token(call.principal, server, _TOKEN_SECONDS),
        )
        properties = {
            "runId": name, "status": "Queued", "runType": "QuickBuild", "createTime": now(),
            "lastUpdatedTime": now(), "platform": call.payload["platform"], "isArchiveEnabled": False,
            "provisioningState": "Succeeded",
        }  # fmt: skip
        run = self._runs[name] = Run(f"{registry['id']}/runs/{name}", name, build, properties)
        run.work = asyncio.create_task(_work(run))
        return run

    def find(self, target: Target) -> Run:
        """The run that a path names, else 404."""
        run = self._runs.get(target.name)
        if run is None or run.id.lower() != target.id.lower():
            raise ArmError(404, "RunNotFound", f"The run '{target.name}' could not be found.")
        return run

    def log_link(self, run: Run) -> str:
        """Where the run's log is read."""
        return self._signed(f"runs/{run.name}/log.txt")

    @property
    def can_build(self) -> bool:
        """Whether BuildKit is there: it needs root."""
        return Path(self._buildkit.removeprefix("unix://")).is_socket()

    async def close(self) -> None:
        """Cancel what is under way."""
        await asyncio.gather(*(cancel(run) for run in self._runs.values()))

    def _signed(self, place: str) -> str:
        return f"{self._arm}/acr-tasks/{place}?sig={self._signature(place)}"

    def _signature(self, place: str) -> str:
        return hmac.new(self._key, place.encode(), "sha256").hexdigest()

    def _check(self, request: web.Request) -> Path:
        place = request.match_info["path"]
        if not hmac.compare_digest(request.query.get("sig", ""), self._signature(place)):
            raise web.HTTPForbidden(
                text="Server failed to authenticate the request: Signature did not match."
            )
        return self._folder / place

    async def _take_source(self, request: web.Request) -> web.Response:
        target = self._check(request)
        if request.headers.get("x-ms-blob-type") != "BlockBlob":
            raise web.HTTPBadRequest(
                text="An HTTP header that's mandatory for this request is not specified."
            )
        make_private_folder(target.parent)
        with target.open("wb") as file:
            async for chunk in request.content.iter_chunked(1 << 16):
                file.write(chunk)
        return web.Response(status=201)

    async def _give_log(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(self._check(request), headers={"Content-Type": "text/plain"})


def upload_url(call: Call) -> web.Response:
    """POST listBuildSourceUploadUrl."""
    find(call.cloud, call.target.owner)
    return web.json_response(call.cloud.tasks.upload_place())


def schedule(call: Call) -> web.Response:
    """POST scheduleRun."""
    registry = find(call.cloud, call.target.owner)
    _check_request(call.payload, call.query["api-version"])
    if not call.cloud.tasks.can_build:
        text = f"ACR Tasks requests for the registry {registry['name']} are not permitted: "
        raise ArmError(400, "TasksOperationsNotAllowed", text + "the emulator has no BuildKit without root.")
    return web.json_response(call.cloud.tasks.schedule(call, registry).view())


def get(call: Call) -> web.Response:
    """GET a run."""
    return web.json_response(call.cloud.tasks.find(call.target).view())


def log_url(call: Call) -> web.Response:
    """POST listLogSasUrl."""
    tasks = call.cloud.tasks
    return web.json_response({"logLink": tasks.log_link(tasks.find(call.target.owner))})


async def stop(call: Call) -> web.Response:
    """POST cancel."""
    await cancel(call.cloud.tasks.find(call.target.owner))
    return web.Response(status=200)


async def cancel(run: Run) -> None:
    """End the run unless it has ended."""
    if run.work and not run.work.done():
        run.work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await run.work


async def _work(run: Run) -> None:
    properties, status = run.properties, "Error"
    properties.update(status="Running", startTime=now(), lastUpdatedTime=now())
    try:
        properties["outputImages"] = await run.build.run()
        status = "Succeeded"
    except QuickBuildFailed as failure:
        properties["runErrorMessage"], status = str(failure), "Failed"
    except asyncio.CancelledError:
        status = "Canceled"
        raise
    finally:
        properties.update(status=status, finishTime=now(), lastUpdatedTime=now())
        for rest in ("context", "docker"):
            shutil.rmtree(run.build.folder / rest, ignore_errors=True)
        run.build.archive.unlink(missing_ok=True)


def _check_request(body: dict[str, Any], version: str) -> None:
    kind = body.get("type")
    if kind != "DockerBuildRequest":
        raise ArmError(400, "InvalidRequestContent", f"The emulator knows no run requests of type {kind}.")
    models = known("Microsoft.ContainerRegistry")
    judge = models.table(_REQUEST, nearest(models.versions(_REQUEST), version))
    found = problems(judge, body)
    if not _SOURCE.fullmatch(str(body.get("sourceLocation"))):
        found.append("sourceLocation: not a place that listBuildSourceUploadUrl gave")
    if found:
        raise ArmError(400, "InvalidRequestContent", f"The request content was invalid: {'; '.join(found)}.")
