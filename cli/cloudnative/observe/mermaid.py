"""The picture as Mermaid, which GitHub draws in a Markdown page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cloudnative.observe.svg import condition


def mermaid(data: Mapping[str, Any]) -> str:
    """A flowchart: a subgraph for each region, an arrow from who needs to what is needed."""
    lines = ["flowchart LR"]
    for region in data["regions"]:
        place = _identifier(region["name"])
        lines.append(f'  subgraph {place}["{_label(region["name"])}: {_label(region["cluster"])}"]')
        lines += [f"    {_node(place, service)}" for service in region["services"]]
        for service in region["services"]:
            own = _identifier(region["name"], service["name"])
            lines += [
                f"    {own} --> {_identifier(region['name'], other)}" for other in service["depends_on"]
            ]
        lines.append("  end")
    lines += [
        "  classDef good fill:#e8f5ec,stroke:#2e7d4f",
        "  classDef bad fill:#fdecea,stroke:#c0392b",
        "  classDef unknown fill:#f0f1f3,stroke:#7a828e",
    ]
    return "\n".join(lines) + "\n"


def _node(place: str, service: Mapping[str, Any]) -> str:
    ready = "not known" if service["ready"] is None else f"{service['ready']}/{service['desired']} ready"
    words = [service["name"], f"{service['kind']}, {ready}", *service["urls"]]
    return (
        f'{place}_{_identifier(service["name"])}["{"<br/>".join(map(_label, words))}"]:::{condition(service)}'
    )


def _identifier(*names: str) -> str:
    """`end` and the like are words of Mermaid's: nothing is called by its bare name."""
    return "_".join("n" + re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0])}_", name) for name in names)


def _label(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
