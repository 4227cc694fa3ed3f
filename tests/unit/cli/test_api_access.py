"""`init --cloud azure`: who may reach the API servers (AKS-07) is said or asked, and never guessed."""

import io
import shlex
import sys
from pathlib import Path

import pytest

from cloudnative.api_access import Access, answered, decided
from cloudnative.app import run
from cloudnative_components.config import load_environment
from cloudnative_components.hardening import refuse_undecided_access
from cloudnative_toolchain.errors import ConfigError

OWN = "198.51.100.7"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an application, on a machine that knows its address and has no terminal."""
    (tmp_path / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cloudnative.preflight.own_address.public_address", lambda: OWN)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return tmp_path


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        ("--authorized-ip-range 203.0.113.0/24 --authorized-ip-range 198.51.100.7",
         "cloudnative:authorized_ip_ranges: [203.0.113.0/24, 198.51.100.7/32]"),
        ("--private-cluster", "cloudnative:private_cluster: true"),
        ("--allow-any-ip", "cloudnative:allow_any_ip: true"),
    ],
)  # fmt: skip
def test_a_flag_is_written_and_the_first_up_is_not_stopped(folder: Path, flags: str, line: str) -> None:
    assert run(["init", "--cloud", "azure", *flags.split()]) == 0
    file = folder / "stacks/Pulumi.dev.yaml"
    assert f"  {line}\n" in file.read_text()
    refuse_undecided_access(load_environment(file))


def test_without_a_terminal_nothing_is_guessed_or_written_and_the_fix_works(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigError, match="nobody said") as caught:
        decided("azure", Access())
    assert run(["init", "--cloud", "azure"]) == 2
    assert not (folder / "Pulumi.yaml").exists()
    assert run(shlex.split(caught.value.fix)[1:]) == 0
    assert f"[{OWN}/32]" in (folder / "stacks/Pulumi.dev.yaml").read_text()


@pytest.mark.parametrize(
    ("line", "access"),
    [
        ("\n", Access([f"{OWN}/32"])),
        ("203.0.113.0/24, 10.0.0.0/8\n", Access(["203.0.113.0/24", "10.0.0.0/8"])),
        ("private\n", Access(private=True)),
        ("anyone\n", Access(anyone=True)),
    ],
)
def test_on_a_terminal_it_is_asked(monkeypatch: pytest.MonkeyPatch, line: str, access: Access) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(line))
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    assert decided("azure", Access()) == access
    assert f"Enter for {OWN}/32, which is this machine" in shown.getvalue()


@pytest.mark.parametrize(("line", "own"), [("", OWN), ("\n", "")], ids=["end of input", "address unknown"])
def test_no_answer_is_none(line: str, own: str) -> None:
    with pytest.raises(ConfigError, match="nobody said"):
        answered(line, own)


@pytest.mark.parametrize("line", ["yes\n", "private anyone\n", "10.0.0.300/8\n", "10.0.0.1/8\n"])
def test_an_answer_that_is_no_network_is_refused(line: str) -> None:
    with pytest.raises(ConfigError, match="is no network"):
        answered(line, OWN)


def test_two_ways_at_once_contradict_one_another(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--cloud", "azure", "--private-cluster", "--allow-any-ip"]) == 2
    assert "contradict" in capsys.readouterr().err


def test_the_emulator_is_not_asked_about(folder: Path) -> None:
    assert run(["init"]) == 0
    config = load_environment(folder / "stacks/Pulumi.dev.yaml")
    assert (config.authorized_ip_ranges, config.private_cluster, config.allow_any_ip) == ([], False, False)
