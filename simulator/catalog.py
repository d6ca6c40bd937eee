"""Owns what a practice bills: specialties, procedure families, code pairs, read from `data/catalog.toml`. Draws nothing."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """One billable code within its family. Money in whole cents."""

    code: str
    family: str
    charge_cents: int
    weight: float


@dataclass(frozen=True, kw_only=True)
class Family:
    """Procedures that payers treat alike. `*_prior` = chance that a drawn payer has such a rule for it."""

    id: str
    procedures: tuple[Procedure, ...]
    diagnoses: tuple[str, ...]
    place_of_service_codes: tuple[str, ...] = ("11",)
    revenue_code: str = ""  # "" = never billed on an 837I
    authorization_prior: float = 0.0
    necessity_prior: float = 0.0
    documentation_prior: float = 0.0
    non_covered_prior: float = 0.0
    modifier: str = ""
    modifier_prior: float = 0.0
    maximum_units: int = 1
    unit_weights: tuple[int, ...] = (1,)
    repeat_days: int = 0  # usual shortest distance between two services; 0 = none
    repeat_procedures: tuple[str, ...] = ()  # () = all of the family
    referral: bool = False
    needs_clia: bool = False
    needs_drug_code: bool = False
    is_injury: bool = False
    is_behavioral: bool = False


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One kind of visit: what is always billed and what may be added."""

    weight: float
    families: tuple[str, ...]
    additions: tuple[tuple[str, float], ...]


@dataclass(frozen=True, kw_only=True)
class Specialty:
    """A kind of rendering provider."""

    id: str
    taxonomy_code: str
    weight: float
    visits: tuple[Visit, ...]
    is_primary_care: bool = False


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A pair: `minor` beside any of `major` is paid only with `escape` ("" = never)."""

    major: frozenset[str]
    minor: str
    escape: str
    prior: float


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """Everything billable."""

    families: dict[str, Family]
    specialties: dict[str, Specialty]
    bundles: tuple[Bundle, ...]


@cache
def catalog() -> Catalog:
    """Read the catalog."""
    table = tomllib.loads(files("simulator").joinpath("data/catalog.toml").read_text(encoding="utf-8"))
    return Catalog(
        families={name: _family(name, row) for name, row in table["family"].items()},
        specialties={name: _specialty(name, row) for name, row in table["specialty"].items()},
        bundles=tuple(
            Bundle(major=frozenset(row["major"]), minor=row["minor"], escape=row["escape"], prior=row["prior"])
            for row in table["bundle"]
        ),
    )


def _family(name: str, row: dict[str, Any]) -> Family:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    fields["procedures"] = tuple(
        Procedure(code=code, family=name, charge_cents=round(charge * 100), weight=weight)
        for code, charge, weight in row["procedures"]
    )
    return Family(id=name, **fields)


def _specialty(name: str, row: dict[str, Any]) -> Specialty:
    return Specialty(
        id=name,
        taxonomy_code=row["taxonomy_code"],
        weight=row["weight"],
        is_primary_care=row.get("is_primary_care", False),
        visits=tuple(
            Visit(
                weight=weight,
                families=tuple(families),
                additions=tuple((addition, chance) for addition, chance in additions),
            )
            for weight, families, additions in row["visits"]
        ),
    )
