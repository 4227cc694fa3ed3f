"""The actions of others that our workflows use, by commit."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Action:
    """One action at one commit, and where that commit was seen."""

    action: str
    version: str
    commit: str
    seen: date
    sources: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Whether two public sources name this commit for this version."""
        return len(self.sources) >= 2

    @property
    def uses(self) -> str:
        """What stands after `uses:`."""
        note = "" if self.verified else ", unverified"
        return f"{self.action}@{self.commit} # {self.version}{note}"


@cache
def actions() -> dict[str, Action]:
    """Every action by our name for it."""
    entries = tomllib.loads(Path(__file__).with_name("actions.toml").read_text("utf-8"))
    return {name: Action(sources=tuple(entry.pop("sources")), **entry) for name, entry in entries.items()}
