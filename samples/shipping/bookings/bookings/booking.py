"""What a booking is, and what is refused."""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any

from .ports import PORTS

LONGEST_SHIPPER = 80
LARGEST_SHIP = 24_000  # TEU; no container ship carries more


class InvalidBooking(ValueError):
    """A booking that is refused; `fields` says why, field by field, in words for the person who typed it."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {why}" for field, why in fields.items()))
        self.fields = fields


@dataclass(frozen=True)
class Booking:
    """A valid booking. Its id comes from the caller, so that a request sent twice is booked once."""

    id: str
    shipper: str
    from_port: str
    to_port: str
    teu: int


def parse(payload: Any) -> Booking:
    """The booking in a decoded JSON body, or InvalidBooking with every complaint at once."""
    if not isinstance(payload, dict):
        raise InvalidBooking({"": "A booking is a JSON object."})
    checks = {
        "id": _check_id,
        "shipper": _check_shipper,
        "from_port": _check_port,
        "to_port": _check_port,
        "teu": _check_teu,
    }
    complaints = {str(key): "This field is not known." for key in payload.keys() - checks.keys()}
    for field, check in checks.items():
        if complaint := check(payload.get(field)):
            complaints[field] = complaint
    if not complaints and payload["from_port"] == payload["to_port"]:
        complaints["to_port"] = "Choose a port other than the port of departure."
    if complaints:
        raise InvalidBooking(complaints)
    return Booking(
        id=str(uuid.UUID(payload["id"])) if payload.get("id") is not None else str(uuid.uuid4()),
        shipper=payload["shipper"].strip(),
        from_port=payload["from_port"],
        to_port=payload["to_port"],
        teu=payload["teu"],
    )


def _check_id(value: Any) -> str | None:
    if value is None:
        return None
    try:
        uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        return "The id must be a UUID."
    return None


def _check_shipper(value: Any) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "Enter the name of the shipper."
    if len(value.strip()) > LONGEST_SHIPPER:
        return f"The name may have at most {LONGEST_SHIPPER} characters."
    # Category C: control and invisible characters, and lone surrogates, which no database stores.
    if any(unicodedata.category(char).startswith("C") for char in value.strip()):
        return "The name contains a character that cannot be printed."
    return None


def _check_port(value: Any) -> str | None:
    return None if isinstance(value, str) and value in PORTS else "Choose a port from the list."


def _check_teu(value: Any) -> str | None:
    # bool is an int in Python, but `true` is no number of containers.
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LARGEST_SHIP:
        return f"Enter a whole number from 1 to {LARGEST_SHIP:,}."
    return None
