"""The namespace of an application."""

from .model import MANAGED_BY, Json


def namespace(application: str, level: str) -> Json:
    """A namespace whose pods must pass Pod Security `level`; less than `restricted` is warned about."""
    security = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("audit", "warn")}
    security["pod-security.kubernetes.io/enforce"] = level
    labels = {
        "app.kubernetes.io/managed-by": MANAGED_BY,
        "app.kubernetes.io/part-of": application,
        **security,
    }
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": application, "labels": dict(sorted(labels.items()))},
    }
