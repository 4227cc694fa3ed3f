"""The Pulumi plugin `cloudnative`: Image, Bundle, Release, GeneratedSecret, and components that it hosts.

The server is imported when first used: who only reads ledgers and bundles waits for neither gRPC nor Pulumi.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server import Server, serve, start

__all__ = ["Server", "serve", "start"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(".server", __name__), name)
