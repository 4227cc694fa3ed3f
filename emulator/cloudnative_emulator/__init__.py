"""Azure on this machine: ARM API, registry and real Kubernetes clusters."""
