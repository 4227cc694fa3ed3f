"""From Helm's sentences to one error with its place in the user's files."""

import re
from collections.abc import Sequence
from pathlib import Path

from cloudnative_toolchain.errors import ConfigError, Location

from ..config import Dialect, Node, Scalar, SequenceNode, child, load_yaml, locate
from .charts import Chart
from .places import DOCS

_AT = re.compile(r"(?:parse|execution) error at \(([^():]+):(\d+)(?::(\d+))?\): (.*)", re.DOTALL)
_TRACE = re.compile(r"^(?:Error: )?(?:template: )?([^\s:]+/templates/[^\s:]+):(\d+)(?::(\d+))?", re.MULTILINE)
_YAML = re.compile(r"YAML parse error on ([^:]+): (.*)", re.DOTALL)
_MISSING = re.compile(r"missing in charts/ directory: ([^\s,]+)")
_SCHEMA = re.compile(r"at '(/[^']*)': (.*)")
_VALUES = re.compile(r"failed to parse (\S+): .*?line (\d+)", re.DOTALL)
_NOWHERE = ("127.0.0.1:9", "executable file not found")


def explain(message: str, chart: Chart, value_files: Sequence[Path]) -> ConfigError:
    """A ConfigError from what Helm printed."""
    text = "\n".join(
        line for line in message.strip().splitlines() if not line.startswith(("level=", "time="))
    )
    text = text.removeprefix("Error: ").removesuffix("Use --debug flag to render out invalid YAML").strip()
    place, why = _place(text, chart, value_files)
    return ConfigError(
        code="helm.render",
        what=f"helm cannot render the chart {chart.name}",
        why=why,
        fix=_fix(text, chart, place),
        location=place,
        docs=DOCS,
    )


def _place(text: str, chart: Chart, value_files: Sequence[Path]) -> tuple[Location, str]:
    return _in_a_template(text, chart) or _in_settings(text, chart, value_files) or (chart.place(), text)


def _in_a_template(text: str, chart: Chart) -> tuple[Location, str] | None:
    if found := _AT.search(text):
        return _in_file(chart, found[1], found[2], found[3]), found[4].strip()
    if found := _YAML.search(text):
        return chart.file(found[1].strip()), f"what it makes is no YAML: {found[2].strip()}"
    if traces := list(_TRACE.finditer(text)):
        last = traces[-1]
        return _in_file(chart, last[1], last[2], last[3]), text.splitlines()[-1].strip()
    return None


def _in_settings(text: str, chart: Chart, value_files: Sequence[Path]) -> tuple[Location, str] | None:
    if found := _MISSING.search(text):
        why = f"its dependency {found[1]} is not in {chart.path / 'charts'}; nothing is fetched here"
        return _dependency(chart, found[1]), why
    if found := _SCHEMA.search(text):
        key = found[1][1:].replace("/", ".")
        return _value(found[1], chart, value_files), f"values.schema.json says of {key}: {found[2]}"
    if found := _VALUES.search(text):
        return Location(found[1], int(found[2])), text.rpartition(": ")[2]
    return (chart.place("kubeVersion"), text) if "kubeVersion" in text else None


def _in_file(chart: Chart, source: str, line: str, column: str | None) -> Location:
    file = chart.file(source)
    # of a packed chart there is no file to open at a line
    return Location(file.file, int(line), int(column or 0)) if chart.path.is_dir() else file


def _dependency(chart: Chart, name: str) -> Location:
    listed = child(chart.tree, "dependencies")
    for entry in listed.items if isinstance(listed, SequenceNode) else ():
        written = child(entry, "name")
        if isinstance(written, Scalar) and written.text == name:
            return written.location
    return chart.place("dependencies")


def _value(pointer: str, chart: Chart, value_files: Sequence[Path]) -> Location:
    """Where a value is written: in the last file that has it, else in the chart's own."""
    path = [int(part) if part.isdigit() else part for part in pointer.strip("/").split("/")]
    own = chart.path / "values.yaml"
    for file in [*reversed(value_files), *([own] if own.is_file() else [])]:
        tree = load_yaml(file, dialect=Dialect.KUBERNETES)
        node: Node | None = tree
        for part in path:
            node = child(node, part) if node else None
        if node:
            return locate(tree, path)
    return chart.place()


def _fix(text: str, chart: Chart, place: Location) -> str:
    edit = f"${{EDITOR:-vi}} {place.file}"
    if _MISSING.search(text):
        return f"helm dependency build {chart.path}"
    if any(word in text for word in _NOWHERE):
        return f"{edit}  # helm has no network here: copy what it asks for into the chart"
    return edit
