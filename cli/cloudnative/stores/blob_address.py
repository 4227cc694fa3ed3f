"""What an azblob:// URL means, read exactly as the engine's own driver reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from cloudnative_toolchain.errors import ConfigError, Location

PARAMETERS = ("storage_account", "domain", "protocol", "cdn", "localemu", "prefix")
CONNECTION_STRINGS = ("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGEBLOB_CONNECTIONSTRING")


@dataclass(frozen=True)
class BlobAddress:
    """A container of a storage account, and what every key in it starts with."""

    account: str
    service: str
    container: str
    prefix: str


def blob_address(url: str, environment: Mapping[str, str], location: Location | None = None) -> BlobAddress:
    """The container of `azblob://CONTAINER[/FOLDER]?storage_account=ACCOUNT`; ConfigError without one.

    What the URL leaves out comes from AZURE_STORAGE_ACCOUNT, _DOMAIN, _PROTOCOL and so on.
    """
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    given = {**_defaults(environment), **query}
    account = given.get("storage_account", "")
    if unknown := sorted(set(query) - set(PARAMETERS)):
        raise _bad(url, f"unknown parameter {unknown[0]!r}; allowed: {', '.join(PARAMETERS)}", location)
    if not parts.netloc or not account:
        raise _bad(url, "a container and its storage account are needed", location)
    folder = parts.path.strip("/")
    prefix = given.get("prefix", "") + (folder + "/" if folder else "")
    return BlobAddress(account, _service(account, given), parts.netloc, prefix)


def _defaults(environment: Mapping[str, str]) -> dict[str, str]:
    connection = connection_string(environment)
    fields = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
    found = {
        "storage_account": environment.get("AZURE_STORAGE_ACCOUNT") or fields.get("AccountName", ""),
        "domain": environment.get("AZURE_STORAGE_DOMAIN", ""),
        "protocol": environment.get("AZURE_STORAGE_PROTOCOL") or fields.get("DefaultEndpointsProtocol", ""),
        "cdn": environment.get("AZURE_STORAGE_IS_CDN", ""),
        "localemu": environment.get("AZURE_STORAGE_IS_LOCAL_EMULATOR", ""),
    }
    return {name: value for name, value in found.items() if value}


def connection_string(environment: Mapping[str, str]) -> str:
    """The account's connection string, "" where the environment has none."""
    return next((environment[name] for name in CONNECTION_STRINGS if environment.get(name)), "")


def _service(account: str, given: Mapping[str, str]) -> str:
    domain, protocol = given.get("domain", "blob.core.windows.net"), given.get("protocol", "https")
    if domain.startswith(("127.0.0.1", "localhost")) or _true(given.get("localemu", "")):
        return f"{protocol}://{domain}/{account}"
    return f"{protocol}://{domain}" if _true(given.get("cdn", "")) else f"{protocol}://{account}.{domain}"


def _true(text: str) -> bool:
    return text.lower() in ("1", "t", "true")


def _bad(url: str, why: str, location: Location | None) -> ConfigError:
    return ConfigError(
        code="backend.url",
        what=f"backend {url!r}",
        why=why,
        fix=f"${{EDITOR:-vi}} {location.file if location else 'Pulumi.yaml'}",
        location=location,
    )
