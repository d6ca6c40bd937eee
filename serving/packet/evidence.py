"""Owns what the practice's own records say for or against a denial's reason: rows on record, never a conclusion."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from serving.packet.case import DenialCase
from serving.packet.words import day


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One row on record. What `supports` goes into the letter, what does not is shown to the person alone."""

    text: str
    source: str
    supports: bool


def find_evidence(case: DenialCase) -> tuple[Evidence, ...]:
    """List what is on record for the denial's category, in the order of the records; empty where no record bears on it."""
    reader = _READERS.get(case.category)
    return tuple(dict.fromkeys(reader(case))) if reader else ()


def _authorizations(case: DenialCase) -> Iterator[Evidence]:
    served, codes = case.claim.service_from_on, {line.procedure_code for line in case.lines}
    for row in case.register.authorizations:
        if row["procedure_code"] and row["procedure_code"] not in codes:
            continue
        units = f", {row['units_approved']:g} units" if row["units_approved"] is not None else ""
        yield Evidence(
            text=f"Authorization {row['authorization_number']} for this member: {row['procedure_code'] or 'any procedure'}, "
            f"valid {_span(row['valid_from'], row['valid_to'])}{units}.",
            source="authorizations.csv",
            supports=_covers(row["valid_from"], row["valid_to"], served),
        )


def _eligibility(case: DenialCase) -> Iterator[Evidence]:
    served = case.claim.service_from_on
    for row in case.register.eligibility:
        active = row["status"] == "active"
        yield Evidence(
            text=f"Eligibility answer of {day(row['checked_on'])}: {str(row['status']).replace('_', ' ')}"
            + (f", coverage {_span(row['plan_begin'], row['plan_end'])}." if row["plan_begin"] or row["plan_end"] else "."),
            source="eligibility.csv",
            # An open end says what held when it was checked, not that it went on until a later service.
            supports=active
            and _covers(row["plan_begin"], row["plan_end"], served)
            and (row["plan_end"] is not None or (served is not None and row["checked_on"] >= served)),
        )


def _filing(case: DenialCase) -> Iterator[Evidence]:
    for row in sorted(case.register.submissions, key=lambda row: row["submitted_on"]):
        yield Evidence(
            text=f"Sent on {day(row['submitted_on'])} to payer {row['payer_id'] or '?'}, frequency {row['frequency_code']}.",
            source="the practice's 837 (BHT04)",
            supports=row["submitted_on"] <= case.claim.submitted_on,
        )
    for row in case.register.acknowledgments:
        said = "rejected" if row["is_rejection"] else "accepted"
        yield Evidence(
            text=f"277CA of {day(row['known_on'])}: claim {said}.",
            source="the payer's or clearinghouse's 277CA",
            supports=not row["is_rejection"],
        )


def _submissions(case: DenialCase) -> Iterator[Evidence]:
    for row in sorted(case.register.submissions, key=lambda row: row["submitted_on"]):
        if row["submission_id"] != case.claim.submission_id:
            yield Evidence(
                text=f"Also under this number: sent on {day(row['submitted_on'])}, frequency {row['frequency_code']}.",
                source="the practice's 837",
                supports=False,
            )


def _enrollments(case: DenialCase) -> Iterator[Evidence]:
    for row in case.register.enrollments:
        yield Evidence(
            text=f"NPI {row['npi']} enrolled with this payer {_span(row['effective_from'], row['effective_to'])}.",
            source="enrollments.csv",
            supports=_covers(row["effective_from"], row["effective_to"], case.claim.service_from_on),
        )


def _covers(start: date | None, end: date | None, served: date | None) -> bool:
    return served is not None and start is not None and start <= served and (end is None or served <= end)


def _span(start: Any, end: Any) -> str:
    return f"from {day(start)}" + (f" to {day(end)}" if end else "") if start else f"until {day(end)}"


_READERS: dict[str, Callable[[DenialCase], Iterator[Evidence]]] = {
    "authorization": _authorizations,
    "eligibility": _eligibility,
    "timely_filing": _filing,
    "duplicate": _submissions,
    "provider_enrollment": _enrollments,
}
