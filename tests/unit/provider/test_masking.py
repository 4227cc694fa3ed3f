"""What a preview shows of secret values: that they differ, and nothing else."""

from typing import Any

import pytest

from cloudnative_provider.masking import masked


def _shown(name: str, value: str) -> str:
    obj: dict[str, Any] = {"kind": "Deployment", "spec": [{"env": [{"name": name, "value": value}]}]}
    return masked(obj)["spec"][0]["env"][0]["value"]


def test_values_of_secrets_are_told_apart_without_showing_them() -> None:
    one, two = (masked({"kind": "Secret", "data": {"p": value}})["data"]["p"] for value in ("c2Vj", "cmV0"))
    assert one != two
    assert "c2Vj" not in one


def test_a_secret_without_values_stays_without() -> None:
    assert masked({"kind": "Secret"}) == {"kind": "Secret"}


@pytest.mark.parametrize("name", ["DB_PASSWORD", "api_token", "STRIPE_SECRET", "OPENAI_API_KEY", "APIKEY"])
def test_variables_called_like_secrets_are_masked(name: str) -> None:
    assert _shown(name, "hunter2").startswith("[secret ")


@pytest.mark.parametrize("name", ["PORT", "PASSWORD_FILE", "SECRET_NAME", "TOKEN_URL", "KEYBOARD"])
def test_other_variables_are_shown(name: str) -> None:
    assert _shown(name, "8080") == "8080"


def test_a_password_within_an_address_is_masked_and_the_rest_is_shown() -> None:
    shown = _shown("DATABASE_URL", "postgres://shop:hunter2@db:5432/shop")
    assert "hunter2" not in shown
    assert shown.startswith("postgres://shop:[secret ") and shown.endswith("@db:5432/shop")
