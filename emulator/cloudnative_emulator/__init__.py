"""Azure on this machine: ARM API, registry and real Kubernetes clusters.

What the command calls. Each works on the home of CLOUDNATIVE_HOME.
"""

from cloudnative_emulator.daemon.endpoint import Endpoint, endpoint
from cloudnative_emulator.daemon.lifecycle import logs, reset, start, status, stop

__all__ = ["Endpoint", "endpoint", "logs", "reset", "start", "status", "stop"]
