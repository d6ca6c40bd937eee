"""Owns the checks of what the service talks to: its database and the model registry."""

from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import build_opener

from sqlalchemy.exc import SQLAlchemyError

from claims.home import Home
from serving.bundles import DENIAL_RISK, find_registered, load_champion
from serving.database.connection import newest_migration
from serving.database.probe import probe, without_password
from serving.doctor.finding import Finding, fail, ok, warn
from serving.errors import NoModel, RegistryUnreachable

ANSWER_SECONDS = 5.0


def check_database(home: Home) -> Finding:
    """Check that the service's database answers and stands at our migration. Makes and changes nothing."""
    try:
        shown = without_password(home.database_url)
    except SQLAlchemyError:
        return fail("database", "DENIALS_DATABASE_URL is no address", remedy="postgresql://user@host/name (docs/database.md)")
    try:
        found = probe(home.database_url, seconds=ANSWER_SECONDS)
    except ModuleNotFoundError as error:
        return fail("database", f"{shown}: no driver ({error.name})", remedy="pip install 'denials[postgresql]'")
    except SQLAlchemyError as error:
        remedy = "start it, or look at DENIALS_DATABASE_URL; a service needs it at its start"
        return fail("database", f"{shown} does not answer ({type(error).__name__})", remedy=remedy)
    if not found.exists:
        return ok("database", f"{shown}: the first start makes it")
    if found.migration != newest_migration():
        seen = f"{shown} stands at migration {found.migration}, this version wants {newest_migration()}"
        return warn("database", seen, remedy="back it up; the next start of the service migrates it")
    return ok("database", f"{shown}, migration {found.migration}")


def check_registry(home: Home) -> Finding:
    """Check that the model registry answers, and that its champion is the one that the home serves."""
    shown = _registry_shown(home.mlflow_uri)
    if not home.has_registry:
        return warn("model registry", f"{shown} does not exist", remedy="denials train all makes it")
    if trouble := _unreachable(home.mlflow_uri):
        remedy = "start the MLflow server, or look at MLFLOW_TRACKING_URI; the last verified models serve meanwhile"
        return warn("model registry", f"{shown} does not answer ({trouble})", remedy=remedy)
    try:
        named = find_registered(home, DENIAL_RISK).version
        served = load_champion(home, DENIAL_RISK).registry_version
    except NoModel:
        return warn("model registry", f"{shown} answers, without a champion of both", remedy="denials train all")
    except RegistryUnreachable as error:
        return warn("model registry", str(error), remedy="look at MLFLOW_TRACKING_URI; the last verified models serve meanwhile")
    if served != named:
        seen = f"{shown} names version {named} of {DENIAL_RISK}, the home serves {served}"
        return warn("model registry", seen, remedy="POST /v1/models/reload, or DENIALS_MODELS_POLL_SECONDS")
    return ok("model registry", f"{shown}, champion {named} as served")


def _unreachable(uri: str) -> str:
    """Ask an MLflow server whether it is there, once: its own client would ask for minutes. Gives the trouble, "" = none."""
    if urlsplit(uri).scheme not in ("http", "https"):
        return ""  # a database or folder: asked through MLflow itself
    try:
        with build_opener().open(f"{uri.rstrip('/')}/health", timeout=ANSWER_SECONDS):
            return ""
    except HTTPError as error:
        return "" if error.code in (401, 403) else f"status {error.code}"
    except (URLError, HTTPException, OSError, ValueError) as error:
        return type(error).__name__


def _registry_shown(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        return uri.replace(f":{parts.password}@", ":***@") if parts.password else uri
    except ValueError:
        return "MLFLOW_TRACKING_URI"
