"""Owns the JSON of appeal packets: the packet out, a replacement asked for in."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from serving.api.queue_models import By
from serving.packet.corrections import VerifiedChange
from serving.packet.packet import Letter, Packet
from serving.packet.words import plain


class FactOut(BaseModel):
    """One fact; `value` null = not known, and `gap` says what to fill in."""

    label: str
    value: str | None
    gap: str | None
    source: str


class CitationOut(BaseModel):
    """A text with where it is written."""

    text: str
    source: str


class LetterOut(BaseModel):
    """What goes to the payer; gaps stand in brackets."""

    subject: str
    opening: str
    argument: list[str]
    request: str

    @classmethod
    def of(cls, letter: Letter) -> "LetterOut":
        """Copy from the letter."""
        return cls(
            subject=plain(letter.subject),
            opening=plain(letter.opening),
            argument=[plain(words) for words in letter.argument],
            request=plain(letter.request),
        )


class SendingOut(BaseModel):
    """Where, how and by when."""

    file_with: str
    how: str
    ways: list[str]
    must_contain: list[str]
    due_on: date | None
    days_left: int | None
    due: str


class PacketOut(BaseModel):
    """The papers for one denial. `gaps` lists what a person must still fill in; nothing is invented in their place."""

    item_id: str
    title: str
    action: str
    reason: str
    category: str
    made_on: date
    level: int = Field(description="The appeal level that comes next")
    facts: dict[str, FactOut]
    letter: LetterOut | None = Field(description="null where nothing is to be written to the payer")
    evidence: list[CitationOut] = Field(description="Rows on record that speak for the claim")
    citations: list[CitationOut]
    documents: list[str]
    checklist: list[str]
    warnings: list[str]
    sending: SendingOut
    gaps: list[str]

    @classmethod
    def of(cls, packet: Packet) -> "PacketOut":
        """Copy from the packet."""
        sending = packet.sending
        return cls(
            item_id=packet.item_key,
            title=packet.title,
            action=packet.action,
            reason=packet.reason,
            category=packet.category,
            made_on=packet.made_on,
            level=packet.level,
            facts={
                name: FactOut(
                    label=fact.label, value=fact.value, gap=None if fact.value else plain(fact.words), source=fact.source
                )
                for name, fact in packet.facts.items()
            },
            letter=None if packet.letter is None else LetterOut.of(packet.letter),
            evidence=[CitationOut(text=each.text, source=each.source) for each in packet.evidence],
            citations=[CitationOut(text=each.text, source=each.source) for each in packet.citations],
            documents=[plain(words) for words in packet.documents],
            checklist=[plain(words) for words in packet.checklist],
            warnings=list(packet.warnings),
            sending=SendingOut(
                file_with=plain(sending.file_with),
                how=plain(sending.how),
                ways=[plain(words) for words in sending.ways],
                must_contain=list(sending.must_contain),
                due_on=sending.due_on,
                days_left=sending.days_left,
                due=plain(sending.due_words),
            ),
            gaps=list(packet.gaps),
        )


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class VerifiedChangeIn(_In):
    """One correction that a person checked against the record."""

    field: Annotated[str, Field(min_length=1, max_length=40, examples=["authorization_number"])]
    value: Annotated[str, Field(max_length=200, examples=["A1234567"], description="Lists by comma; empty clears the field")]
    verified_in: Annotated[str, Field(min_length=3, max_length=200, examples=["the payer's portal, 2025-06-30"])]
    line_number: Annotated[int, Field(ge=1, le=999)] | None = None

    def to_change(self) -> VerifiedChange:
        """Make the record."""
        return VerifiedChange(field=self.field, value=self.value, verified_in=self.verified_in, line_number=self.line_number)


class ReplacementIn(_In):
    """The original 837, as it was sent, and the verified changes. The file is read, compared with the history, and not kept."""

    version: Annotated[int, Field(ge=1, description="The item's version")]
    by: By = None
    original: Annotated[str, Field(min_length=1, description="The text of the 837 file that holds the claim")]
    changes: Annotated[list[VerifiedChangeIn], Field(min_length=1, max_length=50)]
    leave_out: Annotated[list[str], Field(max_length=20, examples=[["PER"]])] = []
