"""How a node pulls images: where each registry is, and what kubelet shows to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudnative_emulator.clusters.config_files import write_config

if TYPE_CHECKING:
    from cloudnative_emulator.clusters.control_plane import Layout


def credential_provider(registry_ports: list[int]) -> dict[str, Any]:
    """kubelet asks our program for credentials of these registries; its patterns cannot cover ports."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1",
        "kind": "CredentialProviderConfig",
        "providers": [
            {
                "name": "pull-credentials",
                "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                "matchImages": [f"127.0.0.1:{port}" for port in registry_ports] or ["registry.invalid"],
                "defaultCacheDuration": "0s",
            }
        ],
    }


def write_pull_credentials(layout: Layout, username: str, password: str, registry_ports: list[int]) -> None:
    """Write what the credential provider answers (0600), and the provider: it prints that file."""
    config = layout.folder / "config"
    login = {"username": username, "password": password}
    answer = {
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
        "kind": "CredentialProviderResponse",
        "cacheKeyType": "Registry",
        "cacheDuration": "0s",
        "auth": {f"127.0.0.1:{port}": login for port in registry_ports},
    }
    write_config(config / "pull-credentials.json", json.dumps(answer).encode())
    script = f"#!/bin/sh\nexec cat {layout.file('pull-credentials.json')}\n"
    write_config(config / "credential-providers/pull-credentials", script.encode(), mode=0o700)


def write_registry_hosts(layout: Layout, ca_pem: str, ports: list[int], mirror_port: int) -> None:
    """Tell containerd how each registry is reached; it reads these files at every pull."""
    folder = layout.folder / "config/registries"
    write_config(folder / "emulator-ca.pem", ca_pem.encode(), mode=0o644)
    ca = layout.file("registries/emulator-ca.pem")
    for port in ports:
        url = f"https://127.0.0.1:{port}"
        # `server` is asked once more after a 404 of the host, and has a CA of its own
        text = f'server = "{url}"\nca = "{ca}"\n'
        text += f'[host."{url}"]\n  capabilities = ["pull", "resolve"]\n  ca = "{ca}"\n'
        write_config(folder / f"127.0.0.1:{port}" / "hosts.toml", text.encode(), mode=0o644)
    mirror = f'server = "https://registry-1.docker.io"\n[host."http://127.0.0.1:{mirror_port}"]\n'
    mirror += '  capabilities = ["pull", "resolve"]\n'
    write_config(folder / "docker.io/hosts.toml", mirror.encode(), mode=0o644)
