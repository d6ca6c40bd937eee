"""Owns reading an 835 transaction set into remittances. One pass, a handler per segment id."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from claims.claim import Payer, Provider
from claims.errors import Rejection
from claims.remittance import ProviderAdjustment, Remittance, RemittanceLine, RemittancePayment
from claims.x12.adjustment_segment import read_adjustments
from claims.x12.segments import TransactionSet, content_key
from claims.x12.transactions import RemittanceTransaction
from claims.x12.values import (
    BadSegment,
    element,
    make,
    read_date,
    read_decimal,
    read_optional_date,
    read_optional_decimal,
    required,
)

Fields = dict[str, Any]
HEAD, CLAIM, LINE = range(3)
_ZERO = Decimal(0)
_CLAIM_DAYS = {"050": "received_on", "232": "statement_from_on", "233": "statement_to_on", "036": "coverage_expired_on"}
_LINE_DAYS = {"472": "service_from_on", "150": "service_from_on", "151": "service_to_on"}
_CLAIM_NAMES = {"82": "rendering_provider_npi", "TT": "crossover_payer_id", "PR": "corrected_payer_id"}
_CLAIM_AMOUNTS = {"AU": "allowed_amount", "I": "interest_amount"}


def read_remittances(transaction: TransactionSet, *, file: str) -> tuple[RemittanceTransaction, list[Rejection]]:
    """Read one 835. Returns the transaction with the CLPs that could be read, and a rejection for each that could not.

    Raises: BadSegment where the transaction as a whole is unusable (no BPR).
    """
    return _RemittanceReader(transaction, file=file).read()


class _RemittanceReader:
    def __init__(self, transaction: TransactionSet, *, file: str) -> None:
        self._set = transaction
        self._file = file
        self._component = transaction.envelope.delimiters.component
        self._where = HEAD
        self._offset = 0
        self._payment: Fields = {}
        self._payer: Fields = {}
        self._payer_references: dict[str, str] = {}
        self._payee: Fields = {}
        self._in_payer = self._in_payee = False
        self._claim: Fields | None = None
        self._claim_position = 0
        self._line: Fields | None = None
        self._fault: tuple[int, BadSegment] | None = None
        self._remittances: list[Remittance] = []
        self._provider_adjustments: list[ProviderAdjustment] = []
        self._rejected: list[Rejection] = []
        self._handlers: dict[str, Callable[[list[str]], None]] = {
            "BPR": self._bpr, "TRN": self._trn, "DTM": self._dtm, "N1": self._n1, "REF": self._ref, "LX": self._lx,
            "CLP": self._clp, "CAS": self._cas, "NM1": self._nm1, "MOA": self._moa, "MIA": self._mia, "AMT": self._amt,
            "SVC": self._svc, "LQ": self._lq, "PLB": self._plb,
        }  # fmt: skip

    def read(self) -> tuple[RemittanceTransaction, list[Rejection]]:
        mark = self._set.envelope.delimiters.element
        handlers = self._handlers
        for offset, segment in enumerate(self._set.segments):
            elements = segment.split(mark)
            handler = handlers.get(elements[0])
            if handler is None:
                continue
            self._offset = offset
            try:
                handler(elements)
            except BadSegment as fault:
                if self._claim is None:
                    self._refuse(offset, fault)
                elif self._fault is None:
                    self._fault = (offset, fault)
        self._finish_claim()
        if "payment_amount" not in self._payment:
            raise BadSegment(place="BPR02 (payment amount)", expected="a decimal", got="none")
        return (
            RemittanceTransaction(
                envelope=self._set.envelope,
                payment=self._build_payment(),
                remittances=tuple(self._remittances),
                provider_adjustments=tuple(self._provider_adjustments),
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

    def _build_payment(self) -> RemittancePayment:
        payer = dict(self._payer)
        if "payer_id" not in payer:
            references = self._payer_references
            trace = self._payment.pop("_originator", None) or ""
            found = references.get("2U") or references.get("NF") or references.get("EO") or trace.removeprefix("1")
            if found:
                payer["payer_id"] = found
        self._payment.pop("_originator", None)
        defaults: Fields = {"payment_method_code": None, "paid_on": None, "produced_on": None, "trace_number": None}
        fields = {**defaults, **self._payment, "payer": make(Payer, payer), "payee": make(Provider, self._payee)}
        return make(RemittancePayment, fields)

    # -- head --------------------------------------------------------------------------------------------------------

    def _bpr(self, e: list[str]) -> None:
        self._payment["payment_amount"] = read_decimal(required(e, 2, "BPR02 (payment amount)"), "BPR02 (payment amount)")
        self._payment["payment_method_code"] = element(e, 4)
        self._payment["paid_on"] = read_optional_date(e, 16, "BPR16 (payment date)")

    def _trn(self, e: list[str]) -> None:
        if self._where == HEAD:
            self._payment["trace_number"] = element(e, 2)
            self._payment["_originator"] = element(e, 3)

    def _n1(self, e: list[str]) -> None:
        if self._where != HEAD:
            return
        code = e[1] if len(e) > 1 else ""
        self._in_payer, self._in_payee = code == "PR", code == "PE"
        if self._in_payer:
            if len(e) > 2 and e[2]:
                self._payer["name"] = e[2]
            if len(e) > 4 and e[4]:
                self._payer["payer_id"] = e[4]
        elif self._in_payee:
            if len(e) > 2 and e[2]:
                self._payee["name"] = e[2]
            if len(e) > 4 and e[4]:
                self._payee["npi" if e[3] == "XX" else "tax_id"] = e[4]

    def _ref(self, e: list[str]) -> None:
        if len(e) < 3:
            return
        if self._where == LINE:
            if e[1] == "6R" and self._line is not None:
                self._line["line_control_number"] = e[2] or None
        elif self._where == HEAD and self._in_payer:
            self._payer_references.setdefault(e[1], e[2])
        elif self._where == HEAD and self._in_payee and e[1] == "TJ":
            self._payee["tax_id"] = e[2]

    def _dtm(self, e: list[str]) -> None:
        code = e[1] if len(e) > 1 else ""
        if self._where == LINE:
            name = _LINE_DAYS.get(code)
            if name is not None and self._line is not None:
                self._line[name] = read_date(required(e, 2, "DTM02 (service date)"), "DTM02 (service date)")
        elif self._where == CLAIM and self._claim is not None:
            name = _CLAIM_DAYS.get(code)
            if name is not None:
                self._claim[name] = read_date(required(e, 2, "DTM02 (date)"), "DTM02 (date)")
        elif code == "405":
            self._payment["produced_on"] = read_date(required(e, 2, "DTM02 (production date)"), "DTM02 (production date)")

    # -- claim -------------------------------------------------------------------------------------------------------

    def _lx(self, e: list[str]) -> None:  # noqa: ARG002
        self._finish_claim()

    def _clp(self, e: list[str]) -> None:
        self._finish_claim()
        self._where, self._claim_position = CLAIM, self._offset
        claim: Fields = {"patient_control_number": e[1] if len(e) > 1 else "", "lines": []}
        self._claim = claim
        required(e, 1, "CLP01 (patient control number)")
        claim["claim_status_code"] = required(e, 2, "CLP02 (claim status)")
        claim["charge_amount"] = read_decimal(required(e, 3, "CLP03 (charge amount)"), "CLP03 (charge amount)")
        claim["paid_amount"] = read_decimal(required(e, 4, "CLP04 (paid amount)"), "CLP04 (paid amount)")
        owed = read_optional_decimal(e, 5, "CLP05 (patient responsibility)")
        claim["patient_responsibility_amount"] = _ZERO if owed is None else owed
        count = len(e)
        for name, index in (
            ("claim_filing_indicator_code", 6), ("payer_claim_control_number", 7), ("facility_code", 8), ("frequency_code", 9),
        ):  # fmt: skip
            if index < count and e[index]:
                claim[name] = e[index]

    def _cas(self, e: list[str]) -> None:
        target = self._line if self._where == LINE else self._claim
        if target is None:
            return
        held = target.get("adjustments")
        found = read_adjustments(e)
        target["adjustments"] = found if held is None else held + found

    def _nm1(self, e: list[str]) -> None:
        claim = self._claim
        if claim is None or len(e) < 10 or not e[9]:
            return
        code = e[1]
        if code == "IL" or (code == "QC" and "subscriber_id" not in claim):
            claim["subscriber_id"] = e[9]
        else:
            name = _CLAIM_NAMES.get(code)
            if name is not None and (code != "82" or e[8] == "XX"):
                claim[name] = e[9]

    def _moa(self, e: list[str]) -> None:
        self._remarks([code for code in e[3:8] if code])

    def _mia(self, e: list[str]) -> None:
        self._remarks([code for code in (*e[5:6], *e[20:24]) if code])

    def _remarks(self, codes: list[str]) -> None:
        if codes and self._claim is not None:
            self._claim["remark_codes"] = (*self._claim.get("remark_codes", ()), *codes)

    def _amt(self, e: list[str]) -> None:
        code = e[1] if len(e) > 1 else ""
        if self._where == LINE and self._line is not None:
            if code == "B6":
                self._line["allowed_amount"] = read_optional_decimal(e, 2, "AMT02 (allowed amount)")
        elif self._claim is not None:
            name = _CLAIM_AMOUNTS.get(code)
            if name is not None:
                self._claim[name] = read_optional_decimal(e, 2, "AMT02 (amount)")

    # -- line --------------------------------------------------------------------------------------------------------

    def _svc(self, e: list[str]) -> None:
        self._finish_line()
        self._where = LINE
        line: Fields = {}
        self._line = line
        parts = (e[1] if len(e) > 1 else "").split(self._component)
        line["procedure_code"] = parts[1] if len(parts) > 1 and parts[1] else None
        if parts[0]:
            line["procedure_qualifier_code"] = parts[0]
        if len(parts) > 2:
            line["modifiers"] = tuple(part for part in parts[2:6] if part)
        line["charge_amount"] = read_decimal(required(e, 2, "SVC02 (charge amount)"), "SVC02 (charge amount)")
        paid = read_optional_decimal(e, 3, "SVC03 (paid amount)")
        line["paid_amount"] = _ZERO if paid is None else paid
        count = len(e)
        if count > 4 and e[4]:
            line["revenue_code"] = e[4]
        if count > 5 and e[5]:
            line["paid_units"] = read_decimal(e[5], "SVC05 (units)")
        if count > 6 and e[6]:
            submitted = e[6].split(self._component)
            if len(submitted) > 1 and submitted[1]:
                line["submitted_procedure_code"] = submitted[1]
        if count > 7 and e[7]:
            line["submitted_units"] = read_decimal(e[7], "SVC07 (units)")

    def _lq(self, e: list[str]) -> None:
        if self._line is not None and len(e) > 2 and e[1] == "HE" and e[2]:
            self._line["remark_codes"] = (*self._line.get("remark_codes", ()), e[2])

    def _finish_line(self) -> None:
        line, claim = self._line, self._claim
        if line is None:
            return
        self._line = None
        if claim is not None and "paid_amount" in line:
            claim["lines"].append(make(RemittanceLine, line))

    def _finish_claim(self) -> None:
        claim = self._claim
        if claim is None:
            return
        self._finish_line()
        self._claim = None
        if self._fault is not None:
            self._refuse(*self._fault, patient_control_number=claim["patient_control_number"] or None)
            self._fault = None
            return
        claim["lines"] = tuple(claim["lines"])
        self._remittances.append(make(Remittance, claim))

    # -- provider level ----------------------------------------------------------------------------------------------

    def _plb(self, e: list[str]) -> None:
        self._finish_claim()
        day: date | None = read_optional_date(e, 2, "PLB02 (fiscal period)")
        for at in range(3, len(e) - 1, 2):
            if not e[at]:
                continue
            reason, _, reference = e[at].partition(self._component)
            place = f"PLB{at + 1:02d} (adjustment amount)"
            amount = read_decimal(required(e, at + 1, place), place)
            self._provider_adjustments.append(
                ProviderAdjustment(
                    provider_npi=element(e, 1),
                    fiscal_period_on=day,
                    reason_code=reason,
                    reference=reference or None,
                    adjustment_amount=amount,
                )
            )
