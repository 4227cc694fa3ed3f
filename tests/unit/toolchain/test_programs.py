from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudnative_toolchain import CloudnativeError, data_file, ensure, inspect, program
from cloudnative_toolchain.catalog import tools
from cloudnative_toolchain.records import Installed

OnPath = Callable[[str, str], Path]


def put(cache: Path, tool: str, version: str = "9.9.9", pin: str | None = None) -> Path:
    """A tool as an earlier run left it."""
    entry, folder = tools()[tool], cache / tool / version
    (folder / "bin").mkdir(parents=True)
    for name in entry.programs:
        (folder / "bin" / name).write_text("#!/bin/sh\n")
        (folder / "bin" / name).chmod(0o755)
    programs, sizes = {n: f"bin/{n}" for n in entry.programs}, dict.fromkeys(entry.programs, 10)
    record = Installed(tool, version, "go", pin or entry.pin, programs, sizes)
    record.write(folder)
    return folder


def test_an_installed_program_has_an_absolute_path(cache: Path) -> None:
    folder = put(cache, "cni")

    assert program("host-local") == folder / "bin/host-local"


def test_an_installation_of_an_earlier_pin_does_not_count(cache: Path) -> None:
    put(cache, "cni", pin="0.1 >=0.1 0")

    with pytest.raises(CloudnativeError, match="bridge is not here"):
        program("bridge")


def test_a_program_on_path_counts_only_when_it_fits(on_path: OnPath) -> None:
    on_path("etcd", "echo 2.0.0")

    with pytest.raises(CloudnativeError) as caught:
        program("etcd")

    assert (caught.value.code, caught.value.fix) == ("toolchain.missing", "cloudnative doctor --fix")
    assert "is 2.0.0, wanted >=3.4,<4" in caught.value.why


def test_a_program_that_few_applications_need_has_a_command_of_its_own(on_path: OnPath) -> None:
    on_path("helm", "echo v3.1.2")

    with pytest.raises(CloudnativeError) as caught:
        program("helm")

    assert caught.value.fix == f"{sys.executable} -m cloudnative_toolchain helm"


def test_a_program_on_path_that_fits_is_given_before_anything_is_installed(on_path: OnPath) -> None:
    there = on_path("etcd", "echo 3.5.1")

    assert program("etcd") == there


def test_an_unknown_program_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(CloudnativeError, match="did you mean kube-apiserver"):
        program("kube-apisever")


def test_a_tool_is_not_a_program() -> None:
    with pytest.raises(CloudnativeError, match="no program kubernetes"):
        program("kubernetes")


def test_a_data_file_that_a_tool_does_not_have_is_missing(cache: Path) -> None:
    put(cache, "kwok")

    with pytest.raises(CloudnativeError, match="no data files"):
        data_file("kwok", "stage-fast.yaml")


def test_ensuring_what_is_there_says_nothing(cache: Path) -> None:
    put(cache, "cni")
    said: list[str] = []

    ensure(["bridge", "portmap", "cni"], said.append)

    assert said == []


def test_the_doctor_reports_version_source_and_folder(cache: Path) -> None:
    folder = put(cache, "cni")

    status = next(status for status in inspect() if status.name == "cni")

    assert (status.version, status.source, status.path, status.problem) == ("9.9.9", "go", folder, "")


def test_the_doctor_finds_a_damaged_program_and_names_the_fix(cache: Path) -> None:
    (put(cache, "cni") / "bin/bridge").write_text("")

    status = next(status for status in inspect() if status.name == "cni")

    assert "its size changed" in status.problem
    assert status.fix == "cloudnative doctor --fix"


def test_the_doctor_reports_what_is_missing(cache: Path) -> None:
    status = next(status for status in inspect() if status.name == "cni")

    assert (status.source, status.path, status.problem) == ("", None, "it is not installed")


def test_the_doctor_lists_what_is_had_on_demand_with_version_and_where_from(cache: Path) -> None:
    status = next(status for status in inspect() if status.name == "kustomize")

    assert (status.on_demand, status.version) == (True, tools()["kustomize"].version)
    assert (status.source, status.sources, status.problem) == ("", ("path", "release", "go"), "")


def test_the_doctor_finds_damage_in_what_is_had_on_demand_too(cache: Path) -> None:
    (put(cache, "helm") / "bin/helm").unlink()

    status = next(status for status in inspect() if status.name == "helm")

    assert "is gone" in status.problem
    assert status.fix == "cloudnative doctor --fix"
