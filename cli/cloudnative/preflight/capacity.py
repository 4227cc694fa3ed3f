"""Findings about VM sizes: offered there, in the zones, with the abilities, within the vCPU quota."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cloudnative.preflight import questions
from cloudnative.preflight.needs import ClusterNeed, Needs
from cloudnative.preflight.offers import TOTAL, Offer, Room, Size, offer
from cloudnative.preflight.questions import Answer, Key
from cloudnative.preflight.settings import setting
from cloudnative_toolchain.errors import CloudnativeError, ExitCode

MOST_NAMED = 3


@dataclass(frozen=True)
class Advice:
    """Sizes that every region has and has room for, the nearest first; `file` is where one is chosen."""

    sizes: tuple[str, ...]
    file: Path

    def words(self) -> str:
        """The first few, at the end of a reason."""
        return f"; with room everywhere: {', '.join(self.sizes[:MOST_NAMED])}" if self.sizes else ""

    def fix(self, otherwise: str) -> str:
        """A command that chooses the nearest."""
        return setting(self.file, "vm_size", self.sizes[0]) if self.sizes else otherwise


def findings(needs: Needs, answers: Mapping[Key, Answer], file: Path) -> Iterator[CloudnativeError]:
    """For each region whose nodes cannot be had: why, and a size that can."""
    wanted = [need for need in needs.clusters if need.nodes]
    offers = {
        need.region: offer(
            need.region, answers[questions.sizes(need.region)], answers[questions.usages(need.region)]
        )
        for need in wanted
    }
    advice = Advice(tuple(alternatives(wanted, offers)), file)
    for need in wanted:
        yield from _of_region(needs.subscription or "", need, offers[need.region], advice)


def _of_region(
    subscription: str, need: ClusterNeed, offered: Offer, advice: Advice
) -> Iterator[CloudnativeError]:
    if offered.sizes is None:
        return
    size = offered.sizes.get(need.size)
    if size is None:
        yield _unsuitable(need, "Azure does not list it there", advice)
    elif why := unsuitable(need, size):
        yield _unsuitable(need, why, advice)
    elif short := offered.short(size, vcpus(need, size)):
        yield _no_quota(subscription, need, size, short=short, advice=advice)


def unsuitable(need: ClusterNeed, size: Size) -> str:
    """Why a size that is listed will not do, empty where it will."""
    if size.refused:
        return f"Azure says {size.refused} for this subscription"
    if missing := set(need.zones) - size.zones:
        return f"it is not offered in zone {', '.join(sorted(missing))} of this subscription"
    if need.ephemeral_disk and not size.ephemeral_disk:
        return "it has no room for the ephemeral OS disk that `ephemeral_os_disk` asks for"
    if need.host_encryption and not size.host_encryption:
        return "it cannot be encrypted on the host, as `host_encryption` asks for"
    return ""


def vcpus(need: ClusterNeed, size: Size) -> int:
    """vCPUs of the nodes that are to be made, and of those that an upgrade makes for a while."""
    return (need.nodes + need.surge) * size.vcpus


def _unsuitable(need: ClusterNeed, why: str, advice: Advice) -> CloudnativeError:
    return CloudnativeError(
        code="preflight.vm-size",
        what=f"VM size {need.size} cannot be had in {need.region}",
        why=why + advice.words(),
        fix=advice.fix(
            f"az vm list-skus --location {need.region} --resource-type virtualMachines --output table"
        ),
        exit_code=ExitCode.RESOURCE,
    )


def _no_quota(
    subscription: str, need: ClusterNeed, size: Size, *, short: Mapping[str, Room], advice: Advice
) -> CloudnativeError:
    wanted = vcpus(need, size)
    told = "; ".join(f"{_quota(name)}: {room.left} of {room.limit} are left" for name, room in short.items())
    return CloudnativeError(
        code="preflight.quota",
        what=f"not enough vCPU quota in {need.region} for {need.nodes} x {need.size}",
        why=f"{wanted} vCPUs are needed ({need.nodes} nodes, and {need.surge} more during upgrades); "
        f"{told}{advice.words()}",
        fix=advice.fix(_ask_for_more(subscription, need.region, wanted, short)),
        exit_code=ExitCode.RESOURCE,
    )


def _quota(name: str) -> str:
    return "all of the region" if name == TOTAL else name


def _ask_for_more(subscription: str, region: str, wanted: int, short: Mapping[str, Room]) -> str:
    scope = f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{region}"
    return " && ".join(
        f"az quota update --resource-name {name} --scope {scope} --resource-type dedicated "
        f"--limit-object value={room.used + wanted}"
        for name, room in short.items()
    )


def alternatives(wanted: list[ClusterNeed], offers: Mapping[str, Offer]) -> list[str]:
    """Sizes as big as the one asked for that every region has, and has room for; the nearest first."""
    fitting = [_fitting(need, offers[need.region]) for need in wanted]
    if not fitting:
        return []
    common = set[str].intersection(*(set(sizes) for sizes in fitting))
    asked = _asked(wanted, offers)
    alike = [size for name in common if _replaces(asked, size := fitting[0][name])]
    nearest = sorted(alike, key=lambda size: (size.vcpus, size.name[:10] != asked.name[:10], size.name))
    return [size.name for size in nearest]  # `Standard_D`: the same series, about the same memory


def _fitting(need: ClusterNeed, offered: Offer) -> dict[str, Size]:
    return {
        name: size
        for name, size in (offered.sizes or {}).items()
        if name != need.size and not unsuitable(need, size) and not offered.short(size, vcpus(need, size))
    }


def _asked(wanted: list[ClusterNeed], offers: Mapping[str, Offer]) -> Size:
    """The size that was asked for, as a region that knows it describes it."""
    name = wanted[0].size
    listed = [(offers[need.region].sizes or {}).get(name) for need in wanted]
    return next((size for size in listed if size), Size(name))


def _replaces(asked: Size, size: Size) -> bool:
    """As big, for the same images, and not burstable: AKS takes no such system nodes (AKS-16)."""
    return (
        size.vcpus >= max(2, asked.vcpus)
        and size.processor == asked.processor
        and not size.name.startswith("Standard_B")
    )
