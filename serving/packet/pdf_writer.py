"""Owns drawing a packet as a PDF, with fonts embedded: gaps are bracketed and highlighted. Needs no library of the system."""

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import PageBreak as PdfPageBreak
from reportlab.platypus import Paragraph as PdfParagraph
from reportlab.platypus import SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import Table as PdfTable

from serving.packet.layout import Block, Bullets, Heading, PageBreak, Paragraph, Table, blocks
from serving.packet.packet import Packet
from serving.packet.words import Words

FONT, BOLD = "DejaVuSans", "DejaVuSans-Bold"
MARGIN = 1 * inch
_TEXT_WIDTH = LETTER[0] - 2 * MARGIN
_GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.4, HexColor("#b5b5b5")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
)


def write_pdf(packet: Packet) -> bytes:
    """Draw the packet as a PDF; the same packet gives the same bytes."""
    register_fonts()
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=LETTER,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=0.8 * inch,
        bottomMargin=0.8 * inch,
        title=packet.title,
        author="",
        invariant=1,
    )
    drawn: list[Any] = [flowable for block in blocks(packet) for flowable in _draw(block)]
    document.build(drawn, onFirstPage=_number_page, onLaterPages=_number_page)
    return buffer.getvalue()


@cache
def register_fonts() -> None:
    """Take the fonts that matplotlib brings: PDF's built-in ones know Western letters alone."""
    folder = files("matplotlib").joinpath("mpl-data/fonts/ttf")
    for name in (FONT, BOLD):
        registerFont(TTFont(name, str(folder.joinpath(f"{name}.ttf"))))
    registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)


def _style(
    size: float, *, after: float, before: float = 0, bold: bool = False, indent: float = 0, leads: bool = False
) -> ParagraphStyle:
    return ParagraphStyle(
        "packet",
        fontName=BOLD if bold else FONT,
        fontSize=size,
        leading=size * 1.35,
        spaceAfter=after,
        spaceBefore=before,
        leftIndent=indent,
        bulletIndent=0,
        bulletFontName=FONT,
        keepWithNext=leads,
    )


def _draw(block: Block) -> list[Any]:
    if isinstance(block, Heading):
        size = 13 if block.level == 1 else 10.5
        return [PdfParagraph(escape(block.text), _style(size, after=4, before=8, bold=True, leads=True))]
    if isinstance(block, Paragraph):
        leads = str(block.words[-1]).endswith(":")  # what introduces a list stays with it
        return [PdfParagraph(_markup(block.words), _style(9, after=5, bold=block.is_bold, leads=leads))]
    if isinstance(block, Bullets):
        mark = "\N{BALLOT BOX}" if block.is_checklist else "\N{BULLET}"
        style = _style(9, after=2, indent=14)
        return [PdfParagraph(_markup(entry), style, bulletText=mark) for entry in block.entries] + [Spacer(1, 4)]
    if isinstance(block, PageBreak):
        return [PdfPageBreak()]
    return _draw_table(block)


def _draw_table(block: Table) -> list[Any]:
    style, header = _style(8, after=0), _style(8, after=0, bold=True)
    rows = [[PdfParagraph(escape(text), header) for text in block.header]] if block.header else []
    rows += [[PdfParagraph(_markup(words), style) for words in row] for row in block.rows]
    if not rows:
        return []
    widths = [share * _TEXT_WIDTH for share in block.widths]
    return [PdfTable(rows, colWidths=widths, style=_GRID, repeatRows=1 if block.header else 0), Spacer(1, 6)]


def _markup(words: Words) -> str:
    return "".join(
        f'<font backColor="#fff59d">{escape(str(piece))}</font>' if piece.is_gap else escape(piece.text) for piece in words
    )


def _number_page(canvas: Any, document: Any) -> None:
    canvas.saveState()
    canvas.setFont(FONT, 7)
    canvas.drawRightString(LETTER[0] - MARGIN, 0.5 * inch, f"Page {document.page}")
    canvas.restoreState()
