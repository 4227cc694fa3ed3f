"""Every YAML file goes through one reader: no surprise, one error with a place."""

import time
from pathlib import Path

import pytest

from cloudnative_components.config import Dialect, Scalar, leaves, load_yaml, locate, parse, value_of
from cloudnative_toolchain.errors import ConfigError

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + below] * 9)}]\n"
    for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "yaml.duplicate", 3, 1),
        ("a:\n\tb: 1\n", "yaml.tab", 2, 1),
        ("a: x\x00y\n", "yaml.character", 1, 5),
        ("a: " + "[" * 2000, "yaml.depth", 1, 69),
        (BOMB, "yaml.values", 6, 8),
        ("a: &x [*x]\n", "yaml.alias", 1, 8),
        ("a: *nowhere\n", "yaml.alias", 1, 4),
        ("a: !!python/object:os.system x\n", "yaml.tag", 1, 4),
        ("a: !!int x\n", "yaml.tag", 1, 4),
        ("%YAML 1.1\n---\na: no\n", "yaml.directive", 1, 1),
        ("a: [1, 2\n", "yaml.syntax", 2, 1),
        ("a: b: c\n", "yaml.syntax", 1, 5),
        ("{a: 1}: 2\n", "yaml.key", 1, 1),
        ("<<: 3\n", "yaml.merge", 1, 1),
    ],
)
def test_what_is_wrong_is_one_error_with_its_place(text: str, code: str, line: int, column: int):
    started = time.monotonic()
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.yaml")
    place = caught.value.location
    assert (caught.value.code, place and (place.line, place.column)) == (code, (line, column))
    assert caught.value.fix
    assert time.monotonic() - started < 5


def test_text_stays_as_it_was_written():
    (tree,) = parse("version: 1.30\ncountry: no\ntime: 12:30:45\ncode: 0123\n", "f.yaml")
    texts = {key: value.text for key, value in dict(leaves(tree)).items()}  # type: ignore[arg-type, union-attr] - a wrong shape fails the test
    assert texts == {"version": "1.30", "country": "no", "time": "12:30:45", "code": "0123"}


@pytest.mark.parametrize(
    ("text", "core", "kubernetes"),
    [
        ("no", "no", False),
        ("0644", 644, 0o644),
        ("0o644", 0o644, 0o644),
        ("0x1F", 31, 31),
        ("1.30", 1.3, 1.3),
        ("1e3", 1000.0, 1000.0),
        ("-.inf", float("-inf"), float("-inf")),
        ("TRUE", True, True),
        ("~", None, None),
        ("2001-12-14", "2001-12-14", "2001-12-14"),
        ("1_000", "1_000", "1_000"),
        ("'no'", "no", "no"),
        ("!!str 12", "12", "12"),
    ],
)
def test_scalars_in_both_dialects(text: str, core: object, kubernetes: object):
    for dialect, expected in ((Dialect.CORE, core), (Dialect.KUBERNETES, kubernetes)):
        (scalar,) = parse(f"[{text}]", "f.yaml", dialect=dialect)[0].items  # type: ignore[union-attr] - a wrong shape fails the test
        assert isinstance(scalar, Scalar)
        assert value_of(scalar, dialect) == expected


def test_merge_keys_fill_in_what_a_mapping_does_not_say():
    (tree,) = parse("base: &b {x: 1, y: 2}\nweb: {<<: *b, y: 3}\n", "f.yaml")
    web = leaves(tree)["web"]  # type: ignore[index, call-overload] - a wrong shape fails the test
    assert {key: value.text for key, value in web.items()} == {"x": "1", "y": "3"}  # type: ignore[union-attr] - a wrong shape fails the test


def test_a_path_finds_the_deepest_key_that_is_there():
    (tree,) = parse("services:\n  web:\n    ports: [80, 81]\n", "f.yaml")
    found = [
        str(locate(tree, path)) for path in (["services", "web", "ports", 1], ["services", "web", "nope"])
    ]
    assert found == ["f.yaml:3:17", "f.yaml:2:3"]


def test_several_documents_where_one_is_expected(tmp_path: Path):
    path = tmp_path / "f.yaml"
    path.write_text("a: 1\n---\nb: 2\n")
    with pytest.raises(ConfigError, match=r"f\.yaml:3:1: .* 2 documents"):
        load_yaml(path)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "yaml.documents"), (b"a: \xff\xfe", "yaml.encoding"), (b"#" * 2_000_000, "yaml.size")],
)
def test_files_that_are_no_yaml_text(tmp_path: Path, data: bytes, code: str):
    path = tmp_path / "f.yaml"
    path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load_yaml(path)
    assert caught.value.code == code


def test_a_missing_file_says_where_it_was_looked_for(tmp_path: Path):
    with pytest.raises(ConfigError) as caught:
        load_yaml(tmp_path / "nope.yaml")
    assert caught.value.code == "file.unreadable"
    assert str(tmp_path) in caught.value.fix
