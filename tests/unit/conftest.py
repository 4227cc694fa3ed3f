"""What is imported for all tests is no garbage: not looking through it again saves a quarter of the time."""

import gc

gc.disable()  # while modules are imported, nothing dies


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
