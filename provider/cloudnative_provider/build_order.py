"""What every builder is given and what it gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .access import Cloud
from .objects import part

Say = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """The digest of what was pushed, and of each base by name."""

    digest: str
    bases: dict[str, str]


@dataclass(frozen=True)
class Order:
    """One image to build and push; `sign_in` gives the token for a push from this machine."""

    inputs: Mapping[str, Any]
    where: Cloud
    sign_in: Callable[[], Awaitable[str]] = field(repr=False)

    @property
    def repository(self) -> str:
        """Where the image goes in its registry, with a tag that keeps it from being purged."""
        return f"{self.inputs['repository']}:{self.inputs['inputsHash'][:12]}"

    @property
    def name(self) -> str:
        """The image's full name."""
        return f"{self.inputs['registry']}/{self.repository}"

    @property
    def context(self) -> Path:
        """The folder that the Dockerfile copies from."""
        return Path(self.inputs["context"])

    @property
    def dockerfile(self) -> Path:
        """The Dockerfile's path."""
        return self.context / self.inputs["dockerfile"]

    @property
    def arguments(self) -> dict[str, str]:
        """Build arguments by name; every builder writes the same times into the image's history."""
        return {"SOURCE_DATE_EPOCH": "0", **part(self.inputs, "buildArgs")}

    def failed(self, why: str, last: list[str]) -> CloudnativeError:
        """The build's error with the end of its log."""
        lines = "\n".join(f"  {line}" for line in last)
        return CloudnativeError(
            code="image.build",
            what=f"building {self.inputs['registry']}/{self.inputs['repository']} from {self.context}",
            why=f"{why}; the last lines:\n{lines}" if lines else why,
            exit_code=ExitCode.RESOURCE,
        )


class Builder(Protocol):
    """Who builds: BuildKit on this machine, the user's Docker, or Azure."""

    async def build(self, order: Order, progress: Say, log: Say) -> Built:
        """Builds and pushes. Steps go to `progress`, their output to `log`."""
        ...
