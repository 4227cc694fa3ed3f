"""What makes every test of the tier cheaper.

What is imported for all tests is no garbage: not looking through it again saves a quarter of the time. And
what is compiled is kept, as the Makefile has it: a machine whose shells set PYTHONDONTWRITEBYTECODE would
compile everything anew in each run, and in each process that a test starts.
"""

import gc
import os
import sys

gc.disable()  # while modules are imported, nothing dies
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
