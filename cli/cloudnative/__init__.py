"""The `cloudnative` command."""
