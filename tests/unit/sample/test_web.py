"""The web front end's own tests, where Node.js is at hand; its image is tested in a browser in any case."""

import shutil
import subprocess
from pathlib import Path

import pytest

NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="Node.js is not on this machine; the sample's image has its own")
def test_the_front_end_passes_its_own_tests() -> None:
    file = Path(__file__).with_name("web.test.js")
    ran = subprocess.run([str(NODE), "--test", str(file)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
