"""What a region is put back to when its release failed."""

from typing import Any

from cloudnative_provider.ledger import Ledger, Owned
from cloudnative_provider.objects import digest
from cloudnative_provider.restoring import last_good, restored, told
from cloudnative_provider.stored_bundles import BundleContent
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

WEB: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop"},
}
DB: dict[str, Any] = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db", "namespace": "shop"}}
RAN = {"v1/Service/shop/web": Owned("u", "f")}


def ledger(*states: str) -> Ledger:
    found = Ledger("shop")
    for number, state in enumerate(states, 1):
        found = found.applying(hash="h", number=number, bundle=f"r/b@{number}", keys=[]).ended(
            state, objects=RAN
        )
    return found


def test_what_ran_last_is_the_newest_release_that_succeeded() -> None:
    entry = last_good(ledger("succeeded", "succeeded", "failed", "failed"))
    assert entry is not None and entry.number == 2


def test_where_nothing_ever_succeeded_nothing_is_put_back() -> None:
    assert last_good(ledger("failed")) is None
    assert last_good(Ledger("shop")) is None


def test_a_region_gets_its_old_objects_images_and_secret_values() -> None:
    before = ledger("succeeded")
    entry = last_good(before)
    assert entry is not None
    content = BundleContent("shop", "r/b@1", "old-hash", {"web": "r/web@1"}, [WEB, DB])
    new = {
        "secretData": {"shop/s": {"a": "new", "b": "new"}},
        "images": {},
        "objects": {},
        "timeoutSeconds": 9,
    }
    old = {"secretData": {"shop/s": {"a": "old"}}}
    back = restored(new, old, before, entry, content)
    assert back["objects"] == {"v1/Service/shop/web": digest(WEB)}
    assert back["images"] == {"web": "r/web@1"}
    assert back["bundle"] == {"ref": "r/b@1", "hash": "old-hash", "number": 1, "source": ""}
    assert (back["secretData"], back["timeoutSeconds"]) == ({"shop/s": {"a": "old", "b": "new"}}, 9)


def test_the_error_keeps_its_cause_and_says_what_runs() -> None:
    error = CloudnativeError(
        code="release.crash", what="web", why="exit 1", fix="x", exit_code=ExitCode.RESOURCE
    )
    said = told(error, "release 1 runs here again")
    assert said.why == "exit 1\nrelease 1 runs here again"
    assert (said.code, said.fix, said.exit_code) == ("release.crash", "x", ExitCode.RESOURCE)
