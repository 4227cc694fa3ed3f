"""The reference page says what the model says."""

from pathlib import Path

from cloudnative_components.config.reference import reference_page

PAGE = Path(__file__).parents[3] / "docs/config.md"


def test_the_page_is_made_from_the_model():
    assert PAGE.read_text() == reference_page()
