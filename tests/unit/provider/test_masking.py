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


SECRETS = [
    "DB_PASSWORD", "api_token", "STRIPE_SECRET", "OPENAI_API_KEY", "APIKEY", "KEY", "STORAGE_KEY",
    "accountKey", "DB_PASS", "PGPWD", "GPG_PASSPHRASE", "AZURE_STORAGE_CONNECTION_STRING",
    "SENTRY_DSN", "SMTP_AUTH",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
def test_variables_called_like_secrets_are_masked(name: str) -> None:
    assert _shown(name, "hunter2").startswith("[secret ")


@pytest.mark.parametrize("name", SECRETS)
def test_so_is_what_a_config_map_calls_so(name: str) -> None:
    shown = masked({"kind": "ConfigMap", "data": {name: "hunter2", "PORT": "8080"}})["data"]
    assert shown[name].startswith("[secret ")
    assert shown["PORT"] == "8080"


@pytest.mark.parametrize(
    "text",
    [
        "DefaultEndpointsProtocol=https;AccountName=st;AccountKey=hunter2/x==;EndpointSuffix=core.windows.net",
        "Server=db;User=shop;Password=hunter2;Encrypt=true",
        "https://st.blob.core.windows.net/c?sv=2025&sig=hunter2%3D&se=2027",
        "--password=hunter2",
        "redis://:hunter2@cache:6379",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_a_secret_within_any_text_is_masked(text: str) -> None:
    obj: dict[str, Any] = {
        "kind": "Deployment",
        "spec": {"args": [text], "env": [{"name": "A", "value": text}]},
    }

    shown = str(masked({**obj, "data": {"app.conf": text}}))

    assert "hunter2" not in shown
    assert shown.count("[secret ") == 3


@pytest.mark.parametrize(
    "name",
    [
        "PORT",
        "PASSWORD_FILE",
        "SECRET_NAME",
        "TOKEN_URL",
        "KEYBOARD",
        "PUBLIC_KEY",
        "COMPASS",
        "AUTHOR",
        "PASSIVE",
    ],
)
def test_other_variables_are_shown(name: str) -> None:
    assert _shown(name, "8080") == "8080"


def test_a_password_within_an_address_is_masked_and_the_rest_is_shown() -> None:
    shown = _shown("DATABASE_URL", "postgres://shop:hunter2@db:5432/shop")
    assert "hunter2" not in shown
    assert shown.startswith("postgres://shop:[secret ") and shown.endswith("@db:5432/shop")
