"""Who holds an environment, as its lock says, and the error for whoever comes second."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cloudnative.runs.processes import Identity, boot_id, started_at, this_host
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

LEASE_SECONDS = 60


@dataclass(frozen=True)
class Holder:
    """One run: who it is, where it runs, when it last gave a sign of life."""

    id: str
    command: str
    host: str
    boot: str
    supervisor: Identity
    engine: Identity | None
    heartbeat: float

    @classmethod
    def me(cls, command: str) -> Holder:
        """This process; the id is also the id of its lease, where the state is shared between hosts."""
        me, now = Identity.mine(), time.time()
        return cls(str(uuid.uuid4()), command, this_host(), boot_id(), me, engine=None, heartbeat=now)

    @classmethod
    def read(cls, path: Path) -> Holder | None:
        """What a lock file says; None when it says nothing usable (half written, empty, other format)."""
        try:
            return cls.parse(path.read_bytes())
        except OSError:
            return None

    @classmethod
    def parse(cls, content: bytes | None) -> Holder | None:
        """`read` of what is read already."""
        try:
            fields = json.loads(content or b"")
            engine = fields["engine"]
            return cls(
                id=str(fields["id"]),
                command=str(fields["command"]),
                host=str(fields["host"]),
                boot=str(fields["boot"]),
                supervisor=Identity(**fields["supervisor"]),
                engine=Identity(**engine) if engine else None,
                heartbeat=float(fields["heartbeat"]),
            )
        except (ValueError, KeyError, TypeError):
            return None

    def beating(self) -> Holder:
        """The same run with a sign of life of this moment."""
        return replace(self, heartbeat=time.time())

    def to_json(self) -> bytes:
        """As it stands in a lock."""
        return json.dumps(asdict(self)).encode()

    def described(self) -> str:
        """`cloudnative up dev` (pid 7 on build-3, for 40 s)."""
        began = started_at(self.supervisor.pid) if self.host == this_host() else None
        age = max(0, int(time.time() - (began or self.heartbeat)))
        return f"`{self.command}` (pid {self.supervisor.pid} on {self.host}, for {age} s)"


def held(environment: str, holder: Holder | None) -> CloudnativeError:
    """Another run is at work."""
    who = holder.described() if holder else "another run that has not written its name yet"
    return locked(
        f"environment {environment} is in use",
        f"{who} holds it; let it finish, or interrupt it",
        f"cloudnative unlock {environment} --id {holder.id if holder else 'ID'}",
    )


def silent(environment: str, holder: Holder) -> CloudnativeError:
    """A run on another machine ended without a word: whether it is dead, only a person can say."""
    return locked(
        f"environment {environment} was left locked",
        f"{holder.described()} stopped giving signs of life before it had finished; "
        "make sure that it does not run any more",
        f"cloudnative unlock {environment} --id {holder.id}",
    )


def leased(environment: str, holder_host: str, why: str, identity: str) -> CloudnativeError:
    """A run on another machine still counts as alive."""
    return locked(
        f"environment {environment} is in use on {holder_host}",
        f"{why}; it counts as dead after {LEASE_SECONDS} s without a sign of life",
        f"sleep {LEASE_SECONDS}; cloudnative unlock {environment} --id {identity}",
    )


def locked(what: str, why: str, fix: str) -> CloudnativeError:
    """Exit 8: cancelled by another run."""
    return CloudnativeError(
        code="environment.locked", what=what, why=why, fix=fix, exit_code=ExitCode.CANCELLED
    )
