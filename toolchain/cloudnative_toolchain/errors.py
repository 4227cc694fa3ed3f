"""Errors as data: every failure a user can meet is one `CloudnativeError`, rendered once, by the command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """Process exit codes, Pulumi's numbers where Pulumi has one (sdk/go/common/util/cmdutil/exit.go)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    SIGN_IN = 3
    RESOURCE = 4
    POLICY = 5
    NO_ENVIRONMENT = 6
    CANCELLED = 8
    TIMEOUT = 9
    CHANGES = 10
    INTERRUPTED = 130


@dataclass(frozen=True)
class Location:
    """A place in a file the user wrote; line and column count from 1."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


class CloudnativeError(Exception):
    """A failure with a cause and a way out.

    `code` is stable and dotted (`release.crash`), `what` names the thing that failed, `why` the cause and,
    where the choice is closed, what is allowed; `fix` is a command that can be pasted; `docs` a page.
    """

    def __init__(
        self,
        *,
        code: str,
        what: str,
        why: str = "",
        fix: str = "",
        docs: str = "",
        exit_code: ExitCode = ExitCode.FAILED,
        location: Location | None = None,
    ) -> None:
        super().__init__(code, what, why, fix, docs, exit_code, location)
        self.code, self.what, self.why, self.fix, self.docs = code, what, why, fix, docs
        self.exit_code, self.location = exit_code, location

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        return place + ": ".join(part for part in (self.what, self.why) if part)

    def to_dict(self) -> dict[str, Any]:
        """The error as `--output json` prints it; keys without a value are left out."""
        fields = {"code": self.code, "what": self.what, "why": self.why, "fix": self.fix, "docs": self.docs}
        if self.location:
            fields["location"] = str(self.location)
        return {key: value for key, value in fields.items() if value}


class ConfigError(CloudnativeError):
    """Bad input: exit 2, nothing touched."""

    def __init__(
        self,
        *,
        code: str,
        what: str,
        why: str = "",
        fix: str = "",
        docs: str = "",
        location: Location | None = None,
    ) -> None:
        super().__init__(
            code=code, what=what, why=why, fix=fix, docs=docs, exit_code=ExitCode.USAGE, location=location
        )
