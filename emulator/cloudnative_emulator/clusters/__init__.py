"""Kubernetes clusters on this machine, behind `ports.ClusterBackend`."""
