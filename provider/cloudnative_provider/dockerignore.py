"""Docker's ignore rules, as in its patternmatcher: the last that matches a path or a parent of it wins."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One line: what it matches, and whether it takes paths back in."""

    pattern: re.Pattern[str]
    include: bool


class Ignored:
    """Decides about slash-separated paths relative to the context."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules = [rule for line in lines if (rule := _rule(line))]
        self.takes_back = any(rule.include for rule in self._rules)

    def __call__(self, path: str) -> bool:
        """True when the path does not belong to the context."""
        parts = path.split("/")
        candidates = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        ignored = False
        for rule in self._rules:
            if ignored == rule.include and any(rule.pattern.match(one) for one in candidates):
                ignored = not rule.include
        return ignored


def _rule(line: str) -> Rule | None:
    text = line.strip()
    if not text or line.startswith("#"):
        return None
    include = text.startswith("!")
    text = text[1:].strip() if include else text
    cleaned = posixpath.normpath(text).lstrip("/") if text else ""
    return Rule(re.compile(_regex(cleaned) + r"\Z", re.DOTALL), include) if cleaned else None


def _regex(pattern: str) -> str:
    out, position = "", 0
    while position < len(pattern):
        piece, position = _next(pattern, position)
        out += piece
    return out


def _next(pattern: str, at: int) -> tuple[str, int]:
    char = pattern[at]
    if pattern.startswith("**", at):
        after = at + 3 if pattern[at + 2 : at + 3] == "/" else at + 2
        return (".*" if after >= len(pattern) else "(.*/)?"), after
    if char == "*":
        return "[^/]*", at + 1
    if char == "?":
        return "[^/]", at + 1
    if char == "\\" and at + 1 < len(pattern):
        return re.escape(pattern[at + 1]), at + 2
    if char == "[" and (end := pattern.find("]", at + 2)) > 0:
        return pattern[at : end + 1], end + 1
    return re.escape(char), at + 1
