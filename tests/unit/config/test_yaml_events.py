"""libyaml and ruamel.yaml: whoever scans a text, its events are the same."""

import random
from pathlib import Path

import pytest
from ruamel.yaml.error import YAMLError

from cloudnative_components.config import yaml_events
from cloudnative_components.config.yaml_events import Event, by_libyaml, by_ruamel, scan

ROOT = Path(__file__).parents[3]
FILES = [file for file in ROOT.glob("s*/**/*.yaml") if "templates" not in file.parts]
PIECES = [*"[}: \n'\"|#\\~é", "*r", "&r ", "!!int ", "- ", "? ", ", "]


def _events(text: str) -> list[Event] | None:
    """Ruamel's events; none for a text that it refuses."""
    try:
        return list(by_ruamel(text))
    except YAMLError:
        return None


def _without_marks(events: list[Event] | None) -> list[Event]:
    # Of an empty value, and of one behind a tag or anchor, each has its own idea where it begins.
    return [e if e.value and not (e.tag or e.anchor) else e._replace(line=0, column=0) for e in events or []]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_our_own_files_read_the_same(file: Path):
    text = file.read_text()
    assert list(scan(text)) and _without_marks(list(scan(text))) == _without_marks(_events(text))


def test_damaged_files_read_the_same_where_both_read_them():
    source, texts = random.Random(7), [file.read_text()[:400] for file in FILES]
    compared = 0
    for _ in range(300):
        text = source.choice(texts)
        place = source.randrange(len(text))
        text = text[:place] + source.choice(PIECES) + text[place + source.choice([0, 1, 5]) :]
        quick, slow = by_libyaml(text), _events(text)
        if quick is not None and slow is not None:
            compared += 1
            assert _without_marks(quick) == _without_marks(slow), text
    assert compared > 30


@pytest.mark.parametrize(
    "text", ["a:\tb\n", "a: b\u2028c\n", "a: &x 1\nb: {*x: 2}\n", "a: [b\n", "a: b: c\n"]
)
def test_what_the_two_read_differently_or_libyaml_refuses_is_ruamels(text: str):
    assert by_libyaml(text) is None


def test_without_libyaml_all_is_ruamels(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(yaml_events.yaml, "CSafeLoader")
    assert [event.value for event in scan("a: 1.30\n")] == ["", "", "a", "1.30", ""]
