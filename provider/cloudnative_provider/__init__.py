"""The Pulumi plugin `cloudnative`: Image, Bundle, Release and GeneratedSecret, and any components it hosts."""

from .server import Server, serve, start

__all__ = ["Server", "serve", "start"]
