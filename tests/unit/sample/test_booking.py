"""What the bookings service takes and what it refuses."""

import uuid
from typing import Any

import pytest
from bookings.booking import InvalidBooking, parse


def payload(**changes: Any) -> dict[str, Any]:
    return {"shipper": "Hanbit", "from_port": "KRPUS", "to_port": "NLRTM", "teu": 12, **changes}


def test_a_valid_booking_is_taken_as_it_is() -> None:
    booking = parse(payload(shipper="  Hanbit & <Söhne>  "))
    assert (booking.shipper, booking.from_port, booking.to_port, booking.teu) == (
        "Hanbit & <Söhne>", "KRPUS", "NLRTM", 12,
    )  # fmt: skip


def test_the_callers_id_is_kept() -> None:
    wanted = "0B0E7F6A-3F1D-4A52-9A10-0A4F5B8F4C11"
    assert parse(payload(id=wanted)).id == wanted.lower()


def test_a_booking_without_an_id_gets_one_of_its_own() -> None:
    assert uuid.UUID(parse(payload()).id) != uuid.UUID(parse(payload()).id)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shipper", ""), ("shipper", "   "), ("shipper", None), ("shipper", 7), ("shipper", "x" * 81),
        ("shipper", "a\x00b"), ("shipper", "a\u202eb"), ("shipper", "\ud800"),
        ("from_port", "XXXXX"), ("from_port", None), ("from_port", ["KRPUS"]), ("to_port", "krpus"),
        ("teu", 0), ("teu", -1), ("teu", 24_001), ("teu", 1.5), ("teu", "4"), ("teu", True), ("teu", None),
        ("id", "1"), ("id", 1), ("rate", 5),
    ],
)  # fmt: skip
def test_a_bad_field_is_named(field: str, value: Any) -> None:
    with pytest.raises(InvalidBooking) as refused:
        parse(payload(**{field: value}))
    assert list(refused.value.fields) == [field]


def test_every_bad_field_is_named_at_once() -> None:
    with pytest.raises(InvalidBooking) as refused:
        parse({})
    assert set(refused.value.fields) == {"shipper", "from_port", "to_port", "teu"}


def test_a_journey_to_the_same_port_is_refused() -> None:
    with pytest.raises(InvalidBooking) as refused:
        parse(payload(to_port="KRPUS"))
    assert list(refused.value.fields) == ["to_port"]


@pytest.mark.parametrize("body", [[], "x", None, 1])
def test_what_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(InvalidBooking):
        parse(body)
