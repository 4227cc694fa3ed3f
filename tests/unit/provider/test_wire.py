"""Property values keep their marks on the way in and out."""

from google.protobuf import struct_pb2

from cloudnative_provider.wire import COMPUTED, UNKNOWN, Asset, Secret, decode, encode, known, reveal


def test_secrets_unknowns_and_assets_survive_a_round_trip() -> None:
    marked = {
        "password": Secret("hunter2"),
        "later": UNKNOWN,
        "file": Asset(hash="ab", path="objects.json"),
        "nested": {"list": [1, True, "text", {"deep": Secret({"a": "b"})}]},
    }
    assert decode(encode(marked)) == marked


def test_a_secret_never_shows_its_value() -> None:
    assert "hunter2" not in repr({"password": Secret("hunter2")})


def test_the_engines_computed_mark_is_unknown() -> None:
    struct = struct_pb2.Struct()
    struct.update({"digest": COMPUTED})
    assert decode(struct)["digest"] is UNKNOWN


def test_whole_numbers_stay_whole() -> None:
    number = decode(encode({"length": 32}))["length"]
    assert (number, type(number)) == (32, int)


def test_reveal_opens_secrets_at_every_depth() -> None:
    assert reveal({"a": [Secret({"b": Secret(1)})]}) == {"a": [{"b": 1}]}


def test_known_looks_into_secrets_and_lists() -> None:
    assert not known({"a": [Secret(UNKNOWN)]})
    assert known({"a": [Secret("x"), None, 1]})
