"""What every room stands on: outside programs, errors as data, the two folders."""

from cloudnative_toolchain.doctor import ToolStatus, inspect
from cloudnative_toolchain.errors import CloudnativeError, ConfigError, ExitCode, Location
from cloudnative_toolchain.programs import data_file, ensure, program
from cloudnative_toolchain.progress import Progress

__all__ = [
    "CloudnativeError",
    "ConfigError",
    "ExitCode",
    "Location",
    "Progress",
    "ToolStatus",
    "data_file",
    "ensure",
    "inspect",
    "program",
]
