"""When AKS may upgrade: the three windows of a cluster (AKS-28)."""

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import containerservice

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# The names are Azure's own: its weekly releases, Kubernetes versions, images of nodes.
WINDOWS = ("default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule")
_HOURS = 4  # the least that AKS takes


def window(start: str) -> containerservice.MaintenanceWindowArgsDict:
    """Azure's form of `Tuesday 02:00`, every week, UTC."""
    day, time = start.split(" ")
    return {
        "start_time": time,
        "duration_hours": _HOURS,
        "utc_offset": "+00:00",
        "schedule": {"weekly": {"interval_weeks": 1, "day_of_week": day}},
    }


def days_later(start: str, days: int) -> str:
    """The same hour some days later, so that regions never drain together (CRED-07)."""
    day, time = start.split(" ")
    return f"{_DAYS[(_DAYS.index(day) + days) % 7]} {time}"


def make_windows(
    name: str,
    start: str,
    cluster: containerservice.ManagedCluster,
    *,
    group: pulumi.Input[str],
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """All three, one after the other: a cluster takes one write at a time (GOT-09)."""
    made: list[pulumi.Resource] = []
    for kind in WINDOWS:
        made.append(
            containerservice.MaintenanceConfiguration(
                f"{name}-window-{kind}",
                resource_group_name=group,
                resource_name_=cluster.name,
                config_name=kind,
                maintenance_window=window(start),
                opts=pulumi.ResourceOptions(
                    parent=parent, deleted_with=cluster, depends_on=[*after, *made[-1:]]
                ),
            )
        )
    return made
