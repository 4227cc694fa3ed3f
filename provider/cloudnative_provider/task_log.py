"""The log of an ACR Tasks run as it grows: steps, output, and the bases that ACR found at its end."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

_LAST_LINES = 20
# Docker's classic builder (`Step 2/5 : RUN make`) and BuildKit's plain progress (`#7 [2/5] RUN make`).
_STEP = re.compile(r"(?:Step (?P<number>\d+/\d+) : |#\d+ (?P<stage>\[(?!internal)[^\]]+\]) )(?P<what>.+)")
_DEPENDENCIES = "The following dependencies were found:"
_KEY = re.compile(r"\s*(?:- )?(?P<key>[a-z-]+):\s*(?P<value>.*)")
_HUB = ("registry.hub.docker.com", "docker.io")


class TaskLog:
    """Takes the log's bytes in pieces of any size."""

    def __init__(self, progress: Callable[[str], None], log: Callable[[str], None]) -> None:
        self.size = 0
        self.last: deque[str] = deque(maxlen=_LAST_LINES)
        self._progress, self._log = progress, log
        self._rest, self._dependencies, self._found = b"", list[str](), False

    def feed(self, content: bytes) -> bool:
        """The next bytes; true when there were any."""
        self.size += len(content)
        *lines, self._rest = (self._rest + content).split(b"\n")
        for line in lines:
            self._line(line.decode(errors="replace").rstrip())
        return bool(content)

    def close(self) -> None:
        """No more will come: a last line without an end is a line too."""
        self._line(self._rest.decode(errors="replace").rstrip())
        self._rest = b""

    def bases(self, dockerfile: str) -> dict[str, str]:
        """Digest by name of each base; one that the Dockerfile pins cannot move."""
        found: dict[str, str] = {}
        one: dict[str, str] = {}
        wanted = False
        for line in self._dependencies:
            if not (match := _KEY.fullmatch(line)):
                continue
            key, value = match["key"], match["value"].strip("\"'")
            if not value:
                wanted = key.endswith("-dependency")
            one = {"registry": value} if key == "registry" else {**one, key: value}
            if wanted and key == "digest" and value not in dockerfile:
                found[_name(one)] = value
        return found

    def _line(self, text: str) -> None:
        if not text:
            return
        if self._found:
            self._dependencies.append(text)
        self._found = self._found or text.endswith(_DEPENDENCIES)
        self.last.append(text)
        step = _STEP.fullmatch(text)
        if step is None:
            self._log(text)
        else:
            self._progress(f"{step['stage'] or '[' + step['number'] + ']'} {step['what']}")


def _name(image: dict[str, str]) -> str:
    registry = image.get("registry", "")
    host = "docker.io" if registry in _HUB else registry
    return f"{host}/{image.get('repository', '')}:{image.get('tag', '')}"
