"""Counters and histograms in Prometheus' text format, with OpenTelemetry's names."""

from __future__ import annotations

import threading
from collections import Counter

# The boundaries that OpenTelemetry advises for http.server.request.duration, in seconds.
BOUNDARIES = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)


class Metrics:
    """The numbers of this process; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: Counter[str] = Counter()
        self._durations: dict[tuple[str, str, int], list[int]] = {}
        self._seconds: dict[tuple[str, str, int], float] = {}

    def count(self, name: str, amount: int = 1) -> None:
        """Adds to the counter `name`; an amount of 0 makes it visible."""
        with self._lock:
            self._counters[name] += amount

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Records one request."""
        key = (method, route, status)
        with self._lock:
            buckets = self._durations.setdefault(key, [0] * (len(BOUNDARIES) + 1))
            buckets[next((i for i, bound in enumerate(BOUNDARIES) if seconds <= bound), len(BOUNDARIES))] += 1
            self._seconds[key] = self._seconds.get(key, 0.0) + seconds

    def render(self) -> str:
        """Everything, as Prometheus reads it."""
        with self._lock:
            lines: list[str] = []
            for name, value in sorted(self._counters.items()):
                lines += [f"# TYPE {name} counter", f"{name} {value}"]
            lines.append("# TYPE http_server_request_duration_seconds histogram")
            for key, buckets in sorted(self._durations.items()):
                lines += self._histogram(key, buckets)
        return "\n".join(lines) + "\n"

    def _histogram(self, key: tuple[str, str, int], buckets: list[int]) -> list[str]:
        name = "http_server_request_duration_seconds"
        method, route, status = key
        labels = (
            f'http_request_method="{method}",http_route="{route}",http_response_status_code="{status}"'
        )
        lines, seen = [], 0
        for bound, hits in zip((*map(str, BOUNDARIES), "+Inf"), buckets):
            seen += hits
            lines.append(f'{name}_bucket{{{labels},le="{bound}"}} {seen}')
        return [*lines, f"{name}_sum{{{labels}}} {self._seconds[key]:.6f}", f"{name}_count{{{labels}}} {seen}"]
