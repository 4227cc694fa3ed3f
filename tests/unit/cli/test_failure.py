"""A failed run becomes one error: root cause first, the exit code of its kind, a fix to paste."""

import signal
from typing import Any

import pytest

from cloudnative.failure import failure
from cloudnative.present import error_text
from cloudnative.runs.supervisor import Outcome
from cloudnative.wording import clean
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

URN = "urn:pulumi:dev::p::azure-native:resources:ResourceGroup::rg"
TRACEBACK = """python inline source runtime error: boom
Traceback (most recent call last):
  File "/work/.venv/lib/python3.11/site-packages/pulumi/runtime/stack.py", line 133, in run
  File "/home/u/stacks/__main__.py", line 7, in <module>
ValueError: boom
"""


def problem(what: str, **fields: Any) -> dict[str, Any]:
    return {
        "event": "problem",
        "what": what,
        "code": "release.crash",
        "exit_code": 4,
        "final": True,
        **fields,
    }


def diagnostic(text: str, urn: str = "") -> dict[str, Any]:
    return {"event": "diagnostic", "severity": "error", "text": text, "urn": urn}


def test_the_providers_own_words_come_first() -> None:
    outcome = Outcome(problems=[problem("pod a", why="exit code 1", fix="cloudnative logs dev a")])
    error = failure(outcome, "dev")
    assert (error.what, error.why, error.fix) == ("pod a", "exit code 1", "cloudnative logs dev a")
    assert error.exit_code is ExitCode.RESOURCE


def test_a_final_problem_counts_more_than_one_on_the_way() -> None:
    passing = {**problem("not ready yet"), "final": False}
    assert failure(Outcome(problems=[passing, problem("pod a")]), "dev").what == "pod a"


def test_several_failures_are_one_error_and_a_shared_cause_is_told_once() -> None:
    outcome = Outcome(
        problems=[problem("a", why="no disk"), problem("b", why="no disk"), problem("c", why="x")]
    )
    assert failure(outcome, "dev").why == "no disk\nalso, for the same reason: b\nalso: c: x"


def test_a_failed_resource_is_exit_4_and_named() -> None:
    error = failure(Outcome(diagnostics=[diagnostic("403 Forbidden", URN)], failed=[URN]), "dev")
    assert error.exit_code is ExitCode.RESOURCE
    assert (error.what, error.why) == ("ResourceGroup rg failed", "403 Forbidden")


def test_a_fix_that_the_emulator_knows_is_the_fix() -> None:
    said = 'Code="InternalOperationError" Message="no watchers left; fix: sudo sysctl -w fs.inotify.a=1024"'
    error = failure(Outcome(diagnostics=[diagnostic(said, URN)], failed=[URN]), "dev")
    assert error.why == 'Code="InternalOperationError" Message="no watchers left"'
    assert error.fix == "sudo sysctl -w fs.inotify.a=1024"


def test_an_exception_of_the_program_names_the_users_own_line() -> None:
    error = failure(Outcome(diagnostics=[diagnostic(TRACEBACK)]), "dev")
    assert error.exit_code is ExitCode.FAILED
    assert error.why == "ValueError: boom (at /home/u/stacks/__main__.py:7)"


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.CANCELLED)]
)
def test_an_interrupted_run_says_that_the_next_one_converges(number: int, code: ExitCode) -> None:
    error = failure(Outcome(interrupted=1, signal=number), "dev")
    assert error.exit_code is code
    assert error.fix == "cloudnative up dev"


def test_an_engine_without_a_word_is_still_an_error() -> None:
    assert failure(Outcome(), "dev").why == "the engine ended without a word"


def test_outside_text_cannot_steer_the_terminal() -> None:
    assert clean("a\x1b[2J\x1b]0;title\x07b\x9bc") == "abc"


def test_an_error_is_what_why_and_fix() -> None:
    error = CloudnativeError(code="c", what="what", why="why", fix="fix it", docs="docs/x.md")
    assert error_text(error) == "error: what: why\nfix: fix it\nsee: docs/x.md\n"


def test_on_a_terminal_a_reason_is_broken_between_words_and_a_fix_never() -> None:
    error = CloudnativeError(code="c", what="what", why="one two three four", fix="do " + "it " * 9)
    assert error_text(error, width=12) == f"error: what\n  one two\n  three four\nfix: do {'it ' * 9}\n"


def test_the_fix_of_a_bug_shows_its_traceback() -> None:
    assert (
        failure(Outcome(problems=[problem("x", code="bug")]), "dev").fix
        == "CLOUDNATIVE_DEBUG=1 cloudnative up dev"
    )
