"""A made-up application of N services, as a folder of manifests; four objects a service."""

from __future__ import annotations

from pathlib import Path

_SERVICE = """apiVersion: v1
kind: ServiceAccount
metadata: {{name: {name}, labels: {{round: {mark}}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}, labels: {{round: {mark}}}}}
data: {{peers: "{peers}", log-level: info}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, labels: {{round: {mark}}}}}
spec:
  selector: {{app: {name}}}
  ports: [{{name: http, port: 80, targetPort: 8080}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, labels: {{round: {mark}}}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      serviceAccountName: {name}
      containers:
      - name: main
        image: service
        env: [{{name: VERSION, value: {version}}}]
        envFrom: [{{configMapRef: {{name: {name}}}}}]
        ports: [{{containerPort: 8080}}]
        resources: {{requests: {{cpu: 5m, memory: 16Mi}}, limits: {{memory: 64Mi}}}}
"""


def write_application(folder: Path, services: int, *, mark: str = "first", version: str = "v1") -> None:
    """Fill the folder with `services` services; another mark changes every object and rolls no pod.

    Another version changes the first service only, and rolls it.
    """
    folder.mkdir(exist_ok=True)
    for number in range(services):
        name, peers = f"service-{number:03}", f"service-{(number + 1) % services:03}"
        own = version if number == 0 else "v1"
        text = _SERVICE.format(name=name, peers=peers, mark=mark, version=own)
        (folder / f"{name}.yaml").write_text(text)
