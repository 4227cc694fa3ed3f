"""Pulumi components that provision Azure and AKS and release applications to it.

Names are imported when first used: whoever needs only the config or the application model does not wait for
Pulumi and azure-native.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cluster.aks_cluster import AksCluster, AksClusterArgs
    from .cluster.region import Region, RegionArgs
    from .environment import Environment, EnvironmentArgs, environment_args
    from .registry.container_registry import ContainerRegistry, ContainerRegistryArgs
    from .registry.image import Image, ImageArgs
    from .registry.upstream_image import UpstreamImage, UpstreamImageArgs
    from .release.application_component import Application, ApplicationArgs, application_args
    from .release.bundle import Bundle, BundleArgs
    from .release.generated_secret import GeneratedSecret, GeneratedSecretArgs
    from .release.health_gate import HealthGate, HealthGateArgs
    from .release.release import BundleReference, Release, ReleaseArgs
    from .release.source_hash import object_hashes
    from .trust.application_access import ApplicationAccess, ApplicationAccessArgs
    from .trust.github_trust import GitHubTrust, GitHubTrustArgs

__all__ = [
    "AksCluster",
    "AksClusterArgs",
    "Application",
    "ApplicationAccess",
    "ApplicationAccessArgs",
    "ApplicationArgs",
    "Bundle",
    "BundleArgs",
    "BundleReference",
    "ContainerRegistry",
    "ContainerRegistryArgs",
    "Environment",
    "EnvironmentArgs",
    "GeneratedSecret",
    "GeneratedSecretArgs",
    "GitHubTrust",
    "GitHubTrustArgs",
    "HealthGate",
    "HealthGateArgs",
    "Image",
    "ImageArgs",
    "Region",
    "RegionArgs",
    "Release",
    "ReleaseArgs",
    "UpstreamImage",
    "UpstreamImageArgs",
    "application_args",
    "environment_args",
    "object_hashes",
]

_HOME = {
    "AksCluster": "cluster.aks_cluster",
    "AksClusterArgs": "cluster.aks_cluster",
    "Application": "release.application_component",
    "ApplicationAccess": "trust.application_access",
    "ApplicationAccessArgs": "trust.application_access",
    "ApplicationArgs": "release.application_component",
    "Bundle": "release.bundle",
    "BundleArgs": "release.bundle",
    "BundleReference": "release.release",
    "ContainerRegistry": "registry.container_registry",
    "ContainerRegistryArgs": "registry.container_registry",
    "Environment": "environment",
    "EnvironmentArgs": "environment",
    "GeneratedSecret": "release.generated_secret",
    "GeneratedSecretArgs": "release.generated_secret",
    "GitHubTrust": "trust.github_trust",
    "GitHubTrustArgs": "trust.github_trust",
    "HealthGate": "release.health_gate",
    "HealthGateArgs": "release.health_gate",
    "Image": "registry.image",
    "ImageArgs": "registry.image",
    "Region": "cluster.region",
    "RegionArgs": "cluster.region",
    "Release": "release.release",
    "ReleaseArgs": "release.release",
    "UpstreamImage": "registry.upstream_image",
    "UpstreamImageArgs": "registry.upstream_image",
    "application_args": "release.application_component",
    "environment_args": "environment",
    "object_hashes": "release.source_hash",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
