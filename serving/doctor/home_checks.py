"""Owns the checks of a home: may it be written, can others read it, is its disk encrypted, and do history and models stand."""

import json
import os
import stat
from datetime import datetime
from pathlib import Path

import pyarrow.compute as pc
from deltalake.exceptions import DeltaError

from claims.errors import ClaimsError
from claims.history.store import HistoryStore
from claims.home import Home
from models.errors import BundleError
from serving.bundles import APPEAL_SUCCESS, DENIAL_RISK, load_champion
from serving.doctor.finding import Finding, fail, ok, warn
from serving.errors import NoModel
from serving.own_files import OwnFiles
from serving.security.encryption import Finding as Encryption
from serving.security.encryption import find_encryption
from serving.settings import Settings

MODELS = (DENIAL_RISK, APPEAL_SUCCESS)
OLD_DAYS = 7  # without news, or without a look of `denials monitor`
FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_home(home: Home) -> Finding:
    """Check that the home is a folder that this user may write."""
    path = home.path
    if not path.exists():
        return fail("home", f"{path} does not exist", remedy="denials ingest PATH makes it; --home or DENIALS_HOME names another")
    if not path.is_dir():
        return fail("home", f"{path} is no folder", remedy="name a folder by --home or DENIALS_HOME")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return fail("home", f"{path} cannot be written by this user", remedy=f"chown it to the user that runs denials: {path}")
    return ok("home", str(path))


def check_permissions(home: Home) -> Finding:
    """Check that keys are readable by their owner alone, and the home by no stranger."""
    keys = [path for path in (home.secrets, home.person_key, home.service_key) if path.exists()]
    open_keys = [path for path in keys if path.stat().st_mode & FOR_OTHERS]
    if open_keys:
        return fail("permissions", f"{open_keys[0]} is open to others", remedy=f"chmod -R go= {home.secrets}")
    if home.path.exists() and home.path.stat().st_mode & stat.S_IRWXO:
        return warn("permissions", f"any user of this machine may look into {home.path}", remedy=f"chmod o= {home.path}")
    return ok("permissions", "keys and home are closed to others")


def check_encrypted(settings: Settings, *, sys_block: Path = Path("/sys/dev/block")) -> Finding:
    """Say what is known of encryption at rest, or that the operator attests it."""
    if settings.encryption_at_rest == "attested":
        return ok("encryption at rest", "attested by the operator")
    found = find_encryption(settings.home.path, sys_block=sys_block)
    if found is Encryption.ENCRYPTED:
        return ok("encryption at rest", found)
    remedy = "encrypt the disk; where something else does, set DENIALS_ENCRYPTION_AT_REST=attested (docs/security.md)"
    make = fail if settings.encryption_at_rest == "checked" else warn
    return make("encryption at rest", found, remedy=remedy)


def check_history(settings: Settings) -> Finding:
    """Check that the history can be read, and how new its newest claim is."""
    uri = settings.home.history_uri
    store = HistoryStore(uri)
    try:
        sent = store.read("claims", columns=("submitted_on",))["submitted_on"]
        load_count = len(store.ledger().committed)
    except (DeltaError, ClaimsError, OSError, ValueError) as error:
        remedy = "look at DENIALS_HISTORY_URI and its credentials, or restore a backup (docs/deploy.md)"
        return fail("history", f"{uri} cannot be read ({type(error).__name__})", remedy=remedy)
    if not len(sent):
        return fail("history", f"{uri} holds no claims", remedy="denials ingest PATH")
    newest, today = pc.max(sent).as_py(), settings.current_day()
    shown = f"{len(sent):,} submissions in {load_count} loads, the newest of {newest}"
    if (today - newest).days > OLD_DAYS:
        return warn("history", f"{shown}, {(today - newest).days} days ago", remedy="denials ingest what came since")
    return ok("history", shown)


def check_own_files(home: Home) -> Finding:
    """Check that the practice's own rules and fees can be read."""
    try:
        own = OwnFiles.read(home)
    except ClaimsError as error:
        return fail("own files", str(error), remedy="mend the file; work queue and papers wait for it")
    return ok("own files", f"{len(own.rules)} rule files, {len(own.fees)} fees")


def check_model(home: Home, name: str) -> Finding:
    """Check that the copy in service verifies. Without appeal_success the work queue uses the usual rates."""
    try:
        installed = load_champion(home, name)
    except NoModel:
        make = fail if name == DENIAL_RISK else warn
        return make(name, "no champion in the home", remedy=f"denials train {name}")
    except (BundleError, OSError, ValueError, KeyError) as error:
        seen = f"does not verify ({error})" if isinstance(error, BundleError) else f"cannot be read ({type(error).__name__})"
        return fail(name, seen, remedy=f"denials models promote {name} --version champion, or restore a backup")
    bundle = installed.bundle
    return ok(
        name, f"version {installed.registry_version} ({bundle.version}) verifies; history as of {bundle.training.get('as_of')}"
    )


def check_monitored(home: Home, *, now: datetime) -> Finding:
    """Say when the champions were last looked at, and whether retraining pays."""
    try:
        kept = json.loads(home.last_monitor.read_text(encoding="utf-8"))
        ran_at = datetime.fromisoformat(kept["ran_at"])
        pays = [str(report["model"]) for report in kept["reports"] if report["retraining_pays"]]
    except FileNotFoundError:
        return warn("monitor", "never ran", remedy="denials monitor, every day (docs/operations.md)")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return warn("monitor", f"{home.last_monitor} cannot be read ({type(error).__name__})", remedy="denials monitor")
    if pays:
        return warn("monitor", f"retraining pays: {', '.join(pays)}", remedy="denials retrain")
    if (now - ran_at).days > OLD_DAYS:
        return warn("monitor", f"ran {(now - ran_at).days} days ago", remedy="denials monitor, every day")
    return ok("monitor", f"ran on {ran_at:%Y-%m-%d}; retraining does not pay")
