"""The emulator's ARM API as azure-native uses it: sign in, GET, PUT, DELETE, wait for long operations."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx
import jwt

from cloudnative_toolchain.federation import FederatedIdentity

_RETRIED = frozenset({408, 429, 500, 502, 503, 504})
_ATTEMPTS = 4
_DEFAULT_DELAY = 1.0


@dataclass(frozen=True)
class Endpoint:
    """Where the emulator is and how to sign in: the keys of endpoint.json that the stand-in needs."""

    arm: str
    ca: str
    tenant: str
    subscription: str
    client_id: str
    client_secret: str
    object_id: str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Endpoint:
        """The endpoint in endpoint.json's keys; other keys are ignored."""
        return cls(**{name: str(document[name]) for name in cls.__dataclass_fields__})

    @property
    def host(self) -> str:
        """host:port, as metadataHost has it."""
        return httpx.URL(self.arm).netloc.decode()


@dataclass(frozen=True)
class SignsIn:
    """How a provider's configuration says that it signs in: the home's secret, or an identity's token."""

    client_id: str = ""
    token_file: str = ""

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> SignsIn:
        """The keys that azure-native's provider has for it."""
        if str(config.get("useOidc", "")).lower() != "true":
            return cls()
        return cls(str(config.get("clientId", "")), str(config.get("oidcTokenFilePath", "")))

    def form(self, endpoint: Endpoint) -> dict[str, str]:
        """What the token endpoint is sent; the token is read anew, for it lives for minutes."""
        if self.token_file:
            return FederatedIdentity(self.client_id, self.token_file).form("")
        who = {"client_id": endpoint.client_id, "client_secret": endpoint.client_secret}
        return {"grant_type": "client_credentials", **who}


class ArmError(Exception):
    """ARM said no; the text has status, code and message as azure-native prints them."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f'Status={status} Code="{code}" Message="{message}"')
        self.status, self.code = status, code


class CancelledError(Exception):
    """The engine asked to stop while something was awaited."""


class ArmClient:
    """One call's view of ARM; every wait ends within a second of `cancelled` being set."""

    def __init__(
        self,
        session: Session,
        cancelled: threading.Event,
        *,
        deadline: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session, self._cancelled, self._clock = session, cancelled, clock
        self._deadline = deadline or clock() + 7200

    def get(self, arm_id: str, api_version: str) -> dict[str, Any] | None:
        """The resource, or None where there is none."""
        answer = self._send("GET", self._url(arm_id, api_version))
        return None if answer.status_code in {204, 404} else _checked(answer)

    def put(self, arm_id: str, api_version: str, body: Mapping[str, Any]) -> Callable[[], None]:
        """Ask for the resource; the answer waits until it is there, or raises what ARM says."""
        answer = self._send("PUT", self._url(arm_id, api_version), json=dict(body))
        _checked(answer)
        return lambda: self._wait(answer)

    def delete(self, arm_id: str, api_version: str) -> None:
        """Delete it and wait until it is gone; gone already is fine."""
        answer = self._send("DELETE", self._url(arm_id, api_version))
        if answer.status_code == 404:
            return
        _checked(answer)
        if answer.status_code == 202 and not _poll_url(answer):
            raise ArmError(202, "MissingPollingUrl", "missing polling URL")
        self._wait(answer)

    def post(self, path: str, api_version: str, query: Mapping[str, str]) -> dict[str, Any]:
        """An action on a resource."""
        return _checked(self._send("POST", self._url(path, api_version), params=dict(query)))

    def token(self) -> str:
        """A bearer token for ARM."""
        return self._session.token()

    def principal(self) -> tuple[str, str]:
        """Client id and object id of who signs in."""
        return self._session.principal()

    def _url(self, path: str, api_version: str) -> httpx.URL:
        return httpx.URL(self._session.endpoint.arm + path, params={"api-version": api_version})

    def _wait(self, answer: httpx.Response) -> None:
        url = _poll_url(answer)
        while url:
            self._sleep(_delay(answer))
            answer = self._send("GET", url)
            if answer.status_code == 404:
                return
            state = str(
                _checked(answer).get("status", "InProgress" if answer.status_code == 202 else "Succeeded")
            )
            if state in {"Failed", "Canceled"}:
                raise _operation_error(answer, state)
            if state == "Succeeded":
                return

    def _send(self, method: str, url: httpx.URL, **more: Any) -> httpx.Response:
        for attempt in range(1, _ATTEMPTS + 1):
            self._sleep(0)
            try:
                answer = self._session.send(method, url, **more)
            except httpx.TransportError as error:
                if attempt == _ATTEMPTS:
                    raise ArmError(
                        0, "Unreachable", f"{method} {url.copy_with(query=None)}: {error}"
                    ) from error
                self._sleep(attempt)
                continue
            if answer.status_code not in _RETRIED or attempt == _ATTEMPTS:
                return answer
            self._sleep(_delay(answer, otherwise=2.0**attempt))
        raise AssertionError("the last attempt always answers or raises")

    def _sleep(self, seconds: float) -> None:
        if self._cancelled.wait(seconds):
            raise CancelledError
        if self._clock() > self._deadline:
            raise ArmError(0, "Timeout", "the operation did not end in the time given")


class Session:
    """Connections and token for one endpoint, shared by all calls of who signs in so."""

    def __init__(self, endpoint: Endpoint, signs_in: SignsIn | None = None) -> None:
        self.endpoint, self.signs_in = endpoint, signs_in or SignsIn()
        context = ssl.create_default_context(cafile=endpoint.ca)
        self._http = httpx.Client(verify=context, trust_env=False, timeout=30)
        self._lock = threading.Lock()
        self._token, self._expires = "", 0.0

    def send(self, method: str, url: httpx.URL, **more: Any) -> httpx.Response:
        """The answer to one signed-in request; a token that is refused is fetched anew once."""
        answer = self._signed(method, url, **more)
        if answer.status_code == 401:
            self._expires = 0.0
            answer = self._signed(method, url, **more)
        return answer

    def _signed(self, method: str, url: httpx.URL, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token()}"}
        return self._http.request(method, url, headers=headers, **more)

    def token(self) -> str:
        """A token for ARM, kept until a minute before it ends."""
        with self._lock:
            if time.monotonic() > self._expires:
                granted = self._granted()
                self._token = str(granted["access_token"])
                self._expires = time.monotonic() + float(granted["expires_in"]) - 60
            return self._token

    def principal(self) -> tuple[str, str]:
        """Client id and object id of who signs in."""
        if not self.signs_in.token_file:
            return self.endpoint.client_id, self.endpoint.object_id
        claims = jwt.decode(self.token(), options={"verify_signature": False})  # our own; ARM verifies it
        return str(claims["appid"]), str(claims["oid"])

    def _granted(self) -> dict[str, Any]:
        answer = self._http.post(
            f"{self.endpoint.arm}/{self.endpoint.tenant}/oauth2/v2.0/token",
            data={**self.signs_in.form(self.endpoint), "scope": f"{self.endpoint.arm}/.default"},
        )
        return _checked(answer)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()


def _checked(answer: httpx.Response) -> dict[str, Any]:
    body = _json(answer)
    if answer.is_success:
        return body
    error: Any = body.get("error", body)
    if isinstance(error, str):  # the token endpoint's form
        raise ArmError(answer.status_code, error, str(body.get("error_description", "")))
    details = cast("dict[str, Any]", error)
    code, message = details.get("code", answer.reason_phrase), details.get("message", answer.text[:500])
    raise ArmError(answer.status_code, str(code), str(message))


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body: Any = answer.json() if answer.content else {}
    except ValueError:  # a proxy's page, a dropped connection: the text goes into the error
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


def _operation_error(answer: httpx.Response, state: str) -> ArmError:
    error: dict[str, Any] = _json(answer).get("error") or {}
    return ArmError(
        answer.status_code, str(error.get("code", state)), str(error.get("message", f"operation {state}"))
    )


def _poll_url(answer: httpx.Response) -> httpx.URL | None:
    found = answer.headers.get("Azure-AsyncOperation")
    if not found and answer.status_code in {201, 202}:
        found = answer.headers.get("Location")
    return httpx.URL(found) if found else None


def _delay(answer: httpx.Response, otherwise: float = _DEFAULT_DELAY) -> float:
    if milliseconds := answer.headers.get("retry-after-ms"):
        return float(milliseconds) / 1000
    return float(answer.headers.get("Retry-After", otherwise))
