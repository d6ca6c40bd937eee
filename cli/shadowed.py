"""Owns how champion and challenger are compared on live outcomes by command, and where the result is kept for the service."""

import json as json_text
from datetime import date, datetime

from claims.home import Home
from cli import output
from serving.settings import Settings
from training.registry import ModelRegistry
from training.shadowed import LiveComparison, compare_live


def compare_in_service(settings: Settings, name: str, *, first: str, second: str, as_of: date | None) -> LiveComparison:
    """Compare two versions by number or alias. Raises: RegistryError, TooLittleData."""
    registry = ModelRegistry(settings.home)
    champion, challenger = (f"{name}-{registry.get(name, which).bundle_version}" for which in (first, second))
    with output.status(f"comparing {name}"):
        return compare_live(name, home=settings.home, champion=champion, challenger=challenger, as_of=as_of)


def keep_comparison(found: LiveComparison, home: Home, *, now: datetime) -> None:
    """Keep the result in the home, where `GET /v1/models` takes it from."""
    home.logs.mkdir(parents=True, exist_ok=True)
    kept = {found.name: found.to_json() | {"compared_at": now.isoformat()}}
    draft = home.last_comparison.with_suffix(".draft")
    draft.write_text(json_text.dumps(kept), encoding="utf-8")
    draft.replace(home.last_comparison)


def show_comparison(found: LiveComparison, *, json: bool) -> None:
    """Print the comparison."""
    if json:
        print(json_text.dumps(found.to_json(), indent=2))
        return
    left_out = f"{found.acted_on_count} acted on, {found.waiting_count} not matured"
    title = (
        f"{found.name}: {found.row_count} claims of {found.patient_count} patients, {found.denied_count} denied, "
        f"sent {found.sent_from} to {found.sent_until}; left out: {left_out}"
    )
    rows = [
        (one.name, f"{one.champion:.4f}", f"{one.challenger:.4f}", f"{one.difference:+.4f} [{one.low:+.4f}, {one.high:+.4f}]")
        for one in found.figures
    ]
    output.table(title, ("figure", "champion", "challenger", "difference, 95 %"), rows, json=False)
