"""Owns edits that need no model: rules with a source that a claim breaks or nearly breaks. They never move the probability."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from claims.claim import Claim
from claims.npi import is_npi
from claims.payer_rules import PayerRules
from features.evaluation import Evaluation
from features.matching import enrollment, sent_before
from features.records import days_left_to_file

FILING_NOTICE_DAYS = 14  # from here on the limit is shown
_PROFESSIONAL, _INSTITUTIONAL = "005010X222A1", "005010X223A3"


@dataclass(frozen=True, kw_only=True)
class CertainEdit:
    """One rule that a claim breaks. `fix_id` is of `claims.fix`; `is_denial` False = a notice, nothing is broken yet."""

    id: str
    cause: str  # of `claims.root_cause`
    title: str
    source: str  # where the rule is written, or which own record says so
    fix_id: str | None  # None: nothing of the vocabulary mends it
    is_denial: bool = True


def certain_edits(claims: Sequence[Claim], at: Evaluation) -> list[tuple[CertainEdit, ...]]:
    """Find the rules that each claim breaks, in the order of `claims`, which are the rows evaluated."""
    with np.errstate(invalid="ignore"):
        left = days_left_to_file(at)
    duplicate, not_enrolled = _duplicates(at), _not_enrolled(at)
    found = []
    for row, claim in enumerate(claims):
        edits = [*_filing_limit(claim, left[row], at.history.payer_rules)]
        if not_enrolled[row]:
            edits.append(_NOT_ENROLLED)
        if duplicate[row] and not claim.is_replacement:
            edits.append(_DUPLICATE)
        found.append((*edits, *_missing_fields(claim)))
    return found


_DUPLICATE = CertainEdit(
    id="exact_duplicate",
    cause="duplicate",
    title="The same services of this patient and day were sent to this payer before and are paid or awaiting an answer",
    source="the practice's earlier submissions and the payer's answers (837, 835, 277CA)",
    fix_id="duplicate",
)

_NOT_ENROLLED = CertainEdit(
    id="enrollment_not_in_force",
    cause="provider_enrollment",
    title="The provider's enrollment with this payer is not in force on the service date",
    source="the practice's enrollments (enrollments.csv)",
    fix_id="enrollment_hold",
)


def _duplicates(at: Evaluation) -> np.ndarray:
    """Tell which claims repeat one that is paid or open; one that was rejected or denied may be sent again."""
    sent = sent_before(at)
    return np.asarray((sent.paid > 0) | (sent.sent > sent.rejected + sent.answered), dtype=np.bool_)


def _not_enrolled(at: Evaluation) -> np.ndarray:
    """Tell whose enrollment is on file and does not cover the service; an enrollment that is not on file proves nothing.

    Professional claims only: an institutional one is paid to the facility, its provider (2310A) is the attending one.
    """
    found = enrollment(at)
    outside = found.is_known & ~found.covers(at.service_from, first="effective_from", last="effective_to")
    return np.asarray(outside & (at.batch.text("claim_type") != "837I"), dtype=np.bool_)


def _filing_limit(claim: Claim, left: float, rules: PayerRules) -> Iterator[CertainEdit]:
    """Count the limit of first claims: a secondary payer's counts from the primary's payment, a replacement has its own."""
    served = claim.service_to_on
    if np.isnan(left) or left > FILING_NOTICE_DAYS or served is None:
        return
    if claim.subscriber.payer_sequence_code != "P" or claim.is_replacement:
        return
    source = rules.filing_limit_source(claim.payer.payer_id, claim.subscriber.claim_filing_indicator_code, served)
    if left >= 0:
        yield CertainEdit(
            id="filing_limit_near",
            cause="timely_filing",
            title=f"The payer's filing limit ends in {left:.0f} days",
            source=source,
            fix_id="submit_now",
            is_denial=False,
        )
    elif not claim.delay_reason_code:
        yield CertainEdit(
            id="filing_limit_passed",
            cause="timely_filing",
            title=f"The payer's filing limit passed {-left:.0f} days ago",
            source=source,
            fix_id=None,
        )


def _missing_fields(claim: Claim) -> Iterator[CertainEdit]:
    """Hold a claim against fields that the implementation guide requires of it."""
    guide = _INSTITUTIONAL if claim.claim_type == "837I" else _PROFESSIONAL
    for is_missing, what, place, cause in _requirements(claim):
        if is_missing:
            yield CertainEdit(
                id="required_field_missing",
                cause=cause,
                title=f"Required and missing or malformed: {what}",
                source=f"X12 {guide}, {place}",
                fix_id="required_field",
            )


def _requirements(claim: Claim) -> tuple[tuple[bool, str, str, str], ...]:
    lines, professional = claim.lines, claim.claim_type != "837I"
    rendering = claim.rendering_provider
    rendering_npi = rendering.npi if rendering else None
    member = claim.subscriber.person.member_id
    accident = bool({"AA", "OA"} & set(claim.related_cause_codes))
    unlinked = claim.is_replacement and not claim.payer_claim_control_number
    form, person = "missing_information", "patient_information"
    return (
        (not is_npi(claim.billing_provider.npi or ""), "billing provider's NPI", "2010AA NM109", form),
        (bool(rendering_npi) and not is_npi(rendering_npi or ""), "rendering provider's NPI", "2310 NM109", form),
        (not claim.payer.payer_id, "payer id", "2010BB NM109", "wrong_payer"),
        (not member, "member id", "2010BA NM109", person),
        (claim.patient_person.birth_on is None, "patient's birth date", "DMG02", person),
        (not claim.diagnosis_codes, "principal diagnosis", "HI", form),
        (not lines, "service line", "2400 LX", form),
        (any(not (line.procedure_code or line.revenue_code) for line in lines), "procedure or revenue code", "2400 SV", form),
        (professional and any(not line.diagnosis_pointers for line in lines), "diagnosis pointer", "2400 SV107", "coding"),
        (accident and professional and claim.accident_on is None, "accident date", "2300 DTP*439", form),
        (unlinked, "payer's number of the replaced claim", "2300 REF*F8", form),
    )
