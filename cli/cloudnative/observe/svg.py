"""The picture as SVG: one box a region, services in columns, lines from who needs to what is needed."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from cloudnative.observe.layout import Spot, arrange

_WIDE, _HIGH, _GAP_X, _GAP_Y, _PASS, _MARGIN, _HEAD = 190, 58, 70, 18, 18, 24, 46
_COLOURS = {
    "good": ("#e8f5ec", "#2e7d4f"),
    "bad": ("#fdecea", "#c0392b"),
    "unknown": ("#f0f1f3", "#7a828e"),
}
_STYLE = """
text { font-family: system-ui, sans-serif; fill: #1f2933 }
.title { font-size: 20px; font-weight: 600 } .region { font-size: 16px; font-weight: 600 }
.name { font-size: 14px; font-weight: 600 } .small { font-size: 11px; fill: #52606d }
.line { fill: none; stroke: #7b8794; stroke-width: 1.4 }
"""


def svg(data: Mapping[str, Any]) -> str:
    """The whole document."""
    blocks: list[str] = []
    top, width = _MARGIN + 40.0, 640.0
    for region in data["regions"]:
        block, across, down = _region(region, top)
        blocks.append(block)
        top, width = top + down + _MARGIN, max(width, across + 2 * _MARGIN)
    title = _text(_MARGIN, _MARGIN + 16, f"{data['environment']} on {data['cloud']}", "title")
    marker = (
        '<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z" fill="#7b8794"/></marker></defs>'
    )
    size = f'width="{width:.0f}" height="{top:.0f}" viewBox="0 0 {width:.0f} {top:.0f}"'
    ground = f'<rect width="{width:.0f}" height="{top:.0f}" fill="#ffffff"/>'
    parts = [f"<style>{_STYLE}</style>", marker, ground, title, *blocks]
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n' + "\n".join(parts) + "\n</svg>\n"


def _region(region: Mapping[str, Any], top: float) -> tuple[str, float, float]:
    """A region's box with all in it; its width and height."""
    services = {service["name"]: service for service in region["services"]}
    columns = arrange({name: service["depends_on"] for name, service in services.items()})
    tall = max((_height(column) for column in columns), default=_HIGH)
    across = len(columns) * (_WIDE + _GAP_X) - _GAP_X + 2 * _MARGIN
    places: dict[int, tuple[float, float]] = {}
    for index, column in enumerate(columns):
        y = top + _HEAD + (tall - _height(column)) / 2
        for spot in column:
            places[id(spot)] = (2 * _MARGIN + index * (_WIDE + _GAP_X), y)
            y += _size(spot) + _GAP_Y
    down = tall + _HEAD + _MARGIN
    frame = (
        f'<rect x="{_MARGIN}" y="{top:.0f}" width="{across:.0f}" height="{down:.0f}" rx="10" '
        f'fill="#fafbfc" stroke="#cbd2d9"/>'
    )
    about = f"{region['cluster']} · {region['state']} · release {region['release']}"
    head = [
        _text(2 * _MARGIN, top + 22, region["name"], "region"),
        _text(2 * _MARGIN, top + 38, about, "small"),
    ]
    spots = [spot for column in columns for spot in column]
    lines = [_line(spot, other, places) for spot in spots for other in spot.right]
    boxes = [_box(services[spot.name], *places[id(spot)]) for spot in spots if spot.name]
    return "\n".join([frame, *head, *lines, *boxes]), across, down


def _height(column: list[Spot]) -> float:
    return sum(_size(spot) + _GAP_Y for spot in column) - _GAP_Y


def _size(spot: Spot) -> int:
    return _HIGH if spot.name else _PASS


def _line(one: Spot, other: Spot, places: Mapping[int, tuple[float, float]]) -> str:
    """Straight through a column that it only passes, bent between columns."""
    (x1, y1), (x2, y2) = places[id(one)], places[id(other)]
    x1, y1, y2 = x1 + _WIDE, y1 + _size(one) / 2, y2 + _size(other) / 2
    middle = (x1 + x2) / 2
    through = "" if one.name else f"M{x1 - _WIDE:.0f} {y1:.0f}H{x1:.0f}"
    end = ' marker-end="url(#end)"' if other.name else ""
    path = f"M{x1:.0f} {y1:.0f}C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
    return f'<path class="line" d="{through}{path}"{end}/>'


def _box(service: Mapping[str, Any], x: float, y: float) -> str:
    fill, edge = _COLOURS[condition(service)]
    place = f'x="{x:.0f}" y="{y:.0f}" width="{_WIDE}" height="{_HIGH}"'
    box = f'<rect {place} rx="6" fill="{fill}" stroke="{edge}"/>'
    ready = "not known" if service["ready"] is None else f"{service['ready']}/{service['desired']} ready"
    lines = [
        _text(x + 10, y + 19, service["name"], "name"),
        _text(x + 10, y + 35, f"{service['kind']} · {ready}", "small"),
        *(_text(x + 10, y + 50, url, "small") for url in service["urls"][:1]),
    ]
    return "\n".join([box, *lines])


def condition(service: Mapping[str, Any]) -> str:
    """`good`, `bad` or `unknown`."""
    if service["ready"] is None:
        return "unknown"
    return "good" if service["ready"] >= service["desired"] else "bad"


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}">{escape(text)}</text>'
