"""The application model: files of four kinds in, Kubernetes objects with image placeholders out."""

from .entries import programs_for
from .load import load
from .model import (
    IMAGE_PLACEHOLDER,
    Application,
    Build,
    GeneratedSecretRef,
    NotCarried,
    Note,
    PublicPort,
    Rendering,
    image_placeholder,
)

__all__ = [
    "IMAGE_PLACEHOLDER",
    "Application",
    "Build",
    "GeneratedSecretRef",
    "NotCarried",
    "Note",
    "PublicPort",
    "Rendering",
    "image_placeholder",
    "load",
    "programs_for",
]
