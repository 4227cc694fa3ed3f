"""`cloudnative init`."""

from __future__ import annotations

from typing import Any

from cloudnative import present
from cloudnative.options import Cloud, Output, OutputOption


def init(cloud: Cloud = "emulator", output: OutputOption = Output.TEXT) -> None:
    """Make a project of a folder with a compose file. Lists what it writes, overwrites nothing."""
    import sys
    from pathlib import Path

    from cloudnative.scaffold import plan, project_name, write
    from cloudnative.stores.azure_setup import steps
    from cloudnative.stores.names import state_names

    folder = Path.cwd()
    names = state_names(project_name(folder))
    files = plan(folder, cloud, names)
    for name in files:
        sys.stderr.write(f"writes {name}\n")
    write(folder, files)
    next_steps = steps(names) if cloud == "azure" else ["cloudnative up dev"]
    present.result({"result": "succeeded", "files": list(files), "next": next_steps}, output, text)


def text(data: dict[str, Any]) -> str:
    """What to do next."""
    return "next:\n" + "".join(f"  {step}\n" for step in data["next"])
