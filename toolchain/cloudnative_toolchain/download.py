"""Downloads that can be interrupted: resumed where they stopped, checked before anybody sees them."""

from __future__ import annotations

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from cloudnative_toolchain.errors import CloudnativeError
from cloudnative_toolchain.job import TICK_SECONDS, Job, UnavailableError

CONNECT_SECONDS = 5.0
CHUNK = 1 << 18
ATTEMPTS = 3
NETWORK = (OSError, http.client.HTTPException)


def text(job: Job, url: str) -> str:
    """A small text file; UnavailableError when it cannot be had."""
    with _open(job, url, 0) as answer:
        return answer.read(1 << 20).decode()


@dataclass(frozen=True)
class Download:
    """One file of known checksum; its unfinished part lies in `folder` under the checksum."""

    url: str
    sha256: str
    folder: Path

    def fetch(self, job: Job) -> Path:
        """The complete, checked file. A part left by an earlier, interrupted run is continued."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{self.sha256}.part"
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._continue(job, part)
                break
            except NETWORK as problem:
                if attempt == ATTEMPTS:
                    raise UnavailableError(f"{self.url} broke off {attempt} times: {problem}") from problem
        self._check(part)
        whole = self.folder / f"{self.sha256}-{PurePosixPath(self.url).name}"
        part.replace(whole)
        return whole

    def _continue(self, job: Job, part: Path) -> None:
        have = part.stat().st_size if part.exists() else 0
        with _open(job, self.url, have) as answer:
            if answer.status == 416:  # nothing is left to send
                return
            resumed = answer.status == 206
            have = have if resumed else 0
            total = have + int(answer.headers.get("Content-Length") or 0)
            with part.open("ab" if resumed else "wb") as file:
                self._copy(job, answer, file.fileno(), have, total)
        if total > part.stat().st_size:
            raise http.client.IncompleteRead(b"", total - part.stat().st_size)

    def _copy(
        self, job: Job, answer: http.client.HTTPResponse, descriptor: int, have: int, total: int
    ) -> None:
        told = time.monotonic()
        while chunk := answer.read(CHUNK):
            job.check()
            os.write(descriptor, chunk)
            have += len(chunk)
            if time.monotonic() - told >= TICK_SECONDS:
                told = time.monotonic()
                job.say(f"downloading {PurePosixPath(self.url).name}, {have >> 20} of {total >> 20} MiB")

    def _check(self, part: Path) -> None:
        with part.open("rb") as file:
            got = hashlib.file_digest(file, "sha256").hexdigest()
        if got != self.sha256:
            part.unlink()
            raise CloudnativeError(
                code="toolchain.checksum",
                what=f"{self.url} is not what its project published",
                why=f"sha256 is {got}, published is {self.sha256}; the file was deleted",
                fix="cloudnative doctor --fix",
            )


def _open(job: Job, url: str, start: int) -> http.client.HTTPResponse:
    """An answer of 200, 206 or 416. A host that cannot be reached is asked once a run."""
    host = urlsplit(url).netloc
    if host in job.unreachable:
        raise UnavailableError(job.unreachable[host])
    headers = {"Range": f"bytes={start}-"} if start else {}
    request = urllib.request.Request(url, headers={"User-Agent": "cloudnative", **headers})  # noqa: S310 - ours
    try:
        return urllib.request.urlopen(request, timeout=CONNECT_SECONDS)  # noqa: S310 - ours: versions.toml says which
    except urllib.error.HTTPError as answer:
        if answer.code == 416 and start:
            return answer.fp  # type: ignore[return-value] - an HTTPError is an answer with a body
        raise UnavailableError(f"{url} answered {answer.code}") from answer
    except OSError as problem:
        job.unreachable[host] = f"{host} cannot be reached: {getattr(problem, 'reason', problem)}"
        raise UnavailableError(job.unreachable[host]) from problem
