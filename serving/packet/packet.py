"""Owns what a packet is: everything that the papers for one denial say, before any paper is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from serving.packet.evidence import Evidence
from serving.packet.words import Fact, Words, gaps_in


@dataclass(frozen=True, kw_only=True)
class AnsweredLine:
    """One service line as the remittance answers it; texts as they are shown."""

    service_on: str
    procedure: str
    charge: str
    paid: str
    denied: str
    reasons: str
    remarks: str


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A rule that the letter or the person may refer to, with where it is written."""

    text: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Sending:
    """Where, how and by when. `due_on` `None` = no limit is known; `days_left` is negative once it has passed."""

    file_with: Words
    how: Words
    ways: tuple[Words, ...]  # addresses of this payer
    must_contain: tuple[str, ...]
    due_on: date | None
    days_left: int | None
    due_words: Words
    due_source: str


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What goes to the payer."""

    subject: Words
    opening: Words
    argument: tuple[Words, ...]
    request: Words


@dataclass(frozen=True, kw_only=True)
class Packet:
    """The papers for one denial. `letter` is `None` where nothing is to be written to the payer. Nothing in it is invented."""

    item_key: str
    title: str
    action: str
    reason: str
    category: str
    category_title: str
    made_on: date
    level: int
    facts: Mapping[str, Fact]
    lines: tuple[AnsweredLine, ...]
    letter: Letter | None
    evidence: tuple[Evidence, ...]
    citations: tuple[Citation, ...]
    documents: tuple[Words, ...]
    checklist: tuple[Words, ...]
    warnings: tuple[str, ...]
    sending: Sending

    @property
    def gaps(self) -> tuple[str, ...]:
        """List what a person must still fill in, in the order of the papers, each once."""
        return gaps_in(self._words())

    def _words(self) -> tuple[Words, ...]:
        letter: tuple[Words, ...] = ()
        if self.letter:
            heads = tuple(self.facts[name].words for name in LETTER_FACTS)
            body = (self.letter.subject, self.letter.opening, *self.letter.argument, self.letter.request)
            letter = (*heads, *body, *self.documents, *(self.facts[name].words for name in ("signer_name", "signer_title")))
        sending = (self.sending.file_with, self.sending.how, *self.sending.ways, self.sending.due_words)
        shown = tuple(self.facts[name].words for name in CLAIM_FACTS)
        return (*letter, *sending, *shown, *self.checklist, *self.documents)


LETTERHEAD_FACTS = ("practice_name", "practice_address", "practice_phone", "practice_tax_id")
# The rows of the block that names the claim in a letter, in order.
CLAIM_FACTS = (
    "patient_name", "patient_birth_on", "member_id", "group_number", "payer_claim_control_number", "patient_control_number",
    "service_days", "charge_amount", "denied_amount", "denied_on", "reason_codes", "remark_codes", "billing_provider_npi",
    "rendering_provider_npi",
)  # fmt: skip
LETTER_FACTS = (*LETTERHEAD_FACTS, "payer_name", "payer_address", *CLAIM_FACTS)
