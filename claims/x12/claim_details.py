"""Owns what single segments of a claim or a line say: services, dates, references, codes. Where they stand is for the reader.

Procedures, dates and code composites repeat from claim to claim; each text is understood once per interchange.
"""

from collections.abc import Sequence
from datetime import date

from claims.claim import Paperwork
from claims.x12.transactions import Delimiters
from claims.x12.values import DECIMALS, MOST_CACHED, BadSegment, make, read_decimal, read_period, read_whole_number, shape_of

Fields = dict[str, object]
_ABSENT = [""] * 10  # so that every element up to SV109 can be asked for
MOST_REPEATS = 1_000
_CLAIM_DATES = {"431": "onset_on", "439": "accident_on", "435": "admitted_on", "096": "discharged_on"}
_CLAIM_REFERENCES = {
    "F8": "payer_claim_control_number",
    "G1": "authorization_number",
    "9F": "referral_number",
    "EA": "medical_record_number",
    "X4": "clia_number",
}
_LINE_REFERENCES = {"6R": "line_control_number", "G1": "authorization_number", "9F": "referral_number"}
_TEXT_FIELDS = frozenset({"admitting_diagnosis_code", "drg_code"})
_DIAGNOSIS_FIELDS = frozenset({"diagnosis_codes", "admitting_diagnosis_code"})
_CODE_FIELDS = {
    "ABK": "diagnosis_codes",  # the principal one, which the guides put first
    "BK": "diagnosis_codes",
    "ABJ": "admitting_diagnosis_code",
    "BJ": "admitting_diagnosis_code",
    "DR": "drg_code",
    "ABF": "diagnosis_codes",
    "BF": "diagnosis_codes",
    "BBR": "procedure_codes",
    "BR": "procedure_codes",
    "BBQ": "procedure_codes",
    "BQ": "procedure_codes",
    "BG": "condition_codes",
    "BH": "occurrence_codes",
    "BE": "value_codes",
}
MODIFIERS = 4
ONE_UNIT = "1"
Procedure = tuple[str, str, tuple[str, ...]]
Period = tuple[str, tuple[date, date]]


def gather(fields: Fields, name: str, values: Sequence[object], *, place: str) -> None:
    """Add what a repeated segment says to a field that holds them all.

    Raises: BadSegment, past `MOST_REPEATS`: no guide allows a tenth of them, and adding one more copies the others.
    """
    held: tuple[object, ...] = (*fields.get(name, ()), *values)  # type: ignore[misc]
    if len(held) > MOST_REPEATS:
        raise BadSegment(place, expected=f"at most {MOST_REPEATS} in one place", got="more")
    fields[name] = held


def take(fields: Fields, e: Sequence[str], wanted: Sequence[tuple[str, int]]) -> None:
    """Copy elements that are present into `fields` by name."""
    for name, at in wanted:
        if e[at]:
            fields[name] = e[at]


def read_procedure(composite: str, component: str, place: str) -> Procedure:
    """Read qualifier, code and modifiers of SV101, SV202 or SVC01. Raises: BadSegment, for a qualifier without a code.

    A file that cuts its composites with another character than ISA16 declares is found out here, not read as a strange code.
    """
    parts = composite.split(component)
    if len(parts) < 2 or not parts[1] or not parts[0].isalnum():
        expected = "a qualifier and a code, with the component separator of ISA element 16"
        raise BadSegment(place, expected=expected, got=shape_of(composite))
    return parts[0], parts[1], tuple([part for part in parts[2 : 2 + MODIFIERS] if part])


class ClaimDetails:
    """Reads single segments of one interchange into the fields of a claim or a line."""

    def __init__(self, delimiters: Delimiters) -> None:
        self._mark = delimiters.element
        self._component = delimiters.component
        self._line_number_start = f"REF{self._mark}6R{self._mark}"
        self._codes: dict[str, tuple[str | None, str]] = {}
        self._procedures: dict[str, Procedure] = {}
        self._pointers: dict[str, tuple[int, ...]] = {}
        self._periods: dict[str, Period] = {}

    def take_professional_service(self, line: Fields, segment: str) -> None:
        """Read SV1. Raises: BadSegment."""
        e = segment.split(self._mark) + _ABSENT
        self._take_procedure(line, e[1], "SV1 element 1 (procedure)")
        try:
            line["charge_amount"] = DECIMALS[e[2]]
            line["units"] = DECIMALS[e[4]]
        except ValueError:
            read_decimal(e[2], "SV1 element 2 (charge amount)")
            read_decimal(e[4], "SV1 element 4 (units)")
        if e[3] and e[3] != "UN":
            line["unit_code"] = e[3]
        if e[5]:
            line["place_of_service_code"] = e[5]
        if e[7]:
            line["diagnosis_pointers"] = self._pointers.get(e[7]) or self._read_pointers(e[7])
        if e[9]:
            line["emergency_code"] = e[9]

    def take_institutional_service(self, line: Fields, segment: str) -> None:
        """Read SV2. Raises: BadSegment."""
        e = segment.split(self._mark) + _ABSENT
        if e[1]:
            line["revenue_code"] = e[1]
        if e[2] or not e[1]:
            self._take_procedure(line, e[2], "SV2 element 2 (procedure)")
        else:
            line["procedure_code"] = None
        line["charge_amount"] = read_decimal(e[3], "SV2 element 3 (charge amount)")
        if e[4]:
            line["unit_code"] = e[4]
        line["units"] = read_decimal(e[5], "SV2 element 5 (units)")

    def take_line_date(self, line: Fields, segment: str) -> None:
        """Read DTP*472. Raises: BadSegment."""
        qualifier, period = self._periods.get(segment) or self._read_period(segment)
        if qualifier == "472" and period:
            line["service_from_on"], line["service_to_on"] = period

    def take_claim_date(self, claim: Fields, segment: str) -> None:
        """Read a DTP of loop 2300. Raises: BadSegment."""
        qualifier, period = self._periods.get(segment) or self._read_period(segment)
        if not period:
            return
        if qualifier == "434":
            claim["statement_from_on"], claim["statement_to_on"] = period
        elif qualifier in _CLAIM_DATES:
            claim[_CLAIM_DATES[qualifier]] = period[0]

    def take_adjudication_date(self, other: Fields, segment: str) -> None:
        """Read DTP*573 of loop 2330B. Raises: BadSegment."""
        qualifier, period = self._periods.get(segment) or self._read_period(segment)
        if qualifier == "573" and period:
            other["adjudicated_on"] = period[0]

    def take_line_reference(self, line: Fields, segment: str) -> None:
        """Read a REF of loop 2400."""
        if segment.startswith(self._line_number_start) and segment.count(self._mark) == 2:
            line.setdefault("line_control_number", segment[len(self._line_number_start) :])  # the usual one, uncut
            return
        e = segment.split(self._mark)
        name = _LINE_REFERENCES.get(e[1]) if len(e) > 2 else None
        if name is not None and e[2]:
            line.setdefault(name, e[2])

    def take_claim_reference(self, claim: Fields, segment: str) -> None:
        """Read a REF of loop 2300."""
        e = segment.split(self._mark)
        name = _CLAIM_REFERENCES.get(e[1]) if len(e) > 2 else None
        if name is not None and e[2]:
            claim.setdefault(name, e[2])

    def take_paperwork(self, fields: Fields, segment: str) -> None:
        """Read PWK of a claim or a line."""
        e = segment.split(self._mark) + _ABSENT
        paper: Fields = {"report_type_code": e[1]}
        take(paper, e, (("transmission_code", 2), ("control_number", 6)))
        gather(fields, "paperwork", [make(Paperwork, paper)], place="PWK")

    def take_codes(self, claim: Fields, segment: str) -> None:
        """Read HI: every composite by its qualifier; one that this system has no use for is left out."""
        found: dict[str, list[str]] = {}
        for composite in segment.split(self._mark)[1:]:
            name, code = self._codes.get(composite) or self._read_code(composite)
            if name is None:
                continue
            if name in _TEXT_FIELDS:
                claim[name] = code
            else:
                found.setdefault(name, []).append(code)
        for name, codes in found.items():
            gather(claim, name, codes, place="HI (codes)")

    def _read_code(self, composite: str) -> tuple[str | None, str]:
        """Read one composite of HI; some old files write diagnoses with a dot, which a claim form has not."""
        qualifier, _, rest = composite.partition(self._component)
        code = rest.partition(self._component)[0]
        if composite and not qualifier.isalnum():
            expected = "a qualifier and a code, with the component separator of ISA element 16"
            raise BadSegment("HI (codes)", expected=expected, got=shape_of(composite))
        name = _CODE_FIELDS.get(qualifier) if code else None
        if name in _DIAGNOSIS_FIELDS:
            code = code.replace(".", "")
        if len(self._codes) < MOST_CACHED:
            self._codes[composite] = name, code
        return name, code

    def _take_procedure(self, line: Fields, composite: str, place: str) -> None:
        qualifier, code, modifiers = self._procedures.get(composite) or self._read_procedure(composite, place)
        line["procedure_code"] = code
        if qualifier != "HC":
            line["procedure_qualifier_code"] = qualifier
        if modifiers:
            line["modifiers"] = modifiers

    def _read_procedure(self, composite: str, place: str) -> Procedure:
        procedure = read_procedure(composite, self._component, place)
        if len(self._procedures) < MOST_CACHED:
            self._procedures[composite] = procedure
        return procedure

    def _read_pointers(self, composite: str) -> tuple[int, ...]:
        place = "SV1 element 7 (diagnosis pointers)"
        pointers = tuple(read_whole_number(part, place) for part in composite.split(self._component) if part)
        if len(self._pointers) < MOST_CACHED:
            self._pointers[composite] = pointers
        return pointers

    def _read_period(self, segment: str) -> tuple[str, tuple[date, date] | None]:
        e = segment.split(self._mark)
        if len(e) < 4:
            raise BadSegment("DTP", expected="3 elements", got=str(len(e) - 1))
        period = read_period(e[2], e[3], "DTP element 3 (date)")
        if period is not None and len(self._periods) < MOST_CACHED:
            self._periods[segment] = e[1], period
        return e[1], period
