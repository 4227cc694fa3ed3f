"""README as its reader takes it: every command that it shows, written out so that a shell can run it."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
FOR = {"ENV": "dev", "SERVICE": "web", "REGION": "koreacentral", "FROM": "dev", "TO": "prod"}
_STARTS = ("cloudnative ", "make ", "sudo cloudnative ", "pulumi ")


def blocks(text: str = README) -> list[list[str]]:
    """The lines after `$ ` of every block for a console, without their comments."""
    found = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [[line for line in block.splitlines() if line.startswith("$ ")] for block in found]
    return [[line.removeprefix("$ ").partition("  #")[0].strip() for line in block] for block in lines]


def verbs(text: str = README) -> list[str]:
    """What the first column of the table of commands shows."""
    table = text.split("| command | does |\n|---|---|\n")[1].partition("\n\n")[0]
    cells = [re.split(r"(?<!\\)\|", line)[1] for line in table.splitlines()]
    return [f"cloudnative {span}" for cell in cells for span in re.findall(r"`([^`]+)`", cell)]


def inline(text: str = README) -> list[str]:
    """Commands between backquotes in sentences."""
    plain = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [span for span in re.findall(r"`([^`\n]+)`", plain) if span.startswith(_STARTS)]


def written_out(shown: str) -> list[str]:
    """Every form of a command: choices one by one, without and with what may be left out, names filled in."""
    text = shown.replace("\\|", "|").replace("...", "")
    choices = [
        part.split("|") if re.fullmatch(r"[\w-]+(\|[\w-]+)+", part) else [part] for part in text.split(" ")
    ]
    plain = [" ".join(words) for words in product(*choices)]
    forms = [form for one in plain for form in (re.sub(r" ?\[[^]]*\]", "", one), re.sub(r"[][]", "", one))]
    return list(dict.fromkeys(" ".join(FOR.get(word, word) for word in form.split()) for form in forms))


def commands(text: str = README) -> list[str]:
    """Every command that a README shows, once."""
    shown = [*(line for block in blocks(text) for line in block), *verbs(text), *inline(text)]
    return list(dict.fromkeys(form for one in shown for form in written_out(one)))


if __name__ == "__main__":
    print("\n".join(commands()))  # noqa: T201
