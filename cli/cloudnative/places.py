"""Which region a resource of an environment belongs to, by its own name."""

from __future__ import annotations

from collections.abc import Sequence


def region_in(name: str, regions: Sequence[str]) -> str:
    """The region in `shop-koreacentral` or `prod-koreacentral-group`; empty for what belongs to all."""
    return next((region for region in regions if f"-{region}-" in f"-{name}-"), "")
