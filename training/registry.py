"""Owns the model registry: which versions exist, which one is champion, and the way from a version to its bundle folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from claims.home import Home
from models.registered import BUNDLE_FOLDER, CHALLENGER, CHAMPION, PREVIOUS_CHAMPION
from training.errors import RegistryError
from training.tracking import HOLDOUT_FILE, MODEL_FOLDER, open_client


@dataclass(frozen=True, kw_only=True)
class RegisteredVersion:
    """One registered version. `version` is the registry's number, `bundle_version` names the content."""

    name: str
    version: str
    bundle_version: str
    run_id: str
    aliases: tuple[str, ...]
    created_at: datetime
    tags: dict[str, str]
    source: str


class ModelRegistry:
    """The registry of one home, or of the MLflow server at `tracking_uri`."""

    def __init__(self, home: Home, *, tracking_uri: str | None = None, client: MlflowClient | None = None) -> None:
        self._client = client or open_client(home, tracking_uri)
        self._uri = tracking_uri or home.mlflow_uri

    def versions(self, name: str | None = None) -> list[RegisteredVersion]:
        """List the versions of one model or of all, newest first within a model."""
        names = [name] if name else sorted(model.name for model in self._client.search_registered_models())
        found = [self._describe(row) for each in names for row in self._client.search_model_versions(f"name='{each}'")]
        return sorted(found, key=lambda row: (row.name, -int(row.version)))

    def get(self, name: str, which: str = CHAMPION) -> RegisteredVersion:
        """Find a version by number or alias. Raises: RegistryError."""
        try:
            if which.isdigit():
                return self._describe(self._client.get_model_version(name, which))
            return self._describe(self._client.get_model_version_by_alias(name, which))
        except MlflowException:
            raise RegistryError(f"model {name}: expected a version or alias {which} in the registry, got none") from None

    def find(self, name: str, which: str = CHAMPION) -> RegisteredVersion | None:
        """Find a version by number or alias, `None` when there is none."""
        try:
            return self.get(name, which)
        except RegistryError:
            return None

    def add(self, name: str, *, run_id: str, tags: dict[str, str]) -> RegisteredVersion:
        """Register the model of a finished run as the next version."""
        try:
            self._client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        run = self._client.get_run(run_id)
        source = f"{run.info.artifact_uri}/{MODEL_FOLDER}"
        return self._describe(self._client.create_model_version(name, source=source, run_id=run_id, tags=tags))

    def tag(self, name: str, version: str, tags: Mapping[str, str]) -> None:
        """Write tags of a version."""
        for key, value in tags.items():
            self._client.set_model_version_tag(name, version, key, value)

    def set_challenger(self, name: str, version: str) -> None:
        """Point the challenger alias at a version."""
        self._client.set_registered_model_alias(name, CHALLENGER, version)

    def promote(self, name: str, which: str = CHALLENGER, *, now: datetime) -> RegisteredVersion:
        """Make a version the champion; the champion before it is remembered for `rollback`. The gate is `training.promotion`."""
        chosen, before = self.get(name, which), self.find(name)
        if before is not None and before.version == chosen.version:
            return chosen
        self._client.set_registered_model_alias(name, CHAMPION, chosen.version)
        self._client.set_model_version_tag(name, chosen.version, "promoted_at", now.astimezone(UTC).isoformat(timespec="seconds"))
        if before is not None:
            self._client.set_model_version_tag(name, chosen.version, PREVIOUS_CHAMPION, before.version)
        if CHALLENGER in chosen.aliases:
            self._client.delete_registered_model_alias(name, CHALLENGER)
        return self.get(name)

    def rollback(self, name: str, *, now: datetime) -> RegisteredVersion:
        """Give the champion's place back to the one before it. Raises: RegistryError, when there was none."""
        current = self.get(name)
        previous = current.tags.get(PREVIOUS_CHAMPION)
        if not previous:
            raise RegistryError(f"model {name}: expected a champion before version {current.version}, got none")
        self._client.set_registered_model_alias(name, CHAMPION, previous)
        self._client.set_model_version_tag(
            name, current.version, "rolled_back_at", now.astimezone(UTC).isoformat(timespec="seconds")
        )
        return self.get(name)

    def metrics(self, name: str, which: str = CHAMPION) -> dict[str, float]:
        """Read the figures of a version's run, by MLflow name."""
        run = self._client.get_run(self.get(name, which).run_id)
        return dict(sorted(run.data.metrics.items()))

    def compare(self, name: str, first: str = CHAMPION, second: str = CHALLENGER) -> list[tuple[str, float, float]]:
        """Give (figure, first, second) for the held-out figures that both have. Their windows may differ; the gate's do not."""
        left, right = self.metrics(name, first), self.metrics(name, second)
        return [(key, left[key], right[key]) for key in left if key in right and key.startswith("test/")]

    def bundle_dir(self, name: str, which: str = CHAMPION) -> Path:
        """Give the folder of a version's bundle: in place when the artifacts are local, else downloaded to a temporary folder."""
        return self._fetch(self.get(name, which), BUNDLE_FOLDER)

    def holdout(self, name: str, which: str = CHAMPION) -> pa.Table:
        """Read what a version's run said of its held-out rows."""
        return pq.read_table(self._fetch(self.get(name, which), HOLDOUT_FILE))

    def _fetch(self, version: RegisteredVersion, artifact: str) -> Path:
        root = self._client.get_run(version.run_id).info.artifact_uri
        return Path(download_artifacts(artifact_uri=f"{root}/{artifact}", tracking_uri=self._uri))

    def _describe(self, row: ModelVersion) -> RegisteredVersion:
        row_aliases: Any = row.aliases
        if not row_aliases:  # a search leaves them out
            row_aliases = self._client.get_model_version(row.name, row.version).aliases
        tags = dict(row.tags)
        return RegisteredVersion(
            name=row.name,
            version=str(row.version),
            bundle_version=tags.get("bundle_version", ""),
            run_id=row.run_id or "",
            aliases=tuple(sorted(row_aliases)),
            created_at=datetime.fromtimestamp(row.creation_timestamp / 1000, tz=UTC),
            tags=tags,
            source=row.source or "",
        )
