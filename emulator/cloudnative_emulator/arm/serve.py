"""Puts the HTTP side together and brings back what should run."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from cloudnative_emulator import builder
from cloudnative_emulator.arm import ids
from cloudnative_emulator.arm.access import ASSIGNMENTS, Access
from cloudnative_emulator.arm.application import Arm
from cloudnative_emulator.arm.cloud import Cloud
from cloudnative_emulator.arm.faults import FaultRules, inject_faults
from cloudnative_emulator.arm.operations import Operations, now
from cloudnative_emulator.arm.requests import RequestRecorder, record_requests
from cloudnative_emulator.arm.resume import resume
from cloudnative_emulator.arm.roles import OWNER
from cloudnative_emulator.arm.store import Store
from cloudnative_emulator.arm.task_runs import TaskRuns
from cloudnative_emulator.identity.account import Account
from cloudnative_emulator.identity.authorizer import KubernetesAuthorizer
from cloudnative_emulator.identity.endpoints import SignIn
from cloudnative_emulator.identity.federation import WorkloadFederation
from cloudnative_emulator.identity.tokens import TokenIssuer
from cloudnative_emulator.monitoring.query_api import QueryApi
from cloudnative_emulator.registry.front_ends import FrontEnds
from cloudnative_emulator.registry.host import Registries
from cloudnative_emulator.registry.mirror import Mirror
from cloudnative_toolchain.folders import cache

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp.typedefs import Middleware

    from cloudnative_emulator.identity.ca import CertificateAuthority
    from cloudnative_emulator.monitoring.query_api import MetricsSource
    from cloudnative_emulator.ports import ClusterBackend, Ports, Supervisor

_log = logging.getLogger(__name__)
_LARGEST_BODY = 16 << 20


@dataclass(frozen=True)
class RunningApi:
    """The HTTP side at work; `account` and the two addresses go into endpoint.json."""

    account: Account
    arm: str
    docker_mirror: str
    cloud: Cloud
    _runners: tuple[web.AppRunner, ...]
    _registries: Registries
    _recorder: RequestRecorder

    async def close(self) -> None:
        """Stop answering; unfinished operations are taken up again by the next start."""
        await self.cloud.operations.close()
        await self.cloud.tasks.close()
        await self._registries.close()
        for runner in self._runners:
            await runner.cleanup()
        self.cloud.store.close()
        self._recorder.close()


async def serve(
    home: Path, ports: Ports, ca: CertificateAuthority, backend: ClusterBackend, supervisor: Supervisor,
    *, metrics: MetricsSource | None = None,
) -> RunningApi:  # fmt: skip
    """Listen on 127.0.0.1, then bring registries and clusters back; returns when all of that has ended."""
    recorder = RequestRecorder(home / "emulator" / "requests.ndjson")
    account, store = Account.load(home), Store(home / "emulator" / "arm.sqlite")
    issuer = TokenIssuer(home, f"https://127.0.0.1:{ports.arm}", account.tenant)
    faults = FaultRules(home / "emulator" / "faults.json")
    middlewares = [record_requests(recorder), inject_faults(faults)]
    registries = Registries(home, ports, ca, supervisor, middlewares)
    tasks = TaskRuns(home, issuer.arm, builder.address(home), ca.path)
    cloud = Cloud(account, issuer, store, Access(store), Operations(store), backend, registries, ports, tasks)
    registries.cloud = cloud
    _make_deployer_owner(cloud)
    arm = await _listen(_application(home, cloud, middlewares, metrics), ports.arm, ca)
    mirror = await _listen(_mirror().application(), ports.docker_mirror, None)
    address = f"127.0.0.1:{ports.docker_mirror}"
    running = RunningApi(account, issuer.arm, address, cloud, (arm, mirror), registries, recorder)
    await resume(cloud)
    return running


def _application(
    home: Path, cloud: Cloud, middlewares: list[Middleware], metrics: MetricsSource | None
) -> web.Application:
    application = web.Application(middlewares=middlewares, client_max_size=_LARGEST_BODY)
    federation = WorkloadFederation(cloud, home / "emulator" / "trusted_issuers.json")
    application.add_routes(cloud.tasks.routes())
    application.add_routes(SignIn(cloud.account, cloud.issuer, federation).routes())
    application.router.add_post("/authorize/{cluster:.*}", KubernetesAuthorizer(cloud).handle)
    application.add_routes(QueryApi(cloud, metrics).routes())
    application.router.add_get("/cloudnative/address", _address_of_caller)
    application.router.add_route("*", "/{path:.*}", Arm(cloud).handle)
    return application


async def _address_of_caller(request: web.Request) -> web.Response:
    """Whom we see, for those who want to know whether a cluster's networks let them in."""
    return web.json_response({"address": request.remote})


def _mirror() -> Mirror:
    images = cache() / "images"
    return Mirror(images, FrontEnds(images).make)


async def _listen(application: web.Application, port: int, ca: CertificateAuthority | None) -> web.AppRunner:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=2)
    await runner.setup()
    context = await asyncio.to_thread(ca.server_context, "arm") if ca else None
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    return runner


def _make_deployer_owner(cloud: Cloud) -> None:
    scope = cloud.subscription_id
    name = "00000000-0000-4000-8000-000000000001"
    assignment = f"{scope}/providers/{ASSIGNMENTS}/{name}"
    if cloud.store.get(ids.key(assignment)):
        return
    role = f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{OWNER.id}"
    properties = {
        "principalId": cloud.account.object_id, "principalType": "ServicePrincipal", "scope": scope,
        "roleDefinitionId": role, "createdOn": now(), "updatedOn": now(),
    }  # fmt: skip
    cloud.store.put({"id": assignment, "name": name, "type": ASSIGNMENTS, "properties": properties})
