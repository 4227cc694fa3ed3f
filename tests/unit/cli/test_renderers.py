"""The plan says which renderer makes which service."""

from pathlib import Path
from typing import Literal

import pytest

from cloudnative.renderers import document, lines
from cloudnative_components.application.model import Claim, Rendering
from cloudnative_toolchain.errors import Location


def rendering(renderer: Literal["compose", "manifests", "helm"], path: str, *services: str) -> Rendering:
    claims = tuple(Claim(service, "shop", Location(path)) for service in services)
    return Rendering(renderer, Path(path), claims)


def test_a_line_for_each_entry_and_every_service_in_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    services = document(
        [
            rendering("compose", f"{tmp_path}/compose.yaml", "web", "api"),
            rendering("helm", "/elsewhere/far/away/cache", "cache"),
        ]
    )

    assert services[2] == {"service": "cache", "renderer": "helm", "path": "/elsewhere/far/away/cache"}
    assert lines(services) == [
        "compose (compose.yaml) renders api, web",
        "helm (/elsewhere/far/away/cache) renders cache",
    ]


def test_a_line_of_many_services_ends():
    services = document([rendering("manifests", "/k8s", *(f"s{n:03}" for n in range(450)))])

    assert lines(services)[0].endswith("s010, s011 and 438 more")
