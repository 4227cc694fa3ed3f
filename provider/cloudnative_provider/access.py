"""Where an environment's cloud is and how we sign in: found for each call, never stored in state."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode
from cloudnative_toolchain.federation import federated_identity
from cloudnative_toolchain.folders import home

AZURE_ARM = "https://management.azure.com"
AKS_SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630"  # CRED-03, the same in every tenant
REGISTRY_AUDIENCE = "https://containerregistry.azure.net"  # BLD-08


@dataclass(frozen=True)
class Cloud:
    """One cloud: its ARM address, what its certificates are checked against, and who we are there."""

    name: str
    arm: str
    tenant: str = ""
    ca: str = ""
    buildkit: str = ""
    docker_mirror: str = ""
    client_id: str = ""
    client_secret: str = ""

    @property
    def emulated(self) -> bool:
        """True for the emulator on this machine."""
        return self.name == "emulator"

    def tls(self) -> ssl.SSLContext:
        """A context that trusts this cloud's certificates."""
        return _tls(self.ca)

    async def token(self, audience: str) -> str:
        """A bearer token for `audience`, from the credential's cache while it is good."""
        return await asyncio.to_thread(_token, self, f"{audience}/.default")


def cloud(name: str) -> Cloud:
    """The cloud called `azure` or `emulator`; raises when the emulator is not there."""
    if name == "azure":
        return Cloud(name="azure", arm=AZURE_ARM)
    if name == "emulator":
        return emulator(_endpoint())
    raise ConfigError(code="config.cloud", what=f"cloud {name!r}", why="allowed: azure, emulator")


def emulator(endpoint: Mapping[str, Any]) -> Cloud:
    """The emulator that endpoint.json describes; an address that is not loopback is refused."""
    arm = str(endpoint["arm"])
    if not loopback(arm):
        raise CloudnativeError(
            code="emulator.not-loopback",
            what=arm,
            why="the emulator's endpoint file names an address that is not on this machine",
            fix="cloudnative emulator reset",
        )
    return Cloud(
        name="emulator",
        arm=arm.rstrip("/"),
        tenant=endpoint["tenant"],
        ca=endpoint["ca"],
        buildkit=endpoint.get("buildkit", ""),
        docker_mirror=endpoint.get("docker_mirror", ""),
        client_id=endpoint["client_id"],
        client_secret=endpoint["client_secret"],
    )


def loopback(url: str) -> bool:
    """True for https://127.0.0.1:PORT and its like."""
    host = urlsplit(url if "://" in url else f"//{url}").hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _endpoint() -> Mapping[str, Any]:
    path = home() / "emulator" / "endpoint.json"
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise CloudnativeError(
            code="emulator.not-running",
            what="the emulator",
            why=f"is not running ({path} does not exist)",
            fix="cloudnative emulator start",
        ) from None


@lru_cache(maxsize=4)
def _tls(ca: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca or None)


@lru_cache(maxsize=4)
def _credential(where: Cloud) -> Any:
    if not where.emulated:
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - slow to import

        return DefaultAzureCredential()
    from azure.identity import ClientAssertionCredential, ClientSecretCredential  # noqa: PLC0415 - slow to import

    there: dict[str, Any] = {"authority": where.arm, "disable_instance_discovery": True}
    there["connection_verify"] = where.ca
    if identity := federated_identity(where.tenant):
        return ClientAssertionCredential(where.tenant, identity.client_id, identity.assertion, **there)
    return ClientSecretCredential(where.tenant, where.client_id, where.client_secret, **there)


def _token(where: Cloud, scope: str) -> str:
    from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError  # noqa: PLC0415 - slow to import

    try:
        return _credential(where).get_token(scope).token
    except ClientAuthenticationError as error:
        raise CloudnativeError(
            code="sign-in.failed",
            what=f"signing in to {where.name}",
            why=str(error).splitlines()[0],
            fix="cloudnative emulator start" if where.emulated else "az login",
            exit_code=ExitCode.SIGN_IN,
        ) from error
    except ServiceRequestError as error:
        raise unreachable(where, str(error)) from error


def unreachable(where: Cloud, why: str) -> CloudnativeError:
    """The cloud's management endpoint does not answer; never taken for "gone"."""
    fix = "cloudnative emulator start" if where.emulated else f"curl -sS {where.arm}/metadata/endpoints"
    return CloudnativeError(code="cloud.unreachable", what=f"{where.name} at {where.arm}", why=why, fix=fix)
