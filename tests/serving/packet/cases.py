"""Cases of denials made through a real history: claim and remittance in, case and work item out."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from claims.adjudication import Adjudication, adjudicate
from claims.claim import Claim
from claims.history.store import HistoryStore
from claims.payer_rules import PayerRules, payer_rules
from claims.remittance import Remittance
from features.batch import ClaimBatch
from serving.packet.case import DenialCase, read_case
from serving.packet.compose import compose
from serving.packet.packet import Packet
from serving.packet.practice_file import PracticeFile
from serving.work_queue.work_item import WorkItem
from tests import factories as make
from tests.serving.work_queue.queues import ITEM

TODAY = date(2026, 4, 1)
CARC_OF = {
    "eligibility": ("27", ()), "coordination_of_benefits": ("22", ()), "patient_information": ("31", ()),
    "authorization": ("197", ()),
    "referral": ("288", ()), "coding": ("4", ()), "bundling": ("97", ()), "units_or_frequency": ("151", ()),
    "medical_necessity": ("50", ()), "documentation": ("252", ("N706",)), "duplicate": ("18", ()), "timely_filing": ("29", ()),
    "missing_information": ("16", ("N999",)), "wrong_payer": ("109", ()), "provider_enrollment": ("B7", ()),
    "non_covered": ("204", ()), "payer_processing": ("133", ()),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class World:
    """One denial with everything that papers are made of."""

    case: DenialCase
    claims: ClaimBatch
    rules: PayerRules

    def packet(self, action: str, *, practice: PracticeFile | None = None, **item: Any) -> Packet:
        """Make the papers for a next action."""
        facts: dict[str, Any] = {"denial_category": self.case.category, "next_action": action, "reason": "a reason"} | item
        return compose(self.case, self.item(**facts), rules=self.rules, practice=practice or PracticeFile(), today=TODAY)

    def item(self, **facts: Any) -> WorkItem:
        """Give the work item."""
        return replace(ITEM, key=self.case.key, claim_id=self.case.claim.patient_control_number, **facts)


def world(
    folder: Path,
    *,
    claim: Claim | None = None,
    answer: Remittance | None = None,
    csv_rows: dict[str, list[dict[str, Any]]] | None = None,
) -> World:
    """Ingest a claim and the answer that denies it; the default denies a visit for want of an authorization."""
    store = HistoryStore(str(folder / "history"))
    sent = make.claim_transaction(claim or make.claim())
    got = make.remittance_transaction(answer or make.denied(carc="197"))
    make.fill_store(store, sent, got, csv_rows=csv_rows)
    found: Adjudication = adjudicate(store)
    claims = ClaimBatch.from_tables(store.read("claims"), store.read("claim_lines"))
    key = found.denials["remittance_id"].to_pylist()[0]
    case = read_case(key, adjudication=found, claims=claims, store=store, before=TODAY)
    return World(case=case, claims=claims, rules=payer_rules(store.read("payers")))


def denied_for(category: str) -> Remittance:
    """Make the answer that denies its one line for a category."""
    carc, remarks = CARC_OF[category]
    line = make.remittance_line(adjustments=(make.adjustment("CO", carc, 150),), remark_codes=remarks)
    return make.remittance(lines=(line,))
