"""Owns moving the champion from a running service: part of the bundle loader, by the verdict that training left at the version.

The service judges nothing. A version that was judged against another champion than the standing one is refused here, and judged
anew by `denials models promote`. Tags and aliases are those of `training.registry`; a test holds the two together.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from claims.home import Home
from models.registered import CHALLENGER, CHAMPION, PREVIOUS_CHAMPION
from serving.bundles import find_version, registry_client
from serving.errors import KeptOut, NoModel

if TYPE_CHECKING:
    from serving.bundles import ModelVersion


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Who is champion, who is on trial, and what the gate said of it when it was trained."""

    champion: str | None
    previous: str | None  # whom `roll_back` would give the place back to
    challenger: str | None
    verdict: str  # in words; "" without a challenger
    passes: bool  # the gate let it through, against the champion that stands now
    is_current: bool  # it was judged against the champion that stands now


def read_standing(home: Home, name: str) -> Standing:
    """Look who stands where. Raises: RegistryUnreachable."""
    with registry_client(home, name) as client:
        champion, challenger = find_version(client, name, CHAMPION), find_version(client, name, CHALLENGER)
        return _standing(champion, challenger)


def promote_challenger(home: Home, name: str, *, by: str, now: datetime, overruled: str = "") -> Standing:
    """Make the challenger champion, if the gate let it through, or with the reason why it is overruled, which stays with it.

    Raises: KeptOut, RegistryUnreachable.
    """
    with registry_client(home, name) as client:
        champion, challenger = find_version(client, name, CHAMPION), find_version(client, name, CHALLENGER)
        if challenger is None:
            raise KeptOut(name, "there is no challenger")
        stands = _standing(champion, challenger)
        if not stands.is_current:
            raise KeptOut(name, "it was judged against another champion; judge it anew with `denials models promote`")
        if not stands.passes and not overruled.strip():
            raise KeptOut(name, stands.verdict)
        tags = {"promoted_at": _stamp(now), "promoted_by": by}
        if champion is not None:
            tags[PREVIOUS_CHAMPION] = str(champion.version)
        if not stands.passes:
            tags |= {"gate.overruled": overruled.strip(), "gate.overruled_at": _stamp(now)}
        for key, value in tags.items():
            client.set_model_version_tag(name, challenger.version, key, value)
        client.set_registered_model_alias(name, CHAMPION, challenger.version)
        client.delete_registered_model_alias(name, CHALLENGER)
        return _standing(find_version(client, name, CHAMPION), None)


def roll_back(home: Home, name: str, *, by: str, now: datetime) -> Standing:
    """Give the champion's place back to the one before it. Raises: KeptOut where there was none, NoModel, RegistryUnreachable."""
    with registry_client(home, name) as client:
        champion = find_version(client, name, CHAMPION)
        if champion is None:
            raise NoModel(name)
        previous = dict(champion.tags).get(PREVIOUS_CHAMPION)
        if not previous:
            raise KeptOut(name, f"no champion stood before version {champion.version}")
        client.set_registered_model_alias(name, CHAMPION, previous)
        for key, value in {"rolled_back_at": _stamp(now), "rolled_back_by": by}.items():
            client.set_model_version_tag(name, champion.version, key, value)
        return _standing(find_version(client, name, CHAMPION), find_version(client, name, CHALLENGER))


def _standing(champion: "ModelVersion | None", challenger: "ModelVersion | None") -> Standing:
    tags = dict(challenger.tags) if challenger else {}
    stands = "" if champion is None else str(champion.version)
    is_current = challenger is not None and tags.get("gate.champion", "") == stands
    return Standing(
        champion=stands or None,
        previous=dict(champion.tags).get(PREVIOUS_CHAMPION) if champion else None,
        challenger=str(challenger.version) if challenger else None,
        verdict=tags.get("gate", ""),
        passes=is_current and tags.get("gate.promotes") == "true",
        is_current=is_current,
    )


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds")
