"""Owns reading an 837P or 837I transaction set into claims. One pass, a handler per segment id, no look-ahead.

What a segment means depends on where it stands: `_where` is the loop (HEAD, BILLING, SUBSCRIBER, PATIENT, CLAIM, OTHER, LINE)
and `_party` the NM1 that N3, N4, DMG, REF and PRV speak of. A fault inside a claim refuses that claim and no other.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from claims.claim import Address, Claim, OtherSubscriber, Paperwork, Payer, Person, Provider, ServiceLine, Subscriber
from claims.errors import Rejection
from claims.x12.adjustment_segment import read_adjustments
from claims.x12.segments import TransactionSet, content_key
from claims.x12.transactions import ClaimTransaction
from claims.x12.values import (
    BadSegment,
    element,
    make,
    read_date,
    read_decimal,
    read_optional_decimal,
    read_period,
    required,
    shape_of,
)

Fields = dict[str, Any]
HEAD, BILLING, SUBSCRIBER, PATIENT, CLAIM, OTHER, LINE = range(7)
_PERSON_CODES = frozenset({"IL", "QC"})
_CLAIM_PROVIDERS = {
    "837P": {"DN": "referring_provider", "82": "rendering_provider", "77": "facility_provider"},
    "837I": {"DN": "referring_provider", "71": "rendering_provider", "77": "facility_provider"},
}
_CLAIM_REFERENCES = {
    "F8": "payer_claim_control_number",
    "G1": "authorization_number",
    "9F": "referral_number",
    "EA": "medical_record_number",
    "X4": "clia_number",
}
_LINE_REFERENCES = {"6R": "line_control_number", "G1": "authorization_number", "9F": "referral_number"}
_CLAIM_DAYS = {"431": "onset_on", "439": "accident_on", "435": "admitted_on", "096": "discharged_on"}
_DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "BK", "ABF", "BF"})
_LISTED_CODES = {"BBR": "procedure_codes", "BBQ": "procedure_codes", "BR": "procedure_codes", "BQ": "procedure_codes",
                 "BG": "condition_codes", "BH": "occurrence_codes", "BE": "value_codes"}  # fmt: skip
_ONE = Decimal(1)


def read_claims(transaction: TransactionSet, *, kind: str, file: str) -> tuple[ClaimTransaction, list[Rejection]]:
    """Read one 837. Returns the transaction with the claims that could be read, and a rejection for each that could not.

    Raises: BadSegment where the transaction as a whole is unusable (no BHT04).
    """
    return _ClaimReader(transaction, kind=kind, file=file).read()


class _ClaimReader:
    def __init__(self, transaction: TransactionSet, *, kind: str, file: str) -> None:
        self._set = transaction
        self._kind = kind
        self._file = file
        self._component = transaction.envelope.delimiters.component
        self._providers = _CLAIM_PROVIDERS[kind]
        self._where = HEAD
        self._party: Fields = {}
        self._reference = ""
        self._submitted_on: date | None = None
        self._submitter: Fields | None = None
        self._receiver: Fields | None = None
        self._billing: Fields = {}
        self._billing_taxonomy: str | None = None
        self._built: dict[str, tuple[Fields, Any]] = {}
        self._offset = 0
        self._subscriber: Fields = {}
        self._subscriber_person: Fields = {}
        self._payer: Fields = {}
        self._patient: Fields | None = None
        self._patient_relationship: str | None = None
        self._claim: Fields | None = None
        self._claim_position = 0
        self._line: Fields = {}
        self._other: Fields = {}
        self._fault: tuple[int, BadSegment] | None = None
        self._claims: list[Claim] = []
        self._rejected: list[Rejection] = []
        self._handlers: dict[str, Callable[[list[str]], None]] = {
            "BHT": self._bht, "HL": self._hl, "NM1": self._nm1, "N3": self._n3, "N4": self._n4, "PRV": self._prv,
            "REF": self._ref, "SBR": self._sbr, "PAT": self._pat, "DMG": self._dmg, "CLM": self._clm, "DTP": self._dtp,
            "HI": self._hi, "PWK": self._pwk, "NTE": self._nte, "CL1": self._cl1, "AMT": self._amt, "CAS": self._cas,
            "LX": self._lx, "SV1": self._sv1, "SV2": self._sv2, "LIN": self._lin,
        }  # fmt: skip

    def read(self) -> tuple[ClaimTransaction, list[Rejection]]:
        mark = self._set.envelope.delimiters.element
        handlers = self._handlers
        for offset, segment in enumerate(self._set.segments):
            elements = segment.split(mark)
            handler = handlers.get(elements[0])
            if handler is None:
                continue
            try:
                self._offset = offset
                handler(elements)
            except BadSegment as fault:
                if self._claim is None:
                    # Outside a claim a fault spoils the claims that hang below; inside, that claim alone.
                    self._refuse(offset, fault)
                elif self._fault is None:
                    self._fault = (offset, fault)
        self._finish_claim()
        if self._submitted_on is None:
            raise BadSegment(place="BHT04 (date)", expected="a date CCYYMMDD", got="none")
        return (
            ClaimTransaction(
                envelope=self._set.envelope,
                kind=self._kind,
                reference=self._reference,
                submitted_on=self._submitted_on,
                submitter=_provider(self._submitter),
                receiver=_provider(self._receiver),
                claims=tuple(self._claims),
                content_key=content_key(self._set),
            ),
            self._rejected,
        )

    def _refuse(self, offset: int, fault: BadSegment, patient_control_number: str | None = None) -> None:
        self._rejected.append(
            Rejection(
                file=self._file,
                position=self._set.position + offset,
                place=fault.place,
                expected=fault.expected,
                got=fault.got,
                patient_control_number=patient_control_number,
            )
        )

    # -- hierarchy ---------------------------------------------------------------------------------------------------

    def _bht(self, e: list[str]) -> None:
        self._reference = element(e, 3) or ""
        self._submitted_on = read_date(required(e, 4, "BHT04 (date)"), "BHT04 (date)")

    def _hl(self, e: list[str]) -> None:
        self._finish_claim()
        level = e[3] if len(e) > 3 else ""
        self._party = {}
        if level == "20":
            self._where, self._billing, self._billing_taxonomy = BILLING, {}, None
        elif level == "22":
            self._where, self._subscriber, self._subscriber_person, self._payer = SUBSCRIBER, {}, {}, {}
            self._patient, self._patient_relationship = None, None
        elif level == "23":
            self._where, self._patient, self._patient_relationship = PATIENT, {}, None

    def _sbr(self, e: list[str]) -> None:
        if self._claim is not None:
            self._finish_line()
            self._finish_other()
            self._where = OTHER
            self._other = {"payer_sequence_code": element(e, 1) or ""}
            self._set_fields(self._other, e, (("relationship_code", 2), ("claim_filing_indicator_code", 9)))
            return
        target = self._subscriber
        target["payer_sequence_code"] = element(e, 1) or "P"
        self._set_fields(
            target, e, (("relationship_code", 2), ("group_number", 3), ("group_name", 4), ("claim_filing_indicator_code", 9))
        )

    @staticmethod
    def _set_fields(target: Fields, e: list[str], wanted: tuple[tuple[str, int], ...]) -> None:
        count = len(e)
        for name, index in wanted:
            if index < count and e[index]:
                target[name] = e[index]

    def _pat(self, e: list[str]) -> None:
        if self._where == PATIENT:
            self._patient_relationship = element(e, 1)

    # -- people and providers ----------------------------------------------------------------------------------------

    def _nm1(self, e: list[str]) -> None:
        code = e[1] if len(e) > 1 else ""
        where = self._where
        if where >= CLAIM:
            self._party = self._claim_party(code, e)
        elif code == "85":
            self._party = self._billing = _provider_fields(e)
        elif code in _PERSON_CODES:
            person = _person_fields(e)
            if where == PATIENT:
                self._patient = person
            else:
                self._subscriber_person = person
            self._party = person
        elif code == "PR":
            self._payer = _payer_fields(e)
            self._party = {}
        elif code == "41":
            self._party = self._submitter = _provider_fields(e)
        elif code == "40":
            self._party = self._receiver = _provider_fields(e)
        else:
            self._party = {}

    def _claim_party(self, code: str, e: list[str]) -> Fields:
        if self._where == OTHER:
            if code == "IL":
                self._set_fields(self._other, e, (("member_id", 9), ("last_name", 3), ("first_name", 4)))
            elif code == "PR":
                self._other["payer"] = _payer_fields(e)
            return {}
        if self._where == LINE:
            if code == "82":
                self._line["rendering_provider"] = found = _provider_fields(e)
                return found
            return {}
        role = self._providers.get(code)
        if role is None or self._claim is None:
            return {}
        self._claim[role] = found = _provider_fields(e)
        return found

    def _n3(self, e: list[str]) -> None:
        self._party["line_1"] = element(e, 1)
        if len(e) > 2 and e[2]:
            self._party["line_2"] = e[2]

    def _n4(self, e: list[str]) -> None:
        self._set_fields(self._party, e, (("city", 1), ("state_code", 2), ("postal_code", 3)))

    def _prv(self, e: list[str]) -> None:
        if len(e) <= 3:
            return
        # Billing PRV stands before its NM1 (2000A); the others after theirs.
        if self._where == BILLING and not self._party:
            self._billing_taxonomy = e[3]
        else:
            self._party["taxonomy_code"] = e[3]

    def _dmg(self, e: list[str]) -> None:
        if self._where not in {SUBSCRIBER, PATIENT}:
            return
        if len(e) > 2 and e[2]:
            self._party["birth_on"] = read_date(e[2], "DMG02 (birth date)")
        if len(e) > 3 and e[3]:
            self._party["sex_code"] = e[3]

    # -- references, dates, codes ------------------------------------------------------------------------------------

    def _ref(self, e: list[str]) -> None:
        if len(e) < 3:
            return
        where = self._where
        if where == LINE:
            name = _LINE_REFERENCES.get(e[1])
            if name is not None:
                self._line.setdefault(name, e[2] or None)
        elif where == CLAIM and self._claim is not None:
            name = _CLAIM_REFERENCES.get(e[1])
            if name is not None:
                self._claim[name] = e[2] or None
        elif e[1] in {"EI", "SY"} and self._party is not self._subscriber_person:
            self._party["tax_id"] = e[2]

    def _dtp(self, e: list[str]) -> None:
        if len(e) < 4 or e[2] == "TM":  # 837I gives the hour of discharge in a DTP of its own
            return
        if self._where == LINE:
            if e[1] == "472":
                self._line["service_from_on"], self._line["service_to_on"] = read_period(e[2], e[3], "DTP03 (service date)")
        elif self._where == OTHER:
            if e[1] == "573":
                self._other["adjudicated_on"] = read_date(e[3], "DTP03 (adjudication date)")
        elif self._claim is not None:
            name = _CLAIM_DAYS.get(e[1])
            if name is not None:
                self._claim[name] = read_period(e[2], e[3], "DTP03 (date)")[0]
            elif e[1] == "434":
                first, last = read_period(e[2], e[3], "DTP03 (statement dates)")
                self._claim["statement_from_on"], self._claim["statement_to_on"] = first, last

    def _hi(self, e: list[str]) -> None:
        claim = self._claim
        if claim is None:
            return
        for composite in e[1:]:
            qualifier, _, rest = composite.partition(self._component)
            code = rest.partition(self._component)[0]
            if qualifier in _DIAGNOSIS_QUALIFIERS:
                claim["diagnosis_codes"] = (*claim.get("diagnosis_codes", ()), code.replace(".", ""))
            elif qualifier in _LISTED_CODES:
                name = _LISTED_CODES[qualifier]
                claim[name] = (*claim.get(name, ()), code)
            elif qualifier in {"ABJ", "BJ"}:
                claim["admitting_diagnosis_code"] = code.replace(".", "")
            elif qualifier == "DR":
                claim["drg_code"] = code

    def _pwk(self, e: list[str]) -> None:
        fields: Fields = {"report_type_code": e[1] if len(e) > 1 else ""}
        self._set_fields(fields, e, (("transmission_code", 2), ("control_number", 6)))
        target = self._line if self._where == LINE else self._claim
        if target is not None:
            target["paperwork"] = (*target.get("paperwork", ()), make(Paperwork, fields))

    def _nte(self, e: list[str]) -> None:
        if self._where == CLAIM and self._claim is not None and len(e) > 2:
            self._claim["note"] = e[2]

    def _cl1(self, e: list[str]) -> None:
        if self._claim is not None:
            wanted = (("admission_type_code", 1), ("admission_source_code", 2), ("patient_status_code", 3))
            self._set_fields(self._claim, e, wanted)

    def _amt(self, e: list[str]) -> None:
        if self._where == OTHER and e[1:2] == ["D"]:
            self._other["paid_amount"] = read_optional_decimal(e, 2, "AMT02 (payer paid amount)")
        elif self._where == CLAIM and self._claim is not None and e[1:2] == ["F5"]:
            self._claim["patient_paid_amount"] = read_optional_decimal(e, 2, "AMT02 (patient paid amount)")

    def _cas(self, e: list[str]) -> None:
        # Only the claim-level CAS of 2320; the one of 2430 (another payer's answer to a line) stands under LX.
        if self._where == OTHER:
            self._other["adjustments"] = (*self._other.get("adjustments", ()), *read_adjustments(e))

    # -- claim and lines ---------------------------------------------------------------------------------------------

    def _clm(self, e: list[str]) -> None:
        self._finish_claim()
        self._where, self._party = CLAIM, {}
        self._claim_position = self._offset
        claim: Fields = {"patient_control_number": e[1] if len(e) > 1 else "", "lines": []}
        self._claim = claim
        required(e, 1, "CLM01 (patient control number)")
        claim["charge_amount"] = read_decimal(required(e, 2, "CLM02 (charge amount)"), "CLM02 (charge amount)")
        place = (e[5] if len(e) > 5 else "").split(self._component)
        claim["place_of_service_code"] = place[0] or None
        if len(place) > 1 and place[1]:
            claim["facility_qualifier_code"] = place[1]
        if len(place) > 2 and place[2]:
            claim["frequency_code"] = place[2]
        self._set_fields(claim, e, (
            ("provider_signature_code", 6), ("assignment_code", 7), ("benefits_assigned_code", 8),
            ("release_of_information_code", 9), ("delay_reason_code", 20),
        ))  # fmt: skip
        if len(e) > 11 and e[11]:
            causes = e[11].split(self._component)[:3]
            claim["related_cause_codes"] = tuple(code for code in causes if code)

    def _lx(self, e: list[str]) -> None:
        self._finish_line()
        self._finish_other()
        self._where, self._party = LINE, {}
        number = e[1] if len(e) > 1 else ""
        if not number.isdigit():
            raise BadSegment(place="LX01 (line number)", expected="a whole number", got=shape_of(number))
        self._line = {"line_number": int(number)}

    def _sv1(self, e: list[str]) -> None:
        line = self._line
        self._procedure(e[1] if len(e) > 1 else "")
        line["charge_amount"] = read_decimal(required(e, 2, "SV102 (charge amount)"), "SV102 (charge amount)")
        self._set_fields(line, e, (("unit_code", 3), ("place_of_service_code", 5), ("emergency_code", 9)))
        line["units"] = read_optional_decimal(e, 4, "SV104 (units)") or _ONE
        if len(e) > 7 and e[7]:
            pointers = e[7].split(self._component)
            if not all(pointer.isdigit() for pointer in pointers if pointer):
                raise BadSegment(place="SV107 (diagnosis pointers)", expected="whole numbers", got=shape_of(e[7]))
            line["diagnosis_pointers"] = tuple(int(pointer) for pointer in pointers if pointer)

    def _sv2(self, e: list[str]) -> None:
        line = self._line
        line["revenue_code"] = element(e, 1)
        self._procedure(e[2] if len(e) > 2 else "")
        line["charge_amount"] = read_decimal(required(e, 3, "SV203 (charge amount)"), "SV203 (charge amount)")
        self._set_fields(line, e, (("unit_code", 4),))
        line["units"] = read_optional_decimal(e, 5, "SV205 (units)") or _ONE

    def _procedure(self, composite: str) -> None:
        parts = composite.split(self._component)
        self._line["procedure_code"] = parts[1] if len(parts) > 1 and parts[1] else None
        if parts[0]:
            self._line["procedure_qualifier_code"] = parts[0]
        if len(parts) > 2:
            self._line["modifiers"] = tuple(part for part in parts[2:6] if part)

    def _lin(self, e: list[str]) -> None:
        if self._where == LINE and len(e) > 3 and e[2] == "N4":
            self._line["national_drug_code"] = e[3]

    def _finish_line(self) -> None:
        line, claim = self._line, self._claim
        if not line or claim is None:
            return
        self._line = {}
        if "charge_amount" not in line:
            if self._fault is None:
                fault = BadSegment(place="LX", expected="an SV1 or SV2 with a charge", got="none")
                self._fault = (self._offset, fault)
            return
        if "rendering_provider" in line:
            line["rendering_provider"] = _provider(line["rendering_provider"])
        claim["lines"].append(make(ServiceLine, line))

    def _finish_other(self) -> None:
        other, claim = self._other, self._claim
        if not other or claim is None:
            return
        self._other = {}
        other["payer"] = make(Payer, other.get("payer", {}))
        claim["other_subscribers"] = (*claim.get("other_subscribers", ()), make(OtherSubscriber, other))

    def _finish_claim(self) -> None:
        claim = self._claim
        if claim is None:
            return
        self._finish_line()
        self._finish_other()
        self._claim = None
        if self._fault is None and not claim["lines"]:
            self._fault = (self._claim_position, BadSegment(place="CLM", expected="at least one service line", got="none"))
        if self._fault is None and self._submitted_on is None:
            self._fault = (self._claim_position, BadSegment(place="BHT04 (date)", expected="a date CCYYMMDD", got="none"))
        if self._fault is not None:
            self._refuse(*self._fault, patient_control_number=claim["patient_control_number"] or None)
            self._fault = None
            return
        claim["claim_type"] = self._kind
        claim["submitted_on"] = self._submitted_on
        claim["lines"] = tuple(claim["lines"])
        for role in self._providers.values():
            if role in claim:
                claim[role] = _provider(claim[role])
        billing = self._billing
        if self._billing_taxonomy and "taxonomy_code" not in billing:
            billing["taxonomy_code"] = self._billing_taxonomy
        claim["billing_provider"] = self._shared("billing", billing, _provider)
        claim["subscriber"] = self._shared("subscriber", self._subscriber, self._make_subscriber)
        claim["payer"] = self._shared("payer", self._payer, lambda fields: make(Payer, fields))
        if self._patient is not None:
            claim["patient"] = self._shared("patient", self._patient, _person)
            claim["patient_relationship_code"] = self._patient_relationship
        self._claims.append(make(Claim, claim))

    def _make_subscriber(self, fields: Fields) -> Subscriber:
        return make(Subscriber, {**fields, "person": _person(self._subscriber_person)})

    def _shared(self, role: str, fields: Fields, build: Callable[[Fields], Any]) -> Any:
        """Build a party once for all claims below it: the same dictionary object gives the same record."""
        held = self._built.get(role)
        if held is None or held[0] is not fields:
            held = (fields, build(fields))
            self._built[role] = held
        return held[1]


def _provider_fields(e: list[str]) -> Fields:
    fields: Fields = {"is_organization": len(e) > 2 and e[2] == "2"}
    count = len(e)
    if count > 3 and e[3]:
        fields["name"] = e[3]
    if count > 4 and e[4]:
        fields["first_name"] = e[4]
    if count > 9 and e[9]:
        if e[8] == "XX":
            fields["npi"] = e[9]
        elif e[8] in {"46", "24", "34"}:
            fields["tax_id"] = e[9]
    return fields


def _person_fields(e: list[str]) -> Fields:
    fields: Fields = {}
    count = len(e)
    for name, index in (("last_name", 3), ("first_name", 4), ("middle_name", 5), ("member_id", 9)):
        if index < count and e[index]:
            fields[name] = e[index]
    return fields


def _payer_fields(e: list[str]) -> Fields:
    fields: Fields = {}
    if len(e) > 3 and e[3]:
        fields["name"] = e[3]
    if len(e) > 9 and e[9]:
        fields["payer_id"] = e[9]
    return fields


def _address(fields: Fields) -> Address | None:
    found: Fields = {
        name: fields.pop(name) for name in ("line_1", "line_2", "city", "state_code", "postal_code") if name in fields
    }
    return make(Address, found) if found else None


def _provider(fields: Fields | None) -> Provider | None:
    if fields is None:
        return None
    address = _address(fields)
    if address is not None:
        fields["address"] = address
    return make(Provider, fields)


def _person(fields: Fields) -> Person:
    address = _address(fields)
    if address is not None:
        fields["address"] = address
    return make(Person, fields)
