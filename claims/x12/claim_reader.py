"""Owns reading an 837P or 837I into claims: one pass, a handler per segment id, no look-ahead.

What a segment means depends on where it stands, which `_where` tells. A fault inside a claim refuses that claim; a fault in the
loops above (billing provider, subscriber, patient) refuses the claims that hang below.
"""

from datetime import date

from claims.claim import Claim, OtherSubscriber, Payer, Person, Provider, ServiceLine, Subscriber
from claims.x12.adjustment_segment import read_adjustments
from claims.x12.claim_details import ClaimDetails, Fields, take
from claims.x12.party_segments import PartySegments
from claims.x12.set_reader import Refused, SetReader
from claims.x12.transactions import ClaimTransaction, Delimiters, Envelope
from claims.x12.values import BadSegment, make, read_date, read_decimal, read_whole_number, shape_of

_ABSENT = [""] * 10  # so that every element up to NM109 can be asked for
_CLM_ABSENT = [""] * 21


# Where a segment stands; what is deeper counts higher.
HEAD, BILLING, SUBSCRIBER, PATIENT, CLAIM, OTHER_SUBSCRIBER, LINE, LINE_ADJUDICATION = range(8)
_LEVEL_ABOVE = {SUBSCRIBER: BILLING, PATIENT: SUBSCRIBER}
_LEVELS = {"20": BILLING, "22": SUBSCRIBER, "23": PATIENT}
_PROFESSIONAL_ROLES = {"DN": "referring", "P3": "referring", "82": "rendering", "77": "facility", "FA": "facility"}
_INSTITUTIONAL_ROLES = {"DN": "referring", "71": "rendering", "77": "facility", "FA": "facility"}
_ROLES = {
    HEAD: {"41": "submitter", "40": "receiver"},
    BILLING: {"85": "billing"},
    SUBSCRIBER: {"IL": "subscriber", "PR": "payer"},
    PATIENT: {"QC": "patient"},
    OTHER_SUBSCRIBER: {"IL": "subscriber", "PR": "payer"},
    LINE: {"82": "rendering"},
    LINE_ADJUDICATION: {},
}


class ClaimReader(SetReader):
    """Reads the segments between ST and SE of one 837."""

    def __init__(self, delimiters: Delimiters, parties: PartySegments, *, kind: str) -> None:
        super().__init__(
            delimiters.element,
            {
                "BHT": self._read_bht, "HL": self._read_hl, "SBR": self._read_sbr, "PAT": self._read_pat,
                "NM1": self._read_nm1, "N3": self._read_party_detail, "N4": self._read_party_detail,
                "PRV": self._read_prv, "DMG": self._read_dmg, "REF": self._read_ref, "CLM": self._read_clm,
                "DTP": self._read_dtp, "HI": self._read_hi, "PWK": self._read_pwk, "NTE": self._read_nte,
                "CL1": self._read_cl1, "AMT": self._read_amt, "CAS": self._read_cas, "LX": self._read_lx,
                "SV1": self._read_sv1, "SV2": self._read_sv2, "SV3": self._read_sv3, "SVD": self._read_svd,
                "LIN": self._read_lin,
            },
        )  # fmt: skip
        mark = delimiters.element
        self._mark = mark
        self._component = delimiters.component
        self._kind = kind
        self._details = ClaimDetails(delimiters)
        self._parties = parties
        claim_roles = _INSTITUTIONAL_ROLES if kind == "837I" else _PROFESSIONAL_ROLES
        # Keys are "82*" and "82": NM101 is read off the segment without cutting the rest, which is seldom needed.
        self._role_of = {
            loop: {key: role for code, role in roles.items() for key in (code + mark, code)}
            for loop, roles in (_ROLES | {CLAIM: claim_roles}).items()
        }
        self._reference = ""
        self._submitted_on: date | None = None
        self._head: dict[str, list[str]] = {}
        self._billing: dict[str, list[str]] = {}
        self._billing_provider: Provider | None = None
        self._subscriber: Subscriber | None = None
        self._subscriber_fields: Fields = {}
        self._subscriber_parties: dict[str, list[str]] = {}
        self._payer = Payer()
        self._patient: Person | None = None
        self._patient_parties: dict[str, list[str]] = {}
        self._relationship: str | None = None
        self._faults: dict[int, Refused] = {}
        self._levels: dict[int, str] = {}
        self._used_faults: set[int] = set()
        self._is_open = False  # a CLM was read and not yet finished
        self._is_broken = False  # the open claim is refused already
        self._number: str | None = None  # CLM01 of the open claim
        self._claim: Fields = {}
        self._claim_parties: dict[str, list[str]] = {}
        self._line: Fields = {}
        self._line_parties: dict[str, list[str]] = {}
        self._lines: list[ServiceLine] = []
        self._line_numbers: dict[str, int] = {}
        self._other: Fields = {}
        self._other_parties: dict[str, list[str]] = {}
        self._claims: list[Claim] = []
        self._enter(HEAD, self._head)

    def finish(self, envelope: Envelope, content_key: str) -> ClaimTransaction | None:
        """Give the transaction with every claim that could be read; `None` when all were refused.

        Raises: BadSegment, where the set as a whole is no use: no BHT04, no claim.
        """
        self._finish_claim()
        self._report_unused_faults(HEAD)
        if self._submitted_on is None:
            if self.refused:
                return None
            raise BadSegment("BHT element 4 (date)", expected="a date CCYYMMDD", got="no BHT")
        if not self._claims:
            if self.refused:
                return None
            raise BadSegment("837", expected="at least one claim (CLM)", got="none")
        parties = self._parties
        return ClaimTransaction(
            envelope=envelope,
            kind=self._kind,
            reference=self._reference,
            submitted_on=self._submitted_on,
            submitter=parties.provider(self._head["submitter"]) if "submitter" in self._head else None,
            receiver=parties.provider(self._head["receiver"]) if "receiver" in self._head else None,
            claims=tuple(self._claims),
            content_key=content_key,
        )

    def take_fault(self, fault: BadSegment) -> None:
        """Refuse the open claim, else remember the fault for the claims below this level."""
        if self._is_open:
            if not self._is_broken:
                self._is_broken = True
                self.refused.append(Refused(self.position, fault, self._number))
        elif self._where == HEAD:
            self.refused.append(Refused(self.position, fault))
        else:
            self._faults.setdefault(self._where, Refused(self.position, fault))

    def _enter(self, loop: int, parties: dict[str, list[str]]) -> None:
        self._where = loop
        self._roles = self._role_of[loop]
        self._named = parties
        self._in_party = False
        self._party: list[str] | None = None

    # -- head and hierarchy

    def _read_bht(self, segment: str) -> None:
        e = segment.split(self._mark) + _ABSENT
        self._reference = e[3]
        self._submitted_on = read_date(e[4], "BHT element 4 (date)")

    def _read_hl(self, segment: str) -> None:
        self._finish_claim()
        e = segment.split(self._mark) + _ABSENT
        level = _LEVELS.get(e[3])
        if level is None:
            self._report_unused_faults(BILLING)
            self._enter(BILLING, {})
            self._billing_provider, self._billing = None, {}
            raise BadSegment("HL element 3 (level)", expected="20, 22 or 23", got="another" if e[3] else "nothing")
        if self._faults:
            self._report_unused_faults(level)
        self._levels[level] = e[1]
        self._patient, self._relationship, self._patient_parties = None, None, {}
        if level == PATIENT:
            self._enter(level, self._patient_parties)
        else:
            self._subscriber, self._subscriber_fields, self._subscriber_parties = None, {}, {}
            if level == BILLING:
                self._billing_provider, self._billing = None, {}
                self._enter(level, self._billing)
                self._party = []  # PRV of 2000A comes before the NM1 it speaks of
            else:
                self._enter(level, self._subscriber_parties)
        above = _LEVEL_ABOVE.get(level)
        if above is not None and e[2] and e[2] != self._levels.get(above):
            raise BadSegment("HL element 2 (parent)", expected="the number of the loop above", got="another")

    def _report_unused_faults(self, level: int) -> None:
        """Forget the faults of this level and below; one that refused no claim is reported for itself."""
        for loop in [loop for loop in self._faults if loop >= level]:
            refused = self._faults.pop(loop)
            if refused.position not in self._used_faults:
                self.refused.append(refused)

    def _read_sbr(self, segment: str) -> None:
        e = segment.split(self._mark) + _ABSENT
        if self._is_open:
            self._finish_line()
            self._finish_other()
            self._other = {"payer_sequence_code": e[1]}
            take(self._other, e, (("relationship_code", 2), ("claim_filing_indicator_code", 9)))
            self._other_parties = {}
            self._enter(OTHER_SUBSCRIBER, self._other_parties)
            self._in_party = True  # no REF or N3 here is the claim's own
        elif self._where == SUBSCRIBER:
            take(
                self._subscriber_fields,
                e,
                (
                    ("payer_sequence_code", 1),
                    ("relationship_code", 2),
                    ("group_number", 3),
                    ("group_name", 4),
                    ("claim_filing_indicator_code", 9),
                ),
            )

    def _read_pat(self, segment: str) -> None:
        if self._where == PATIENT:
            self._relationship = (segment.split(self._mark) + _ABSENT)[1] or None

    # -- parties

    def _read_nm1(self, segment: str) -> None:
        role = self._roles.get(segment[4:7])
        self._in_party = True
        if role is None or role in self._named:
            self._party = None
            return
        if self._where == BILLING and self._party:
            self._party.append(segment)  # behind its PRV
        else:
            self._party = [segment]
        self._named[role] = self._party

    def _read_party_detail(self, segment: str) -> None:
        if self._party is not None:
            self._party.append(segment)

    _read_prv = _read_party_detail

    def _read_dmg(self, segment: str) -> None:
        if self._party is not None and self._where in (SUBSCRIBER, PATIENT):
            self._party.append(segment)
            born = (segment.split(self._mark) + _ABSENT)[2]
            if born:
                read_date(born, "DMG element 2 (birth date)")

    def _read_ref(self, segment: str) -> None:
        if self._in_party or self._where < CLAIM:
            if self._party is not None:
                self._party.append(segment)
        elif self._where == LINE:
            self._details.take_line_reference(self._line, segment)
        elif self._where == CLAIM:
            self._details.take_claim_reference(self._claim, segment)

    # -- claim

    def _read_clm(self, segment: str) -> None:
        self._finish_claim()
        e = segment.split(self._mark) + _CLM_ABSENT
        self._is_open, self._is_broken, self._number = True, False, e[1] or None
        self._claim_parties = {}
        self._enter(CLAIM, self._claim_parties)
        claim: Fields = {"patient_control_number": e[1], "claim_type": self._kind, "submitted_on": self._submitted_on}
        self._claim = claim
        self._take_levels(claim)
        if not e[1]:
            raise BadSegment("CLM element 1 (patient control number)", expected="a value", got="nothing")
        claim["charge_amount"] = read_decimal(e[2], "CLM element 2 (charge amount)")
        place, facility, frequency = (e[5].split(self._component) + _ABSENT)[:3]
        if place and not place.isalnum():
            expected = "a place of service, with the component separator of ISA element 16"
            raise BadSegment("CLM element 5 (place of service)", expected=expected, got=shape_of(place))
        claim["place_of_service_code"] = place or None
        if facility:
            claim["facility_qualifier_code"] = facility
        if frequency:
            claim["frequency_code"] = frequency
        if e[6]:
            claim["provider_signature_code"] = e[6]
        if e[7]:
            claim["assignment_code"] = e[7]
        if e[8]:
            claim["benefits_assigned_code"] = e[8]
        if e[9]:
            claim["release_of_information_code"] = e[9]
        if e[11]:
            claim["related_cause_codes"] = tuple(code for code in e[11].split(self._component)[:3] if code)
        if e[20]:
            claim["delay_reason_code"] = e[20]

    def _take_levels(self, claim: Fields) -> None:
        """Give the claim its billing provider, subscriber, payer and patient. Raises: BadSegment, where one is missing."""
        for loop in self._faults:
            refused = self._faults[loop]
            self._used_faults.add(refused.position)
            self._is_broken = True
            self.refused.append(refused._replace(patient_control_number=self._number))
            return
        if self._subscriber is None:
            self._build_subscriber()
        if self._billing_provider is None:
            if "billing" not in self._billing:
                raise BadSegment("CLM", expected="a billing provider (HL 20 with NM1*85) above it", got="none")
            self._billing_provider = self._parties.provider(self._billing["billing"])
        claim["billing_provider"] = self._billing_provider
        claim["subscriber"] = self._subscriber
        claim["payer"] = self._payer
        if "patient" in self._patient_parties:
            if self._patient is None:
                self._patient = self._parties.person(self._patient_parties["patient"])
            claim["patient"] = self._patient
            if self._relationship:
                claim["patient_relationship_code"] = self._relationship

    def _build_subscriber(self) -> None:
        named = self._subscriber_parties
        if "subscriber" not in named:
            raise BadSegment("CLM", expected="a subscriber (HL 22 with NM1*IL) above it", got="none")
        self._subscriber_fields["person"] = self._parties.person(named["subscriber"])
        self._subscriber = make(Subscriber, self._subscriber_fields)
        self._payer = self._parties.payer(named["payer"]) if "payer" in named else Payer()

    def _read_dtp(self, segment: str) -> None:
        where = self._where
        if where == LINE:
            self._details.take_line_date(self._line, segment)
        elif where == CLAIM:
            self._details.take_claim_date(self._claim, segment)
        elif where == OTHER_SUBSCRIBER:
            self._details.take_adjudication_date(self._other, segment)

    def _read_hi(self, segment: str) -> None:
        if self._where == CLAIM:
            self._details.take_codes(self._claim, segment)
        elif not self._is_open:
            raise BadSegment("HI", expected="a claim (CLM) before it", got="none")

    def _read_pwk(self, segment: str) -> None:
        if self._where in (CLAIM, LINE):
            self._details.take_paperwork(self._line if self._where == LINE else self._claim, segment)

    def _read_nte(self, segment: str) -> None:
        if self._where == CLAIM:
            note = (segment.split(self._mark) + _ABSENT)[2]
            if note:
                self._claim.setdefault("note", note)

    def _read_cl1(self, segment: str) -> None:
        if self._where == CLAIM:
            names = (("admission_type_code", 1), ("admission_source_code", 2), ("patient_status_code", 3))
            take(self._claim, segment.split(self._mark) + _ABSENT, names)

    def _read_amt(self, segment: str) -> None:
        e = segment.split(self._mark) + _ABSENT
        if self._where == CLAIM and e[1] == "F5":
            self._claim["patient_paid_amount"] = read_decimal(e[2], "AMT element 2 (patient paid amount)")
        elif self._where == OTHER_SUBSCRIBER and e[1] == "D":
            self._other["paid_amount"] = read_decimal(e[2], "AMT element 2 (payer paid amount)")

    def _read_cas(self, segment: str) -> None:
        # Only what another payer said of the whole claim (2320); its answer to one line (2430) is not kept.
        if self._where == OTHER_SUBSCRIBER:
            held = self._other.get("adjustments", ())
            self._other["adjustments"] = (*held, *read_adjustments(segment.split(self._mark)))  # type: ignore[misc]

    # -- lines

    def _read_lx(self, segment: str) -> None:
        if not self._is_open:
            raise BadSegment("LX", expected="a claim (CLM) before it", got="none")
        if self._line:
            self._finish_line()
        elif self._other:
            self._finish_other()
        self._line_parties = {}
        self._enter(LINE, self._line_parties)
        number = self._line_numbers.get(segment)
        if number is None:
            number = read_whole_number(segment[3:].partition(self._mark)[0], "LX element 1 (line number)")
            self._line_numbers[segment] = number  # below a million, or it would have raised
        self._line = {"line_number": number}

    def _read_sv1(self, segment: str) -> None:
        if self._where != LINE or "charge_amount" in self._line:
            self._start_unnumbered_line("SV1")
        self._details.take_professional_service(self._line, segment)

    def _read_sv2(self, segment: str) -> None:
        if self._where != LINE or "charge_amount" in self._line:
            self._start_unnumbered_line("SV2")
        self._details.take_institutional_service(self._line, segment)

    def _read_sv3(self, segment: str) -> None:  # noqa: ARG002
        raise BadSegment("SV3", expected="a professional or institutional service (SV1, SV2)", got="a dental one")

    def _start_unnumbered_line(self, segment_id: str) -> None:
        """Open a line of its own where a service stands without LX, and warn."""
        if not self._is_open:
            raise BadSegment(segment_id, expected="a claim (CLM) before it", got="none")
        if not self._is_broken:
            self.warned.append(
                Refused(self.position, BadSegment(segment_id, expected="a line number (LX) before it", got="none"))
            )
        self._finish_line()
        self._finish_other()
        self._line_parties = {}
        self._enter(LINE, self._line_parties)
        self._line = {"line_number": len(self._lines) + 1}

    def _read_svd(self, segment: str) -> None:  # noqa: ARG002
        if self._where == LINE:
            self._enter(LINE_ADJUDICATION, {})
            self._in_party = True

    def _read_lin(self, segment: str) -> None:
        if self._where == LINE:
            e = segment.split(self._mark) + _ABSENT
            if e[2] == "N4" and e[3]:
                self._line["national_drug_code"] = e[3]

    # -- ends of loops

    def _finish_line(self) -> None:
        line = self._line
        if not line:
            return
        self._line = {}
        if "charge_amount" not in line:
            self.take_fault(BadSegment("LX", expected="a service (SV1, SV2) with a charge", got="none"))
            return
        if self._line_parties:
            line["rendering_provider"] = self._parties.provider(self._line_parties["rendering"])
        self._lines.append(make(ServiceLine, line))

    def _finish_other(self) -> None:
        other = self._other
        if not other:
            return
        self._other = {}
        named = self._other_parties
        other["payer"] = self._parties.payer(named["payer"]) if "payer" in named else Payer()
        if "subscriber" in named:
            e = named["subscriber"][0].split(self._mark) + _ABSENT
            take(other, e, (("last_name", 3), ("first_name", 4), ("member_id", 9)))
        held = self._claim.get("other_subscribers", ())
        self._claim["other_subscribers"] = (*held, make(OtherSubscriber, other))  # type: ignore[misc]

    def _finish_claim(self) -> None:
        if not self._is_open:
            return
        self._finish_line()
        self._finish_other()
        if not self._lines:
            self.take_fault(BadSegment("CLM", expected="at least one service line (LX)", got="none"))
        self._is_open = False
        claim, lines, named = self._claim, self._lines, self._claim_parties
        self._claim, self._lines = {}, []
        if self._is_broken:
            return
        claim["lines"] = tuple(lines)
        for role, segments in named.items():
            claim[f"{role}_provider"] = self._parties.provider(segments)
        self._claims.append(make(Claim, claim))
