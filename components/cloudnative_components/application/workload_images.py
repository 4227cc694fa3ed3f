"""Images of manifests, Kustomize and Helm: what is built here, and what is somebody else's."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from cloudnative_toolchain.errors import ConfigError, Location

from ..config import EnvironmentConfig
from ..config.suggest import did_you_mean
from .kinds import containers
from .manifest_files import Manifest
from .model import IMAGE_PLACEHOLDER, Application, Build, image_placeholder
from .names import content_hash, object_name
from .places import DOCS


def pin_images(
    manifests: Iterable[Manifest], builds: Mapping[str, str], taken: Collection[str]
) -> dict[str, str]:
    """Puts placeholders in place of images; the answer is what stands for somebody else's image.

    `builds` are services by the name of the image that is built for them, `taken` names that stand for
    images of other entries.
    """
    images: dict[str, str] = {}
    for manifest in manifests:
        for path, container in containers(manifest.item):
            reference = container.get("image")
            if not isinstance(reference, str) or not reference.strip():
                why = "a container needs an image"
                fix = "write `image: NAME`, where NAME is one of `cloudnative:builds` or an image"
                raise manifest.error("manifest.image", (*path, "image"), why=why, fix=fix)
            key = builds.get(without_tag(reference), "")
            if not key:
                key = _key(reference, images, {*taken, *builds.values()})
                images[key] = reference
            container["image"] = image_placeholder(key)
    return images


def built_images(environment: EnvironmentConfig) -> dict[str, str]:
    """The service of each image in `cloudnative:builds`: `web` of `ghcr.io/shop/web`."""
    found: dict[str, str] = {}
    for image in environment.builds:
        service = object_name(image.rpartition("/")[2])
        other = next((name for name, same in found.items() if same == service), None)
        if other:
            why = f"it would be the service {service}, as {other} is"
            raise _not_valid(environment, image, why, "rename one of the two images")
        found[image] = service
    return found


def without_tag(reference: str) -> str:
    """`ghcr.io/shop/web` of `ghcr.io/shop/web:1.2@sha256:...`."""
    head, slash, tail = reference.partition("@")[0].rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def builds_of(environment: EnvironmentConfig, folder: Path, root: Path) -> list[Build]:
    """What `cloudnative:builds` has built; only what lies in the repository or beside the manifests."""
    builds: list[Build] = []
    services = built_images(environment)
    for name, path in sorted(environment.builds.items()):
        context = path.resolve()
        why = "" if (context / "Dockerfile").is_file() else f"there is no file {context / 'Dockerfile'}"
        if not (context.is_relative_to(root) or context.is_relative_to(folder)):
            why = f"{context} is outside of the repository {root}"
        if why:
            raise _not_valid(environment, name, why, f"ls {context}  # then correct the path")
        builds.append(Build(services[name], context, platform=environment.platform))
    return builds


def require_used(application: Application, environment: EnvironmentConfig) -> None:
    """ConfigError where nothing runs what is built: somebody else's image would run in its place."""
    every = [container for item in application.objects for _, container in containers(item)]
    asked = {container["image"].removeprefix(IMAGE_PLACEHOLDER) for container in every}
    names = sorted({without_tag(image) for image in application.images.values()})
    for image, service in built_images(environment).items():
        if service not in asked:
            elsewhere = [name for name in names if name.endswith(f"/{image}")]
            hint = f"; did you mean {elsewhere[0]!r}?" if elsewhere else did_you_mean(image, names) or "."
            why = f"no container's image has that name{hint} Images: {', '.join(names) or 'none'}"
            fix = f"write `image: {image}` where it is to run, or delete the build"
            raise _not_valid(environment, image, why, fix)


def _not_valid(environment: EnvironmentConfig, name: str, why: str, fix: str) -> ConfigError:
    return ConfigError(
        code="manifest.build",
        what=f"cloudnative:builds.{name} is not valid",
        why=why,
        fix=fix,
        docs=DOCS,
        location=Location(f"stacks/Pulumi.{environment.name}.yaml"),
    )


def _key(reference: str, images: dict[str, str], taken: Collection[str]) -> str:
    key = object_name(reference)
    if key not in taken and images.get(key, reference) == reference:
        return key
    return f"{key}-{content_hash({'image': reference})}"
