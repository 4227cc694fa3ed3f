"""A headless browser for tests: open a page, fill in its form, read it, take its picture."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.emulator.chromium import chromium, surroundings
from tests.emulator.devtools import DevTools, DevToolsError


class Browser:
    """One tab with an empty profile. Selectors are CSS; whatever is not there in time is a DevToolsError."""

    def __init__(self, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        self.profile = Path(tempfile.mkdtemp(prefix="cloudnative-browser-"))
        program = chromium()
        self._tools = DevTools(program, self.profile, surroundings(program, self.profile))
        self.process = self._tools.process
        target = next(t for t in self._tools.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        attached = self._tools.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        self.look(width=width, height=height, dark=dark)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the browser and removes its profile."""
        self._tools.close()
        shutil.rmtree(self.profile)

    def look(self, *, width: int, height: int = 900, dark: bool = False) -> None:
        """Sets the window's size (below 600 wide: a phone) and the colour scheme that the user prefers."""
        phone = width < 600
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, url: str, *, seconds: float = 30) -> None:
        """Goes to the page and waits until it is loaded and does not call itself `data-state="loading"`."""
        failed = self._call("Page.navigate", url=url).get("errorText")
        if failed:
            raise DevToolsError(f"{url}: {failed}")
        ready = "document.readyState === 'complete' && document.documentElement.dataset.state !== 'loading'"
        self.wait_until(lambda: self.evaluate(ready), seconds=seconds)

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise DevToolsError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def text(self, selector: str) -> str:
        """The text of an element as a reader sees it."""
        return self._on(selector, "element.innerText.trim()")

    def visible(self, selector: str) -> bool:
        """Whether such an element is there and takes up room."""
        return bool(self.evaluate(f"!!document.querySelector({json.dumps(selector)})?.offsetParent"))

    def fill(self, selector: str, value: str) -> None:
        """Types into a field; in a list, chooses the option with that text or value."""
        self._on(selector, _FILL % json.dumps(value))

    def click(self, selector: str) -> None:
        """Clicks on an element."""
        self._on(selector, "element.click()")

    def book(self, *, shipper: str, origin: str, destination: str, teu: int) -> str:
        """Fills in and sends the sample's form; what the page answers."""
        fields = {"#shipper": shipper, "#from-port": origin, "#to-port": destination, "#teu": str(teu)}
        for selector, value in fields.items():
            self.fill(selector, value)
        self.wait_until(lambda: self.evaluate("!document.querySelector('#book').disabled"))
        self.evaluate("document.querySelector('#form-message').textContent = ''")
        self.click("#book")
        self.wait_until(lambda: self.text("#form-message") != "", seconds=15)
        return self.text("#form-message")

    def wait_until(self, condition: Callable[[], Any], *, seconds: float = 15) -> None:
        """Waits for a condition; the error says what the page showed instead."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                shown = self.evaluate("document.body ? document.body.innerText.slice(0, 600) : ''")
                raise DevToolsError(f"not within {seconds:g} s; the page shows:\n{shown}")
            time.sleep(0.05)

    def wait_for_text(self, selector: str, wanted: str, *, seconds: float = 15) -> None:
        """Waits until an element's text contains what is wanted."""
        self.wait_until(lambda: wanted in self.text(selector), seconds=seconds)

    def screenshot(self, file: Path, *, whole: bool = True) -> None:
        """The page as PNG, whole or just what the window shows."""
        picture = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(picture["data"]))

    def problems(self) -> list[str]:
        """Exceptions and errors that the page's console showed since the last look."""
        self.evaluate("0")  # fetches what has been said so far
        found: list[str] = []
        for event in self._tools.events():
            said = event.get("params", {})
            if event.get("method") == "Runtime.exceptionThrown":
                found.append(said["exceptionDetails"]["text"])
            elif event.get("method") == "Log.entryAdded" and said["entry"]["level"] == "error":
                found.append(f"{said['entry']['text']} {said['entry'].get('url', '')}")
        return found

    def _on(self, selector: str, expression: str) -> Any:
        name = json.dumps(selector)
        missing = f"throw new Error('there is no ' + {name})"
        return self.evaluate(
            f"(() => {{ const element = document.querySelector({name}); if (!element) {missing};"
            f" return {expression}; }})()"
        )

    def _call(self, method: str, **parameters: Any) -> Any:
        return self._tools.call(method, session=self._session, **parameters)


_FILL = """(() => {
  const wanted = %s;
  if (element.options) {
    const option = [...element.options].find((o) => o.text === wanted || o.value === wanted);
    if (!option) throw new Error('there is no choice ' + wanted);
    element.value = option.value;
  } else element.value = wanted;
  element.dispatchEvent(new Event('input', {bubbles: true}));
  element.dispatchEvent(new Event('change', {bubbles: true}));
})()"""
