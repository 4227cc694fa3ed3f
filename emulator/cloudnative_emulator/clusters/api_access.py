"""Who may use an API server, and how it keeps Secrets: the files it reads about that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudnative_emulator.ports import ClusterSpec


def authentication(spec: ClusterSpec, emulator_ca: str) -> dict[str, Any]:
    """Users come with tokens of the emulator's issuer and are called by their object id, as on AKS."""
    return {
        "apiVersion": "apiserver.config.k8s.io/v1beta1",
        "kind": "AuthenticationConfiguration",
        "jwt": [
            {
                "issuer": {
                    "url": spec.issuer,
                    "audiences": [spec.audience],
                    "certificateAuthority": emulator_ca,
                },
                "claimMappings": {
                    "username": {"claim": "oid", "prefix": ""},
                    "groups": {"claim": "groups", "prefix": ""},
                },
            }
        ],
    }


def encryption(key: str) -> dict[str, Any]:
    """Secrets lie encrypted in etcd; `identity` reads those of clusters that were made before this was so."""
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [
            {
                "resources": ["secrets"],
                "providers": [{"secretbox": {"keys": [{"name": "first", "secret": key}]}}, {"identity": {}}],
            }
        ],
    }


def authorization(webhook_kubeconfig: str) -> dict[str, Any]:
    """Node and RBAC first; then the emulator's role assignments, for users who are not the cluster's own."""
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthorizationConfiguration",
        "authorizers": [
            {"type": "Node", "name": "node"},
            {"type": "RBAC", "name": "rbac"},
            {
                "type": "Webhook",
                "name": "azure",
                "webhook": {
                    "timeout": "3s",
                    "authorizedTTL": "5s",
                    "unauthorizedTTL": "1s",
                    "subjectAccessReviewVersion": "v1",
                    "matchConditionSubjectAccessReviewVersion": "v1",
                    "failurePolicy": "NoOpinion",
                    "connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": webhook_kubeconfig},
                    "matchConditions": [{"expression": "!request.user.startsWith('system:')"}],
                },
            },
        ],
    }
