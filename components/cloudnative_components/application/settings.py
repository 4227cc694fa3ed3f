"""Every key of the Compose Specification: carried to Kubernetes, or named with the reason why not."""

# Carried whole, or in part with the rest named by `not_carried`.
CARRIED = frozenset(
    [
        "annotations",
        "build",
        "cap_add",
        "cap_drop",
        "command",
        "configs",
        "cpus",
        "depends_on",
        "deploy",
        "entrypoint",
        "env_file",
        "environment",
        "expose",
        "extends",
        "group_add",
        "healthcheck",
        "hostname",
        "image",
        "label_file",
        "labels",
        "mem_limit",
        "mem_reservation",
        "networks",
        "ports",
        "profiles",
        "read_only",
        "restart",
        "scale",
        "secrets",
        "security_opt",
        "shm_size",
        "stdin_open",
        "stop_grace_period",
        "tmpfs",
        "tty",
        "user",
        "volumes",
        "working_dir",
    ]
)

_HOST = "a pod may not reach into its node under Pod Security"
_NETWORK = "names inside a cluster are the services' names"
_NODE = "the cluster's nodes decide it"
_HOOK = "hooks run in a container of their own, which Kubernetes has no counterpart for here"
_CPU = "use `deploy.resources.limits.cpus`"
_MEMORY = "use `deploy.resources.limits.memory`"

NOT_CARRIED: dict[str, str] = {
    "attach": "output is read with `cloudnative logs`",
    "blkio_config": _NODE,
    "cgroup": _HOST,
    "cgroup_parent": _HOST,
    "container_name": "pods are named by Kubernetes; the service's name is its address",
    "cpu_count": _CPU,
    "cpu_percent": _CPU,
    "cpu_period": _CPU,
    "cpu_quota": _CPU,
    "cpu_rt_period": _CPU,
    "cpu_rt_runtime": _CPU,
    "cpu_shares": "use `deploy.resources.reservations.cpus`",
    "cpuset": _NODE,
    "credential_spec": "Windows containers are not supported",
    "develop": "it concerns the work on the source, not what runs",
    "device_cgroup_rules": _HOST,
    "devices": _HOST,
    "dns": _NETWORK,
    "dns_opt": _NETWORK,
    "dns_search": _NETWORK,
    "domainname": _NETWORK,
    "external_links": _NETWORK,
    "extra_hosts": _NETWORK,
    "gpus": "GPUs need a node pool of their own",
    "init": "containers start their command directly; let it be a program that reaps its children",
    "ipc": _HOST,
    "isolation": "Windows containers are not supported",
    "links": _NETWORK,
    "logging": "the cluster collects standard output",
    "mac_address": _NETWORK,
    "mem_swappiness": _MEMORY,
    "memswap_limit": _MEMORY,
    "models": "models are not services of the application",
    "network_mode": _HOST,
    "oom_kill_disable": _NODE,
    "oom_score_adj": "Kubernetes derives it from requests and limits",
    "pid": _HOST,
    "pids_limit": _NODE,
    "platform": "images are built for the platform of the nodes (`cloudnative:platform`)",
    "post_start": _HOOK,
    "pre_start": _HOOK,
    "pre_stop": _HOOK,
    "privileged": _HOST,
    "provider": "somebody else's program would have to provide it",
    "pull_policy": "images are pulled by digest",
    "pull_refresh_after": "images are pulled by digest",
    "runtime": _NODE,
    "stop_signal": "Kubernetes sends SIGTERM; set STOPSIGNAL in the Dockerfile",
    "storage_opt": _NODE,
    "sysctls": _HOST,
    "ulimits": _NODE,
    "umask": "the program sets it itself",
    "use_api_socket": _HOST,
    "userns_mode": _HOST,
    "uts": _HOST,
    "volumes_from": "name the volume in both services",
}

BUILD_CARRIED = frozenset(["args", "context", "dockerfile", "dockerfile_inline", "target"])
_CACHE = "the builder has a cache of its own"
_BUILD_NETWORK = "builds use the builder's network"
BUILD_NOT_CARRIED: dict[str, str] = {
    "additional_contexts": "a build has one context",
    "cache_from": _CACHE,
    "cache_to": _CACHE,
    "entitlements": "builds get no privileges",
    "extra_hosts": _BUILD_NETWORK,
    "isolation": "Windows containers are not supported",
    "labels": "write LABEL in the Dockerfile",
    "network": _BUILD_NETWORK,
    "no_cache": _CACHE,
    "no_cache_filter": _CACHE,
    "platforms": "images are built for the platform of the nodes (`cloudnative:platform`)",
    "privileged": "builds get no privileges",
    "provenance": "the bundle carries its own provenance",
    "pull": "the base's digest is resolved once and kept",
    "sbom": "not made yet",
    "secrets": "builds get no secrets",
    "shm_size": _CACHE,
    "ssh": "builds get no keys",
    "tags": "images travel by digest",
    "ulimits": _NODE,
}

DEPLOY_CARRIED = frozenset(["labels", "replicas", "resources"])  # labels: named by `not_carried`
_ROLLOUT = "updates start a new pod before an old one stops, and wait until it is ready"
DEPLOY_NOT_CARRIED: dict[str, str] = {
    "endpoint_mode": "Services balance by themselves",
    "mode": "services run as many pods as `replicas` says",
    "placement": "the scheduler places pods; regions are chosen with `x-cloudnative: {placement: ...}`",
    "restart_policy": "pods are always started again",
    "rollback_config": _ROLLOUT,
    "update_config": _ROLLOUT,
}

TOP_LEVEL: dict[str, str] = {
    "jobs": "write a job as a service with `deploy: {mode: replicated-job}`; scheduled work is not carried",
    "models": "models are not services of the application",
}
VOLUME_NOT_CARRIED: dict[str, str] = dict.fromkeys(
    ("driver", "driver_opts", "labels"), "the storage class decides how a volume is made"
)
SECRET_NOT_CARRIED: dict[str, str] = dict.fromkeys(
    ("driver", "driver_opts", "labels", "template_driver"), "the cluster keeps secrets"
)
CONFIG_NOT_CARRIED: dict[str, str] = dict.fromkeys(("labels", "template_driver"), "the cluster keeps configs")

KNOWN = (
    CARRIED
    | NOT_CARRIED.keys()
    | BUILD_CARRIED
    | BUILD_NOT_CARRIED.keys()
    | DEPLOY_CARRIED
    | DEPLOY_NOT_CARRIED.keys()
)
