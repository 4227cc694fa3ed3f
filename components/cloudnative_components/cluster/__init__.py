"""A region: its cluster, network and upgrades."""
