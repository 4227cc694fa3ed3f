"""Preflight of one run: begun beside what else a run prepares, waited for before anything is written."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative import report
from cloudnative.absent import NOTHING
from cloudnative.findings_error import FindingsError
from cloudnative.preflight import account, capacity, images, questions, reach, registry, versions
from cloudnative.preflight.needs import Needs, needs_of_release, needs_of_up
from cloudnative.preflight.questions import Answer, Key
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from cloudnative.arm import Arm
    from cloudnative.session import Session
    from cloudnative_components.application import Application
    from cloudnative_components.config import EnvironmentConfig

# Whoever looks at a change is often not who makes it: a pull request's identity may only read.
OF_THE_ACCOUNT = {"azure.sign-in", "preflight.subscription"}
MAKERS = {"up", "preview"}
OF_THE_DEPLOYER = {"preflight.rights", "preflight.role-assignments"}


@dataclass(frozen=True)
class Result:
    """What was found, and what could not be asked."""

    findings: tuple[CloudnativeError, ...] = ()
    unchecked: tuple[str, ...] = ()
    seconds: float = 0.0


class Preflight:
    """Asks in a thread of its own from the moment it is made."""

    def __init__(self, session: Session, verb: str, regions: Sequence[str]) -> None:
        self._session, self._verb, self._regions = session, verb, regions
        self._result = Result()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="preflight", daemon=True)
        self._thread.start()

    def result(self) -> Result:
        """Everything that was found, once it is known."""
        self._thread.join()
        if self._failure:
            raise self._failure
        return self._result

    def require(self) -> None:
        """All findings as one error, where there are any; tells what could not be asked."""
        found = self.result()
        tell(self._session, found)
        if found.findings:
            raise refusal(found.findings, self._session.home.environment)

    def require_account(self) -> None:
        """The same for who is signed in and where, without which nothing can be looked at either."""
        found = self.result()
        tell(self._session, found)
        if broken := tuple(one for one in found.findings if one.code in OF_THE_ACCOUNT):
            raise refusal(broken, self._session.home.environment)

    def _run(self) -> None:
        try:
            subject = subject_of(self._session)
            with contextlib.closing(subject.arm):
                self._result = examine(subject, self._verb, self._regions)
        except BaseException as failure:  # noqa: BLE001 - raised again where it is waited for
            self._failure = failure


class Nothing:
    """Preflight left out, as was asked for."""

    def result(self) -> Result:
        """Nothing was found."""
        return Result()

    def require(self) -> None:
        """Nothing stands in the way."""

    def require_account(self) -> None:
        """Nothing stands in the way."""


def begin(
    session: Session, verb: str, *, regions: Sequence[str] = (), skip: bool = False
) -> Preflight | Nothing:
    """Preflight of a verb, begun; `regions` are those that it goes to where that is not all of them."""
    return Nothing() if skip else Preflight(session, verb, regions)


def tell(session: Session, found: Result) -> None:
    """What could not be asked, in a line each: it stops nobody."""
    for line in found.unchecked:
        session.display.say(f"not checked: {line}")


def refusals_of_up(found: Result) -> tuple[CloudnativeError, ...]:
    """What would stop an `up` by whoever deploys."""
    return tuple(one for one in found.findings if one.code not in OF_THE_DEPLOYER)


def refusal(findings: tuple[CloudnativeError, ...], environment: str) -> FindingsError:
    """All findings as one error."""
    problems = "1 problem" if len(findings) == 1 else f"{len(findings)} problems"
    return FindingsError(
        code="preflight",
        what=f"preflight of {environment} found {problems}; nothing was changed",
        findings=findings,
    )


@dataclass(frozen=True)
class Subject:
    """What is looked at: an environment's config, where it is written, and what the state has of it."""

    arm: Arm
    project: str
    config: EnvironmentConfig
    file: Path
    deployment: Mapping[str, Any] | None
    application: Application | None = None
    mirror: str = ""  # stands for Docker Hub on the emulator


def subject_of(session: Session) -> Subject:
    """The environment of a session."""
    file = session.project.environment_file(session.home.environment)
    return Subject(
        arm=session.arm(),
        project=session.project.name,
        config=session.config,
        file=file,
        deployment=session.seen,
        application=session.application,
        mirror=str((session.endpoint or NOTHING).get("docker_mirror", "")),
    )


def examine(subject: Subject, verb: str, regions: Sequence[str] = ()) -> Result:
    """Ask everything that this run depends on, and judge the answers."""
    began, arm = time.monotonic(), subject.arm
    try:
        arm.bearer()
    except CloudnativeError as error:
        if error.exit_code is not ExitCode.SIGN_IN:
            raise
        return Result((account.signed_out(error.why) if error.code == "azure.refused" else error,))
    needs = _needs(subject, verb, regions)
    answers = questions.ask(arm, questions.questions_of(needs))
    findings = [
        *_findings(needs, answers, arm, subject.file),
        *images.findings(subject.application, subject.mirror),
    ]
    return Result(tuple(findings), tuple(unchecked(answers)), time.monotonic() - began)


def makes_infrastructure(verb: str, config: EnvironmentConfig, deployment: Mapping[str, Any] | None) -> bool:
    """Whether a run may make groups, registry and clusters; a promotion does where there are none yet."""
    there = bool(report.regions(dict(deployment or NOTHING)))
    return not config.cluster_ids and (verb in MAKERS or (verb == "promote" and not there))


def _needs(subject: Subject, verb: str, regions: Sequence[str]) -> Needs:
    from cloudnative_components.azure.naming import environment_names

    subscription, config = subject.arm.subscription, subject.config
    if not makes_infrastructure(verb, config, subject.deployment):
        pushes = verb != "rollback"
        return needs_of_release(subscription, config, subject.deployment, regions=regions, pushes=pushes)
    names = environment_names(
        project=subject.project,
        environment=config.name,
        subscription=subscription,
        regions=config.regions,
        registry=config.registry_name,
        resource_group=config.resource_group_name,
        cluster=config.cluster_name,
    )
    return needs_of_up(config, names, subscription, subject.deployment)


def _findings(needs: Needs, answers: Mapping[Key, Answer], arm: Arm, file: Path) -> list[CloudnativeError]:
    """Where the subscription cannot be used, that is all there is to say."""
    if broken := list(account.subscription(needs, answers)):
        return broken
    principal, kind = _caller(arm.bearer())
    return [
        *account.providers(needs, answers),
        *account.features(needs, answers),
        *account.regions(needs, answers),
        *account.rights(_missing_rights(needs, answers, arm), principal, kind),
        *versions.findings(needs, answers, file),
        *capacity.findings(needs, answers, file),
        *registry.name(needs, answers, file),
        *reach.findings(needs, reach.look(needs, arm), file),
    ]


def _missing_rights(needs: Needs, answers: Mapping[Key, Answer], arm: Arm) -> dict[str, list[str]]:
    """Actions by scope. Rights in the groups that are there already are as good as rights above them."""
    missing: dict[str, list[str]] = {}
    for right in needs.rights:
        lacks = account.missing_actions(right, answers)
        if lacks and right.groups:
            lacks = _missing_below(lacks, questions.ask(arm, _in_groups(right.groups)))
        if lacks:
            missing[right.scope] = lacks
    return missing


def _in_groups(groups: tuple[str, ...]) -> dict[Key, questions.Question]:
    return {questions.permissions(group): questions.permissions_at(group) for group in groups}


def _missing_below(actions: list[str], answers: Mapping[Key, Answer]) -> list[str]:
    """Those that any of the groups lacks; a group that is not there has to be made, above."""
    if not all(answer.known for answer in answers.values()):
        return actions
    return [
        action
        for action in actions
        if not all(account.allows(answer.values, action) for answer in answers.values())
    ]


def _caller(token: str) -> tuple[str, str]:
    """Object id and kind of whoever the token is for."""
    import jwt

    # Not verified: it is our own token, and Azure decides what it is worth.
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return str(claims.get("oid", "")), "User" if "scp" in claims else "ServicePrincipal"


def unchecked(answers: Mapping[Key, Answer]) -> list[str]:
    """What Azure did not answer; 404 and a taken registry's are answers."""
    silent = {
        key: answer
        for key, answer in answers.items()
        if not answer.known and key not in (questions.REGISTRY, questions.SUBSCRIPTION)
    }
    return [f"{' '.join(key)}: {answer.why}" for key, answer in silent.items()]
