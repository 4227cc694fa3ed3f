"""What makes a bundle itself, and what it only remembers."""

import pytest

from cloudnative_provider.bundle import content_hash, source

_CONTENT = {
    "application": "shop",
    "objects": {"v1/Service/shop/web": "1"},
    "images": {"web": "r/web@sha256:1"},
}


def test_provenance_does_not_make_another_bundle() -> None:
    assert content_hash({**_CONTENT, "provenance": {"commit": "a"}}) == content_hash(_CONTENT)


@pytest.mark.parametrize(
    ("provenance", "said"),
    [
        ({"commit": "3f2a91c0d1e2b3a4", "dirty": "false"}, "3f2a91c0d1e2"),
        ({"commit": "3f2a91c0d1e2b3a4", "dirty": "true"}, "3f2a91c0d1e2 (dirty)"),
        ({"cloudnative": "0.1.0"}, ""),
    ],
)
def test_the_source_is_said_in_a_few_words(provenance: dict[str, str], said: str) -> None:
    assert source(provenance) == said
