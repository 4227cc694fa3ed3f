"""What one resource type answers: the engine's questions in plain Python, one class per type."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cloudnative_toolchain.errors import CloudnativeError, ExitCode

from .wire import Secret, Unknown, reveal

Properties = dict[str, Any]
Event = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """One input that cannot be accepted, and why."""

    property: str
    reason: str


@dataclass(frozen=True)
class Change:
    """What a Diff found: property paths by operation (`add`, `update`, `delete`, with `-replace`)."""

    paths: Mapping[str, str] = field(default_factory=dict[str, str])

    def __bool__(self) -> bool:
        return bool(self.paths)


class InitFailed(Exception):  # noqa: N818  a state, not a mistake
    """The resource exists but is not what was asked for; state keeps it and the next update is forced."""

    def __init__(self, error: CloudnativeError, *, id: str, outputs: Properties) -> None:  # noqa: A002 - named as the engine's field
        super().__init__(str(error))
        self.error, self.id, self.outputs = error, id, outputs


@dataclass(frozen=True)
class Call:
    """One request of the engine: `news` and `olds` are inputs, `outputs` what state has, secrets marked."""

    urn: str
    id: str
    news: Properties
    olds: Properties
    outputs: Properties
    preview: bool
    timeout: float
    emit: Callable[[Event], None]

    @property
    def environment(self) -> str:
        """The stack's name: what the command calls the environment."""
        return self.urn.split("::")[0].rpartition(":")[2]

    @property
    def inputs(self) -> Properties:
        """The new inputs (for Read and Delete: the old ones) with secrets in clear."""
        return reveal(self.news or self.olds)

    @property
    def old(self) -> Properties:
        """The inputs that state has, in clear."""
        return reveal(self.olds)

    @property
    def state(self) -> Properties:
        """The outputs that state has, in clear."""
        return reveal(self.outputs)

    def progress(self, text: str) -> None:
        """One line of what happens now."""
        self.emit({"kind": "progress", "urn": self.urn, "message": text})

    def log(self, text: str) -> None:
        """One line that a program of somebody else wrote: kept for whoever asks, not for everybody's eyes."""
        self.emit({"kind": "log", "urn": self.urn, "message": text})

    def problem(self, error: CloudnativeError) -> None:
        """A root cause as soon as it is seen."""
        self.emit({"kind": "problem", "urn": self.urn, "exit_code": int(error.exit_code), **error.to_dict()})


class Resource(ABC):
    """The answers of a type that needs no checking, never differs and has nothing to delete."""

    token: str
    required: ClassVar[Mapping[str, type]] = {}
    optional: ClassVar[Mapping[str, type]] = {}
    secret_outputs: frozenset[str] = frozenset()

    async def check(self, call: Call) -> tuple[Properties, list[Failure]]:
        """The inputs as they will be kept, and what is wrong with them."""
        return call.news, []

    async def diff(self, call: Call) -> Change:
        """Which properties make this resource differ from what state has."""
        del call
        return Change()

    @abstractmethod
    async def create(self, call: Call) -> tuple[str, Properties]:
        """Make it; returns id and outputs."""

    async def read(self, call: Call) -> tuple[str, Properties, Properties]:
        """Id, inputs and outputs as they are; an empty id says that it is gone."""
        return call.id, call.olds, call.outputs

    async def update(self, call: Call) -> Properties:
        """Change it; returns the outputs."""
        _, outputs = await self.create(call)
        return outputs

    async def delete(self, call: Call) -> None:
        """Remove it; nothing is left to do for a resource that lives in state alone."""
        del call

    def mark(self, outputs: Properties) -> Properties:
        """Outputs as the engine gets them: what is secret by nature is marked again."""
        return {
            key: Secret(value) if key in self.secret_outputs and not isinstance(value, Secret) else value
            for key, value in outputs.items()
        }


def failures(resource: Resource, inputs: Properties) -> list[Failure]:
    """Missing, unknown and wrongly typed inputs of `resource`, all at once."""
    allowed = {**resource.required, **resource.optional}
    found = [Failure(key, "is required") for key in resource.required if inputs.get(key) is None]
    for key, value in inputs.items():
        if key.startswith("__"):
            continue
        if key not in allowed:
            found.append(Failure(key, f"is not an input; inputs are {', '.join(sorted(allowed))}"))
        elif value is not None and not _fits(value, allowed[key]):
            found.append(Failure(key, f"must be {_WORDS.get(allowed[key], allowed[key].__name__)}"))
    return found


def cancelled(what: str) -> CloudnativeError:
    """The error of work that was interrupted by the engine's Cancel."""
    return CloudnativeError(
        code="run.cancelled", what=what, why="the run was cancelled", exit_code=ExitCode.CANCELLED
    )


_WORDS = {str: "a string", int: "a whole number", dict: "a map", list: "a list"}


def _fits(value: object, kind: type) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, kind) and not (kind is int and value is True))
