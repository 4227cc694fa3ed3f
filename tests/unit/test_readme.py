"""What the documents and the errors tell people to type exists: verbs, flags, files, targets of make."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from cloudnative.app import app

ROOT = Path(__file__).parents[2]
COMMAND: Any = typer.main.get_command(app)
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs/decisions").glob("*.md"),
]
PACKAGES = ["cli", "components", "emulator", "provider", "toolchain"]
FOLDERS = re.compile(
    r"(?<![\w/>])(?:cli|components|docs|emulator|provider|samples|stacks|tests|toolchain|\.ci)/[\w./-]*\w\b"
)
NO_COMMANDS = {  # names of things, which only look like a command
    "cloudnative emulator",
    "cloudnative X",
    "cloudnative emulator X",
    "cloudnative emulator: mmdebstrap",
    "cloudnative registry tokens",
}


def leaf(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words that are left for it; KeyError where there is none."""
    command = COMMAND
    while words and hasattr(command, "commands"):
        if words[0].startswith("-"):
            break
        command, words = command.commands[words[0]], words[1:]
    return command, words


def flags(command: Any) -> set[str]:
    return {"--help", "-h"} | {name for option in command.params for name in option.opts if name[0] == "-"}


def spans(document: Path) -> Iterator[str]:
    """Every piece of code in a document, one line each: between backquotes, and in blocks for a shell."""
    text = document.read_text()
    for block in re.findall(r"```(?:console|bash|sh)\n(.*?)```", text, re.DOTALL):
        yield from (line.removeprefix("$ ").partition("  #")[0] for line in block.splitlines())
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def written() -> Iterator[tuple[str, str]]:
    """Every `cloudnative ...` of the documents, and of README's table of verbs."""
    for document in DOCUMENTS:
        for span in spans(document):
            plain = re.sub(r"[\[\]]|\.\.\.", "", span.replace("\\|", "|"))
            start, _, rest = plain.partition(" ")
            if start == "cloudnative" and rest:
                yield document.name, rest
            elif document.name == "README.md" and start in COMMAND.commands:
                yield document.name, plain


@pytest.mark.parametrize(("document", "text"), sorted(set(written())))
def test_a_command_of_the_documents_exists(document: str, text: str) -> None:
    verb, _, rest = text.partition(" ")
    first, _, others = rest.partition(" ")
    for choice in first.split("|"):
        command, left = leaf([verb, *choice.split(), *others.split()])

        assert [word for word in left if word.startswith("-")] == [w for w in left if w in flags(command)], (
            document
        )


def texts(package: str) -> Iterator[tuple[str, str]]:
    """Every text of the code that starts like a command of ours, its place first; names are filled in."""
    for file in sorted((ROOT / package).rglob("*.py")):
        source = file.read_text()
        if not re.search(r"""["']cloudnative [a-z{-]""", source):
            continue
        nodes = list(ast.walk(ast.parse(source)))
        whats = [k.value for k in nodes if isinstance(k, ast.keyword) and k.arg == "what"]
        inside = {id(n) for joined in nodes if isinstance(joined, ast.JoinedStr) for n in joined.values}
        skipped = inside | {id(node) for what in whats for node in ast.walk(what)}
        for node in nodes:
            text = filled(node)
            if re.match("cloudnative [a-z-]", text) and id(node) not in skipped and text not in NO_COMMANDS:
                yield f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", text


def value_of(expression: str) -> str:
    """Something plausible for a value that the code puts into a text."""
    return "up" if "verb" in expression else "simulated" if "backend" in expression else "X"


def filled(node: ast.AST) -> str:
    """A text with something plausible where the code puts in a value; "" for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"\{\w+\}", "X", node.value)
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = [
        part.value if isinstance(part, ast.Constant) else value_of(ast.unparse(part)) for part in node.values
    ]
    return "".join(map(str, parts))


ADVICE = [pytest.param(text, id=place) for package in PACKAGES for place, text in texts(package)]


def test_advice_is_found_in_the_code() -> None:
    assert len(ADVICE) > 40


@pytest.mark.parametrize("advice", ADVICE)
def test_a_command_that_an_error_proposes_is_one(advice: str) -> None:
    for one in advice.split(" && "):
        command, words = leaf(shlex.split(one, comments=True)[1:])

        assert "--help" in words or command.make_context(command.name, words)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    concrete = [span for span in spans(document) if not re.search(r"<\w+>|NAME|ENV", span)]
    named = [found for span in concrete for found in FOLDERS.findall(span)]

    missing = [link for link in links if not (document.parent / link).exists()]
    missing += [name for name in named if not (ROOT / name).exists()]

    assert missing == []


def test_every_target_of_make_that_the_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        span.split()[1] for document in DOCUMENTS for span in spans(document) if span.startswith("make ")
    }

    assert named <= targets


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {"", *(re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings)}


def test_every_page_that_an_error_points_to_exists() -> None:
    sources = [file.read_text() for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    pages = {found for source in sources for found in re.findall(r"docs/[\w-]+\.md(?:#[\w-]+)?", source)}

    for page, _, anchor in (found.partition("#") for found in pages):
        assert anchor in anchors(ROOT / page), page
