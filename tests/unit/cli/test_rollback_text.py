"""What `rollback` says when it is done."""

from typing import Any

import pytest

from cloudnative.commands.rollback import text

RELEASE: dict[str, Any] = {"number": 41, "source": "3f2a91c", "images": {}}


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ({"koreacentral": 41, "japaneast": 41}, "prod runs release 41: 2 updated (4.2 s)"),
        ({"koreacentral": 42, "japaneast": 41}, "japaneast of prod runs release 41: 2 updated (4.2 s)"),
    ],
)
def test_it_names_what_runs_the_release_now(runs: dict[str, int], said: str) -> None:
    regions = [{"name": name, "release": number} for name, number in runs.items()]
    data: dict[str, Any] = {"environment": "prod", "regions": regions, "release": RELEASE, "held": []}
    assert text({**data, "changes": {"update": 2}, "seconds": 4.2}).splitlines()[0] == said
