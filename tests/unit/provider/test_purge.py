"""What a purge may take: never what a ledger names, what is young, or a part of what stays."""

from datetime import UTC, datetime, timedelta

from cloudnative_provider.purge import Stored, kept_names, superfluous
from cloudnative_provider.stored_bundles import NumberedBundle

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MONTH_AGO = NOW - timedelta(days=30)
OLD = NOW - timedelta(days=90)


def bundle(number: int, **images: str) -> NumberedBundle:
    refs = {service: f"cr.example/shop/{service}@sha256:{digest}" for service, digest in images.items()}
    return NumberedBundle(number, f"cr.example/bundles/shop@sha256:b{number}", f"h{number}", refs, {})


def image(digest: str, created: datetime = OLD, inner: tuple[str, ...] = ()) -> Stored:
    parts = tuple(f"sha256:{part}" for part in inner)
    return Stored("shop/web", f"sha256:{digest}", created, 10, inner=parts)


BUNDLES = [bundle(4, web="d"), bundle(3, web="c"), bundle(2, web="b", api="x"), bundle(1, web="a")]


def test_the_newest_bundles_and_their_images_stay() -> None:
    assert kept_names(BUNDLES, [], 2) == {
        ("bundles/shop", "sha256:b4"), ("shop/web", "sha256:d"),
        ("bundles/shop", "sha256:b3"), ("shop/web", "sha256:c"),
    }  # fmt: skip


def test_what_a_ledger_names_stays_however_old() -> None:
    kept = kept_names(BUNDLES, ["sha256:b2"], 1)
    assert {("bundles/shop", "sha256:b2"), ("shop/web", "sha256:b"), ("shop/api", "sha256:x")} <= kept
    assert ("shop/web", "sha256:a") not in kept


def test_what_is_old_and_not_kept_goes() -> None:
    stored = [image("a"), image("b"), image("young", NOW)]
    assert superfluous(stored, {("shop/web", "sha256:b")}, MONTH_AGO) == [image("a")]


def test_the_parts_of_what_stays_stay() -> None:
    stored = [image("list", inner=("amd", "arm")), image("amd"), image("arm"), image("other")]
    assert superfluous(stored, {("shop/web", "sha256:list")}, MONTH_AGO) == [image("other")]


def test_the_old_parts_of_a_young_list_stay() -> None:
    stored = [image("list", NOW, inner=("amd",)), image("amd")]
    assert superfluous(stored, set(), MONTH_AGO) == []


def test_a_list_goes_before_its_parts() -> None:
    stored = [image("amd"), image("list", inner=("amd",))]
    assert [one.digest for one in superfluous(stored, set(), MONTH_AGO)] == ["sha256:list", "sha256:amd"]


def test_the_same_digest_in_another_repository_is_another_thing() -> None:
    elsewhere = Stored("shop/api", "sha256:a", OLD, 10)
    assert superfluous([image("a"), elsewhere], {("shop/web", "sha256:a")}, MONTH_AGO) == [elsewhere]
