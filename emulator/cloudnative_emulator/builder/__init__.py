"""BuildKit of this home."""

from cloudnative_emulator.builder.buildkit import address, prepare, wait_ready

__all__ = ["address", "prepare", "wait_ready"]
