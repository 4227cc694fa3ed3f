"""The emulator's stand-in for Pulumi's azure-native provider: the types we use, over our ARM API."""

from .server import Running, start
from .servicer import VERSION

__all__ = ["VERSION", "Running", "start"]
