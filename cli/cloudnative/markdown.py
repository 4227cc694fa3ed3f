"""A preview as a comment on a pull request: the same changes give the same text, long parts are folded."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudnative.absent import NONE
from cloudnative.wording import clean, is_real, objects_lines, same_objects, short_type

if TYPE_CHECKING:
    from cloudnative_toolchain.errors import CloudnativeError

Step = dict[str, Any]
OPEN_LINES = 12  # a longer part is folded
SIGNS = {"create": "+", "delete": "-", "update": "!", "replace": "!"}
LEFT_OUT = "# {count} more lines: cloudnative preview {environment}"
RESERVE = 400  # bytes for what stands around the lines of a part


def preview(data: Mapping[str, Any], limit: int) -> str:
    """Findings, infrastructure, manifests; at most `limit` bytes, so that it fits whatever is in it."""
    environment = str(data["environment"])
    planned: list[Step] = data["resources"]
    steps = sorted(filter(is_real, planned), key=lambda step: (str(step["type"]), str(step["name"])))
    changed = [step for step in steps if step["operation"] in SIGNS]
    head = f"### {environment}: {_counts(changed)}\n"
    parts = [
        ("Findings of preflight", _findings(data.get("findings") or NONE)),
        ("Held regions", _held(data.get("held") or NONE)),
        ("Infrastructure", [_step(step) for step in changed]),
        ("Manifests", _manifests(steps, data["objects"])),
    ]
    return _assembled(head, [part for part in parts if part[1]], environment, limit)


def failed(environment: str, error: CloudnativeError) -> str:
    """In place of a preview: why there is none."""
    lines = [*str(error).splitlines(), *([f"fix: {error.fix}"] if error.fix else [])]
    return f"### {environment}: no preview\n\n{_fenced([clean(line) for line in lines], 'text')}\n"


def _counts(changed: Sequence[Mapping[str, Any]]) -> str:
    counted = Counter(str(step["operation"]) for step in changed)
    return ", ".join(f"{n} to {verb}" for verb, n in sorted(counted.items())) or "nothing would change"


def _step(step: Mapping[str, Any]) -> str:
    fields = f"  ({', '.join(sorted(step['fields']))})" if step.get("fields") else ""
    what = f"{step['operation']} {short_type(str(step['type']))} {step['name']}{fields}"
    return clean(f"{SIGNS[str(step['operation'])]} {what}")


def _manifests(steps: Sequence[Mapping[str, Any]], objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """Below each release its objects with their fields; regions that are alike are told once."""
    lines: list[str] = []
    told: dict[tuple[str, ...], str] = {}
    owned: dict[Any, list[Mapping[str, Any]]] = {}
    for each in sorted(objects, key=lambda each: str(each["object"])):
        owned.setdefault(each.get("urn"), []).append(each)
    for step in steps:
        own = owned.get(step["urn"], [])
        below = tuple(_signed(line) for line in objects_lines(own))
        if not below:
            continue
        name = clean(str(step["name"]))
        if below in told:
            lines.append(f"# {name}: {same_objects(len(own))} as {told[below]}")
            continue
        told[below] = name
        lines += [f"# {name}", *below]
    return lines


def _signed(line: str) -> str:
    """A line about an object begins with the sign of what happens to it; fields stay indented."""
    operation = line.split(maxsplit=1)[0] if line.strip() else ""
    return f"{SIGNS[operation]} {line.strip()}" if operation in SIGNS else f"  {line.rstrip()}"


def _findings(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for finding in findings:
        lines += [f"{finding['what']}: {finding.get('why', '')}".rstrip(": ")]
        lines += [f"  fix: {finding['fix']}"] if finding.get("fix") else []
    return [clean(line) for text in lines for line in text.splitlines()]


def _held(holds: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{one['region']} is held at {one['number']}"
        + (": `up` refuses this source without --resume" if one.get("sameSource") else "")
        for one in holds
    ]


def _assembled(head: str, parts: Sequence[tuple[str, list[str]]], environment: str, limit: int) -> str:
    """Every part whole while there is room, else its share of it; a part that is cut says so."""
    text = head
    for number, (title, lines) in enumerate(parts):
        left = len(parts) - number
        room = (limit - len(text.encode()) - RESERVE * left) // left
        text += "\n" + _part(title, _cut(lines, room, environment))
    return text


def _cut(lines: Sequence[str], room: int, environment: str) -> list[str]:
    kept: list[str] = []
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            return [*kept, LEFT_OUT.format(count=len(lines) - len(kept), environment=environment)]
        kept.append(line)
    return kept


def _part(title: str, lines: Sequence[str]) -> str:
    language = "text" if title.startswith(("Findings", "Held")) else "diff"
    block = _fenced(lines, language)
    if len(lines) <= OPEN_LINES:
        return f"**{title}**\n\n{block}\n"
    summary = html.escape(f"{title} ({len(lines)} lines)")
    return f"<details><summary>{summary}</summary>\n\n{block}\n\n</details>\n"


def _fenced(lines: Sequence[str], language: str) -> str:
    """A block that no line of it can end."""
    body = "\n".join(lines)
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}"
