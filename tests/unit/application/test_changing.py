"""What a chart makes anew at each rendering."""

import base64

import pytest

from cloudnative_components.application.changing import settle
from cloudnative_components.application.manifest_files import Manifest, rendered
from cloudnative_toolchain.errors import ConfigError, ExitCode, Location


def secret(password: str, *, key: str = "data") -> list[Manifest]:
    value = base64.b64encode(password.encode()).decode() if key == "data" else password
    fixed = base64.b64encode(b"same").decode()
    return objects(f"kind: Secret\nmetadata: {{name: pw}}\n{key}: {{password: {value}, fixed: {fixed}}}\n")


def deployment(note: str, *, name: str = "web") -> list[Manifest]:
    return objects(
        f"kind: Pod\nmetadata: {{name: {name}, annotations: {{rollme: {note}}}}}\nspec: {{containers: []}}\n"
    )


def objects(text: str) -> list[Manifest]:
    return rendered(f"apiVersion: v1\n{text}", "helm", Location("shop/templates/a.yaml"))


def test_two_equal_renderings_have_nothing_to_settle():
    found = settle(secret("Abcdefgh1"), secret("Abcdefgh1"), "shop")

    assert (found.values, found.not_carried) == ([], [])


@pytest.mark.parametrize("key", ["data", "stringData"])
def test_a_random_value_of_a_secret_is_made_once_and_kept(key: str):
    first = secret("Abcdefgh12", key=key)
    (value,) = settle(first, secret("Zyxwvuts98", key=key), "shop").values

    assert (value.key, value.length) == ("password", 10)
    assert set(first[0].item[key]) == {"fixed"}


def test_a_random_annotation_is_left_out_and_named():
    first = deployment("Ab1x9")
    found = settle(first, deployment("Zy2w8"), "shop")

    assert [left.key for left in found.not_carried] == ["metadata.annotations.rollme of Pod web"]
    assert first[0].item["metadata"]["annotations"] == {}


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (secret("$2a$10$abc"), secret("$2a$10$xyz"), "data.password of Secret pw"),
        (secret("12345678"), secret("87654321"), "data.password of Secret pw"),
        (secret("short1"), secret("other2"), "data.password of Secret pw"),
        (deployment("x", name="web-a1"), deployment("x", name="web-b2"), "metadata.name of Pod web-a1"),
        (
            objects("kind: ConfigMap\nmetadata: {name: c}\ndata: {id: Abcdefgh1}\n"),
            objects("kind: ConfigMap\nmetadata: {name: c}\ndata: {id: Zyxwvuts9}\n"),
            "data.id of ConfigMap c",
        ),
    ],
)
def test_what_can_neither_be_kept_nor_left_out_is_an_error(
    first: list[Manifest], second: list[Manifest], words: str
):
    with pytest.raises(ConfigError) as caught:
        settle(first, second, "shop")

    assert words in str(caught.value)
    assert (caught.value.code, caught.value.exit_code) == ("helm.changes", ExitCode.USAGE)
    assert "Abcdefgh" not in str(caught.value.to_dict())


def test_no_value_is_told():
    (value,) = settle(secret("Abcdefgh12"), secret("Zyxwvuts98"), "shop").values

    assert "Abcdefgh12" not in repr(value)
