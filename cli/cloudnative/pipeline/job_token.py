"""A GitHub job signs in without a secret: its token in a private file, kept fresh while the command runs."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cloudnative_toolchain import folders
from cloudnative_toolchain.errors import CloudnativeError, ExitCode
from cloudnative_toolchain.federation import CLIENT, FILE, TENANT

REQUEST_URL, REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
AUDIENCE = "api://AzureADTokenExchange"
ATTEMPTS = 3
RENEWED_SECONDS = 120  # GitHub's tokens live for five minutes


@contextmanager
def signed_in(environment: MutableMapping[str, str] = os.environ) -> Generator[None]:
    """In a job that names an identity: its token in a file, and the variables that Azure's clients read."""
    if not _in_a_job(environment):
        yield
        return
    file = _private_file()
    _write(file, fetch(environment))
    added = {FILE: str(file), "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN_FILE_PATH": str(file)}
    for arm, azure in (("ARM_CLIENT_ID", CLIENT), ("ARM_TENANT_ID", TENANT), *_SUBSCRIPTION):
        added[arm] = environment.get(azure, "")
    environment.update(added)
    ended = threading.Event()
    renewal = threading.Thread(target=_renew, args=(environment, file, ended), daemon=True)
    renewal.start()
    try:
        yield
    finally:
        ended.set()
        renewal.join()
        file.unlink(missing_ok=True)
        for name in added:
            environment.pop(name, None)


_SUBSCRIPTION = (("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"),)


def fetch(environment: Mapping[str, str], sleep: Callable[[float], object] = time.sleep) -> str:
    """The job's token for Entra, from the address that GitHub gave it."""
    import httpx

    url = environment[REQUEST_URL]
    _require_private(url)
    problem = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            sleep(attempt)
        try:
            answer = httpx.get(
                httpx.URL(url).copy_merge_params({"audience": AUDIENCE}),
                headers={"Authorization": f"Bearer {environment[REQUEST_TOKEN]}"},
                timeout=15,
                trust_env=not url.startswith("http://127.0.0.1:"),
            )
            if answer.is_success:
                return str(answer.json()["value"])
            problem = f"GitHub answered {answer.status_code}"
        except (httpx.HTTPError, ValueError, KeyError) as error:
            problem = f"{type(error).__name__} from {urlsplit(url).hostname}"
    raise _refused("no token for this job", problem)


def _in_a_job(environment: Mapping[str, str]) -> bool:
    wanted = (REQUEST_URL, REQUEST_TOKEN, CLIENT, TENANT)
    return all(environment.get(name) for name in wanted) and not environment.get(FILE)


def _require_private(url: str) -> None:
    """The request carries a credential of the job, so nobody may listen in."""
    address = urlsplit(url)
    if address.scheme != "https" and address.hostname != "127.0.0.1":
        raise _refused(f"{REQUEST_URL} is {address.scheme}://{address.hostname}", "only https is asked")


def _refused(what: str, why: str) -> CloudnativeError:
    return CloudnativeError(
        code="pipeline.token",
        what=what,
        why=f"{why}; the job needs `permissions: id-token: write`",
        fix="cloudnative pipeline init",
        exit_code=ExitCode.SIGN_IN,
    )


def _renew(environment: Mapping[str, str], file: Path, ended: threading.Event) -> None:
    """A run takes longer than a token lives; whoever signs in again reads the file again."""
    while not ended.wait(RENEWED_SECONDS):
        try:
            _write(file, fetch(environment, sleep=ended.wait))
        except CloudnativeError as error:
            sys.stderr.write(
                f"the job's token was not renewed, tried again in {RENEWED_SECONDS} s: {error}\n"
            )


def _private_file() -> Path:
    folder = folders.home() / "runs"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"job-token-{os.getpid()}"


def _write(file: Path, token: str) -> None:
    """Whole or not at all, and for nobody else."""
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(token)
    fresh.replace(file)
