"""Owns reading the claims of an 837P or 837I: one pass, a handler per segment id, no look-ahead.

What a segment means depends on where it stands, which `_where` tells. A fault inside a claim refuses that claim and no other.
"""

from claims.claim import Claim, OtherSubscriber, Payer, ServiceLine
from claims.x12.adjustment_segment import read_adjustments
from claims.x12.claim_details import ClaimDetails, Fields, gather, take
from claims.x12.claim_levels import CLAIM, HEAD, LINE, LINE_ADJUDICATION, OTHER_SUBSCRIBER, SUBSCRIBER, LevelReader
from claims.x12.party_segments import PartySegments
from claims.x12.set_reader import Refused
from claims.x12.transactions import ClaimTransaction, Delimiters, Envelope
from claims.x12.values import BadSegment, make, read_decimal, read_whole_number, shape_of

_ABSENT = [""] * 10  # so that every element up to NM109 can be asked for
_CLM_ABSENT = [""] * 21


class ClaimReader(LevelReader):
    """Reads the segments between ST and SE of one 837."""

    def __init__(self, delimiters: Delimiters, parties: PartySegments, *, kind: str) -> None:
        super().__init__(
            delimiters,
            parties,
            {
                "SBR": self._read_sbr, "REF": self._read_ref, "CLM": self._read_clm, "DTP": self._read_dtp,
                "HI": self._read_hi, "PWK": self._read_pwk, "NTE": self._read_nte, "CL1": self._read_cl1,
                "AMT": self._read_amt, "CAS": self._read_cas, "LX": self._read_lx, "SV1": self._read_sv1,
                "SV2": self._read_sv2, "SV3": self._read_sv3, "SVD": self._read_svd, "LIN": self._read_lin, "CTP": self._read_ctp,
            },
            kind=kind,
        )  # fmt: skip
        self._component = delimiters.component
        self._kind = kind
        self._details = ClaimDetails(delimiters)
        self._is_open = False  # a CLM was read and not yet finished
        self._is_broken = False  # the open claim is refused already
        self._number: str | None = None  # CLM01 of the open claim
        self._claim_position = 0
        self._claim: Fields = {}
        self._claim_parties: dict[str, list[str]] = {}
        self._line: Fields = {}
        self._line_parties: dict[str, list[str]] = {}
        self._lines: list[ServiceLine] = []
        self._line_numbers: dict[str, int] = {}
        self._other: Fields = {}
        self._other_parties: dict[str, list[str]] = {}
        self._claims: list[Claim] = []

    def finish(self, envelope: Envelope, content_key: str) -> ClaimTransaction | None:
        """Give the transaction with every claim that could be read; `None` when all were refused.

        Raises: BadSegment, where the set as a whole is no use: no BHT04, no claim.
        """
        self.finish_claim()
        self._report_unused_faults(HEAD)
        if self._submitted_on is None:
            if self._has_head_fault:
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
            submitter_contacts=tuple(self._submitter_contacts),
        )

    def take_fault(self, fault: BadSegment) -> None:
        """Refuse the open claim, else remember the fault for the claims below this level."""
        if self._is_open:
            self._refuse(Refused(self.position, fault))
        else:
            super().take_fault(fault)

    def _refuse(self, refused: Refused) -> None:
        if not self._is_broken:
            self._is_broken = True
            self.refused.append(refused._replace(patient_control_number=self._number))

    # -- claim

    def _read_sbr(self, segment: str) -> None:
        if not self._is_open:
            if self._where == SUBSCRIBER:
                self._take_subscriber_information(segment)
            return
        self._finish_line()
        self._finish_other()
        e = segment.split(self._mark) + _ABSENT
        self._other = {"payer_sequence_code": e[1]}
        take(self._other, e, (("relationship_code", 2), ("claim_filing_indicator_code", 9)))
        self._other_parties = {}
        self._enter(OTHER_SUBSCRIBER, self._other_parties)
        self._in_party = True  # no REF here is the claim's own

    def _read_ref(self, segment: str) -> None:
        if self._in_party or self._where < CLAIM:
            if self._party is not None:
                self._party.append(segment)
        elif self._where == LINE:
            self._details.take_line_reference(self._line, segment)
        elif self._where == CLAIM:
            self._details.take_claim_reference(self._claim, segment)

    def _read_clm(self, segment: str) -> None:
        self.finish_claim()
        e = segment.split(self._mark) + _CLM_ABSENT
        self._is_open, self._is_broken, self._number, self._claim_position = True, False, e[1] or None, self.position
        self._claim_parties = {}
        self._enter(CLAIM, self._claim_parties)
        claim: Fields = {"patient_control_number": e[1], "claim_type": self._kind, "submitted_on": self._submitted_on}
        self._claim = claim
        above = self._fault_above()
        if above is not None:
            self._refuse(above)
            return
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
            gather(self._other, "adjustments", read_adjustments(segment.split(self._mark)), place="CAS")

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

    def _read_ctp(self, segment: str) -> None:
        if self._where == LINE and "national_drug_code" in self._line:
            e = segment.split(self._mark) + _ABSENT
            if e[4]:
                self._line["drug_quantity"] = read_decimal(e[4], "CTP element 4 (drug quantity)")
            unit_code = e[5].partition(self._component)[0]
            if unit_code:
                self._line["drug_unit_code"] = unit_code

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
        try:
            gather(self._claim, "other_subscribers", [make(OtherSubscriber, other)], place="SBR")
        except BadSegment as fault:
            self.take_fault(fault)  # raised, it would end the segment that ended this loop

    def finish_claim(self) -> None:
        """End the claim that is open, if one is."""
        if not self._is_open:
            return
        self._finish_line()
        self._finish_other()
        if not self._lines:
            fault = BadSegment("CLM", expected="at least one service line (LX)", got="none")
            self._refuse(Refused(self._claim_position, fault))
        self._is_open = False
        claim, lines, named = self._claim, self._lines, self._claim_parties
        self._claim, self._lines = {}, []
        if self._is_broken:
            return
        claim["lines"] = tuple(lines)
        for role, segments in named.items():
            claim[f"{role}_provider"] = self._parties.provider(segments)
        self._claims.append(make(Claim, claim))
