"""Builder `acr`: ACR Tasks build in Azure; the context goes up, the log comes back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .access import Cloud
from .arm_calls import ArmCalls, ArmRefusal, arm_calls
from .build_order import Built, Order, Say
from .context_archive import write_archive
from .objects import parts
from .private_folder import private_folder
from .task_log import TaskLog

_VERSION = "2025-03-01-preview"
_SECONDS = 3600  # of one run, where ACR allows 300 to 28,800 (BLD-04)
_QUEUED_SECONDS = 900
_ENDED = {"Succeeded", "Failed", "Canceled", "Error", "Timeout"}
_LONGEST_PAUSE = 5.0


@dataclass(frozen=True)
class AcrTasks:
    """ACR Tasks of the registry with this ARM id."""

    where: Cloud
    registry_id: str

    async def build(self, order: Order, progress: Say, log: Say) -> Built:
        """Builds and pushes. Steps go to `progress`, their output to `log`."""
        try:
            async with arm_calls(self.where) as arm:
                run = await self._schedule(arm, order)
                return await self._follow(arm, order, run, TaskLog(progress, log))
        except ArmRefusal as refusal:
            raise _refused(order, refusal) from refusal

    async def _schedule(self, arm: ArmCalls, order: Order) -> str:
        """Send the context and ask for the run; its id."""
        dockerfile = f"{order.inputs['inputsHash'][:12]}_Dockerfile"
        place = await arm.call("POST", f"{self.registry_id}/listBuildSourceUploadUrl", _VERSION)
        with private_folder() as folder:
            archive = folder / "context.tar.gz"
            await asyncio.to_thread(
                write_archive, archive, order.context, order.inputs["dockerfile"], dockerfile
            )
            await arm.put_blob(place["uploadUrl"], archive)
        request = build_request(order, dockerfile, place["relativePath"])
        run = await arm.call("POST", f"{self.registry_id}/scheduleRun", _VERSION, request)
        return str(run["properties"]["runId"])

    async def _follow(self, arm: ArmCalls, order: Order, run: str, log: TaskLog) -> Built:
        """Until the run has ended; a cancelled wait cancels the run."""
        try:
            async with asyncio.timeout(_SECONDS + _QUEUED_SECONDS):
                ended = await self._until_ended(arm, run, log)
        except TimeoutError as error:
            await self._cancel(arm, run)
            raise _timed_out(order, run) from error
        except asyncio.CancelledError:
            await self._cancel(arm, run)
            raise
        if ended["status"] != "Succeeded":
            said = ended.get("runErrorMessage") or "see its log"
            raise order.failed(f"run {run} of ACR Tasks ended as {ended['status']}: {said}", list(log.last))
        digest = next(image["digest"] for image in parts(ended, "outputImages"))
        return Built(digest, log.bases(order.dockerfile.read_text(errors="replace")))

    async def _until_ended(self, arm: ArmCalls, run: str, log: TaskLog) -> dict[str, Any]:
        path, pause = f"{self.registry_id}/runs/{run}", 0.5
        link = ""
        while True:
            properties = (await arm.call("GET", path, _VERSION))["properties"]
            link = link or (await arm.call("POST", f"{path}/listLogSasUrl", _VERSION)).get("logLink", "")
            fresh = log.feed(await arm.blob(link, log.size)) if link else False
            if properties["status"] in _ENDED:
                log.close()
                return properties
            pause = 0.5 if fresh else min(pause * 1.5, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _cancel(self, arm: ArmCalls, run: str) -> None:
        """Asked for once: a run that goes on ends by its own time limit."""
        with suppress(ArmRefusal, CloudnativeError):
            await arm.call("POST", f"{self.registry_id}/runs/{run}/cancel", _VERSION)


def build_request(order: Order, dockerfile: str, source: str) -> dict[str, Any]:
    """ACR's DockerBuildRequest: names are without the login server, nothing in it is secret."""
    system, _, architecture = order.inputs["platform"].partition("/")
    request: dict[str, Any] = {
        "type": "DockerBuildRequest",
        "dockerFilePath": dockerfile,
        "imageNames": [order.repository],
        "isPushEnabled": True,
        "sourceLocation": source,
        "platform": {"os": system.capitalize(), "architecture": architecture},
        "timeout": _SECONDS,
        "arguments": [
            {"name": name, "value": text, "isSecret": False} for name, text in order.arguments.items()
        ],
    }
    target = order.inputs.get("target")
    return {**request, "target": target} if target else request


def _refused(order: Order, refusal: ArmRefusal) -> CloudnativeError:
    why = str(refusal)
    if refusal.code == "TasksOperationsNotAllowed":
        why += "; free subscriptions have no ACR Tasks, builder `docker` builds on this machine"
    return CloudnativeError(
        code="image.acr-refused",
        what=f"ACR Tasks of {order.inputs['registry']}",
        why=why,
        docs="docs/images.md",
        exit_code=ExitCode.SIGN_IN if refusal.status in (401, 403) else ExitCode.RESOURCE,
    )


def _timed_out(order: Order, run: str) -> CloudnativeError:
    registry = order.inputs["registry"].partition(".")[0]
    return CloudnativeError(
        code="image.acr-timeout",
        what=f"run {run} of ACR Tasks",
        why=f"has not ended within {_SECONDS + _QUEUED_SECONDS} s and was cancelled",
        fix=f"az acr task logs --registry {registry} --run-id {run}",
        exit_code=ExitCode.TIMEOUT,
    )
