"""Who a GitHub Actions job is to Entra: the subject of its token, in GitHub's old form and its new (CI-03).

Repositories made, renamed or moved after 15 July 2026 send owner and repository with their ids; older ones
send names alone until somebody switches. Entra compares exactly, case included.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Repository:
    """A repository on GitHub; with both ids its jobs can be trusted in the new form too."""

    owner: str
    name: str
    owner_id: int | None = None
    repository_id: int | None = None

    @classmethod
    def of(
        cls, full_name: str, owner_id: int | None = None, repository_id: int | None = None
    ) -> "Repository":
        """From `owner/name`."""
        owner, _, name = full_name.partition("/")
        return cls(owner, name, owner_id, repository_id)

    def prefixes(self) -> list[str]:
        """What every subject of it starts with, the old form first."""
        old = f"repo:{self.owner}/{self.name}"
        if self.owner_id is None or self.repository_id is None:
            return [old]
        return [old, f"repo:{self.owner}@{self.owner_id}/{self.name}@{self.repository_id}"]

    def subjects(self, triggers: Iterable[str]) -> list[str]:
        """One subject for each trigger and form."""
        return [f"{prefix}:{trigger}" for trigger in triggers for prefix in self.prefixes()]


PULL_REQUEST = "pull_request"


def environment(name: str) -> str:
    """A job with `environment: NAME` sends this, whatever started it."""
    return f"environment:{_quoted(name)}"


def branch(name: str) -> str:
    """A job on a branch, started by anything but a pull request."""
    return f"ref:refs/heads/{_quoted(name)}"


def tag(name: str) -> str:
    """A job on a tag."""
    return f"ref:refs/tags/{_quoted(name)}"


def _quoted(value: str) -> str:
    return value.replace(":", "%3A")
