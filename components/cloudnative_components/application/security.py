"""Security contexts that Pod Security `restricted` accepts, unless the file itself asks for more."""

from .model import Json
from .service import Service

# What `baseline` lets a container add (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
BASELINE_CAPABILITIES = frozenset(
    [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ]
)
_GROUP_OF_VOLUMES = 10001  # any number will do: the pod's processes get it as a supplementary group


def capability(name: str) -> str:
    """`CAP_CHOWN` and `chown` are CHOWN."""
    return name.upper().removeprefix("CAP_")


def level(services: list[Service]) -> str:
    """The Pod Security level of the namespace."""
    return "baseline" if any(service.extension.run_as_root for service in services) else "restricted"


def pod_security(service: Service) -> Json:
    """`securityContext` of the pod: who it runs as, and the group that may write to its volumes."""
    user, group = _user(service)
    context: Json = {"seccompProfile": {"type": "RuntimeDefault"}}
    if not service.extension.run_as_root:
        context["runAsNonRoot"] = True
    if user is not None:
        context["runAsUser"] = user
    if group is not None:
        context["runAsGroup"] = group
    if groups := sorted({int(g) for g in service.get("group_add", []) if str(g).isdigit()}):
        context["supplementalGroups"] = groups
    if service.claims or service.get("secrets"):
        context["fsGroup"] = group or user or _GROUP_OF_VOLUMES
        context["fsGroupChangePolicy"] = "OnRootMismatch"
    return context


def container_security(service: Service) -> Json:
    """`securityContext` of the container."""
    added = sorted({capability(name) for name in service.get("cap_add", [])})
    context: Json = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": bool(service.get("read_only", False)),
    }
    if service.extension.run_as_root:
        capabilities = {
            "add": [name for name in added if name in BASELINE_CAPABILITIES],
            "drop": sorted({capability(name) for name in service.get("cap_drop", [])}),
        }
    else:
        capabilities = {"add": [name for name in added if name == "NET_BIND_SERVICE"], "drop": ["ALL"]}
    if kept := {key: names for key, names in capabilities.items() if names}:
        context["capabilities"] = kept
    return context


def _user(service: Service) -> tuple[int | None, int | None]:
    written = str(service.get("user", ""))
    if not written:
        return (None, None)
    user, _, group = written.partition(":")
    if user == "root":
        user = "0"
    if not user.isdigit() or (group and not group.isdigit()):
        raise service.error(
            "application.user",
            "user",
            why=f"Kubernetes needs numbers to check that {written!r} is not root",
            fix='write the numbers of that user in the image, such as `user: "1000:1000"`',
        )
    if int(user) == 0 and not service.extension.run_as_root:
        raise service.error(
            "application.root",
            "user",
            why="it runs as root, which Pod Security `restricted` refuses",
            fix='write `user: "1000:1000"`, or `x-cloudnative: {run_as_root: true}` if it must be root',
        )
    return (int(user), int(group) if group else None)
