"""`docs/api.md` says what the docstrings say."""

from tests.unit.components.api_reference import PAGE, page


def test_the_reference_is_the_one_that_the_docstrings_make() -> None:
    """After a wanted change: python -m tests.unit.components.api_reference > docs/api.md."""
    assert PAGE.read_text("utf-8") == page()


def test_everything_that_teams_import_is_on_it() -> None:
    import cloudnative_components

    sections = {line.strip("# `").partition("(")[0] for line in page().splitlines() if line.startswith("## ")}
    assert {name for name in cloudnative_components.__all__ if not name.endswith("Args")} == sections
