"""Values that a release keeps when a stored bundle is deployed: a bundle has none."""

from typing import Any

import pytest

from cloudnative_provider.release import Release, kept_secrets
from cloudnative_provider.resource import Call
from cloudnative_provider.wire import Secret

OLD = {"shop/db": {"password": "p", "user": "u"}, "shop/gone": {"key": "k"}}


@pytest.mark.parametrize(
    ("wanted", "found", "missing"),
    [
        ({"shop/db": ["password"]}, {"shop/db": {"password": "p"}}, []),
        ({"shop/db": ["port"]}, {"shop/db": {}}, ["shop/db/port"]),
        ({"shop/api": ["given"]}, {"shop/api": {}}, []),
        ({"shop/new": ["a", "b"]}, {"shop/new": {}}, ["shop/new/a", "shop/new/b"]),
        ({}, {}, []),
    ],
)
def test_only_what_the_bundle_asks_for_is_kept(
    wanted: dict[str, list[str]], found: dict[str, Any], missing: list[str]
):
    assert kept_secrets(wanted, OLD, {"shop/api": {"given": "g"}}) == (found, missing)


def call(wanted: dict[str, list[str]], **news: Any) -> Call:
    given = {"keptSecrets": wanted, "cloud": "emulator", **news}
    return Call("urn", "id", given, {"secretData": Secret(OLD)}, {}, False, 0, lambda _: None)


async def test_check_puts_the_values_in_and_marks_them_secret():
    wanted = call({"shop/db": ["user"]}, secretData={"shop/db": {"password": "new"}})
    news, failures = await Release().check(wanted)

    assert failures == []
    assert news["secretData"] == Secret({"shop/db": {"user": "u", "password": "new"}})
    assert "keptSecrets" not in news


async def test_a_value_that_nobody_has_is_refused_by_name():
    _, failures = await Release().check(call({"shop/new": ["token"]}))

    assert "shop/new/token" in failures[0].reason
    assert "u" not in failures[0].reason.split()
