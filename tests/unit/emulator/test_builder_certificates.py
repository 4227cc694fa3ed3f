"""When builds trust the host's certificates, and how a RUN step gets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cloudnative_emulator.builder.host_certificates import Host, chosen, read
from cloudnative_emulator.builder.trusting_runc import PLACE, container_folder, trusting
from cloudnative_emulator.identity.ca import CertificateAuthority
from cloudnative_toolchain.errors import ConfigError

BUNDLE = Path("/bundle.pem")
SPEC: dict[str, Any] = {
    "process": {"args": ["sh"], "env": ["PATH=/bin", "PIP_CERT=/own.pem"]},
    "mounts": [{"destination": "/dev", "type": "tmpfs"}],
}


def host(trusted: str, shipped: str = "", added: str = "", bundle: Path | None = BUNDLE) -> Host:
    return Host(bundle, frozenset(trusted), frozenset(shipped), frozenset(added))


@pytest.mark.parametrize(
    ("asked", "machine", "bundle"),
    [
        ("auto", host("abc", shipped="abc"), None),
        ("auto", host("abx", shipped="abc"), BUNDLE),
        ("auto", host("abx", added="x"), BUNDLE),
        ("auto", host("abc"), None),  # a distribution that does not say what it ships
        ("auto", host("", bundle=None), None),
        ("on", host("abc", shipped="abc"), BUNDLE),
        ("off", host("abx", shipped="abc"), None),
    ],
)
def test_builds_trust_the_host_where_it_has_cas_of_its_own(
    asked: str, machine: Host, bundle: Path | None
) -> None:
    assert chosen(asked, machine) == bundle


@pytest.mark.parametrize(("asked", "why"), [("yes", "allowed: auto, on, off"), ("on", "SSL_CERT_FILE")])
def test_a_choice_that_cannot_be_had_is_refused(asked: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        chosen(asked, host("", bundle=None))


def test_a_ca_put_straight_into_debians_bundle_is_the_hosts_own(tmp_path: Path) -> None:
    shipped, own = (CertificateAuthority.load(tmp_path / name).path.read_text() for name in ("one", "two"))
    (tmp_path / "usr/share/ca-certificates").mkdir(parents=True)
    (tmp_path / "usr/share/ca-certificates/shipped.crt").write_text(shipped)
    (tmp_path / "etc/ssl/certs").mkdir(parents=True)
    (tmp_path / "etc/ssl/certs/ca-certificates.crt").write_text(f"# all of them\n{shipped}{own}")
    assert len(read(tmp_path, "").own) == 1
    (tmp_path / "etc/ssl/certs/ca-certificates.crt").write_text(shipped)
    assert read(tmp_path, "").own == frozenset()


def test_the_bundle_that_ssl_cert_file_names_comes_first(tmp_path: Path) -> None:
    named = CertificateAuthority.load(tmp_path / "one").path
    assert read(tmp_path, str(named)).bundle == named


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        (["--log", "x", "run", "--bundle", "/b", "--keep", "id"], "/b"),
        (["create", "--bundle=/b", "id"], "/b"),
        (["kill", "id", "9"], ""),
        (["--version"], ""),
    ],
)
def test_only_containers_that_start_are_changed(arguments: list[str], folder: str) -> None:
    assert container_folder(arguments) == folder


def test_a_step_gets_the_bundle_and_keeps_its_own_settings() -> None:
    spec = trusting(SPEC, "/bundle.pem")
    assert spec["mounts"][-1]["destination"] == PLACE
    assert f"SSL_CERT_FILE={PLACE}" in spec["process"]["env"]
    assert [each for each in spec["process"]["env"] if each.startswith("PIP_CERT=")] == ["PIP_CERT=/own.pem"]


def test_a_container_without_a_dev_of_its_own_is_left_alone() -> None:
    spec: dict[str, Any] = {**SPEC, "mounts": []}
    assert trusting(spec, "/bundle.pem") == spec
