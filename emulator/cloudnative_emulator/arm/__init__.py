"""The emulator's Azure Resource Manager."""

from cloudnative_emulator.arm.serve import RunningApi, serve

__all__ = ["RunningApi", "serve"]
