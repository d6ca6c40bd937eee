"""A small billing office for tests: it sends claims and loads answers, written as X12 and read back, and looks at its work."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from claims.adjudication import adjudicate
from claims.claim import Adjustment
from claims.payer_rules import payer_rules
from claims.remittance import Remittance
from claims.underpayments import find_underpayments
from claims.x12 import parse_x12, write_transactions
from claims.x12.transactions import Transaction
from features.batch import ClaimBatch
from features.history import History
from serving.own_files import OwnFiles
from serving.work_queue.work_item import WorkItem
from serving.work_queue.worklist import Worklist, make_worklist
from tests import factories as make

START = make.SUBMITTED_ON


def day(number: int) -> date:
    return START + timedelta(days=number)


class Office:
    """Everything is told by the number of days since `START`."""

    def __init__(self, own: OwnFiles | None = None) -> None:
        self._transactions: list[Transaction] = []
        self._appeals: list[dict[str, Any]] = []
        self._own = own or OwnFiles()

    def send(self, number: str = "PCN1", *, on: int = 0, charge: int = 150, code: str = "CI", **changes: Any) -> None:
        """Send a claim (837)."""
        lines = changes.pop("lines", (make.service_line(charge=charge),))
        subscriber = make.subscriber(claim_filing_indicator_code=code)
        claim = make.claim(number, submitted_on=day(on), lines=lines, subscriber=subscriber, **changes)
        self._add(make.claim_transaction(claim, control_number=self._number, reference=self._number), on)

    def load(self, *answers: Remittance, on: int, payer_id: str = "PAYER1") -> None:
        """Load answers (835)."""
        paid = sum((answer.paid_amount for answer in answers), make.money(0))
        payment = make.payment(payer_id, on=day(on), payment_amount=max(paid, make.money(0)))
        self._add(
            make.remittance_transaction(*answers, payer_id=payer_id, on=day(on), control_number=self._number, payment=payment),
            on,
        )

    def reject(self, number: str = "PCN1", *, on: int, status: str = "164", entity: str = "IL", category: str = "A7") -> None:
        """Load a rejection (277CA)."""
        one = make.acknowledgment(number, category_code=category)
        statuses = tuple(replace(each, status_code=status, entity_code=entity) for each in one.statuses)
        self._add(make.acknowledgment_transaction(replace(one, statuses=statuses), on=day(on), control_number=self._number), on)

    def appeal(
        self,
        number: str = "PCN1",
        *,
        filed: int,
        level: int = 1,
        outcome: str = "pending",
        decided: int | None = None,
        recovered: int = 0,
    ) -> None:
        """File an appeal; what was decided is known on its day."""
        self._appeals.append(
            {
                "patient_control_number": number,
                "payer_id": "PAYER1",
                "level": level,
                "filed_on": day(filed),
                "known_on": day(filed),
                "decided_on": None if decided is None else day(decided),
                "outcome": outcome,
                "recovered_amount": make.money(recovered),
                "minutes_spent": 30.0,
            }
        )

    def work(self, on: int) -> Worklist:
        """Look at what is work on the morning of a day."""
        store = make.fill_store(make.MemoryHistory(), *self._read_back(), csv_rows={"appeals": self._appeals})
        before = day(on)
        adjudication = adjudicate(store, before=before)
        claims = ClaimBatch.from_tables(store.read("claims", before=before), store.read("claim_lines", before=before))
        history = History.from_parts(store, adjudication=adjudication, batch=claims, before=before)  # type: ignore[arg-type]
        rules = payer_rules(store.read("payers"), self._own.rules)
        underpayments = find_underpayments(store, adjudication, before=before, fees=self._own.fees)  # type: ignore[arg-type]
        return make_worklist(adjudication, claims, history, underpayments, None, rules=rules, as_of=before)

    def items(self, on: int) -> list[WorkItem]:
        """List the items of a day."""
        return self.work(on).items

    def item(self, on: int) -> WorkItem:
        """Give the one item of a day."""
        (item,) = self.items(on)
        return item

    @property
    def _number(self) -> str:
        return f"{len(self._transactions) + 1:04}"

    def _add(self, transaction: Any, on: int) -> None:
        envelope = replace(transaction.envelope, created_on=day(on), group_control_number=str(len(self._transactions) + 1))
        self._transactions.append(replace(transaction, envelope=envelope))

    def _read_back(self) -> list[Transaction]:
        read: list[Transaction] = []
        for transaction in self._transactions:
            batch = parse_x12(write_transactions([transaction]), file="written")
            assert batch.rejected == ()
            read += batch.transactions
        return read


def answer(
    number: str = "PCN1", *, charge: int = 150, adjustments: tuple[Adjustment, ...] = (), icn: str = "ICN1", **changes: Any
) -> Remittance:
    line = make.remittance_line(charge=charge, adjustments=adjustments)
    return make.remittance(number, lines=(line,), payer_claim_control_number=icn, **changes)


def denial(number: str = "PCN1", *, carc: str = "50", charge: int = 150, **changes: Any) -> Remittance:
    return answer(number, charge=charge, adjustments=(make.adjustment("CO", carc, charge),), **changes)


def paid(number: str = "PCN1", *, allowed: int = 100, charge: int = 150, **changes: Any) -> Remittance:
    adjustments = (make.adjustment("CO", "45", charge - allowed),) if allowed < charge else ()
    return answer(number, charge=charge, adjustments=adjustments, **changes)
