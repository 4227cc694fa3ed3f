"""ARM's way of saying no: a status, a code and a sentence."""

from __future__ import annotations

from typing import Any

from aiohttp import web


class ArmError(Exception):
    """A refused request, rendered as `{"error": {"code", "message", ...}}`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        target: str = "",
        headers: dict[str, str] | None = None,
        details: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.target, self.headers, self.details = target, headers or {}, details or []

    def body(self) -> dict[str, Any]:
        """The JSON that ARM's clients parse."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target:
            error["target"] = self.target
        if self.details:
            error["details"] = self.details
        return {"error": error}

    def response(self) -> web.Response:
        """The error as an HTTP answer."""
        headers = {"x-ms-failure-cause": "gateway", **self.headers}
        return web.json_response(self.body(), status=self.status, headers=headers)


def resource_not_found(type_and_name: str, group: str) -> ArmError:
    """404 as ARM words it."""
    text = f"The Resource '{type_and_name}' under resource group '{group}' was not found."
    return ArmError(
        404, "ResourceNotFound", text + " For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )


def group_not_found(group: str) -> ArmError:
    """404 for a resource group, also when something inside it is asked for."""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def group_being_deleted(group: str) -> ArmError:
    """409 for everything inside a group whose delete has begun."""
    text = f"The resource group '{group}' is in deprovisioning state and cannot perform this operation."
    return ArmError(409, "ResourceGroupBeingDeleted", text)


def operation_in_progress(resource_id: str, verb: str) -> ArmError:
    """409 for a second long-running operation on a resource."""
    text = f"Another operation ({verb}) on '{resource_id}' is in progress: retry when it has ended."
    return ArmError(409, "AnotherOperationInProgress", text)
