"""The `context` back end: a managed cluster is an existing cluster that a kubeconfig context names."""
