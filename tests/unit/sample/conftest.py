"""The sample's Python service is no part of our distribution: it is imported by its path."""

import sys
from pathlib import Path

import pytest

SHIPPING = Path(__file__).resolve().parents[3] / "samples" / "shipping"
sys.path.insert(0, str(SHIPPING / "bookings"))


@pytest.fixture
def shipping() -> Path:
    """The folder of the sample."""
    return SHIPPING
