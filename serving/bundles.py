"""Owns where models in service stand: verified copies in the home, so that a start needs no MLflow.

HOME/models/<name>/<version>/ holds a bundle, HOME/models/<name>/champion.json names the one in use, challenger.json the one
that is scored in its shadow. This is the only module of the service that may import MLflow, and only to fetch a new bundle.
"""

import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from claims.home import Home
from models.bundle import ModelBundle
from models.errors import BundleError
from models.registered import BUNDLE_FOLDER, CHALLENGER, CHAMPION
from serving.errors import NoModel, RegistryUnreachable

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion as ModelVersion
    from mlflow.exceptions import MlflowException

DENIAL_RISK, APPEAL_SUCCESS = "denial_risk", "appeal_success"
POINTER = f"{CHAMPION}.json"
# MLflow would ask a server that is down for minutes; the models in service answer meanwhile, and the schedule asks again.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}


@dataclass(frozen=True, kw_only=True)
class InstalledBundle:
    """A bundle in service, with the version that the registry gave it."""

    bundle: ModelBundle
    registry_version: str


@dataclass(frozen=True, kw_only=True)
class RegisteredBundle:
    """The version that the registry's alias names, and the run that made it."""

    version: str
    run_id: str


def load_champion(home: Home, name: str) -> InstalledBundle:
    """Load the verified copy of a model's champion. Raises: NoModel, BundleError."""
    return load_installed(home, name, CHAMPION)


def load_installed(home: Home, name: str, alias: str) -> InstalledBundle:
    """Load the verified copy of what an alias named last. Raises: NoModel, BundleError."""
    folder, pointer = _pointed(home, name, alias)
    return InstalledBundle(bundle=ModelBundle.load(folder), registry_version=str(pointer["registry_version"]))


def champion_files(home: Home, name: str) -> dict[str, bytes]:
    """Read the files of a model's champion, for a process elsewhere that loads and verifies them. Raises: NoModel."""
    folder, _ = _pointed(home, name, CHAMPION)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def _pointed(home: Home, name: str, alias: str) -> tuple[Path, dict[str, str]]:
    folder = _models(home, name)
    try:
        pointer = json.loads((folder / f"{alias}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoModel(name) from None
    return folder / pointer["version"], pointer


def install_champion(home: Home, name: str, source: Path, *, registry_version: str) -> InstalledBundle:
    """Verify a bundle and put it into service; the pointer moves last, so a crash leaves the old one. Raises: BundleError."""
    return _install(home, name, source, registry_version=registry_version, alias=CHAMPION)


def forget_challenger(home: Home, name: str) -> None:
    """Load no challenger at the next start."""
    (_models(home, name) / f"{CHALLENGER}.json").unlink(missing_ok=True)


def _install(home: Home, name: str, source: Path, *, registry_version: str, alias: str) -> InstalledBundle:
    bundle = ModelBundle.load(source)
    folder = _models(home, name)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / bundle.version
    if not _verifies(target):
        shutil.rmtree(target, ignore_errors=True)  # a damaged copy
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            copy = Path(scratch) / bundle.version
            shutil.copytree(source, copy)
            copy.rename(target)
    _write_pointer(folder / f"{alias}.json", {"version": bundle.version, "registry_version": registry_version})
    return InstalledBundle(bundle=bundle, registry_version=registry_version)


def find_registered(home: Home, name: str, *, alias: str = CHAMPION) -> RegisteredBundle:
    """Ask the model registry which version an alias names.

    Raises: NoModel, when it names none; RegistryUnreachable, when it does not answer.
    """
    with registry_client(home, name) as client:
        found = find_version(client, name, alias)
    if found is None:
        raise NoModel(name)
    return RegisteredBundle(version=str(found.version), run_id=str(found.run_id))


@contextmanager
def registry_client(home: Home, name: str) -> Iterator["MlflowClient"]:
    """Open the model registry; what goes wrong with it leaves as RegistryUnreachable, which names the model."""
    # Read when MLflow is imported: a service's log is no terminal, and nothing about a practice's models leaves the machine.
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    for variable, most in _PATIENCE.items():
        os.environ.setdefault(variable, most)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MLflow's about itself
            yield MlflowClient(tracking_uri=home.mlflow_uri, registry_uri=home.mlflow_uri)
    except MlflowException as error:
        raise RegistryUnreachable(name, trouble=str(error.error_code)) from error
    except SQLAlchemyError as error:  # the embedded database cannot be read
        raise RegistryUnreachable(name, trouble=type(error).__name__) from error


def find_version(client: "MlflowClient", name: str, alias: str) -> "ModelVersion | None":
    """Give what an alias names, `None` where it names none."""
    from mlflow.exceptions import MlflowException

    try:
        return client.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        if _names_none(error):
            return None
        raise


def fetch_registered(
    home: Home, name: str, *, installed: InstalledBundle | None = None, alias: str = CHAMPION
) -> InstalledBundle:
    """Take the champion, or what another alias of the model registry names; what is `installed` already is not fetched again.

    Raises: NoModel, when it names none; RegistryUnreachable, when it does not answer; BundleError.
    """
    found = find_registered(home, name, alias=alias)
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    if installed is not None and installed.registry_version == found.version:
        return installed
    with tempfile.TemporaryDirectory() as scratch:
        try:
            local = download_artifacts(
                run_id=found.run_id, artifact_path=BUNDLE_FOLDER, tracking_uri=home.mlflow_uri, dst_path=scratch
            )
        except (MlflowException, OSError) as error:
            raise RegistryUnreachable(name, trouble=f"no artifact {BUNDLE_FOLDER} of version {found.version}") from error
        return _install(home, name, Path(local), registry_version=found.version, alias=alias)


def _verifies(folder: Path) -> bool:
    """Tell whether a sound copy stands there already."""
    if not folder.exists():
        return False
    try:
        ModelBundle.load(folder)
    except (BundleError, OSError, ValueError):
        return False
    return True


def _names_none(error: "MlflowException") -> bool:
    """Tell "there is none" from every other failure; for an absent alias the embedded registry says invalid parameter."""
    if error.error_code == "RESOURCE_DOES_NOT_EXIST":
        return True
    return error.error_code == "INVALID_PARAMETER_VALUE" and "alias" in str(error)


def _models(home: Home, name: str) -> Path:
    return home.path / "models" / name


def _write_pointer(path: Path, pointer: dict[str, str]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as handle:
        json.dump(pointer, handle)
        handle.flush()
        os.fsync(handle.fileno())
    Path(handle.name).replace(path)
