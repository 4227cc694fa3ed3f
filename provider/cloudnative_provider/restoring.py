"""What a region ran before a release that failed, as inputs that deploy it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudnative_toolchain.errors import CloudnativeError

from .ledger import Entry, Ledger
from .objects import digest, key, part
from .stored_bundles import BundleContent, read_bundle

Inputs = dict[str, Any]
ROLLBACK = "rollback"


def last_good(before: Ledger) -> Entry | None:
    """The newest release that succeeded, as the ledger was before the one that failed."""
    known = (before.current, *before.history)
    return next((entry for entry in known if entry.state == "succeeded" and entry.bundle), None)


async def previous(inputs: Mapping[str, Any], old: Mapping[str, Any], before: Ledger) -> Inputs | None:
    """Inputs that deploy what ran before; None where nothing ever did."""
    entry = last_good(before)
    if entry is None:
        return None
    return restored(inputs, old, before, entry, await read_bundle(inputs["cloud"], entry.bundle))


def restored(
    inputs: Mapping[str, Any], old: Mapping[str, Any], before: Ledger, entry: Entry, content: BundleContent
) -> Inputs:
    """The stored bundle in place of the one that failed, with the secret values that ran with it."""
    values, new = part(old, "secretData"), part(inputs, "secretData")
    return {
        **inputs,
        "objects": {key(obj): digest(obj) for obj in content.objects if key(obj) in before.objects},
        "images": dict(content.images),
        "bundle": {
            "ref": entry.bundle,
            "hash": content.hash,
            "number": entry.number,
            "source": entry.source,
        },
        "secretData": {name: {**part(new, name), **part(values, name)} for name in {*new, *values}},
        "hold": entry.hold,
    }


def told(error: CloudnativeError, what_runs: str) -> CloudnativeError:
    """The same error, which also says what runs in the region now."""
    return CloudnativeError(
        code=error.code,
        what=error.what,
        why=f"{error.why}\n{what_runs}",
        fix=error.fix,
        docs=error.docs,
        exit_code=error.exit_code,
    )
