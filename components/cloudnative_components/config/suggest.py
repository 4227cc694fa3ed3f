"""The nearest valid word to a wrong one."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, allowed: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The one word that was probably meant, None where nothing is as near as `cutoff` (1 is the same)."""
    folded = {candidate.lower().replace("-", "_"): candidate for candidate in allowed}
    near = get_close_matches(word.lower().replace("-", "_"), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """`; did you mean X?`, or nothing."""
    found = nearest(word, allowed)
    return f"; did you mean {found!r}?" if found else ""
