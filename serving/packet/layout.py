"""Owns the order of a packet on paper: blocks that every renderer draws alike. The letter first, then the office's sheet."""

from collections.abc import Iterator
from dataclasses import dataclass

from serving.packet.packet import CLAIM_FACTS, Packet
from serving.packet.words import Piece, Words, day, fill, said


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading; level 1 = of the whole paper."""

    text: str
    level: int = 2


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A paragraph."""

    words: Words
    is_bold: bool = False


@dataclass(frozen=True, kw_only=True)
class Bullets:
    """A list; with `is_checklist` each entry has a box to tick."""

    entries: tuple[Words, ...]
    is_checklist: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells of equal number; `header` may be empty. `widths` are shares that add up to 1."""

    header: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class PageBreak:
    """A new page."""


Block = Heading | Paragraph | Bullets | Table | PageBreak


def blocks(packet: Packet) -> Iterator[Block]:
    """Lay out a packet."""
    if packet.letter is not None:
        yield from _letter(packet)
        yield PageBreak()
    yield from _sheet(packet)


def _letter(packet: Packet) -> Iterator[Block]:
    facts, letter = packet.facts, packet.letter
    assert letter is not None  # noqa: S101  asked by `blocks`
    yield Paragraph(words=facts["practice_name"].words, is_bold=True)
    yield Paragraph(words=facts["practice_address"].words)
    yield Paragraph(words=fill("Telephone {practice_phone}   Tax id {practice_tax_id}   NPI {billing_provider_npi}", facts))
    yield Paragraph(words=said(day(packet.made_on)))
    yield Paragraph(words=facts["payer_name"].words, is_bold=True)
    yield Paragraph(words=facts["payer_address"].words)
    yield Heading(text="".join(str(piece) for piece in letter.subject))
    yield _claim_table(packet)
    yield Paragraph(words=said("To whom it may concern:"))
    yield Paragraph(words=letter.opening)
    yield _line_table(packet)
    for paragraph in letter.argument:
        yield Paragraph(words=paragraph)
    if packet.evidence:
        yield Paragraph(words=said("Our records show:"))
        yield Bullets(entries=tuple(said(each.text) for each in packet.evidence))
    if packet.citations:
        yield Paragraph(words=said("Rules we refer to:"))
        yield Bullets(entries=tuple(said(f"{each.text} ({each.source})") for each in packet.citations))
    yield Paragraph(words=letter.request)
    yield Paragraph(words=said("Sincerely,"))
    yield Paragraph(words=fill("{signer_name}, {signer_title}", facts))
    yield Paragraph(words=said("Enclosures:"))
    yield Bullets(entries=packet.documents)


def _sheet(packet: Packet) -> Iterator[Block]:
    yield Heading(text=f"{packet.title}: sheet for the office, not to be sent", level=1)
    yield Paragraph(words=said(f"{packet.category_title}. Next action: {packet.action.replace('_', ' ')}; {packet.reason}."))
    if packet.warnings:
        yield Heading(text="Mind")
        yield Bullets(entries=tuple(said(warning) for warning in packet.warnings))
    yield Heading(text="Where, how and by when")
    yield _sending_table(packet)
    if packet.letter is None:
        yield Heading(text="The claim")
        yield _claim_table(packet)
        yield _line_table(packet)
        if packet.evidence:
            yield Heading(text="On record")
            yield Bullets(entries=tuple(said(f"{each.text} ({each.source})") for each in packet.evidence))
        yield Heading(text="Documents to have at hand")
        yield Bullets(entries=packet.documents)
    yield Heading(text="Checklist")
    yield Bullets(entries=packet.checklist, is_checklist=True)
    gaps = packet.gaps
    yield Heading(text=f"To fill in ({len(gaps)})" if gaps else "Nothing is left to fill in")
    yield Bullets(entries=tuple((Piece(text=text, is_gap=True),) for text in gaps), is_checklist=True)
    yield Heading(text="Where each fact comes from")
    yield Table(
        header=("Fact", "Value", "Source"),
        rows=tuple((said(fact.label), said(fact.value), said(fact.source)) for fact in packet.facts.values() if fact.value),
        widths=(0.26, 0.5, 0.24),
    )


def _claim_table(packet: Packet) -> Table:
    facts = [packet.facts[name] for name in CLAIM_FACTS]
    return Table(header=(), rows=tuple((said(fact.label), fact.words) for fact in facts), widths=(0.3, 0.7))


def _line_table(packet: Packet) -> Table:
    cells = [(li.service_on, li.procedure, li.charge, li.paid, li.denied, li.reasons, li.remarks) for li in packet.lines]
    return Table(
        header=("Service", "Procedure", "Charge", "Paid", "Denied", "Adjustments", "Remarks"),
        rows=tuple(tuple(said(text) for text in row) for row in cells),
        widths=(0.13, 0.15, 0.12, 0.11, 0.12, 0.25, 0.12),
    )


def _sending_table(packet: Packet) -> Table:
    sending = packet.sending
    rows = [
        (said("To"), sending.file_with),
        *((said("Address"), way) for way in sending.ways),
        (said("How"), sending.how),
        *((said("Must contain"), said(text)) for text in sending.must_contain),
        (said("By when"), sending.due_words),
    ]
    return Table(header=(), rows=tuple(rows), widths=(0.2, 0.8))
