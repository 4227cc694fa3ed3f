"""One run of a verb on one environment: config, toolchain, emulator, lock, recovery, engine."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudnative.emulator_limits import builds_trust, simulated_pods
from cloudnative.emulator_link import read_endpoint
from cloudnative.machine import require_room
from cloudnative.not_carried import lines, notes
from cloudnative.pipeline.trust_check import require_trust
from cloudnative.project import Project, require_files
from cloudnative.runs.engine import Engine
from cloudnative.runs.home import StackHome
from cloudnative.runs.lock import EnvironmentLock
from cloudnative.runs.state import StackState, deployment_in, is_whole, secrets_settings
from cloudnative.runs.variables import engine_environment, refuse_redirection
from cloudnative.stores.choice import Backend, choose
from cloudnative.writer import Writer
from cloudnative_toolchain.errors import CloudnativeError, ConfigError

if TYPE_CHECKING:
    from cloudnative.arm import Arm
    from cloudnative.display import Display
    from cloudnative_components.application import Application
    from cloudnative_components.config import EnvironmentConfig

PROGRAMS = ("pulumi", "compose")


@dataclass
class Session:
    """Everything a verb needs, ready: programs, emulator, folders."""

    project: Project
    config: EnvironmentConfig
    home: StackHome
    backend: Backend
    state: StackState
    endpoint: dict[str, Any] | None
    environment: dict[str, str]
    engine_path: str
    display: Display
    application: Application | None = None
    seen: dict[str, Any] | None = None
    """The state when the session was opened; who holds the lock asks its writer, which knows better."""

    def arm(self) -> Arm:
        """A client for the environment's subscription."""
        from cloudnative.arm import Arm
        from cloudnative.subscription import subscription_of

        if self.endpoint:
            return Arm(self.endpoint, str(self.endpoint["subscription"]))
        return Arm(None, subscription_of(os.environ, self.config.other))

    def engine(self, lock: int = -1) -> Engine:
        """The engine for a short command of ours: export, import, init."""
        keep = [lock] if lock >= 0 else []
        return Engine([self.engine_path], self.environment, self.home.work, keep_open=keep)

    @contextmanager
    def locked(self) -> Generator[Writer]:
        """The right to write: held by nobody else, and every earlier crash cleared up."""
        from cloudnative.runs.engine_locks import clear_engine_locks

        command = "cloudnative " + shlex.join(sys.argv[1:])
        lock = EnvironmentLock(
            self.home.lock, environment=self.home.environment, command=command, say=self.display.say
        )
        writer = Writer(self, lock)
        with lock, self._among_machines(lock, writer) as proven:
            clear_engine_locks(self.state, say=self.display.say, proven=proven)
            writer.settle()
            yield writer

    @contextmanager
    def _among_machines(self, lock: EnvironmentLock, writer: Writer) -> Generator[bool]:
        """The lease of a shared state; whether a lock of the engine that names this host was made on it."""
        from cloudnative.runs.remote_lock import RemoteLock, lock_key

        leases = self.state.store.leases()
        if leases is None:
            yield True
            return
        remote = RemoteLock(
            self.state.store,
            leases,
            lock_key(self.home.project, self.home.environment),
            environment=self.home.environment,
            holder=lock.holder,
            previous=lock.previous,
            say=self.display.say,
            lost=writer.abandon,
        )
        with remote:
            yield remote.took_over

    def reader(self) -> Writer:
        """Engine runs that write nothing (previews) take no lock, once the state can be trusted."""
        content = self.state.content()
        if not self._unsettled(content):
            return Writer(self, None, deployment_in(content))
        with self.locked() as writer:  # what was mended has been told
            return Writer(self, None, writer.read())

    def _unsettled(self, checkpoint: bytes | None) -> bool:
        from cloudnative.runs.recovery import pending_operations

        if not is_whole(checkpoint) or pending_operations(deployment_in(checkpoint) or {}):
            return True
        return (
            self.endpoint is not None and self.home.read_record().get("instance") != self.endpoint["instance"]
        )


def open_session(
    environment: str,
    display: Display,
    *,
    start_emulator: bool = True,
    programs: Sequence[str] = PROGRAMS,
    reads_application: bool = True,
    project: Project | None = None,
) -> Session:
    """Validate everything that can be validated, then make ready what a run needs."""
    from cloudnative_components.config import load_environment

    project = project or Project.find(Path.cwd())
    config = load_environment(project.environment_file(environment))
    home = StackHome(project.name, environment, config.cloud)
    display.of_regions(config.regions)
    require_room()
    backend = choose(project, home, config.other, os.environ)
    refuse_redirection(os.environ, engine_environment({}, home, read_endpoint(), backend.variables))
    if not project.program.is_file():
        raise ConfigError(
            code="project.program",
            what=f"the program {project.program} is missing",
            why="`main` of Pulumi.yaml names its folder",
            fix="cloudnative init",
        )
    require_files(config, project.environment_file(environment))
    renderers = _renderers(config) if reads_application else []
    engine_path = _engine_path([*programs, *renderers], display)
    # Nothing is started, locked or asked for an application that cannot be read.
    application = _load_application(config) if reads_application else None
    endpoint = _endpoint(display, start=start_emulator) if config.cloud == "emulator" else None
    require_trust(environment, endpoint)
    backend.make_folder()
    state = StackState.of(home, backend.open(os.environ))
    seen = state.glimpse()
    home.prepare_for(config.other, secrets_settings(seen))
    variables = engine_environment(os.environ, home, endpoint, backend.variables)
    trust = builds_trust(config.builder, bool(application and application.builds), endpoint)
    told = [*lines(application.not_carried), *notes(application.notes)] if application else []
    for line in [simulated_pods(endpoint), trust, *told]:
        if line:
            display.say(line)
    return Session(
        project, config, home, backend, state, endpoint, variables, engine_path, display, application, seen
    )


def _renderers(config: EnvironmentConfig) -> list[str]:
    """Programs that only some applications need: had when the first of them is brought up."""
    from cloudnative_components.application import programs_for

    return programs_for(config.application)


def _load_application(config: EnvironmentConfig) -> Application:
    from cloudnative_components.application import load

    return load(config.application, environment=config)


def _engine_path(programs: Sequence[str], display: Display) -> str:
    from cloudnative_toolchain.programs import ensure, program

    with display.phase("outside programs"):
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

    with display.phase("starting the emulator"):
        cloudnative_emulator.start(on_progress=display.detail)
    endpoint = read_endpoint()
    if endpoint is None:
        raise CloudnativeError(
            code="emulator.died",
            what="the emulator ended right after its start",
            fix="cloudnative emulator logs",
        )
    return endpoint
