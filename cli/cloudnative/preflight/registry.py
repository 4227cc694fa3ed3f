"""Findings about the registry's name, which nobody else in the world may have."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from cloudnative.absent import NOTHING
from cloudnative.preflight import questions
from cloudnative.preflight.needs import Needs
from cloudnative.preflight.questions import Answer, Key
from cloudnative.preflight.settings import setting
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

OURS = "managed-by"


def name(needs: Needs, answers: Mapping[Key, Answer], file: Path) -> Iterator[CloudnativeError]:
    """Is it free? One that is there and that the state does not know would fail the run as well."""
    answer = answers.get(questions.REGISTRY_NAME)
    if answer is None or not answer.known or answer.body.get("nameAvailable", True):
        return
    there = answers[questions.REGISTRY]
    yield CloudnativeError(
        code="preflight.registry-name",
        what=f"the registry cannot be called {needs.registry}",
        why=_left_behind(needs) if _is_ours(there) else str(answer.body.get("message") or "it is taken"),
        fix=setting(file, "registry_name", another(needs.registry)),
        exit_code=ExitCode.RESOURCE,
    )


def _is_ours(answer: Answer) -> bool:
    tags: Mapping[str, str] = answer.body.get("tags") or NOTHING
    return answer.known and tags.get(OURS) == "cloudnative"


def _left_behind(needs: Needs) -> str:
    return (
        f"{needs.registry_id} is one of ours, and this environment's state does not know it: "
        "it was made with another state, or that one was lost"
    )


def another(taken: str) -> str:
    """A name that nobody is likely to have."""
    return f"{taken[:44]}{secrets.token_hex(3)}"
