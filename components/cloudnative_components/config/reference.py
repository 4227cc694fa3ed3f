"""The reference page of the config, made from the model."""

import json
import sys

from .environment import FIELDS, NAMESPACE
from .explain import EXAMPLES
from .model import EnvironmentConfig
from .profiles import DEFAULTS

_HEAD = """\
# Config of an environment

`stacks/Pulumi.<env>.yaml`, one file per environment, read strictly. Made from the model by
`python -m cloudnative_components.config.reference > docs/config.md`; editors get the same from
`cloudnative schema`.

```yaml
config:
  cloudnative:cloud: emulator
  cloudnative:regions: [koreacentral]
  cloudnative:application: ../samples/shipping/compose.yaml
```

Paths are relative to the file. Keys of other packages (`azure-native:location`) and Pulumi's own
(`encryptionsalt`, `secretsprovider`, `encryptedkey`, `environment`) are left alone. Nothing here is secret.
"""
_YAML = """
## YAML

YAML 1.2: `no` is text and `1.30` keeps its zero. Duplicate and unknown keys, tabs, tags, directives and
characters that YAML does not allow are errors with file, line and column. A file has at most 1 MiB, 64 levels
and 100,000 values, aliases written out. Manifests are read as kubectl reads them (`no` is false, `0644` is
octal), up to 8 MiB.
"""


def reference_page() -> str:
    """The page in Markdown."""
    sections = [_HEAD, _profiles(), *(_section(field) for field in FIELDS), _YAML]
    return "".join(sections)


def _profiles() -> str:
    rows = "".join(
        f"| `{key}` | {_shown(DEFAULTS['dev'][key])} | {_shown(DEFAULTS['prod'][key])} |\n"
        for key in DEFAULTS["dev"]
    )
    return f"\n## Defaults of the profiles\n\n| | dev | prod |\n|---|---|---|\n{rows}"


def _shown(value: object) -> str:
    """As the file would say it."""
    return str(value) if isinstance(value, str) else json.dumps(value).replace('"', "")


def _section(field: str) -> str:
    described = EnvironmentConfig.model_fields[field].description
    return f"\n## {field}\n\n{described}\n\n`{NAMESPACE}:{field}: {EXAMPLES[field]}`\n"


if __name__ == "__main__":
    sys.stdout.write(reference_page())
