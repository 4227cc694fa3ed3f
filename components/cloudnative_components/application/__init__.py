"""The application model: compose files or manifests in, Kubernetes objects with image placeholders out."""

from .load import load
from .model import (
    IMAGE_PLACEHOLDER,
    Application,
    Build,
    GeneratedSecretRef,
    NotCarried,
    PublicPort,
    image_placeholder,
)

__all__ = [
    "IMAGE_PLACEHOLDER",
    "Application",
    "Build",
    "GeneratedSecretRef",
    "NotCarried",
    "PublicPort",
    "image_placeholder",
    "load",
]
