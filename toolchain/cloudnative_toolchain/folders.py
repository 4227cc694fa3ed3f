"""The only two places on a machine that cloudnative writes to."""

from __future__ import annotations

import os
from pathlib import Path

from cloudnative_toolchain.ownership import home_folder


def home() -> Path:
    """State: emulator, Pulumi state, logs. CLOUDNATIVE_HOME, else the XDG state folder. Not created here."""
    return _folder("CLOUDNATIVE_HOME", "XDG_STATE_HOME", ".local/state")


def cache() -> Path:
    """What can be had again: programs and base images. CLOUDNATIVE_CACHE, else the XDG cache folder."""
    return _folder("CLOUDNATIVE_CACHE", "XDG_CACHE_HOME", ".cache")


def _folder(own: str, xdg: str, fallback: str) -> Path:
    if value := os.environ.get(own):
        return Path(value).expanduser().absolute()
    root = os.environ.get(xdg)
    return (Path(root) if root else home_folder(os.environ) / fallback) / "cloudnative"
