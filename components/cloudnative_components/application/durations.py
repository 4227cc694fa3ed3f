"""Compose durations (`1m30s`) and sizes (bytes) as Kubernetes counts them."""

import math
import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"([0-9]*\.?[0-9]+)(h|ms|m|us|µs|ns|s)")


def seconds(duration: str) -> int:
    """Whole seconds, rounded up: Kubernetes knows no fractions."""
    return math.ceil(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(duration)))


def quantity(size: str | int) -> str:
    """Bytes as the largest binary unit that says them exactly."""
    count = int(size)
    for unit, factor in (("Gi", 1024**3), ("Mi", 1024**2), ("Ki", 1024)):
        if count and count % factor == 0:
            return f"{count // factor}{unit}"
    return str(count)


def cpu(cores: str | float) -> str:
    """Cores as millicores, at least one."""
    return f"{max(1, round(float(cores) * 1000))}m"
