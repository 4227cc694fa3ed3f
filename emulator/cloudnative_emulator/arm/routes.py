"""Which handler answers which ARM path; paths compare case-insensitively."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudnative_emulator.arm import answers, authorization, groups, resources, subscription, task_runs
from cloudnative_emulator.arm.errors import ArmError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from cloudnative_emulator.arm.ids import Target
    from cloudnative_emulator.arm.kinds.kind import Call

    Handler = Callable[[Call], web.Response | Awaitable[web.Response]]


@dataclass(frozen=True)
class Route:
    """One method and path pattern; `action` is what the caller must be allowed, empty for anyone known."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    action: str = ""


def _operation_status(call: Call) -> web.Response:
    return answers.operation_status(call.cloud, call.target.names[-1])


def _operation_result(call: Call) -> web.Response:
    name = call.target.scope.rsplit("/", 1)[-1]
    return answers.operation_result(call.cloud, name, answers.location_headers(call, name)["Location"])


def _route(method: str, pattern: str, handler: Handler, action: str = "") -> Route:
    text = pattern.replace("{S}", "/subscriptions/[^/]+").replace("{}", "[^/]+").replace("{any}", ".*")
    return Route(method, re.compile(text, re.IGNORECASE), handler, action)


_GROUP = "{S}/resourceGroups/{}"
_GROUPS_ACTION = "Microsoft.Resources/subscriptions/resourceGroups"
_ROLES = "{any}/providers/Microsoft.Authorization"
_REGISTRY = _GROUP + "/providers/Microsoft.ContainerRegistry/registries/{}"
ROUTES = (
    _route("GET", "/tenants", subscription.tenants),
    _route("GET", "/subscriptions", subscription.listing),
    _route("GET", "{S}", subscription.get),
    _route("GET", "{S}/locations", subscription.locations),
    _route("GET", "{S}/providers", subscription.providers),
    _route("GET", "(?:{S})?/providers/{}", subscription.provider),
    _route("POST", "{S}/providers/{}/register", subscription.register, "*/register/action"),
    _route("POST", "{S}/providers/{}/unregister", subscription.unregister, "*/register/action"),
    _route("GET", "{S}/providers/Microsoft.Features/providers/{}/features/{}", subscription.feature),
    _route("POST", "{S}/providers/Microsoft.Features/providers/{}/features/{}/register",
           subscription.register_feature, "*/register/action"),
    _route("GET", "{S}/resources", subscription.resources),
    _route("GET", _GROUP + "/resources", subscription.resources),
    _route("GET", "{S}/operationresults/{}", _operation_result),
    _route("GET", "{S}/providers/{}/locations/{}/operations/{}", _operation_status),
    _route("GET", "{S}/providers/Microsoft.ContainerService/locations/{}/kubernetesVersions",
           subscription.kubernetes_versions),
    _route("GET", "{S}/providers/Microsoft.Compute/locations/{}/usages", subscription.usages),
    _route("GET", "{S}/providers/Microsoft.Compute/skus", subscription.skus),
    _route("POST", "{S}/providers/Microsoft.ContainerRegistry/checkNameAvailability",
           subscription.check_registry_name),
    _route("POST", _REGISTRY + "/listBuildSourceUploadUrl", task_runs.upload_url,
           "Microsoft.ContainerRegistry/registries/listBuildSourceUploadUrl/action"),
    _route("POST", _REGISTRY + "/scheduleRun", task_runs.schedule,
           "Microsoft.ContainerRegistry/registries/scheduleRun/action"),
    _route("GET", _REGISTRY + "/runs/{}", task_runs.get, f"{task_runs.RUNS}/read"),
    _route("POST", _REGISTRY + "/runs/{}/listLogSasUrl", task_runs.log_url,
           f"{task_runs.RUNS}/listLogSasUrl/action"),
    _route("POST", _REGISTRY + "/runs/{}/cancel", task_runs.stop, f"{task_runs.RUNS}/cancel/action"),
    _route("GET", _GROUP + "/providers/Microsoft.ContainerRegistry/registries/{}/listUsages", resources.act,
           "Microsoft.ContainerRegistry/registries/listUsages/read"),
    _route("GET", _GROUP + "/providers/Microsoft.ContainerService/managedClusters/{}/upgradeProfiles/default",
           subscription.upgrade_profile, "Microsoft.ContainerService/managedClusters/upgradeProfiles/read"),
    _route("GET", "{S}/resourceGroups", groups.listing, f"{_GROUPS_ACTION}/read"),
    _route("GET", _GROUP, groups.get, f"{_GROUPS_ACTION}/read"),
    _route("HEAD", _GROUP, groups.head, f"{_GROUPS_ACTION}/read"),
    _route("PUT", _GROUP, groups.put, f"{_GROUPS_ACTION}/write"),
    _route("PATCH", _GROUP, groups.patch, f"{_GROUPS_ACTION}/write"),
    _route("DELETE", _GROUP, groups.delete, f"{_GROUPS_ACTION}/delete"),
    _route("GET", _ROLES + "/roleAssignments", authorization.assignments,
           "Microsoft.Authorization/roleAssignments/read"),
    _route("GET", _ROLES + "/roleDefinitions", authorization.definitions,
           "Microsoft.Authorization/roleDefinitions/read"),
    _route("GET", _ROLES + "/roleDefinitions/{}", authorization.definition,
           "Microsoft.Authorization/roleDefinitions/read"),
    _route("GET", _ROLES + "/permissions", authorization.permissions),
)  # fmt: skip
_RESOURCE: dict[tuple[str, bool], tuple[Handler, str]] = {
    ("GET", False): (resources.get, "read"),
    ("HEAD", False): (resources.head, "read"),
    ("GET", True): (resources.collection, "read"),
    ("PUT", False): (resources.put, "write"),
    ("PATCH", False): (resources.patch, "write"),
    ("DELETE", False): (resources.delete, "delete"),
    ("POST", True): (resources.act, "action"),
}


def find(method: str, path: str, target: Target) -> tuple[Handler, str]:
    """The handler, and the action that the caller needs."""
    for route in ROUTES:
        if route.method == method and route.pattern.fullmatch(path):
            return route.handler, route.action
    found = _RESOURCE.get((method, target.trailing))
    if not found or not target.types:
        raise ArmError(404, "NotFound", f"The emulator knows no {method} on '{path}'.")
    handler, verb = found
    return handler, f"{target.type}/{verb}"
