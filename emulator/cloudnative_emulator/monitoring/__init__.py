"""What Azure Monitor does for metrics: a real Prometheus over every cluster, and its query API."""
