"""What each service runs: an image to build, or somebody else's image."""

from pathlib import Path

from ..config import EnvironmentConfig
from .model import Build, mapping
from .service import Service


def build_of(service: Service, environment: EnvironmentConfig, root: Path) -> Build | None:
    """The build of a service, None where it runs an image; nothing outside of `root` is ever built."""
    data = service.get("build")
    if not data:
        return None
    context = _context(service, str(data.get("context", ".")), root)
    dockerfile = str(data.get("dockerfile") or "Dockerfile")
    if "dockerfile_inline" in data:
        raise service.error(
            "application.dockerfile",
            "build",
            "dockerfile_inline",
            why="an inline Dockerfile is not supported",
            fix=f"move the text to {context / 'Dockerfile'} and delete the key",
        )
    path = (context / dockerfile).resolve()
    if not path.is_file():
        raise service.error(
            "application.dockerfile",
            "build",
            "dockerfile",
            why=f"there is no file {path}",
            fix=f"ls {context}  # then write `dockerfile:` as it is called there",
        )
    _inside(service, path, root, "dockerfile")
    args = {
        name: str(value) for name, value in sorted(mapping(data.get("args")).items()) if value is not None
    }
    relative = path.relative_to(context) if path.is_relative_to(context) else path
    return Build(service.name, context, str(relative), data.get("target"), args, environment.platform)


def _context(service: Service, written: str, root: Path) -> Path:
    if "://" in written or written.startswith("git@"):
        raise service.error(
            "application.build-context",
            "build",
            "context",
            why=f"{written} is not a folder on this machine",
            fix=f"git clone {written.partition('#')[0]}  # then write the folder as `context:`",
        )
    context = Path(written).resolve()
    if not context.is_dir():
        raise service.error(
            "application.build-context",
            "build",
            "context",
            why=f"there is no folder {context}",
            fix=f"ls {context.parent}  # then correct the path",
        )
    _inside(service, context, root, "context")
    return context


def _inside(service: Service, path: Path, root: Path, key: str) -> None:
    if not path.is_relative_to(root):
        why = f"{path} is outside of the repository {root}; its files would end up in an image"
        fix = f"mv {path} {root}/  # or run `git init` in the folder that holds both"
        raise service.error("application.build-context", "build", key, why=why, fix=fix)
