"""A container of an Azure storage account, with the credentials that the engine's own driver would take."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from cloudnative.sign_in import credential_for
from cloudnative.stores.azure_setup import blob_role
from cloudnative.stores.blob_address import BlobAddress, connection_string
from cloudnative.stores.store import Found, Leases
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from azure.storage.blob import BlobClient, ContainerClient

LEASE_SECONDS = 60  # the longest that Azure gives to a lease that ends by itself
FORBIDDEN = 403
SCOPE = "https://storage.azure.com/.default"
API_VERSION = "2023-11-03"  # old enough for sovereign clouds and Azurite, new enough for everything used here
PATIENCE: dict[str, Any] = {"connection_timeout": 10, "read_timeout": 30}
AT_ONCE: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 5,
    "retry_total": 0,
}  # the next beat tries again


class BlobStore:
    """Keys are blobs below the address's prefix."""

    def __init__(self, address: BlobAddress, environment: Mapping[str, str]) -> None:
        self._address = address
        self._container = _client(address, environment)

    def read(self, key: str) -> bytes | None:
        with self._explained():
            return _content(self._blob(key))

    def write(self, key: str, content: bytes) -> None:
        with self._explained():
            self._blob(key).upload_blob(content, overwrite=True)

    def remove(self, key: str) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        with self._explained():
            try:
                self._blob(key).delete_blob()
            except ResourceNotFoundError:
                return

    def found(self, prefix: str) -> list[Found]:
        start = self._address.prefix
        with self._explained():
            blobs: list[Any] = list(self._container.list_blobs(name_starts_with=start + prefix))
        return [Found(str(b.name).removeprefix(start), b.last_modified.timestamp()) for b in blobs]

    def address(self, key: str) -> str:
        return f"{self._address.service}/{self._address.container}/{self._address.prefix}{key}"

    def leases(self) -> Leases:
        return self

    def acquire(self, key: str, lease: str) -> bool:
        from azure.core.exceptions import ResourceExistsError

        blob = self._blob(key)
        with self._explained():
            with suppress(ResourceExistsError):  # made by an earlier run, or leased: the next call says
                blob.upload_blob(b"", overwrite=False)
            try:
                blob.acquire_lease(lease_duration=LEASE_SECONDS, lease_id=lease)
            except ResourceExistsError:
                return False
        return True

    def renew(self, key: str, lease: str) -> bool:
        from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
        from azure.storage.blob import BlobLeaseClient

        with self._explained():
            try:
                BlobLeaseClient(self._blob(key), lease_id=lease).renew(**AT_ONCE)
            except (ResourceExistsError, ResourceNotFoundError):
                return False
            except HttpResponseError as error:
                if error.status_code in (409, 412):
                    return False
                raise
        return True

    def release(self, key: str, lease: str) -> None:
        from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
        from azure.storage.blob import BlobLeaseClient

        with self._explained():
            try:
                BlobLeaseClient(self._blob(key), lease_id=lease).release()
            except (ResourceExistsError, ResourceNotFoundError):
                return  # another id holds it, or nobody

    def note(self, key: str, lease: str, content: bytes) -> None:
        from azure.storage.blob import BlobLeaseClient

        blob = self._blob(key)
        with self._explained():
            blob.upload_blob(content, overwrite=True, lease=BlobLeaseClient(blob, lease_id=lease))

    def _blob(self, key: str) -> BlobClient:
        return self._container.get_blob_client(self._address.prefix + key)

    @contextmanager
    def _explained(self) -> Generator[None]:
        from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

        try:
            yield
        except (HttpResponseError, ClientAuthenticationError) as error:
            code = getattr(error, "error_code", None) or ""
            text = str(getattr(code, "value", code))
            raise refused(self._address, error.status_code, text, str(error.message)) from error
        except AzureError as error:
            where = f"{self._address.service}/{self._address.container}"
            raise _unreachable(where, str(error.message)) from error


def _content(blob: BlobClient) -> bytes | None:
    from azure.core.exceptions import ResourceNotFoundError

    try:
        return bytes(blob.download_blob().readall())
    except ResourceNotFoundError as error:
        if getattr(error, "error_code", "") == "ContainerNotFound":
            raise
        return None


def _client(address: BlobAddress, environment: Mapping[str, str]) -> ContainerClient:
    from azure.storage.blob import ContainerClient, LinearRetry

    how: dict[str, Any] = {**PATIENCE, "api_version": API_VERSION}
    how["retry_policy"] = LinearRetry(backoff=2, retry_total=3, random_jitter_range=1)
    key, sas = environment.get("AZURE_STORAGE_KEY"), environment.get("AZURE_STORAGE_SAS_TOKEN")
    connection = connection_string(environment)
    named = bool(environment.get("AZURE_STORAGE_ACCOUNT"))
    if connection and not (key and named) and not sas:
        return ContainerClient.from_connection_string(connection, address.container, **how)
    credential: Any = (key if key and named else sas) or credential_for(SCOPE)
    return ContainerClient(address.service, address.container, credential=credential, **how)


def refused(address: BlobAddress, status: int | None, code: str, why: str) -> CloudnativeError:
    """Azure's no as an error: the fix depends on whether sign-in, role or container is missing."""
    if code == "ContainerNotFound":
        fix = f"az storage container-rm create --name {address.container} --storage-account {address.account}"
    elif status == FORBIDDEN:
        fix = blob_role(address.account)
    else:
        fix = "az login" if status in (None, 401) else f"az storage account show --name {address.account}"
    return CloudnativeError(
        code="backend.refused",
        what=f"the state in {address.service}/{address.container} cannot be reached",
        why=f"{code or status or 'no sign-in'}: {why.strip().splitlines()[0]}",
        fix=fix,
        exit_code=ExitCode.SIGN_IN if status in (None, 401, FORBIDDEN) else ExitCode.FAILED,
    )


def _unreachable(where: str, why: str) -> CloudnativeError:
    host = where.split("/")[2]
    return CloudnativeError(
        code="backend.unreachable",
        what=f"no answer from {host}, where the state lies",
        why=why.strip().splitlines()[0] if why.strip() else "no reason given",
        fix=f"curl --head {where}",
    )
