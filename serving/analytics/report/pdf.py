"""Owns the PDF of a report: pictures and tables on letter paper, fonts embedded."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.platypus import Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import Table as PdfTable

from serving.analytics.book import Book
from serving.analytics.definitions import Measure
from serving.analytics.report.briefs import Brief, CauseBrief, claims_words, trend_words
from serving.analytics.report.tables import Table, brief_table, measure_table, segment_tables
from serving.packet.pdf_writer import BOLD, FONT, register_fonts

MARGIN = 0.7 * inch
WIDTH = LETTER[0] - 2 * MARGIN
_TEXT = ParagraphStyle("text", fontName=FONT, fontSize=8, leading=10.5)
_SOFT = ParagraphStyle("soft", parent=_TEXT, textColor=HexColor("#5a6675"))
_HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=11, leading=15, spaceBefore=10, spaceAfter=4)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=17, leading=22)
_RIGHT = ParagraphStyle("right", parent=_TEXT, alignment=2)
_LINES = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor("#dfe4ea")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
)
FIRST_COLUMN = 0.34


def render_pdf(book: Book, available: Iterable[Measure], pictures: Mapping[str, bytes], briefs: Mapping[str, Brief]) -> bytes:
    """Draw the report; the same figures give the same bytes."""
    register_fonts()
    drawn: list[Any] = [
        Paragraph("Denials", _TITLE),
        Paragraph(f"{book.facts.as_of:%Y-%m-%d}; {book.facts.rows:,} submissions. Rates count known outcomes only.", _SOFT),
        Spacer(1, 8),
    ]
    drawn += [_image(content) for content in pictures.values()]
    for table in (brief_table(briefs.values()), *segment_tables(book), measure_table(book, available)):
        drawn.append(KeepTogether(_drawn_table(table)))
    return _built(drawn)


def render_brief_pdf(brief: Brief) -> bytes:
    """Draw one owner's brief; the same brief gives the same bytes."""
    register_fonts()
    span = f"{brief.since:%Y-%m-%d} to {brief.until:%Y-%m-%d}: {claims_words(brief.claims)}, ${brief.dollars:,.0f} denied."
    drawn: list[Any] = [Paragraph(f"Denials that {escape(brief.owner)} can prevent", _TITLE), Paragraph(span, _SOFT)]
    drawn += [KeepTogether(_drawn_cause(one)) for one in brief.causes]
    drawn += [Spacer(1, 10), Paragraph("Claim ids identify patients' claims: keep this inside the practice.", _SOFT)]
    return _built(drawn)


def _built(drawn: list[Any]) -> bytes:
    out = BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=LETTER, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN, title="Denials",
        author="", invariant=1,
    )  # fmt: skip
    document.build(drawn, onFirstPage=_number_page, onLaterPages=_number_page)
    return out.getvalue()


def _drawn_cause(one: CauseBrief) -> list[Any]:
    told = f"${one.dollars:,.0f} on {claims_words(one.claims)}, {trend_words(one)}; ${one.open_dollars:,.0f} still open."
    sources = Table(
        title=one.title,
        columns=("Where from", "Claims", "Dollars"),
        rows=tuple((f"{each.dimension}: {each.label}", f"{each.claims:,}", f"${each.dollars:,.0f}") for each in one.sources),
        note=f"For example: {', '.join(one.example_claim_ids)}",
    )
    head, *rest = _drawn_table(sources)
    return [head, Paragraph(told, _TEXT), Paragraph(f"<b>{escape(one.change)}</b>", _TEXT), Spacer(1, 4), *rest]


def _image(content: bytes) -> Image:
    image = Image(BytesIO(content))
    scale = WIDTH / image.imageWidth
    image.drawWidth, image.drawHeight = WIDTH, image.imageHeight * scale
    return image


def _drawn_table(table: Table) -> list[Any]:
    rest = WIDTH * (1 - FIRST_COLUMN) / (len(table.columns) - 1)
    rows = [[_cell(text, at, bold=True) for at, text in enumerate(table.columns)]]
    rows += [[_cell(text, at) for at, text in enumerate(row)] for row in table.rows]
    widths = [WIDTH * FIRST_COLUMN, *[rest] * (len(table.columns) - 1)]
    found: list[Any] = [Paragraph(escape(table.title), _HEAD), PdfTable(rows, colWidths=widths, style=_LINES, repeatRows=1)]
    return [*found, Paragraph(escape(table.note), _SOFT)] if table.note else found


def _cell(text: str, at: int, *, bold: bool = False) -> Paragraph:
    shown = escape(text)
    return Paragraph(f'<font name="{BOLD}">{shown}</font>' if bold else shown, _RIGHT if at else _TEXT)


def _number_page(canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 7)
    canvas.drawRightString(LETTER[0] - MARGIN, 0.4 * inch, f"{document.page}")
