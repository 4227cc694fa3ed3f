"""The right to write to one environment: crashes cleared up first, then engine operations."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative.runs.lock import EnvironmentLock
from cloudnative.runs.supervisor import Outcome, Supervisor
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

if TYPE_CHECKING:
    from cloudnative.runs.home import StackHome
    from cloudnative.runs.recovery import Recovery
    from cloudnative.session import Session

GRACE_SECONDS = 60
GRACE_UNDER_A_LEASE_SECONDS = 40  # an engine whose command died ends before the command's lease does


class Writer:
    """Runs engine operations on an environment."""

    def __init__(
        self, session: Session, lock: EnvironmentLock | None, deployment: dict[str, Any] | None = None
    ) -> None:
        self._session, self._lock = session, lock
        self._deployment, self._outdated = deployment, False
        self._supervisor = Supervisor(session.display.event, self._engine_started)
        self._lost = ""

    def settle(self) -> None:
        """A readable state without pending operations, of the emulator that runs now."""
        from cloudnative.moved import refuse_moved
        from cloudnative.runs.recovery import pending_operations, recover
        from cloudnative.runs.state import deployment_in, import_deployment, make_stack

        session, home, state = self._session, self._session.home, self._session.state
        checkpoint = state.repair(session.display.say)
        checkpoint = None if self._forget_other_emulator() else checkpoint
        refuse_moved(home, session.backend.url, session.project.environment_file(home.environment))
        engine = session.engine(self._descriptor)
        if checkpoint is None:
            make_stack(engine, home, session.backend.provider)
        self._remember()
        self._deployment = deployment = deployment_in(checkpoint)
        if deployment is not None and pending_operations(deployment):
            state.keep_copy("before-recovery")
            recovery = recover(deployment, session.arm().find)
            _explain(recovery, session.display.say)
            import_deployment(engine, home, recovery.deployment)
            self._outdated = True
            self._refresh(recovery.refresh)
        self._await_unfinished(self.read() or {})

    def read(self) -> dict[str, Any] | None:
        """The environment's state; nobody else changes it, so it is read again only after a run did."""
        if self._outdated:
            self._deployment, self._outdated = self._session.state.read(), False
        return self._deployment

    def run(self, *arguments: str) -> Outcome:
        """One engine operation, with the program and our plugin."""
        session = self._session
        self._outdated = self._outdated or not _only_looks(arguments)
        request = {
            "engine": session.engine_path,
            "arguments": [
                *arguments,
                "--stack",
                session.home.environment,
                "--non-interactive",
                "--color=never",
            ],
            "folder": str(session.home.work),
            "program": str(session.project.program),
            "plugin": True,
            "grace_seconds": GRACE_UNDER_A_LEASE_SECONDS if session.backend.remote else GRACE_SECONDS,
        }
        log = run_log(session.home)
        outcome = self._supervisor.run(request, session.environment, lock=self._descriptor, log=log)
        if self._lost:
            raise _lease_lost(session.home.environment, self._lost)
        return outcome

    def abandon(self, why: str) -> None:
        """The right to write is lost: the engine is killed, for its next step might be a second writer's."""
        self._lost = why
        self._session.display.say(f"the lock of {self._session.home.environment} is lost: {why}")
        self._supervisor.kill()

    def unprotect(self, urns: Sequence[str]) -> None:
        """Protection is for accidents; these were named and agreed to."""
        from cloudnative.runs.state import checked

        if not urns:
            return
        session = self._session
        self._outdated = True
        engine, name = session.engine(self._descriptor), session.home.environment
        checked(
            engine.run("state", "unprotect", *urns, "--yes", "--stack", name, "--non-interactive"),
            "unprotect",
        )

    def remove_stack(self) -> None:
        """Forget the stack, which is empty now."""
        from cloudnative.runs.state import remove_stack

        remove_stack(self._session.engine(self._descriptor), self._session.home)
        self._session.home.forget_place()

    @property
    def _descriptor(self) -> int:
        return self._lock.descriptor if self._lock else -1

    def _engine_started(self, identity: Any) -> None:
        if self._lock:
            self._lock.engine_started(identity)

    def _await_unfinished(self, deployment: dict[str, Any]) -> None:
        """Azure refuses a change while it still works on an earlier one (409)."""
        from cloudnative.runs.recovery import unfinished

        for resource in unfinished(deployment):
            self._session.display.say(f"waiting until Azure has finished {_names([resource['urn']])}")
            self._session.arm().find(resource)

    def _refresh(self, urns: Sequence[str]) -> None:
        """Read the adopted resources, so that what hangs on their outputs sees them."""
        if not urns:
            return
        targets = [f"--target={urn}" for urn in urns]
        outcome = self.run("refresh", "--yes", "--skip-preview", *targets)
        if outcome.code != 0:
            from cloudnative.failure import failure

            raise failure(outcome, self._session.home.environment, verb="refresh")

    def _forget_other_emulator(self) -> bool:
        """After `emulator reset` the stack's resources are known to be gone: whether it starts over."""
        session = self._session
        recorded = session.home.read_record().get("instance")
        if session.endpoint is None or recorded in (None, session.endpoint["instance"]):
            return False
        if kept := session.state.set_aside("of-an-emulator-that-was-reset"):
            session.display.say(
                f"the emulator was reset since: starting from nothing (the old state is kept in {kept})"
            )
        return True

    def _remember(self) -> None:
        session = self._session
        fields = {"cloud": session.config.cloud, "backend": session.backend.url}
        if session.endpoint:
            fields["instance"] = str(session.endpoint["instance"])
        session.home.write_record(**fields)


def _only_looks(arguments: Sequence[str]) -> bool:
    return arguments[0] == "preview" or "--preview-only" in arguments


def _lease_lost(environment: str, why: str) -> CloudnativeError:
    return CloudnativeError(
        code="environment.lost",
        what=f"this run of {environment} was ended: it no longer holds the lock of its state",
        why=f"{why}; the next run recovers",
        fix=f"cloudnative up {environment}",
        exit_code=ExitCode.CANCELLED,
    )


def _explain(recovery: Recovery, say: Callable[[str], None]) -> None:
    if recovery.adopted:
        say(f"an earlier run was killed; found in Azure and taken over: {_names(recovery.adopted)}")
    if recovery.dropped:
        say(f"an earlier run was killed; not made yet, done again: {_names(recovery.dropped)}")


def _names(urns: Sequence[str]) -> str:
    return ", ".join(urn.rsplit("::", 1)[-1] for urn in urns)


def run_log(home: StackHome) -> Path:
    """A file for what the program prints in this run; the last twenty are kept."""
    from cloudnative_toolchain import folders

    folder = folders.home() / "runs" / home.project / home.environment
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in sorted(folder.glob("*.log"))[:-19]:
        old.unlink(missing_ok=True)
    path = folder / f"{time.time_ns()}.log"
    path.touch(mode=0o600)
    return path
