"""Owns the one definition of "denied": which adjustment is a denial, of what category, and what a claim's answer adds up to.

CLP02 plays no part: 4 means "patient not recognised" (X12 RFI 1423), and fully denied claims often carry 1, 2 or 3.
Bulk code paths classify through `classify_adjustment` too; there is no second rule.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from claims.claim import Adjustment
from claims.remittance import Remittance

SMALLEST_DENIED_AMOUNT = Decimal("0.01")
UNEXPLAINED = "payer_processing"


@dataclass(frozen=True, kw_only=True)
class DenialCodes:
    """The code tables of `data/denial_codes.toml`."""

    not_a_denial: frozenset[str]
    category_of_carc: dict[str, str]
    refined_carcs: frozenset[str]
    category_of_rarc: dict[str, str]
    no_appeal_rarcs: frozenset[str]


@cache
def denial_codes() -> DenialCodes:
    """Read the code tables."""
    table = tomllib.loads(files("claims").joinpath("data/denial_codes.toml").read_text(encoding="utf-8"))
    return DenialCodes(
        not_a_denial=frozenset(table["not_a_denial"]["any_group"]),
        category_of_carc={code: category for category, codes in table["category"].items() for code in codes},
        refined_carcs=frozenset(table["rarc"]["carcs"]),
        category_of_rarc={code: category for category, codes in table["rarc"]["category"].items() for code in codes},
        no_appeal_rarcs=frozenset(table["rarc"]["no_appeal"]["codes"]),
    )


def classify_adjustment(*, carc: str, remark_codes: Sequence[str], nothing_allowed: bool) -> str | None:
    """Name the root cause id that an adjustment denies for; `None` when it is no denial.

    `nothing_allowed` (paid 0 and no patient cost share on the line) only decides for a CARC that no table knows.
    """
    codes = denial_codes()
    carc = carc.upper()
    if carc in codes.not_a_denial:
        return None
    category = codes.category_of_carc.get(carc)
    if category is None:
        return UNEXPLAINED if nothing_allowed else None
    if carc in codes.refined_carcs:
        for remark in remark_codes:
            refined = codes.category_of_rarc.get(remark.upper())
            if refined is not None:
                return refined
    return category


@dataclass(frozen=True, kw_only=True)
class Denial:
    """What one remittance denies of one claim. Money is what denial adjustments took, not what was charged."""

    denied_amount: Decimal
    category: str  # of the adjustment that took most
    group_code: str
    carc: str
    rarc: str | None
    line_positions: tuple[int, ...]  # 0-based into Remittance.lines; empty = denied at claim level


@dataclass(frozen=True, kw_only=True)
class DeniedAdjustment:
    """One adjustment that denies, with where it stands: `line_position` `None` = claim level."""

    line_position: int | None
    adjustment: Adjustment
    category: str
    rarc: str | None


def denied_adjustments(remittance: Remittance) -> tuple[DeniedAdjustment, ...]:
    """List every adjustment of this remittance that denies. A reversal denies nothing."""
    if remittance.is_reversal:
        return ()
    found = list(
        _denying(
            remittance.adjustments,
            remittance.remark_codes,
            nothing_allowed=remittance.paid_amount == 0 and remittance.patient_responsibility_amount == 0,
            line_position=None,
        )
    )
    for position, line in enumerate(remittance.lines):
        cost_share = any(adjustment.carc in {"1", "2", "3"} for adjustment in line.adjustments)
        found += _denying(
            line.adjustments,
            line.remark_codes or remittance.remark_codes,
            nothing_allowed=line.paid_amount == 0 and not cost_share,
            line_position=position,
        )
    return tuple(found)


def _denying(
    adjustments: Sequence[Adjustment], remark_codes: Sequence[str], *, nothing_allowed: bool, line_position: int | None
) -> list[DeniedAdjustment]:
    found = []
    for adjustment in adjustments:
        if adjustment.adjustment_amount < SMALLEST_DENIED_AMOUNT:
            continue
        category = classify_adjustment(carc=adjustment.carc, remark_codes=remark_codes, nothing_allowed=nothing_allowed)
        if category is not None:
            found.append(
                DeniedAdjustment(
                    line_position=line_position,
                    adjustment=adjustment,
                    category=category,
                    rarc=remark_codes[0] if remark_codes else None,
                )
            )
    return found


def read_denial(remittance: Remittance) -> Denial | None:
    """Read what this remittance denies; `None` when it denies nothing.

    One denied line makes a denied claim, with that line's money. The adjustment that took most gives category and codes;
    ties go to the one that stands first.
    """
    found = denied_adjustments(remittance)
    if not found:
        return None
    first = max(found, key=lambda denied: denied.adjustment.adjustment_amount)
    return Denial(
        denied_amount=sum((denied.adjustment.adjustment_amount for denied in found), Decimal(0)),
        category=first.category,
        group_code=first.adjustment.group_code,
        carc=first.adjustment.carc,
        rarc=first.rarc,
        line_positions=tuple(sorted({d.line_position for d in found if d.line_position is not None})),
    )
