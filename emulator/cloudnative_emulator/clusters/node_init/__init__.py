"""First process of a node's namespaces: prepares them, then starts and restarts the node's programs.

Run as a folder, `python -I -S .../node_init SPEC.json`, behind `unshare`: its modules find one another there.
Standard library only and nothing of this package, because its start-up is part of a cluster's boot time.
"""

FOLDER = __path__[0]
