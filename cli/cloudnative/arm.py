"""The few questions the command itself asks ARM: does this id exist, what is in these groups."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloudnative.absent import NOTHING
from cloudnative.arm_ids import arm_path
from cloudnative_toolchain.errors import CloudnativeError, ExitCode
from cloudnative_toolchain.federation import federated_identity

if TYPE_CHECKING:
    import httpx

LONGEST_ANSWER = 15  # seconds; Azure's list of VM sizes has megabytes
AT_WORK = {"accepted", "creating", "updating", "deleting", "running", "provisioning"}
MOST_SECONDS_OF_WORK = 1800
PUBLIC = "https://management.azure.com"


class Arm:
    """A client for one subscription: the emulator of endpoint.json, or Azure as the user is signed in."""

    def __init__(self, endpoint: Mapping[str, Any] | None, subscription: str) -> None:
        import httpx

        self.subscription = subscription
        self._endpoint = endpoint
        self._address = str(endpoint["arm"]) if endpoint else PUBLIC
        self._http = httpx.Client(
            verify=_trust(endpoint), timeout=30, trust_env=endpoint is None, base_url=self._address
        )
        self._token = ""

    def find(self, resource: Mapping[str, Any]) -> str | None:
        """The id under which a resource of the state exists; None where ARM says that it does not."""
        asked = arm_path(str(resource["type"]), dict(resource.get("inputs") or {}), self.subscription)
        if asked is None:
            return self._find_in_group(resource)
        identity, api_version = asked
        answer = self._settled(identity, api_version)
        return None if answer is None else str(answer.get("id") or identity)

    def resource_group(self, name: str) -> Mapping[str, Any] | None:
        """The group, None when it is gone."""
        return self._get(f"/subscriptions/{self.subscription}/resourceGroups/{name}", "2024-03-01")

    def resources_of_group(self, name: str) -> list[Mapping[str, Any]]:
        """What lies in a group; [] when the group is gone."""
        answer = self._get(
            f"/subscriptions/{self.subscription}/resourceGroups/{name}/resources", "2024-03-01"
        )
        return list((answer or {}).get("value", []))

    def get(self, identity: str, api_version: str) -> Mapping[str, Any] | None:
        """A resource by id, None when it is gone."""
        return self._get(identity, api_version)

    def post(self, path: str, api_version: str) -> Mapping[str, Any]:
        """An action of a resource."""
        return self._checked(self._send("POST", path, api_version), path).json()

    def ask(
        self, path: str, api_version: str, query: Mapping[str, str], payload: Mapping[str, Any] | None
    ) -> httpx.Response:
        """Any answer, also a refusal; `path` may be a link to the next page, with its own version."""
        if path.startswith("http") and not path.startswith(f"{self._address}/"):
            raise self._unreachable(f"the next page is said to lie at {path}, which is another host")
        headers = {"Authorization": f"Bearer {self.bearer()}"}
        known = {"api-version": api_version, **query} if api_version else None
        method = "GET" if payload is None else "POST"
        return self._http.request(
            method, path, params=known, json=payload, headers=headers, timeout=LONGEST_ANSWER
        )

    @property
    def is_azure(self) -> bool:
        """Whether this is Azure itself."""
        return self._endpoint is None

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def bearer(self) -> str:
        """The token that ARM is called with, asked for once."""
        self._token = self._token or self.token(f"{self._address}/.default")
        return self._token

    def role_assignments(self) -> Iterator[Mapping[str, Any]]:
        """Every role assignment of the subscription."""
        path = f"/subscriptions/{self.subscription}/providers/Microsoft.Authorization/roleAssignments"
        yield from (self._get(path, "2022-04-01") or {}).get("value", [])

    def token(self, scope: str) -> str:
        """An access token for a scope, as the signed-in user or the emulator's own principal."""
        return self._emulator_token(self._endpoint, scope) if self._endpoint else _azure_token(scope)

    def _settled(self, identity: str, api_version: str) -> Mapping[str, Any] | None:
        """The resource once Azure has stopped working on it: a half-made one cannot be taken over."""
        deadline = time.monotonic() + MOST_SECONDS_OF_WORK
        while True:
            answer = self._get(identity, api_version)
            state = str(((answer or NOTHING).get("properties") or NOTHING).get("provisioningState", ""))
            if state.lower() not in AT_WORK:
                return answer
            if time.monotonic() > deadline:
                raise _still_at_work(identity, state)
            time.sleep(1 if self._endpoint else 10)

    def _find_in_group(self, resource: Mapping[str, Any]) -> str | None:
        """For a type that the table does not know: what its group holds under one of its names."""
        inputs = dict(resource.get("inputs") or {})
        wanted = str(resource["type"]).rsplit(":", 1)[-1].lower()
        names = {value.lower() for value in inputs.values() if isinstance(value, str)}
        for found in self.resources_of_group(str(inputs.get("resourceGroupName", ""))):
            last = str(found["type"]).rsplit("/", 1)[-1].lower()
            if str(found["name"]).lower() in names and last.startswith(wanted.removesuffix("y")):
                return str(found["id"])
        return None

    def _get(self, path: str, api_version: str) -> Mapping[str, Any] | None:
        answer = self._send("GET", path, api_version)
        if answer.status_code == 404:
            return None
        return self._checked(answer, path).json()

    def _send(self, method: str, path: str, api_version: str) -> httpx.Response:
        import httpx

        headers = {"Authorization": f"Bearer {self.bearer()}"}
        try:
            return self._http.request(method, path, params={"api-version": api_version}, headers=headers)
        except httpx.HTTPError as error:
            raise self._unreachable(str(error)) from error

    def _checked(self, answer: httpx.Response, path: str) -> httpx.Response:
        if answer.is_success:
            return answer
        raise CloudnativeError(
            code="azure.refused",
            what=f"Azure answered {answer.status_code} for {path}",
            why=answer.text[:500],
            fix=self._fix(),
            exit_code=ExitCode.SIGN_IN if answer.status_code in (401, 403) else ExitCode.FAILED,
        )

    def _unreachable(self, why: str) -> CloudnativeError:
        return CloudnativeError(
            code="azure.unreachable",
            what=f"no answer from {self._address}",
            why=f"{why}; nothing is taken for gone while it cannot be asked",
            fix=self._fix(),
        )

    def _fix(self) -> str:
        return "cloudnative emulator start" if self._endpoint else "az login"

    def _emulator_token(self, endpoint: Mapping[str, Any], scope: str) -> str:
        import httpx

        identity = federated_identity(str(endpoint["tenant"]))
        form = identity.form(scope) if identity else _own_form(endpoint, scope)
        path = f"/{endpoint['tenant']}/oauth2/v2.0/token"
        try:
            answer = self._http.post(path, data=form)
        except httpx.HTTPError as error:
            raise self._unreachable(str(error)) from error
        return str(self._checked(answer, path).json()["access_token"])


def _own_form(endpoint: Mapping[str, Any], scope: str) -> dict[str, str]:
    """How the one who owns the emulator's home signs in."""
    who = {"client_id": str(endpoint["client_id"]), "client_secret": str(endpoint["client_secret"])}
    return {"grant_type": "client_credentials", "scope": scope, **who}


def _still_at_work(identity: str, state: str) -> CloudnativeError:
    return CloudnativeError(
        code="azure.busy",
        what=f"{identity} is still {state}",
        why=f"Azure did not finish within {MOST_SECONDS_OF_WORK} s what a killed run had started",
        fix=f"az resource show --ids {identity}",
        exit_code=ExitCode.TIMEOUT,
    )


def _trust(endpoint: Mapping[str, Any] | None) -> Any:
    import ssl

    return ssl.create_default_context(cafile=str(endpoint["ca"])) if endpoint else True


def _azure_token(scope: str) -> str:
    from cloudnative.sign_in import credential_for

    return credential_for(scope).get_token(scope).token
