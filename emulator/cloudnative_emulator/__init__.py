"""Azure on this machine: ARM API, registry and real Kubernetes clusters.

What the command calls. Each works on the home of CLOUDNATIVE_HOME.
"""

from cloudnative_emulator.daemon.endpoint import Endpoint, endpoint
from cloudnative_emulator.daemon.lifecycle import reset, start, stop
from cloudnative_emulator.daemon.look import logs, require_clusters, status

__all__ = ["Endpoint", "endpoint", "logs", "require_clusters", "reset", "start", "status", "stop"]
