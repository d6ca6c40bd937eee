"""Owns reading an 835 into remittances: one pass, a handler per segment id. A fault inside a CLP loop refuses that claim only."""

from datetime import date

from claims.claim import Address, Adjustment, Payer, Provider
from claims.remittance import ProviderAdjustment, Remittance, RemittanceLine, RemittancePayment
from claims.x12.adjustment_segment import read_adjustments
from claims.x12.claim_details import Fields, Procedure, gather, read_procedure, take
from claims.x12.party_segments import take_address
from claims.x12.set_reader import Refused, SetReader
from claims.x12.transactions import Delimiters, Envelope, RemittanceTransaction
from claims.x12.values import DECIMALS, MOST_CACHED, BadSegment, make, read_date, read_decimal, shape_of

_ABSENT = [""] * 25  # so that every element up to MIA23 can be asked for
_FEW_ABSENT = [""] * 10  # up to CLP09


# Where a segment stands.
HEAD, PAYER, PAYEE, CLAIM, LINE, TAIL = range(6)
_CLAIM_DATES = {
    "050": "received_on",
    "232": "statement_from_on",
    "233": "statement_to_on",
    "036": "coverage_expired_on",
}
_LINE_DATES = {"472": "service_from_on", "150": "service_from_on", "151": "service_to_on"}
_CLAIM_AMOUNTS = {"AU": "allowed_amount", "I": "interest_amount"}
_CLAIM_NAMES = {"82": "rendering_provider_npi", "TT": "crossover_payer_id", "PR": "corrected_payer_id"}
REVENUE_QUALIFIER = "NU"  # SVC01 then holds a revenue code: an institutional line without a procedure
_MOA_REMARKS = slice(3, 8)
_MIA_REMARKS = (5, 20, 21, 22, 23)


class RemittanceReader(SetReader):
    """Reads the segments between ST and SE of one 835."""

    def __init__(self, delimiters: Delimiters) -> None:
        super().__init__(
            delimiters.element,
            {
                "BPR": self._read_bpr, "TRN": self._read_trn, "DTM": self._read_dtm, "N1": self._read_n1,
                "N3": self._read_party_detail, "N4": self._read_party_detail, "REF": self._read_ref, "LX": self._read_lx,
                "CLP": self._read_clp, "CAS": self._read_cas, "NM1": self._read_nm1, "MIA": self._read_mia,
                "MOA": self._read_moa, "AMT": self._read_amt, "SVC": self._read_svc, "LQ": self._read_lq,
                "PLB": self._read_plb,
            },
        )  # fmt: skip
        self._mark = delimiters.element
        self._component = delimiters.component
        self._where = HEAD
        self._payment: Fields = {}
        self._payer: Fields = {}
        self._payer_reference = self._originator = ""
        self._payee: Fields = {}
        self._payee_address: Fields = {}
        self._is_unusable = False  # the head was refused, and with it the payment that the claims belong to
        self._is_open = False  # a CLP was read and not yet finished
        self._is_broken = False  # the open claim is refused already
        self._number: str | None = None  # CLP01 of the open claim
        self._claim: Fields = {}
        self._line: Fields = {}
        self._lines: list[RemittanceLine] = []
        self._adjustments: list[Adjustment] = []
        self._remittances: list[Remittance] = []
        self._provider_adjustments: list[ProviderAdjustment] = []
        self._procedures: dict[str, Procedure] = {}
        self._dates: dict[str, tuple[str, date | None]] = {}
        self._line_number_start = f"REF{self._mark}6R{self._mark}"

    def finish(self, envelope: Envelope, content_key: str) -> RemittanceTransaction | None:
        """Give the transaction with every claim that could be read; `None` when its head was refused.

        Raises: BadSegment, where there is no BPR.
        """
        self._finish_claim()
        if self._is_unusable:
            return None
        if "payment_amount" not in self._payment:
            raise BadSegment("BPR", expected="the payment before any claim", got="none")
        return RemittanceTransaction(
            envelope=envelope,
            payment=self._build_payment(),
            remittances=tuple(self._remittances),
            provider_adjustments=tuple(self._provider_adjustments),
            content_key=content_key,
        )

    def take_fault(self, fault: BadSegment) -> None:
        """Refuse the open claim, else the segment (PLB) or the whole head."""
        if not self._is_open:
            super().take_fault(fault)
            self._is_unusable |= self._where < CLAIM
        elif not self._is_broken:
            self._is_broken = True
            self.refused.append(Refused(self.position, fault, self._number))

    # -- head

    def _build_payment(self) -> RemittancePayment:
        payer_id = self._payer.get("payer_id") or self._payer_reference or self._originator.removeprefix("1") or None
        fields: Fields = {"payment_method_code": None, "paid_on": None, "produced_on": None, "trace_number": None}
        fields |= self._payment
        fields["payer"] = make(Payer, self._payer | {"payer_id": payer_id})
        fields["payee"] = make(
            Provider, self._payee | ({"address": make(Address, self._payee_address)} if self._payee_address else {})
        )
        return make(RemittancePayment, fields)

    def _read_bpr(self, segment: str) -> None:
        e = segment.split(self._mark) + _ABSENT
        self._payment["payment_amount"] = read_decimal(e[2], "BPR element 2 (payment amount)")
        if e[4]:
            self._payment["payment_method_code"] = e[4]
        if e[16]:
            self._payment["paid_on"] = read_date(e[16], "BPR element 16 (payment date)")

    def _read_trn(self, segment: str) -> None:
        if self._where == HEAD:
            e = segment.split(self._mark) + _ABSENT
            self._payment["trace_number"] = e[2] or None
            self._originator = e[3]

    def _read_n1(self, segment: str) -> None:
        if self._where >= CLAIM:
            return
        e = segment.split(self._mark) + _ABSENT
        if e[1] == "PR":
            self._where = PAYER
            take(self._payer, e, (("name", 2), ("payer_id", 4)))
        elif e[1] == "PE":
            self._where = PAYEE
            number = "npi" if e[3] == "XX" else "tax_id"
            take(self._payee, e, (("name", 2), (number, 4)))

    def _read_party_detail(self, segment: str) -> None:
        if self._where == PAYEE:
            take_address(self._payee_address, segment.split(self._mark) + _ABSENT)

    def _read_ref(self, segment: str) -> None:
        if self._where == LINE and segment.startswith(self._line_number_start):
            number = segment[len(self._line_number_start) :].partition(self._mark)[0]
            if number:
                self._line["line_control_number"] = number
            return
        e = segment.split(self._mark)
        if len(e) < 3 or not e[2]:
            return
        if self._where == PAYER and e[1] == "2U":
            self._payer_reference = e[2]
        elif self._where == PAYEE and e[1] == "TJ":
            self._payee["tax_id"] = e[2]

    def _read_dtm(self, segment: str) -> None:
        where = self._where
        qualifier, day = self._dates.get(segment) or self._read_dated(segment)
        if where == LINE:
            name = _LINE_DATES.get(qualifier)
            fields = self._line
        elif where == CLAIM:
            name = _CLAIM_DATES.get(qualifier)
            fields = self._claim
        else:
            name = "produced_on" if qualifier == "405" and where < CLAIM else None
            fields = self._payment
        if name is not None:
            fields[name] = day

    def _read_dated(self, segment: str) -> tuple[str, date | None]:
        e = segment.split(self._mark) + _ABSENT
        is_wanted = e[1] in _LINE_DATES or e[1] in _CLAIM_DATES or e[1] == "405"
        dated = e[1], read_date(e[2], "DTM element 2 (date)") if is_wanted else None
        if len(self._dates) < MOST_CACHED:
            self._dates[segment] = dated
        return dated

    # -- claim

    def _read_lx(self, segment: str) -> None:  # noqa: ARG002
        self._finish_claim()

    def _read_clp(self, segment: str) -> None:
        self._finish_claim()
        e = segment.split(self._mark) + _FEW_ABSENT
        self._where, self._is_open, self._is_broken = CLAIM, True, False
        self._number = e[1] or None
        claim: Fields = {"patient_control_number": e[1], "claim_status_code": e[2]}
        self._claim = claim
        if not e[1]:
            raise BadSegment("CLP element 1 (patient control number)", expected="a value", got="nothing")
        if not e[2]:
            raise BadSegment("CLP element 2 (claim status)", expected="a code", got="nothing")
        try:
            claim["charge_amount"] = DECIMALS[e[3]]
            claim["paid_amount"] = DECIMALS[e[4]]
            claim["patient_responsibility_amount"] = DECIMALS[e[5] or "0"]  # left off where the patient owes nothing
        except ValueError:
            read_decimal(e[3], "CLP element 3 (charge amount)")
            read_decimal(e[4], "CLP element 4 (paid amount)")
            read_decimal(e[5], "CLP element 5 (patient responsibility)")
        if e[6]:
            claim["claim_filing_indicator_code"] = e[6]
        if e[7]:
            claim["payer_claim_control_number"] = e[7]
        if e[8]:
            claim["facility_code"] = e[8]
        if e[9]:
            claim["frequency_code"] = e[9]

    def _read_cas(self, segment: str) -> None:
        if self._is_open:
            self._adjustments += read_adjustments(segment.split(self._mark))

    def _read_nm1(self, segment: str) -> None:
        if self._where != CLAIM:
            return
        e = segment.split(self._mark)
        if len(e) < 10 or not e[9]:
            return
        if e[1] == "IL" or (e[1] == "QC" and "subscriber_id" not in self._claim):
            self._claim["subscriber_id"] = e[9]
        elif e[1] in _CLAIM_NAMES and (e[1] != "82" or e[8] == "XX"):
            self._claim[_CLAIM_NAMES[e[1]]] = e[9]

    def _read_mia(self, segment: str) -> None:
        e = segment.split(self._mark) + _ABSENT
        self._take_remarks([e[at] for at in _MIA_REMARKS])

    def _read_moa(self, segment: str) -> None:
        self._take_remarks(segment.split(self._mark)[_MOA_REMARKS])

    def _take_remarks(self, codes: list[str]) -> None:
        if self._where == CLAIM:
            gather(self._claim, "remark_codes", [code for code in codes if code], place="MIA or MOA (remark codes)")

    def _read_amt(self, segment: str) -> None:
        e = segment.split(self._mark)
        if len(e) < 3:
            return
        if self._where == LINE:
            if e[1] == "B6":
                self._line["allowed_amount"] = read_decimal(e[2], "AMT element 2 (allowed amount)")
        elif self._where == CLAIM and e[1] in _CLAIM_AMOUNTS:
            self._claim[_CLAIM_AMOUNTS[e[1]]] = read_decimal(e[2], "AMT element 2 (amount)")

    # -- line

    def _read_svc(self, segment: str) -> None:
        if not self._is_open:
            raise BadSegment("SVC", expected="a claim (CLP) before it", got="none")
        if self._where == LINE:
            self._finish_line()
        else:
            self._finish_claim_adjustments()
        self._where = LINE
        e = segment.split(self._mark) + _FEW_ABSENT
        qualifier, code, modifiers = self._procedures.get(e[1]) or self._read_procedure(e[1])
        line: Fields = {"procedure_code": code}
        self._line = line
        try:
            line["charge_amount"] = DECIMALS[e[2]]
            line["paid_amount"] = DECIMALS[e[3] or "0"]
        except ValueError:
            read_decimal(e[2], "SVC element 2 (charge amount)")
            read_decimal(e[3], "SVC element 3 (paid amount)")
        if qualifier == REVENUE_QUALIFIER:
            line["procedure_code"], line["revenue_code"] = None, code
        elif qualifier != "HC":
            line["procedure_qualifier_code"] = qualifier
        if modifiers:
            line["modifiers"] = modifiers
        if e[4]:
            line["revenue_code"] = e[4]
        if e[5]:
            line["paid_units"] = read_decimal(e[5], "SVC element 5 (paid units)")
        if e[6]:
            submitted = e[6].split(self._component)
            if len(submitted) > 1 and submitted[1]:
                line["submitted_procedure_code"] = submitted[1]
        if e[7]:
            line["submitted_units"] = read_decimal(e[7], "SVC element 7 (submitted units)")

    def _read_procedure(self, composite: str) -> Procedure:
        procedure = read_procedure(composite, self._component, "SVC element 1 (procedure)")
        if len(self._procedures) < MOST_CACHED:
            self._procedures[composite] = procedure
        return procedure

    def _read_lq(self, segment: str) -> None:
        if self._where == LINE:
            e = segment.split(self._mark) + _ABSENT
            if e[1] == "HE" and e[2]:
                gather(self._line, "remark_codes", [e[2]], place="LQ (remark codes)")

    # -- ends of loops

    def _finish_claim_adjustments(self) -> None:
        if self._adjustments:
            self._claim["adjustments"] = tuple(self._adjustments)
            self._adjustments = []

    def _finish_line(self) -> None:
        if self._adjustments:
            self._line["adjustments"] = tuple(self._adjustments)
            self._adjustments = []
        if not self._is_broken:
            self._lines.append(make(RemittanceLine, self._line))

    def _finish_claim(self) -> None:
        if not self._is_open:
            return
        if self._where == LINE:
            self._finish_line()
        else:
            self._finish_claim_adjustments()
        lines, self._lines = self._lines, []
        self._is_open, self._where = False, TAIL
        if not self._is_broken:
            if lines:
                self._claim["lines"] = tuple(lines)
            self._remittances.append(make(Remittance, self._claim))

    # -- provider level

    def _read_plb(self, segment: str) -> None:
        self._finish_claim()
        self._where = TAIL
        e = segment.split(self._mark) + _ABSENT
        period = read_date(e[2], "PLB element 2 (fiscal period)") if e[2] else None
        pairs = []
        for at in range(3, 15, 2):
            if not e[at] and not e[at + 1]:
                continue
            reason, _, reference = e[at].partition(self._component)
            if not reason.isalnum():
                raise BadSegment(f"PLB element {at} (reason)", expected="a code", got=shape_of(reason))
            pairs.append(
                ProviderAdjustment(
                    provider_npi=e[1] or None,
                    fiscal_period_on=period,
                    reason_code=reason,
                    reference=reference.partition(self._component)[0] or None,
                    adjustment_amount=read_decimal(e[at + 1], f"PLB element {at + 1} (adjustment amount)"),
                )
            )
        self._provider_adjustments += pairs
