"""Where logs and metrics of registries and clusters go."""
