"""`cloudnative regions`."""

from __future__ import annotations

from typing import Any

from cloudnative import present
from cloudnative.options import Output, OutputOption


def regions(output: OutputOption = Output.TEXT) -> None:
    """List Azure's regions. What each is called, its pair, zones, AKS, whether it is open to everyone."""
    from cloudnative_components.azure.regions import catalogue

    known = catalogue()
    document = {
        "checked": known.checked,
        "source": known.source,
        "regions": [
            {
                "name": region.name,
                "display_name": region.display_name,
                "geography": region.geography,
                "pair": region.pair,
                "zones": region.zones,
                "aks": region.aks,
                "restricted": region.restricted,
            }
            for region in known.regions.values()
        ],
    }
    present.result(document, output, text)


def text(data: dict[str, Any]) -> str:
    """A table, and how old it is."""
    head = ["REGION", "DISPLAY NAME", "GEOGRAPHY", "PAIR", "ZONES", "AKS", "OPEN TO"]
    rows = [
        [
            region["name"],
            region["display_name"],
            region["geography"],
            region["pair"] or "-",
            _yes(region["zones"]),
            _yes(region["aks"]),
            "its country's own recovery" if region["restricted"] else "everyone",
        ]
        for region in data["regions"]
    ]
    return f"{present.table([head, *rows])}\n{len(rows)} regions on {data['checked']}: {data['source']}\n"


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
