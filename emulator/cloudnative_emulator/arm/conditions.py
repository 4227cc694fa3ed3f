"""Conditions of role assignments (Azure ABAC), as far as they are about assigning roles: read, then judged.

The grammar is Azure's: AND, OR, !, parentheses, ActionMatches, comparisons of an attribute with a value or
a set. Known attributes are those that Azure has for `roleAssignments/write` (of the request) and for
`roleAssignments/delete` (of the assignment that is there). One that an action does not have equals nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from cloudnative_emulator.arm.roles import matches

KIND = "Microsoft.Authorization/roleAssignments"
ATTRIBUTES = ("RoleDefinitionId", "PrincipalId", "PrincipalType")
_TOKEN = re.compile(
    r"""\s*(?:(?P<word>AND|OR|ActionMatches)\b|(?P<mark>[!(){},])|'(?P<text>[^']*)'
    |@(?P<source>Request|Resource)\[(?P<attribute>[^\]]+)\]|(?P<plain>[\w:.-]+))""",
    re.VERBOSE | re.IGNORECASE,
)
_SET_OPERATORS = ("foranyofanyvalues:guidequals", "foranyofanyvalues:stringequalsignorecase")
_OPERATORS = ("guidequals", "stringequalsignorecase", *_SET_OPERATORS)


class ConditionError(ValueError):
    """A condition that is not understood; the text says where."""


@dataclass(frozen=True)
class Attempt:
    """What is tried, with the attributes of the request and of what is there, by short name."""

    action: str = ""
    request: Mapping[str, str] = field(default_factory=dict[str, str])
    resource: Mapping[str, str] = field(default_factory=dict[str, str])


Judgement = Callable[[Attempt], bool]


def attributes(properties: Mapping[str, object]) -> dict[str, str]:
    """Of a role assignment's properties, what conditions compare."""
    role = str(properties.get("roleDefinitionId", "")).rsplit("/", 1)[-1]
    principal_type = str(properties.get("principalType") or "ServicePrincipal")
    principal = str(properties.get("principalId", ""))
    return dict(zip(ATTRIBUTES, (role, principal, principal_type), strict=True))


def holds(condition: str | None, attempt: Attempt) -> bool:
    """Whether the condition allows the attempt; no condition allows all."""
    return not condition or read(condition)(attempt)


@cache
def read(condition: str) -> Judgement:
    """The condition as a function; ConditionError where it is none, or about something else."""
    reader = _Reader(condition)
    judgement = reader.either()
    if reader.token:
        raise ConditionError(f"'{reader.shown}' is too much")
    return judgement


class _Reader:
    """Recursive descent, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self.token: re.Match[str] | None = None
        self._next()

    @property
    def shown(self) -> str:
        """What stands where reading is."""
        return self.token.group().strip() if self.token else "the end"

    def either(self) -> Judgement:
        """Alternatives: OR binds less than AND."""
        left = self._all()
        while self._takes("word", "OR"):
            left = _or(left, self._all())
        return left

    def _all(self) -> Judgement:
        left = self._one()
        while self._takes("word", "AND"):
            left = _and(left, self._one())
        return left

    def _one(self) -> Judgement:
        if self._takes("mark", "!"):
            inner = self._one()
            return lambda attempt: not inner(attempt)
        if self._takes("mark", "("):
            inner = self.either()
            self._needs(")")
            return inner
        if self._takes("word", "ActionMatches"):
            self._needs("{")
            pattern = self._value()
            self._needs("}")
            return lambda attempt: matches(pattern, attempt.action)
        return self._comparison()

    def _comparison(self) -> Judgement:
        if not (self.token and self.token["attribute"]):
            raise ConditionError(f"'{self.shown}' is no expression that the emulator can judge")
        of_request = self.token["source"].lower() == "request"
        name = _attribute(self.token["attribute"])
        self._next()
        operator = (self.token["plain"] or "") if self.token else ""
        if operator.lower() not in _OPERATORS:
            raise ConditionError(f"'{self.shown}' is no operator that the emulator can judge")
        self._next()
        wanted = {one.lower() for one in (self._set() if ":" in operator else [self._value()])}
        return lambda attempt: (
            (attempt.request if of_request else attempt.resource).get(name, "").lower() in wanted
        )

    def _set(self) -> list[str]:
        self._needs("{")
        values = [self._value()]
        while self._takes("mark", ","):
            values.append(self._value())
        self._needs("}")
        return values

    def _value(self) -> str:
        if self.token and (self.token["text"] or self.token["plain"]):
            value = self.token["text"] or self.token["plain"]
            self._next()
            return value
        raise ConditionError(f"a value is missing before '{self.shown}'")

    def _takes(self, group: str, wanted: str) -> bool:
        if not (self.token and (self.token[group] or "").lower() == wanted.lower()):
            return False
        self._next()
        return True

    def _needs(self, mark: str) -> None:
        if not self._takes("mark", mark):
            raise ConditionError(f"'{mark}' is missing before '{self.shown}'")

    def _next(self) -> None:
        self.token = _TOKEN.match(self._text, self._at)
        if self.token:
            self._at = self.token.end()
        elif self._text[self._at :].strip():
            raise ConditionError(f"'{self._text[self._at :].strip()[:30]}' is not understood")


def _attribute(text: str) -> str:
    kind, _, name = text.partition(":")
    known = {each.lower(): each for each in ATTRIBUTES}
    if kind.lower() != KIND.lower() or name.lower() not in known:
        raise ConditionError(f"'{text}' is no attribute that the emulator knows")
    return known[name.lower()]


def _or(left: Judgement, right: Judgement) -> Judgement:
    return lambda attempt: left(attempt) or right(attempt)


def _and(left: Judgement, right: Judgement) -> Judgement:
    return lambda attempt: left(attempt) and right(attempt)
