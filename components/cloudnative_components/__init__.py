"""Pulumi components that provision Azure and AKS and release applications to it.

Names are imported when first used: whoever needs only the config or the application model does not wait for
Pulumi and azure-native.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .aks_cluster import AksCluster, AksClusterArgs
    from .application_access import ApplicationAccess, ApplicationAccessArgs
    from .application_component import Application, ApplicationArgs, application_args
    from .bundle import Bundle, BundleArgs
    from .container_registry import ContainerRegistry, ContainerRegistryArgs
    from .environment import Environment, EnvironmentArgs, environment_args
    from .generated_secret import GeneratedSecret, GeneratedSecretArgs
    from .github_trust import GitHubTrust, GitHubTrustArgs
    from .health_gate import HealthGate, HealthGateArgs
    from .image import Image, ImageArgs
    from .region import Region, RegionArgs
    from .release import BundleReference, Release, ReleaseArgs
    from .source_hash import object_hashes
    from .upstream_image import UpstreamImage, UpstreamImageArgs

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
    "AksCluster": "aks_cluster",
    "AksClusterArgs": "aks_cluster",
    "Application": "application_component",
    "ApplicationAccess": "application_access",
    "ApplicationAccessArgs": "application_access",
    "ApplicationArgs": "application_component",
    "Bundle": "bundle",
    "BundleArgs": "bundle",
    "BundleReference": "release",
    "ContainerRegistry": "container_registry",
    "ContainerRegistryArgs": "container_registry",
    "Environment": "environment",
    "EnvironmentArgs": "environment",
    "GeneratedSecret": "generated_secret",
    "GeneratedSecretArgs": "generated_secret",
    "GitHubTrust": "github_trust",
    "GitHubTrustArgs": "github_trust",
    "HealthGate": "health_gate",
    "HealthGateArgs": "health_gate",
    "Image": "image",
    "ImageArgs": "image",
    "Region": "region",
    "RegionArgs": "region",
    "Release": "release",
    "ReleaseArgs": "release",
    "UpstreamImage": "upstream_image",
    "UpstreamImageArgs": "upstream_image",
    "application_args": "application_component",
    "environment_args": "environment",
    "object_hashes": "source_hash",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
