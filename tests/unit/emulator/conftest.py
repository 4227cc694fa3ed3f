"""One small ARM and one stand-in for the tests of a file; each test starts with an empty store."""

from collections.abc import Iterator

import pytest
from tests.unit.emulator.fake_arm import FakeArm, fake_arm
from tests.unit.emulator.stand_in import Provider

from cloudnative_emulator.azure_native import start


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeArm, Provider]]:
    """One ARM and one stand-in for all tests here; each starts with an empty store."""
    with fake_arm() as arm:
        running = start(arm.endpoint)
        provider = Provider(running.port)
        yield arm, provider
        provider.channel.close()
        running.stop()


@pytest.fixture
def arm(served: tuple[FakeArm, Provider]) -> FakeArm:
    served[0].reset()
    return served[0]


@pytest.fixture
def provider(served: tuple[FakeArm, Provider], arm: FakeArm) -> Provider:
    return served[1]
