"""One run of a verb on one environment: config, toolchain, emulator, lock, recovery, engine."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative.emulator_link import read_endpoint
from cloudnative.machine import require_room
from cloudnative.not_carried import lines
from cloudnative.project import Project, require_files
from cloudnative.runs.engine import Engine
from cloudnative.runs.home import StackHome, engine_environment, refuse_redirection
from cloudnative.runs.lock import EnvironmentLock, clear_engine_locks
from cloudnative.runs.supervisor import Outcome, Supervisor
from cloudnative_toolchain.errors import CloudnativeError, ConfigError

if TYPE_CHECKING:
    from cloudnative.arm import Arm
    from cloudnative.display import Display
    from cloudnative.runs.recovery import Recovery
    from cloudnative_components.application import Application
    from cloudnative_components.config import EnvironmentConfig

GRACE_SECONDS = 60
PROGRAMS = ("pulumi", "compose")


@dataclass
class Session:
    """Everything a verb needs, ready: programs, emulator, folders."""

    project: Project
    config: EnvironmentConfig
    home: StackHome
    endpoint: dict[str, Any] | None
    environment: dict[str, str]
    engine_path: str
    display: Display

    def arm(self) -> Arm:
        """A client for the environment's subscription."""
        from cloudnative.arm import Arm

        subscription = (
            self.endpoint["subscription"] if self.endpoint else os.environ.get("AZURE_SUBSCRIPTION_ID", "")
        )
        return Arm(self.endpoint, str(subscription or os.environ.get("ARM_SUBSCRIPTION_ID", "")))

    def engine(self, lock: int = -1) -> Engine:
        """The engine for a short command of ours: export, import, init."""
        keep = [lock] if lock >= 0 else []
        return Engine([self.engine_path], self.environment, self.home.work, keep_open=keep)

    def read(self) -> dict[str, Any] | None:
        """The environment's state."""
        from cloudnative.runs.state import read_deployment

        return read_deployment(self.home)

    @contextmanager
    def locked(self) -> Generator[Writer]:
        """The right to write: held by nobody else, and every earlier crash cleared up."""
        command = "cloudnative " + shlex.join(sys.argv[1:])
        lock = EnvironmentLock(
            self.home.lock, environment=self.home.environment, command=command, say=self.display.say
        )
        with lock:
            clear_engine_locks(
                self.home.engine_locks, environment=self.home.environment, say=self.display.say
            )
            writer = Writer(self, lock)
            writer.settle()
            yield writer

    def reader(self) -> Writer:
        """Engine runs that write nothing (previews) take no lock, once the state can be trusted."""
        if self._unsettled():
            with self.locked():
                self.display.say("the state is in order")
        return Writer(self, None)

    def _unsettled(self) -> bool:
        from cloudnative.runs.recovery import pending_operations
        from cloudnative.runs.state import is_usable

        if not is_usable(self.home.checkpoint) or pending_operations(self.read() or {}):
            return True
        return (
            self.endpoint is not None and self.home.read_record().get("instance") != self.endpoint["instance"]
        )


class Writer:
    """Runs engine operations on an environment."""

    def __init__(self, session: Session, lock: EnvironmentLock | None) -> None:
        self._session, self._lock = session, lock
        self._supervisor = Supervisor(session.display.event, self._engine_started)

    def settle(self) -> None:
        """A readable state without pending operations, of the emulator that runs now."""
        from cloudnative.runs.recovery import pending_operations, recover
        from cloudnative.runs.state import ensure_stack, import_deployment, repair_checkpoint

        session, home = self._session, self._session.home
        repair_checkpoint(home, session.display.say)
        self._forget_other_emulator()
        _refuse_moved(home, session.config.cloud, session.read())
        engine = session.engine(self._descriptor)
        ensure_stack(engine, home)
        self._remember()
        deployment = session.read()
        if deployment is None or not pending_operations(deployment):
            return
        home.keep_copy("before-recovery")
        recovery = recover(deployment, session.arm().find)
        _explain(recovery, session.display.say)
        import_deployment(engine, home, recovery.deployment)
        self._refresh(recovery.refresh)

    def run(self, *arguments: str) -> Outcome:
        """One engine operation, with the program and our plugin."""
        session = self._session
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
            "grace_seconds": GRACE_SECONDS,
        }
        log = run_log(session.home)
        return self._supervisor.run(request, session.environment, lock=self._descriptor, log=log)

    def unprotect(self) -> None:
        """Protection is for accidents; this was listed and agreed to."""
        from cloudnative.runs.state import checked

        session = self._session
        engine, name = session.engine(self._descriptor), session.home.environment
        checked(
            engine.run("state", "unprotect", "--all", "--yes", "--stack", name, "--non-interactive"),
            "unprotect",
        )

    def remove_stack(self) -> None:
        """Forget the stack, which is empty now."""
        from cloudnative.runs.state import remove_stack

        remove_stack(self._session.engine(self._descriptor), self._session.home)

    @property
    def _descriptor(self) -> int:
        return self._lock.descriptor if self._lock else -1

    def _engine_started(self, identity: Any) -> None:
        if self._lock:
            self._lock.engine_started(identity)

    def _refresh(self, urns: Sequence[str]) -> None:
        """Read the adopted resources, so that what hangs on their outputs sees them."""
        if not urns:
            return
        targets = [f"--target={urn}" for urn in urns]
        outcome = self.run("refresh", "--yes", "--skip-preview", *targets)
        if outcome.code != 0:
            from cloudnative.failure import failure

            raise failure(outcome, self._session.home.environment, verb="refresh")

    def _forget_other_emulator(self) -> None:
        """After `emulator reset` the stack's resources are known to be gone: start over."""
        session = self._session
        recorded = session.home.read_record().get("instance")
        if session.endpoint is None or recorded in (None, session.endpoint["instance"]):
            return
        if kept := session.home.set_state_aside("of-an-emulator-that-was-reset"):
            session.display.say(
                f"the emulator was reset since: starting from nothing (the old state is kept in {kept})"
            )

    def _remember(self) -> None:
        session = self._session
        fields = {"cloud": session.config.cloud}
        if session.endpoint:
            fields["instance"] = str(session.endpoint["instance"])
        session.home.write_record(**fields)


def _refuse_moved(home: StackHome, cloud: str, deployment: Mapping[str, Any] | None) -> None:
    """`cloud:` of an environment that is not empty cannot change: its resources would be forgotten."""
    recorded = home.read_record().get("cloud", cloud)
    if recorded != cloud and (deployment or {}).get("resources"):
        raise ConfigError(
            code="config.cloud-changed",
            what=f"environment {home.environment} lives on {recorded}, its config says {cloud}",
            why="its resources there would be forgotten; take it down first, or use another environment name",
            fix=f"cloudnative down {home.environment} --yes",
        )


def _explain(recovery: Recovery, say: Callable[[str], None]) -> None:
    if recovery.adopted:
        say(f"an earlier run was killed; found in Azure and taken over: {_names(recovery.adopted)}")
    if recovery.dropped:
        say(f"an earlier run was killed; not made yet, done again: {_names(recovery.dropped)}")


def _names(urns: Sequence[str]) -> str:
    return ", ".join(urn.rsplit("::", 1)[-1] for urn in urns)


def open_session(
    environment: str,
    display: Display,
    *,
    start_emulator: bool = True,
    programs: Sequence[str] = PROGRAMS,
    reads_application: bool = True,
) -> Session:
    """Validate everything that can be validated, then make ready what a run needs."""
    from cloudnative_components.config import load_environment

    project = Project.find(Path.cwd())
    config = load_environment(project.environment_file(environment))
    home = StackHome(project.name, environment, config.cloud)
    require_room()
    refuse_redirection(os.environ, engine_environment({}, home, read_endpoint()))
    if not project.program.is_file():
        raise ConfigError(
            code="project.program",
            what=f"the program {project.program} is missing",
            why="`main` of Pulumi.yaml names its folder",
            fix="cloudnative init",
        )
    require_files(config, project.environment_file(environment))
    engine_path = _engine_path(programs, display)
    # Nothing is started, locked or asked for an application that cannot be read.
    left_out = _load_application(config).not_carried if reads_application else []
    endpoint = _endpoint(display, start=start_emulator) if config.cloud == "emulator" else None
    home.prepare_for(config.other)
    variables = engine_environment(os.environ, home, endpoint)
    for line in lines(left_out):
        display.say(line)
    return Session(project, config, home, endpoint, variables, engine_path, display)


def _load_application(config: EnvironmentConfig) -> Application:
    from cloudnative_components.application import load

    return load(config.application, environment=config)


def _engine_path(programs: Sequence[str], display: Display) -> str:
    from cloudnative_toolchain.programs import ensure, program

    with display.phase("toolchain"):
        ensure(programs, display.detail)
    return str(program("pulumi"))


def _endpoint(display: Display, *, start: bool) -> dict[str, Any]:
    if endpoint := read_endpoint():
        return endpoint
    if not start:
        raise CloudnativeError(
            code="emulator.stopped", what="the emulator does not run", fix="cloudnative emulator start"
        )
    import cloudnative_emulator

    with display.phase("emulator"):
        cloudnative_emulator.start(on_progress=display.detail)
    endpoint = read_endpoint()
    if endpoint is None:
        raise CloudnativeError(
            code="emulator.died",
            what="the emulator ended right after its start",
            fix="cloudnative emulator logs",
        )
    return endpoint


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
