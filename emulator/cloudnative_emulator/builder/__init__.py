"""BuildKit of this home."""

from cloudnative_emulator.builder.buildkit import address, prepare, wait_ready
from cloudnative_emulator.builder.host_certificates import trusted_by_builds

__all__ = ["address", "prepare", "trusted_by_builds", "wait_ready"]
