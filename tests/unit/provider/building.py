"""An order of an image for tests of builders."""

from pathlib import Path
from typing import Any

from cloudnative_provider.access import Cloud
from cloudnative_provider.build_order import Order


async def token() -> str:
    return "the-token"


def order(context: Path = Path("/"), **inputs: Any) -> Order:
    """An image `r/shop/web` of `context`."""
    given = {"registry": "r", "repository": "shop/web", "context": str(context), "dockerfile": "Dockerfile"}
    settings = {"platform": "linux/amd64", "inputsHash": "0123456789abcdef"}
    return Order({**given, **settings, **inputs}, Cloud("azure", "https://arm.invalid"), token)


def script(path: Path, body: str) -> Path:
    """A program of these shell lines."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path
