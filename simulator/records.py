"""Owns what the files show by the end of each day: checks, authorizations, enrollments, earlier claims and answers.

`facts` answers for a submission day from what was known before it. Events of a day are filed at its end (`close_day`), so a
claim never sees its own day, just as a reader of the files with `known_on < submitted_on` does not.
"""

from collections.abc import Callable
from dataclasses import dataclass

from claims.claim import Claim
from simulator.people import Patient


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One row of eligibility.csv. Days are ordinals."""

    day: int
    status: str
    begins_on_day: int | None
    ends_on_day: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorizationRow:
    """One row of authorizations.csv."""

    number: str
    payer_id: str
    member_id: str
    procedure_code: str
    from_day: int
    to_day: int
    units: int
    known_day: int


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrollmentRow:
    """One row of enrollments.csv."""

    npi: str
    payer_id: str
    from_day: int
    to_day: int | None
    known_day: int


@dataclass(slots=True, kw_only=True)
class SentClaim:
    """One submission as later submissions of the same service see it. `state`: pending rejected paid denied."""

    day: int
    number: str
    frequency_code: str
    state: str = "pending"


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Everything beyond the claim itself that an edit may look at; all of it stands in the files before submission."""

    day: int
    check: Check | None
    eligibility_denied: bool
    coordination_denied: bool
    id_confirmed: bool
    other_id_confirmed: bool
    enrollment: EnrollmentRow | None
    earlier: tuple[SentClaim, ...]
    authorization: AuthorizationRow | None
    authorization_units_used: int
    last_service_days: tuple[int | None, ...]  # per line: the latest earlier day of the same service
    provider_days: int  # since the rendering provider's first claim


ServiceKey = tuple[int, str, int, str]


class Records:
    """The practice's files as they grow."""

    def __init__(self, enrollments: tuple[EnrollmentRow, ...]) -> None:
        self.authorizations: dict[str, AuthorizationRow] = {}
        self.enrollments = {(row.npi, row.payer_id): row for row in enrollments}
        self._checks: dict[tuple[str, str], Check] = {}
        self._eligibility_denied: dict[tuple[str, str], int] = {}
        self._coordination_denied: set[tuple[int, str]] = set()
        self._confirmed: dict[tuple[int, str], str] = {}
        self._sent: dict[ServiceKey, list[SentClaim]] = {}
        self._units: dict[str, dict[str, int]] = {}
        self._services: dict[tuple[int, str, str], list[int]] = {}
        self._first_seen: dict[str, int] = {}
        self._today: list[Callable[[], None]] = []

    def close_day(self) -> None:
        """Make the day's events visible."""
        for event in self._today:
            event()
        self._today.clear()

    def add_check(self, payer_id: str, member_id: str, check: Check) -> None:
        """File an eligibility answer."""

        def file() -> None:
            self._checks[(payer_id, member_id)] = check
            if check.status == "active":
                self._eligibility_denied.pop((payer_id, member_id), None)

        self._today.append(file)

    def last_check(self, payer_id: str, member_id: str) -> Check | None:
        """Give the latest answer filed before today."""
        return self._checks.get((payer_id, member_id))

    def add_submission(self, claim: Claim, patient: Patient, sent: SentClaim) -> None:
        """File a submission."""

        def file() -> None:
            self._sent.setdefault(_service_key(claim, patient), []).append(sent)
            payer_id = claim.payer.payer_id or ""
            for line in claim.lines:
                days = self._services.setdefault((patient.number, payer_id, line.procedure_code or ""), [])
                if line.service_from_on and line.service_from_on.toordinal() not in days:
                    days.append(line.service_from_on.toordinal())
            if claim.authorization_number:
                units = int(max(line.units for line in claim.lines))
                self._units.setdefault(claim.authorization_number, {})[claim.patient_control_number] = units
            if claim.rendering_provider and claim.rendering_provider.npi:
                self._first_seen.setdefault(claim.rendering_provider.npi, sent.day)

        self._today.append(file)

    def add_state(self, sent: SentClaim, state: str) -> None:
        """File that a submission was rejected, paid or denied."""

        def file() -> None:
            sent.state = state

        self._today.append(file)

    def add_answer(self, claim: Claim, patient: Patient, *, day: int, cause: str | None) -> None:
        """File what an answer says about the person."""
        payer_id, member_id = claim.payer.payer_id or "", claim.subscriber.person.member_id or ""

        def file() -> None:
            if cause == "eligibility":
                self._eligibility_denied[(payer_id, member_id)] = day
            elif cause == "coordination_of_benefits":
                self._coordination_denied.add((patient.number, payer_id))
            elif cause is None:
                self._coordination_denied.discard((patient.number, payer_id))
            if cause not in {"patient_information", "eligibility", "wrong_payer"}:
                self._confirmed[(patient.number, payer_id)] = member_id

        self._today.append(file)

    def facts(self, claim: Claim, patient: Patient, day: int) -> Facts:
        """Gather what the files show about a claim before its submission day."""
        payer_id, member_id = claim.payer.payer_id or "", claim.subscriber.person.member_id or ""
        confirmed = self._confirmed.get((patient.number, payer_id))
        npi = (claim.rendering_provider.npi if claim.rendering_provider else None) or ""
        enrollment = self.enrollments.get((npi, payer_id))
        authorization = self.authorizations.get(claim.authorization_number or "")
        used = self._units.get(claim.authorization_number or "", {})
        service = claim.service_from_on
        service_day = service.toordinal() if service else day
        return Facts(
            day=day,
            check=self._checks.get((payer_id, member_id)),
            eligibility_denied=(payer_id, member_id) in self._eligibility_denied,
            coordination_denied=(patient.number, payer_id) in self._coordination_denied,
            id_confirmed=confirmed == member_id,
            other_id_confirmed=confirmed is not None and confirmed != member_id,
            enrollment=enrollment if enrollment and enrollment.known_day < day else None,
            earlier=tuple(self._sent.get(_service_key(claim, patient), ())),
            authorization=authorization if authorization and authorization.known_day < day else None,
            authorization_units_used=sum(units for number, units in used.items() if number != claim.patient_control_number),
            last_service_days=tuple(
                max(
                    (d for d in self._services.get((patient.number, payer_id, line.procedure_code or ""), ()) if d < service_day),
                    default=None,
                )
                for line in claim.lines
            ),
            provider_days=day - self._first_seen.get(npi, day),
        )


def _service_key(claim: Claim, patient: Patient) -> ServiceKey:
    service = claim.service_from_on
    return (
        patient.number,
        claim.payer.payer_id or "",
        service.toordinal() if service else 0,
        claim.lines[0].procedure_code or "",
    )
