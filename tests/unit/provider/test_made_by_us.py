"""What a release may delete: what it wrote, never what it only meant to write and others made."""

from typing import Any

import pytest

from cloudnative_provider.kube import Kind
from cloudnative_provider.ledger import Ledger, Owned, render
from cloudnative_provider.made_by_us import ours

NAMESPACE = "v1/Namespace/shop"


class Cluster:
    """FAKE: one namespace, with fields of one manager, and the ledgers of applications."""

    def __init__(self, manager: str, *ledgers: Ledger) -> None:
        self.manager, self.ledgers = manager, ledgers

    async def kind(self, *_: str) -> Kind:
        return Kind("v1", "Namespace", "namespaces", namespaced=False)

    async def get(self, *_: Any) -> dict[str, Any] | None:
        managed = [{"manager": self.manager, "operation": "Apply"}]
        there = {"metadata": {"name": "shop", "uid": "live", "managedFields": managed}}
        return there if self.manager else None

    async def list(self, *_: Any) -> list[dict[str, Any]]:
        return [render(one) for one in self.ledgers]


PLATFORM = Ledger("platform", objects={NAMESPACE: Owned("live", "f")})
SHOP = Ledger("shop", objects={NAMESPACE: Owned()})


@pytest.mark.parametrize(
    ("cluster", "found"),
    [
        pytest.param(
            Cluster("cloudnative", SHOP), {NAMESPACE: Owned("live")}, id="written before it was killed"
        ),
        pytest.param(Cluster("kubectl", SHOP), {}, id="made by others"),
        pytest.param(Cluster("cloudnative", SHOP, PLATFORM), {}, id="of another application"),
        pytest.param(Cluster("", SHOP), {}, id="never written"),
    ],
)
async def test_what_was_only_meant_is_ours_if_we_wrote_it(cluster: Any, found: dict[str, Owned]) -> None:
    assert await ours(cluster, {NAMESPACE: Owned()}, "shop") == found


async def test_what_is_recorded_as_written_is_ours() -> None:
    written = {NAMESPACE: Owned("u", "f")}
    nobody: Any = None
    assert await ours(nobody, written, "shop") == written
