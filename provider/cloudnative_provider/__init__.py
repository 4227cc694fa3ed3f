"""The Pulumi plugin `cloudnative`: Image, Bundle, Release, GeneratedSecret, and components that it hosts."""

from .server import Server, serve, start

__all__ = ["Server", "serve", "start"]
