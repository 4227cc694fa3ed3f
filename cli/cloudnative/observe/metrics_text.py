"""`metrics` for people."""

from __future__ import annotations

from typing import Any

from cloudnative import present
from cloudnative.wording import clean

_HEAD = ["REGION", "SERVICE", "REQUESTS/S", "ERRORS", "P50", "P95", "CPU", "MEMORY"]


def text(data: dict[str, Any]) -> str:
    """A table; under it, regions that could not be asked."""
    rows = [_row(region["name"], each) for region in data["regions"] for each in region["services"]]
    table = present.table([_HEAD, *rows])
    problems = [f"{r['name']}: {clean(r['problem'])}\n" for r in data["regions"] if r.get("problem")]
    return table + "".join(problems)


def _row(region: str, service: dict[str, Any]) -> list[str]:
    if service["rate"] is None:
        requests = ["no request metrics", "-", "-", "-"]
    else:
        ratio = f"{service['error_ratio'] * 100:.1f}%"
        requests = [f"{service['rate']:.2f}", ratio, *(_time(service[name]) for name in ("p50", "p95"))]
    cpu = _share(service["cpu"], "{:.2f}", 1)
    memory = _share(service["memory"], "{:.0f}Mi", 2**20)
    return [region, service["name"], *requests, cpu, memory]


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _share(amount: dict[str, float | None], form: str, unit: int) -> str:
    """`0.12 of 2.00 (6%)` of the limits; of the requests where there are none."""
    used, limit = amount["used"], amount["limit"] or amount["request"]
    if used is None:
        return "-"
    if not limit:
        return form.format(used / unit)
    word = "" if amount["limit"] else " asked for"
    share = f"{used / limit * 100:.0f}%"
    return f"{form.format(used / unit)} of {form.format(limit / unit)}{word} ({share})"


def series_text(data: dict[str, Any]) -> str:
    """One line a series, as Prometheus writes them."""
    if not data["series"]:
        return "nothing matches\n"
    return "".join(f"{_series(each)}\n" for each in data["series"])


def _series(series: dict[str, Any]) -> str:
    labels = {name: value for name, value in series["metric"].items() if name != "__name__"}
    inside = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    values = series.get("values") or [series["value"]]
    name = series["metric"].get("__name__", "")
    return clean(f"{name}{{{inside}}} {' '.join(str(value[1]) for value in values)}")
