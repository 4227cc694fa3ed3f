"""The test browser against a page of our own: what it reads is what a person would see."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from tests.emulator.browser import Browser
from tests.emulator.devtools import DevToolsError
from tests.loopback import serving

pytestmark = pytest.mark.emulator

PAGE = b"""<!doctype html><html data-state="loading"><style>
  body { background: white } @media (prefers-color-scheme: dark) { body { background: black } }
</style><form><input id="name"><select id="port"><option value="A">Busan</option>
<option value="B">Rotterdam</option></select></form><p id="said" hidden></p><script>
  for (const id of ["name", "port"]) document.getElementById(id).addEventListener("change", () => {
    const said = document.getElementById("said");
    said.hidden = false;
    said.textContent = document.getElementById("name").value + "/" + document.getElementById("port").value;
  });
  setTimeout(() => { document.documentElement.dataset.state = "ready"; throw new Error("on purpose"); }, 200);
</script></html>"""


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(Page) as address:
        yield f"{address}/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as running:
        yield running


def test_a_page_that_says_it_is_loading_is_waited_for(browser: Browser, url: str) -> None:
    browser.open(url)
    assert browser.evaluate("document.documentElement.dataset.state") == "ready"


def test_what_is_filled_in_reaches_the_page(browser: Browser, url: str) -> None:
    browser.open(url)
    assert not browser.visible("#said")
    browser.fill("#name", 'Ada\'s "ship" </b>')
    browser.fill("#port", "Rotterdam")
    browser.wait_for_text("#said", 'Ada\'s "ship" </b>/B')
    assert browser.visible("#said")


def test_the_picture_follows_size_and_colour_scheme(browser: Browser, url: str, tmp_path: Path) -> None:
    seen: set[str] = set()
    for dark in (False, True):
        browser.look(width=500, height=400, dark=dark)
        browser.open(url)
        browser.screenshot(tmp_path / "page.png", whole=False)
        data = (tmp_path / "page.png").read_bytes()
        size = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
        assert (data[:4], size) == (b"\x89PNG", (1000, 800))
        seen.add(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert seen == {"rgb(255, 255, 255)", "rgb(0, 0, 0)"}


def test_errors_of_the_page_are_reported(browser: Browser, url: str) -> None:
    browser.problems()
    browser.open(url)
    browser.wait_until(browser.problems, seconds=5)
    assert browser.problems() == []


def test_what_is_not_there_is_an_error_that_names_it(browser: Browser, url: str) -> None:
    browser.open(url)
    with pytest.raises(DevToolsError, match="there is no #ghost"):
        browser.click("#ghost")
    with pytest.raises(DevToolsError, match="no choice Atlantis"):
        browser.fill("#port", "Atlantis")
    with pytest.raises(DevToolsError, match="net::ERR_"):
        browser.open("http://127.0.0.1:9/")


def test_closing_leaves_no_process_and_no_file() -> None:
    with Browser() as running:
        pid, profile = running.process, running.profile
        assert Path(f"/proc/{pid}").exists()
    assert not Path(f"/proc/{pid}").exists()
    assert not profile.exists()
