"""A purge on a real registry behind ACR's token flow: what it sees, and that only the chosen ones go."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.containerregistry import ContainerRegistryClient
from tests.emulator.arm_home import Home, settle
from tests.emulator.test_registry_data_plane import ACR, PATH, _push

from cloudnative_provider.purge import Stored, remove, superfluous, surveyed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.emulator
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("CLOUDNATIVE_HOME", str(tmp_path / "home"))
    home = Home(tmp_path / "home")
    http = home.http()
    http.put(home.id("/resourceGroups/rg"), params={"api-version": ACR}, json={"location": "koreacentral"})
    body: dict[str, Any] = {"location": "koreacentral", "sku": {"name": "Basic"}, "properties": {}}
    settle(http, http.put(home.id(PATH), params={"api-version": ACR}, json=body))
    account, endpoint = home.api.account, tmp_path / "home/emulator/endpoint.json"
    fields = ("tenant", "subscription", "client_id", "client_secret", "object_id")
    document = {"arm": home.arm, "ca": home.ca, **{name: getattr(account, name) for name in fields}}
    endpoint.touch(mode=0o600)
    endpoint.write_text(json.dumps(document))
    yield home
    home.close()


def test_of_an_applications_repositories_what_is_not_kept_goes(home: Home) -> None:
    server = home.api.cloud.registries.login_server(home.id(PATH))
    with ContainerRegistryClient(f"https://{server}", home.credential(), connection_verify=home.ca) as client:
        old, kept = (_push(client, "shop/web", tag, tag) for tag in ("v1", "v2"))
        _push(client, "bundles/shop", "1", "bundle")
        _push(client, "shopping/web", "v1", "another application's")
        seen = _survey(server)
        assert {(one.repository, one.tags) for one in seen} == {
            ("shop/web", ("v1",)), ("shop/web", ("v2",)), ("bundles/shop", ("1",)),
        }  # fmt: skip

        keep = {("shop/web", kept), *(one.name for one in seen if one.repository == "bundles/shop")}
        asyncio.run(remove("emulator", server, superfluous(seen, keep, LATER)))

        assert [one.digest for one in seen if one not in _survey(server)] == [old]


def _survey(server: str) -> list[Stored]:
    return asyncio.run(surveyed("emulator", server, "shop"))
