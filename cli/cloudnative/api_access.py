"""Who may reach the API servers of a new project on Azure (AKS-07): said or asked, never guessed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from cloudnative_toolchain.errors import ConfigError

QUESTION = """Who may reach the API servers of the clusters (AKS-07)?
  networks of those who deploy, such as 203.0.113.0/24 198.51.100.7/32{own}
  private: only who is inside of the virtual network
  anyone: the whole internet, by signing in
answer: """
EXAMPLE = "203.0.113.0/24"


@dataclass(frozen=True)
class Access:
    """One of the three ways; empty where nobody said any."""

    ranges: Sequence[str] = ()
    private: bool = False
    anyone: bool = False

    @property
    def lines(self) -> str:
        """As it stands in the environment's file."""
        said = {
            f"authorized_ip_ranges: [{', '.join(self.ranges)}]": self.ranges,
            "private_cluster: true": self.private,
            "allow_any_ip: true": self.anyone,
        }
        return "".join(f"  cloudnative:{line}\n" for line, meant in said.items() if meant)

    def checked(self) -> Access:
        """Itself with plain networks; ConfigError for what is none, and for two ways at once."""
        if [bool(self.ranges), self.private, self.anyone].count(True) > 1:
            raise ConfigError(
                code="init.access",
                what="API servers can be reached in one way only",
                why="ranges, a private cluster and everybody contradict one another (AKS-07)",
                fix=_command((*self.ranges, EXAMPLE)[0]),
                docs="docs/config.md#authorized_ip_ranges",
            )
        return Access([_network(one) for one in self.ranges], self.private, self.anyone)


def decided(cloud: str, said: Access) -> Access:
    """What was said; on Azure asked for where nothing was, ConfigError where there is nobody to ask."""
    given = said.checked()
    if given.lines or cloud != "azure":
        return given
    from cloudnative.preflight.own_address import public_address

    own = public_address()
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise _undecided("there is no terminal to ask on", own)
    sys.stderr.write(QUESTION.format(own=f"; Enter for {own}/32, which is this machine" if own else ""))
    sys.stderr.flush()
    return answered(sys.stdin.readline(), own)


def answered(line: str, own: str) -> Access:
    """What the answer means; only a line that is really there takes the proposal."""
    words = line.replace(",", " ").split()
    if words in (["private"], ["anyone"]):
        return Access(private=words == ["private"], anyone=words == ["anyone"])
    if not words and not (line and own):
        raise _undecided("the answer was empty", own)
    return Access(words or [f"{own}/32"]).checked()


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise ConfigError(
            code="init.access",
            what=f"{text!r} is no network",
            why=str(error),
            fix=_command(EXAMPLE),
            docs="docs/config.md#authorized_ip_ranges",
        ) from None


def _undecided(why: str, own: str) -> ConfigError:
    return ConfigError(
        code="init.access",
        what="nobody said who may reach the API servers of the clusters (AKS-07)",
        why=f"{why}; say the networks of those who deploy, --private-cluster or --allow-any-ip",
        fix=_command(f"{own}/32" if own else EXAMPLE),
        docs="docs/config.md#authorized_ip_ranges",
    )


def _command(network: str) -> str:
    return f"cloudnative init --cloud azure --authorized-ip-range {network}"
