"""One writer per environment among machines: a lease of the store that holds the state.

The store frees a lease that is not renewed. That another machine's run fell silent does not prove that it
is dead, so its name stays in the leased file until `cloudnative unlock` takes it away. A run that loses its
lease ends its engine at once: never two writers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cloudnative.runs.holder import LEASE_SECONDS, Holder, held, locked, silent
from cloudnative.stores.store import Leases, Store
from cloudnative_toolchain.errors import CloudnativeError

HEARTBEAT_SECONDS = 10
LOST_AFTER_SECONDS = (
    45  # without a renewal: while the lease still holds, so that the end comes before another's start
)


def lock_key(project: str, environment: str) -> str:
    """The leased file of an environment, beside the engine's own `.pulumi`."""
    return f".cloudnative/locks/{project}/{environment}.json"


class RemoteLock:
    """`with RemoteLock(...)`: the lease is held and renewed; `lost` is called when that ends too early."""

    def __init__(
        self,
        store: Store,
        leases: Leases,
        key: str,
        *,
        environment: str,
        holder: Holder,
        previous: Holder | None,
        say: Callable[[str], None],
        lost: Callable[[str], None],
    ) -> None:
        self._store, self._leases, self._key, self._environment = store, leases, key, environment
        self._holder, self._say, self._lost = holder, say, lost
        self._dead = previous.id if previous else None
        self._stop = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True, name="heartbeat of the lease")
        self._gone = False
        self.took_over = False

    def __enter__(self) -> RemoteLock:
        self._take()
        self._heart.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Say that nobody holds it, then let go; a store that is out of reach frees the lease by itself."""
        self._stop.set()
        self._heart.join()
        if self._gone:
            return
        try:
            self._leases.note(self._key, self._holder.id, b"")
            self._leases.release(self._key, self._holder.id)
        except CloudnativeError as error:
            self._say(f"the lock in the state's store could not be given back: {error}")

    def _take(self) -> None:
        """A name in the file is a run of this home that the file lock proves dead, or one we cannot judge."""
        before = Holder.parse(self._store.read(self._key))
        if before and before.id == self._dead:
            self._leases.release(self._key, before.id)
        if not self._leases.acquire(self._key, self._holder.id):
            raise self._busy(Holder.parse(self._store.read(self._key)))
        found = Holder.parse(self._store.read(self._key))
        if found and found.id != self._dead:
            self._leases.release(self._key, self._holder.id)
            raise silent(self._environment, found)
        self.took_over = found is not None
        self._leases.note(self._key, self._holder.id, self._holder.beating().to_json())

    def _busy(self, holder: Holder | None) -> CloudnativeError:
        """A lease without a name is being taken or given back, or its run was killed while it did that."""
        if holder:
            return held(self._environment, holder)
        what, why = (
            f"environment {self._environment} is in use",
            "another run takes its lock or gives it back",
        )
        return locked(what, why, f"sleep {LEASE_SECONDS}; {self._holder.command}")

    def _beat(self) -> None:
        renewed = time.monotonic()
        while not self._stop.wait(HEARTBEAT_SECONDS):
            try:
                if not self._leases.renew(self._key, self._holder.id):
                    self._lose("another run has taken the lock over, or its file was deleted")
                    return
                renewed = time.monotonic()
            except CloudnativeError as error:
                silence = time.monotonic() - renewed
                if silence > LOST_AFTER_SECONDS:
                    self._lose(f"it could not be renewed for {silence:.0f} s of {LEASE_SECONDS}: {error}")
                    return
                self._say(f"the lock's sign of life could not be written: {error}")

    def _lose(self, why: str) -> None:
        self._gone = True
        self._lost(why)
