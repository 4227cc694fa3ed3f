"""Pulumi components that provision Azure and AKS and release applications to it."""
