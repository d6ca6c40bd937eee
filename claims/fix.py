"""Owns the vocabulary of fixes: what may be proposed for a claim before it is sent, and what no fix may ever touch."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from claims.claim import Claim


class FixKind(StrEnum):
    """What a fix does: changes a field, states that something was done, waits or hurries, or keeps the claim back."""

    CLAIM_EDIT = "claim_edit"
    ATTESTATION = "attestation"
    TIMING = "timing"
    WITHHOLD = "withhold"


@dataclass(frozen=True, kw_only=True)
class Fix:
    """One id of the vocabulary. `element` is the place in the 837, "" where the fix changes none or names it itself."""

    id: str
    kind: FixKind
    causes: tuple[str, ...]  # ids of `claims.root_cause`
    owner: str  # the workflow that does it
    element: str
    title: str
    verify: str  # what must be true before the change is made


@cache
def fixes() -> dict[str, Fix]:
    """Read the vocabulary, in its fixed order."""
    text = files("claims").joinpath("data/fixes.toml").read_text(encoding="utf-8")
    return {
        row["id"]: Fix(
            id=row["id"],
            kind=FixKind(row["kind"]),
            causes=tuple(row["causes"]),
            owner=row["owner"],
            element=row["element"],
            title=row["title"],
            verify=row["verify"],
        )
        for row in tomllib.loads(text)["fix"]
    }


def care_given(claim: Claim) -> tuple[object, ...]:
    """Gather what was done to whom, why and when, and what it costs: what no fix may change, add or leave out.

    A drug code (LIN) that is missing may be filled in from the record; one that is there may not be changed either.
    """
    lines = tuple(
        (
            line.line_number,
            line.procedure_qualifier_code,
            line.procedure_code,
            line.revenue_code,
            line.charge_amount,
            line.place_of_service_code,
            line.service_from_on,
            line.service_to_on,
        )
        for line in claim.lines
    )
    who = claim.patient_person
    dates = (claim.statement_from_on, claim.statement_to_on, claim.admitted_on, claim.discharged_on, claim.onset_on)
    codes = (claim.diagnosis_codes, claim.admitting_diagnosis_code, claim.procedure_codes, claim.drg_code)
    person = (who.last_name, who.first_name, who.birth_on, who.sex_code)
    return (lines, dates, codes, person, claim.charge_amount, claim.place_of_service_code, claim.claim_type)
