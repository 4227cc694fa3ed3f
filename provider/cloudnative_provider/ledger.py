"""The ledger of an application in its cluster: what runs, what ran, and which objects a release owns.

A ConfigMap `release-APPLICATION` in the namespace `cloudnative-system`: `current` and `history` as JSON for
anybody to read, `objects` (gzip) for finding drift and for pruning.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from .hand_edits import added
from .kube import MANAGER, Kind, Kube, KubeError, Object
from .objects import canonical, key

NAMESPACE = "cloudnative-system"
_HISTORY = 50
_CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps", namespaced=True)
_NAMESPACES = Kind("v1", "Namespace", "namespaces", namespaced=False)


@dataclass(frozen=True)
class Owned:
    """An object as we left it: its uid and a hash of the fields that are ours."""

    uid: str = ""
    fields: str = ""


@dataclass(frozen=True)
class Entry:
    """One run of a release: `state` is `applying`, `succeeded` or `failed`."""

    state: str = ""
    hash: str = ""
    number: int = 0
    bundle: str = ""
    started: str = ""
    ended: str = ""
    why: str = ""
    source: str = ""
    hold: dict[str, Any] | None = None
    """Where a rollback keeps the region at this bundle: what it was rolled back from."""


@dataclass(frozen=True)
class Ledger:
    """What the cluster knows about one application."""

    application: str
    current: Entry = Entry()
    history: tuple[Entry, ...] = ()
    objects: dict[str, Owned] = field(default_factory=dict[str, Owned])

    def applying(
        self,
        *,
        hash: str,  # noqa: A002 - named as the ledger's key
        number: int,
        bundle: str,
        keys: list[str],
        source: str = "",
        hold: dict[str, Any] | None = None,
    ) -> Ledger:
        """The marker written before the first object: old objects stay known, new ones are known to come."""
        entry = Entry("applying", hash, number, bundle, started=_now(), source=source, hold=hold)
        return replace(self, current=entry, objects={**dict.fromkeys(keys, Owned()), **self.objects})

    def ended(self, state: str, *, why: str = "", objects: dict[str, Owned] | None = None) -> Ledger:
        """The same run with its result, remembered in the history."""
        entry = replace(self.current, state=state, why=why, ended=_now())
        history = (entry, *self.history)[:_HISTORY]
        return replace(
            self, current=entry, history=history, objects=self.objects if objects is None else objects
        )


async def read(kube: Kube, application: str) -> Ledger:
    """The ledger, empty when this cluster never saw the application."""
    stored = await kube.get(_CONFIG_MAP, NAMESPACE, _name(application))
    return parse(application, stored) if stored else Ledger(application)


async def owned_by_others(kube: Kube, application: str) -> set[str]:
    """Keys of what every other application of this cluster has written."""
    stored = await kube.list(_CONFIG_MAP, NAMESPACE)
    ledgers = [one for one in stored if one["metadata"]["name"].startswith(_name(""))]
    others = [parse("", one) for one in ledgers if one["metadata"]["name"] != _name(application)]
    return {name for other in others for name, was in other.objects.items() if was.uid}


async def write(kube: Kube, ledger: Ledger) -> None:
    """Store it, making the namespace the first time."""
    obj = render(ledger)
    try:
        await kube.apply(_CONFIG_MAP, obj)
    except KubeError as error:
        if error.status != 404:
            raise
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        await kube.apply(_NAMESPACES, namespace)
        await kube.apply(_CONFIG_MAP, obj)


async def remove(kube: Kube, application: str) -> None:
    """Forget the application in this cluster."""
    await kube.delete(_CONFIG_MAP, NAMESPACE, _name(application))


def owned(live: Object) -> Owned:
    """What to record of an object: another owner that takes one of our fields changes the hash of ours."""
    entries: list[Any] = live["metadata"].get("managedFields", [])
    ours = [e["fieldsV1"] for e in entries if e["manager"] == MANAGER and e["operation"] == "Apply"]
    hashed = hashlib.sha256(canonical(ours).encode()).hexdigest()[:16]
    return Owned(uid=live["metadata"]["uid"], fields=hashed)


def drifted(recorded: dict[str, Owned], live: list[Object]) -> list[str]:
    """Keys of objects that are gone, were made anew by others, lost fields of ours, or got some by hand."""
    now = {key(obj): owned(obj) for obj in live}
    edited = {key(obj) for obj in live if added(obj)}
    return sorted(name for name, was in recorded.items() if now.get(name) != was or name in edited)


def render(ledger: Ledger) -> Object:
    """The ConfigMap."""
    packed = json.dumps({name: [one.uid, one.fields] for name, one in sorted(ledger.objects.items())})
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": _name(ledger.application),
            "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/managed-by": MANAGER, "cloudnative/ledger": ledger.application},
        },
        "data": {
            "current": json.dumps(vars(ledger.current)),
            "history": json.dumps([vars(entry) for entry in ledger.history]),
        },
        "binaryData": {"objects": base64.b64encode(gzip.compress(packed.encode(), mtime=0)).decode()},
    }


def parse(application: str, stored: Object) -> Ledger:
    """The ledger of a stored ConfigMap."""
    packed = gzip.decompress(base64.b64decode(stored["binaryData"]["objects"]))
    return Ledger(
        application=application,
        current=_entry(json.loads(stored["data"]["current"])),
        history=tuple(_entry(entry) for entry in json.loads(stored["data"]["history"])),
        objects={name: Owned(*pair) for name, pair in json.loads(packed).items()},
    )


def _entry(stored: Mapping[str, Any]) -> Entry:
    """What this version knows of an entry; a newer one may have written more."""
    return Entry(**{name: stored[name] for name in Entry.__annotations__ if name in stored})


def _name(application: str) -> str:
    return f"release-{application}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
