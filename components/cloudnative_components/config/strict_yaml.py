"""YAML without surprises: one reader for every YAML file a user writes.

It reads a stream of events, so that limits hold before anything is built: a file has a size, a depth
and a number of values (an alias counts as often as it is used), keys are unique, and every fault has a place.
"""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from cloudnative_toolchain.errors import ConfigError, Location

from .build_tree import Limits, TreeBuilder
from .nodes import Node
from .scalars import Dialect
from .yaml_events import scan

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DIRECTIVE = re.compile(r"^%(?!YAML 1\.2\s*$).*", re.MULTILINE)
DOCS = "docs/config.md#yaml"


def load_yaml(
    path: Path | str,
    *,
    limits: Limits | None = None,
    dialect: Dialect = Dialect.CORE,
    tags: frozenset[str] = frozenset(),
) -> Node:
    """The one document of a file. `tags` are the local tags (`!reset`) that are let through."""
    documents = load_documents(path, limits=limits, dialect=dialect, tags=tags)
    if len(documents) == 1:
        return documents[0]
    second = documents[1].location if documents else Location(str(path))
    why = f"{len(documents)} documents, one is expected" if documents else "the file is empty"
    raise ConfigError(
        code="yaml.documents", what=f"cannot read {path}", why=why, location=second, docs=DOCS,
        fix=f"keep one document in {path}, without further `---` lines",
    )  # fmt: skip


def load_documents(
    path: Path | str,
    *,
    limits: Limits | None = None,
    dialect: Dialect = Dialect.CORE,
    tags: frozenset[str] = frozenset(),
) -> list[Node]:
    """All documents of a file, empty ones left out."""
    limits = limits or Limits()
    text = _decode(_read(Path(path), limits), str(path))
    return parse(text, str(path), limits=limits, dialect=dialect, tags=tags)


def parse(
    text: str,
    file: str,
    *,
    limits: Limits | None = None,
    dialect: Dialect = Dialect.CORE,
    tags: frozenset[str] = frozenset(),
) -> list[Node]:
    """The documents of a text; `file` is what errors call it."""
    limits = limits or Limits()
    _refuse_characters(text, file)
    _refuse_brackets(text, file, limits.depth)
    builder = TreeBuilder(file, limits, dialect, tags)
    try:
        return builder.documents(scan(text))
    except MarkedYAMLError as error:
        raise _syntax_error(error, text, file) from None
    except YAMLError as error:
        raise _error("yaml.syntax", file, str(error), Location(file, 1, 1)) from None


def _read(path: Path, limits: Limits) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limits.size + 1)
    except OSError as error:
        raise ConfigError(
            code="file.unreadable", what=f"cannot read {path}", why=(error.strerror or str(error)).lower(),
            fix=f"ls -ld {path.parent}  # then correct the path, or create {path.name} there",
            location=Location(str(path)), docs=DOCS,
        ) from error  # fmt: skip
    if len(data) > limits.size:
        raise _error("yaml.size", str(path), f"larger than {limits.size:,} bytes", Location(str(path), 1, 1))
    return data


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        place = _place(before, len(before), file)
        raise _error(
            "yaml.encoding", file, "not UTF-8", place, fix=f"iconv -t UTF-8 -o {file} {file}"
        ) from None


def _refuse_characters(text: str, file: str) -> None:
    if found := _FORBIDDEN.search(text):
        why = f"the character U+{ord(found.group()):04X} is not allowed in YAML"
        raise _error("yaml.character", file, why, _place(text, found.start(), file))
    head = re.split(r"^---", text, maxsplit=1, flags=re.MULTILINE)[0]
    if found := _DIRECTIVE.search(head):
        why = f"the directive {found.group().strip()!r} would change what words mean; files are YAML 1.2"
        raise _error("yaml.directive", file, why, _place(text, found.start(), file), fix="delete that line")


def _refuse_brackets(text: str, file: str, depth: int) -> None:
    # The scanner looks far ahead of the depth check when brackets follow one another; a second per thousand.
    if found := re.search(rf"(?:[\[{{]\s*){{{depth + 2}}}", text):
        where = _place(text, found.start() + len(found.group().rstrip()) - 1, file)
        raise _error("yaml.depth", file, f"more than {depth} levels deep", where)


def _place(text: str, offset: int, file: str) -> Location:
    return Location(file, text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1)


def _syntax_error(error: Any, text: str, file: str) -> ConfigError:
    # Any: ruamel's errors carry no types.
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    place = Location(file, line, column)
    lines = text.splitlines()
    if line <= len(lines) and "\t" in lines[line - 1][: column + 1]:
        fix = f"sed -i 's/\\t/  /g' {file}"
        return _error("yaml.tab", file, "a tab; YAML is indented with spaces", place, fix=fix)
    why = "; ".join(str(part) for part in (error.context, error.problem) if part)
    return _error("yaml.syntax", file, why, place)


def _error(code: str, file: str, why: str, place: Location, *, fix: str = "") -> ConfigError:
    fix = fix or f"correct {place}, then run the command again"
    return ConfigError(code=code, what=f"cannot read {file}", why=why, fix=fix, location=place, docs=DOCS)
