"""Kubernetes' quantities as numbers, and what a workload may use in all its pods."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cloudnative.absent import NONE, NOTHING

_UNITS = {
    "": 1,
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    **{unit: 1000.0 ** (power + 1) for power, unit in enumerate("kMGTPE")},
    **{f"{unit}i": 1024.0 ** (power + 1) for power, unit in enumerate("KMGTPE")},
}


def number(quantity: str | float) -> float:
    """`250m` is 0.25, `64Mi` is 67108864."""
    found = re.fullmatch(r"([0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)", str(quantity))
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"{quantity!r} is no quantity of Kubernetes")
    return float(found[1]) * _UNITS[found[2]]


def allowance(workload: Mapping[str, Any], kind: str, resource: str) -> float | None:
    """`limits` or `requests` of all its pods; None where a container has none."""
    spec, status = workload.get("spec") or NOTHING, workload.get("status") or NOTHING
    template = (spec.get("template") or NOTHING).get("spec") or NOTHING
    pods = status.get("replicas") or status.get("currentNumberScheduled") or status.get("active") or 0
    each = [
        ((c.get("resources") or NOTHING).get(kind) or NOTHING).get(resource)
        for c in template.get("containers") or NONE
    ]
    known = [number(amount) for amount in each if amount is not None]
    return sum(known) * int(pods) if known and len(known) == len(each) and pods else None
