"""Damaged files: a good config or one ConfigError, never anything else."""

import random
from pathlib import Path

import pytest

from cloudnative_components.config import load_environment
from cloudnative_toolchain.errors import ConfigError

GOOD = b"""\
encryptionsalt: v1:abc
config:
  azure-native:location: koreacentral
  cloudnative:cloud: emulator
  cloudnative:regions: [koreacentral, &r westeurope]
  cloudnative:application: ../app/compose.yaml
  cloudnative:kubernetes_version: 1.30
  cloudnative:replicas: {web: 2, api: 3}
  cloudnative:tags: {cost: "0123", <<: {team: shipping}}
"""
PIECES = [
    b"\t",
    b"\0",
    b"\xff",
    b"[",
    b"{",
    b"]",
    b":",
    b" ",
    b"\n",
    b"*r",
    b"&r ",
    b"!!int ",
    b"'",
    b'"',
    b"- ",
    b"? ",
    b"|",
]


def damaged(source: random.Random) -> bytes:
    data = bytearray(GOOD)
    for _ in range(source.randint(1, 3)):
        place = source.randrange(len(data))
        cut = source.choice([0, 0, 1, 5, 40])
        data[place : place + cut] = (
            source.choice(PIECES) if source.random() < 0.7 else bytes([source.randrange(256)])
        )
    return bytes(data)


def fault(path: Path) -> ConfigError | None:
    try:
        load_environment(path)
    except ConfigError as error:
        return error
    return None


@pytest.mark.parametrize("seed", range(4))
def test_damage_is_one_error_with_a_place_and_a_fix(tmp_path: Path, seed: int):
    source, path = random.Random(seed), tmp_path / "Pulumi.dev.yaml"
    for _ in range(25):
        path.write_bytes(damaged(source))
        error = fault(path)
        assert error is None or (error.location and error.fix), path.read_bytes()
