"""A preview as a comment on a pull request."""

import random
from typing import Any

import pytest

from cloudnative import markdown
from cloudnative_toolchain.errors import CloudnativeError

RELEASE = "urn:pulumi:prod::shop::cloudnative:index:Release::shop-koreacentral"


def step(operation: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"operation": operation, "type": f"azure-native:m:{kind}", "name": name, "urn": name, **more}


def change(name: str, operation: str = "update", **more: Any) -> dict[str, Any]:
    fields = [{"path": "spec.replicas", "old": 1, "new": 2}] if operation == "update" else []
    known = {"urn": RELEASE, "object": name, "operation": operation, "fields": fields, "checked": True}
    return {**known, **more}


def data(**more: Any) -> dict[str, Any]:
    resources = [
        step("update", "Release", "shop-koreacentral", urn=RELEASE, fields=["images"]),
        step("create", "Registry", "registry"),
        step("same", "ResourceGroup", "group"),
    ]
    return {
        "environment": "prod", "resources": resources, "objects": [change("apps/v1/Deployment/shop/web")],
        "findings": [], "held": [], **more,
    }  # fmt: skip


def test_a_comment_has_what_changes_in_azure_and_in_the_manifests():
    assert markdown.preview(data(), 60_000) == (
        "### prod: 1 to create, 1 to update\n"
        "\n**Infrastructure**\n\n"
        "```diff\n"
        "+ create Registry registry\n"
        "! update Release shop-koreacentral  (images)\n"
        "```\n"
        "\n**Manifests**\n\n"
        "```diff\n"
        "# shop-koreacentral\n"
        "! update apps/v1/Deployment/shop/web\n"
        "        spec.replicas: 1 -> 2\n"
        "```\n"
    )


def test_nothing_to_change_is_one_line():
    assert markdown.preview(data(resources=[], objects=[]), 60_000) == "### prod: nothing would change\n"


def test_the_order_in_which_an_engine_tells_changes_nothing():
    objects = [change(f"v1/ConfigMap/shop/{n}") for n in range(5)]
    resources = [*data()["resources"], *(step("create", "Group", f"g{n}") for n in range(5))]
    texts: set[str] = set()
    for seed in range(5):
        shuffled = data(objects=list(objects), resources=list(resources))
        random.Random(seed).shuffle(shuffled["objects"])
        random.Random(seed).shuffle(shuffled["resources"])
        texts.add(markdown.preview(shuffled, 60_000))

    assert len(texts) == 1


def test_regions_that_are_alike_are_told_once():
    resources = [
        step("create", "Release", name, urn=name) for name in ("shop-japaneast", "shop-koreacentral")
    ]
    objects = [change("v1/Service/shop/web", "create", urn=step["urn"]) for step in resources]

    text = markdown.preview(data(resources=resources, objects=objects), 60_000)

    assert "# shop-koreacentral: the same object as shop-japaneast" in text


def test_a_long_part_is_folded():
    text = markdown.preview(data(objects=[change(f"v1/ConfigMap/shop/{n:02}") for n in range(20)]), 60_000)

    assert "<details><summary>Manifests (41 lines)</summary>" in text
    assert "**Infrastructure**" in text


@pytest.mark.parametrize("limit", [2_000, 20_000, 60_000])
def test_whatever_changes_it_fits(limit: int):
    """GitHub refuses a comment of more than 65,536 characters."""
    resources = [*data()["resources"], *(step("create", "Ünïcode", f"g{n}" * 9) for n in range(900))]
    objects = [change(f"apps/v1/Deployment/shop/service-{n}") for n in range(3_000)]

    text = markdown.preview(data(resources=resources, objects=objects), limit)

    assert len(text.encode()) <= limit
    assert "more lines: cloudnative preview prod" in text
    assert "**Manifests**" in text or "<summary>Manifests" in text
    assert text.count("<details>") == text.count("</details>")


def test_findings_come_first_with_their_way_out():
    finding = {
        "what": "quota of koreacentral",
        "why": "4 vCPU are left,\n8 are needed",
        "fix": "az quota show",
    }

    text = markdown.preview(data(findings=[finding]), 60_000)

    assert text.index("Findings of preflight") < text.index("Infrastructure")
    assert "quota of koreacentral: 4 vCPU are left,\n8 are needed\n  fix: az quota show" in text


def test_no_line_ends_its_block_or_steers_a_terminal():
    text = markdown.preview(data(objects=[change("v1/ConfigMap/shop/a```\x1b[31m", "create")]), 60_000)

    assert "\x1b" not in text
    assert "````diff\n# shop-koreacentral\n" in text


def test_a_preview_that_fails_says_why_in_its_place():
    error = CloudnativeError(
        code="x", what="no answer", why="the cluster is away", fix="cloudnative status prod"
    )

    assert markdown.failed("prod", error) == (
        "### prod: no preview\n\n```text\nno answer: the cluster is away\nfix: cloudnative status prod\n```\n"
    )
