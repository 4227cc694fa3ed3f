"""`pulumi-resource-cloudnative`: our plugin as a process, which plain `pulumi up` finds on PATH."""

from __future__ import annotations

import sys


def main() -> None:
    """Serve until the engine ends us."""
    import cloudnative_provider
    from cloudnative_components.hosted import hosted

    cloudnative_provider.serve(hosted(), sys.argv[1:])
