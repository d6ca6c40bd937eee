"""Owns reading a 277CA: what became of each claim, of each provider's claims and of the submission as a whole."""

from datetime import date

from claims.acknowledgment import ClaimAcknowledgment, ClaimStatus, LevelAcknowledgment
from claims.claim import Payer
from claims.x12.claim_details import Fields, take
from claims.x12.set_reader import Refused, SetReader
from claims.x12.transactions import AcknowledgmentTransaction, Delimiters, Envelope
from claims.x12.values import BadSegment, make, read_date, read_decimal, read_period, shape_of

_ABSENT = [""] * 12  # so that every element up to STC11 can be asked for
_SOURCE, _RECEIVER, _PROVIDER = "20", "21", "19"
_CLAIM_LEVELS = frozenset({"PT", "22", "23"})  # X214 says PT; older senders keep the levels of the claim
_STATUS_ELEMENTS = (1, 10, 11)
_REFERENCES = {"1K": "payer_claim_control_number", "D9": "clearinghouse_trace_number"}


class AcknowledgmentReader(SetReader):
    """Reads the segments between ST and SE of one 277CA."""

    def __init__(self, delimiters: Delimiters) -> None:
        super().__init__(
            delimiters.element,
            {
                "BHT": self._read_bht, "HL": self._read_hl, "NM1": self._read_nm1, "TRN": self._read_trn,
                "STC": self._read_stc, "REF": self._read_ref, "DTP": self._read_dtp, "SVC": self._read_svc,
            },
        )  # fmt: skip
        self._mark = delimiters.element
        self._component = delimiters.component
        self._created_on: date | None = None
        self._payer: Fields = {}
        self._level = ""
        self._provider_npi: str | None = None
        self._trace: str | None = None
        self._statuses: list[ClaimStatus] = []
        self._claim: Fields = {}
        self._is_open = self._is_broken = self._in_service = False
        self._claims: list[ClaimAcknowledgment] = []
        self._levels: list[LevelAcknowledgment] = []

    def finish(self, envelope: Envelope, content_key: str) -> AcknowledgmentTransaction | None:
        """Give the transaction with every answer that could be read. Raises: BadSegment, where nothing is answered."""
        self._finish_level()
        if self._created_on is None:
            if self.refused:
                return None
            raise BadSegment("BHT element 4 (date)", expected="a date CCYYMMDD", got="no BHT")
        if not self._claims and not self._levels:
            if self.refused:
                return None
            raise BadSegment("277CA", expected="at least one status (STC)", got="none")
        return AcknowledgmentTransaction(
            envelope=envelope,
            created_on=self._created_on,
            payer=make(Payer, self._payer),
            acknowledgments=tuple(self._claims),
            content_key=content_key,
            level_acknowledgments=tuple(self._levels),
        )

    def take_fault(self, fault: BadSegment) -> None:
        """Refuse the answer at hand, else the segment."""
        if not self._is_open:
            super().take_fault(fault)
        elif not self._is_broken:
            self._is_broken = True
            self.refused.append(Refused(self.position, fault, self._trace if self._level in _CLAIM_LEVELS else None))

    def _read_bht(self, segment: str) -> None:
        self._created_on = read_date((segment.split(self._mark) + _ABSENT)[4], "BHT element 4 (date)")

    def _read_hl(self, segment: str) -> None:
        self._finish_level()
        self._level = (segment.split(self._mark) + _ABSENT)[3]
        if self._level in {_SOURCE, _RECEIVER, _PROVIDER}:
            self._provider_npi = None

    def _read_nm1(self, segment: str) -> None:
        e = segment.split(self._mark) + _ABSENT
        if self._level == _SOURCE:
            take(self._payer, e, (("name", 3), ("payer_id", 9)))
        elif self._level == _PROVIDER and e[8] == "XX":
            self._provider_npi = e[9] or None

    def _read_trn(self, segment: str) -> None:
        self._finish_level()
        self._trace = (segment.split(self._mark) + _ABSENT)[2] or None
        self._is_open, self._is_broken = True, False
        if self._trace is None and self._level in _CLAIM_LEVELS:
            raise BadSegment("TRN element 2 (patient control number)", expected="a value", got="nothing")

    def _read_stc(self, segment: str) -> None:
        if self._in_service:  # the status of one line (2220D): the claim's own says what matters
            return
        if not self._is_open:
            raise BadSegment("STC", expected="a trace (TRN) before it", got="none")
        e = segment.split(self._mark) + _ABSENT
        shared: Fields = {}
        if e[2]:
            shared["effective_on"] = read_date(e[2], "STC element 2 (date)")
        if e[3]:
            shared["action_code"] = e[3]
        if e[4]:
            shared["charge_amount"] = read_decimal(e[4], "STC element 4 (charge amount)")
        for at in _STATUS_ELEMENTS:
            category, status, entity = (e[at].split(self._component) + _ABSENT)[:3]
            if not category.isalnum() and (category or at == 1):
                raise BadSegment(f"STC element {at} (status)", expected="a category code", got=shape_of(category))
            if category:
                fields = shared | {"category_code": category, "status_code": status or None}
                self._statuses.append(make(ClaimStatus, fields | ({"entity_code": entity} if entity else {})))

    def _read_ref(self, segment: str) -> None:
        e = segment.split(self._mark) + _ABSENT
        if e[1] in _REFERENCES and e[2] and not self._in_service:
            self._claim.setdefault(_REFERENCES[e[1]], e[2])

    def _read_dtp(self, segment: str) -> None:
        e = segment.split(self._mark) + _ABSENT
        if e[1] == "472" and self._is_open and not self._in_service:
            period = read_period(e[2], e[3], "DTP element 3 (service date)")
            if period:
                self._claim.setdefault("service_from_on", period[0])

    def _read_svc(self, segment: str) -> None:  # noqa: ARG002
        self._in_service = True

    def _finish_level(self) -> None:
        statuses, fields = tuple(self._statuses), self._claim
        is_usable = self._is_open and not self._is_broken
        if is_usable and not statuses and self._level in _CLAIM_LEVELS:
            self.take_fault(BadSegment("TRN", expected="a status (STC) after it", got="none"))
            is_usable = False
        self._statuses, self._claim, self._is_open, self._in_service = [], {}, False, False
        if not is_usable:
            return
        if self._level in _CLAIM_LEVELS:
            fields |= {"patient_control_number": self._trace, "statuses": statuses, "payer": self._payer.get("payer_id")}
            self._claims.append(make(ClaimAcknowledgment, fields))
        elif statuses:
            level = "receiver" if self._level == _RECEIVER else "provider"
            self._levels.append(
                LevelAcknowledgment(level=level, trace_number=self._trace, statuses=statuses, provider_npi=self._provider_npi)
            )
