"""What `promote` to an environment that was not there counts: two runs of the engine, told as one."""

import pytest

from cloudnative.promoting import in_both


@pytest.mark.parametrize(
    ("made", "then", "told"),
    [
        ({}, {"update": 1, "same": 17}, {"update": 1, "same": 17}),
        ({"create": 17}, {"create": 1, "same": 17}, {"create": 18}),
        ({"create": 2, "same": 15}, {"create": 1, "same": 17}, {"create": 3, "same": 15}),
    ],
)
def test_what_the_first_run_made_is_not_unchanged(
    made: dict[str, int], then: dict[str, int], told: dict[str, int]
) -> None:
    assert in_both(made, then) == told
