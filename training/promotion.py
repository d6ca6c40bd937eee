"""Owns how a registered version becomes champion: through the gate, or past it with a reason that stays with the version."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from claims.history.store import HistoryStore
from claims.home import Home
from claims.privacy import PersonHasher, load_or_create_key
from models.registered import CHALLENGER
from models.spec import ModelSpec, history_specs
from training.dataset import Dataset, read_dataset
from training.errors import RegistryError
from training.gate import Verdict, judge
from training.registry import ModelRegistry, RegisteredVersion


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """What came of the wish to promote a version."""

    version: str
    is_champion: bool
    is_forced: bool
    verdict: Verdict


def promote_through_gate(
    registry: ModelRegistry,
    home: Home,
    name: str,
    which: str = CHALLENGER,
    *,
    now: datetime,
    force: bool = False,
    force_reason: str = "",
) -> Promotion:
    """Promote a version that beats the standing champion; with `force` any, and the tag `gate.overruled` keeps the reason.

    Raises: RegistryError, for a version that is not there, or `force` without a reason.
    """
    if force and not force_reason.strip():
        raise RegistryError(f"model {name}: expected a reason for overruling the gate, got none")
    chosen, standing = registry.get(name, which), registry.find(name)
    if standing is not None and standing.version == chosen.version:
        verdict = Verdict(promotes=True, reason="it is the champion already", champion_version=standing.version)
        return Promotion(version=chosen.version, is_champion=True, is_forced=False, verdict=verdict)
    verdict = _recorded(chosen, standing) or _judge_again(registry, home, chosen)
    is_forced = force and not verdict.promotes
    if is_forced:
        overruled_at = now.astimezone(UTC).isoformat(timespec="seconds")
        registry.tag(name, chosen.version, {"gate.overruled": force_reason.strip(), "gate.overruled_at": overruled_at})
    if verdict.promotes or is_forced:
        registry.promote(name, chosen.version, now=now)
    return Promotion(version=chosen.version, is_champion=verdict.promotes or is_forced, is_forced=is_forced, verdict=verdict)


def _recorded(chosen: RegisteredVersion, standing: RegisteredVersion | None) -> Verdict | None:
    """Give the verdict of the day it was trained, where the champion is still the one it was judged against."""
    if standing is None or chosen.tags.get("gate.champion") != standing.version:
        return None
    return Verdict(promotes=chosen.tags["gate.promotes"] == "true", reason=chosen.tags["gate"], champion_version=standing.version)


def _judge_again(registry: ModelRegistry, home: Home, chosen: RegisteredVersion) -> Verdict:
    challenger = registry.holdout(chosen.name, chosen.version)
    verdict = judge(registry, chosen.name, challenger=challenger, dataset=_dataset(home, chosen))
    registry.tag(chosen.name, chosen.version, verdict.tags())
    return verdict


def _dataset(home: Home, chosen: RegisteredVersion) -> Dataset | None:
    """Read the rows as the version saw them; `None` for a model of a table that is not in the history."""
    if chosen.name not in history_specs() or "as_of" not in chosen.tags:
        return None
    spec = ModelSpec.load(chosen.name)
    hasher = PersonHasher(load_or_create_key(home.person_key))
    return read_dataset(HistoryStore(home.history_uri), spec, as_of=date.fromisoformat(chosen.tags["as_of"]), hasher=hasher)
