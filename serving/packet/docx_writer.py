"""Owns drawing a packet as a Word document: gaps are bracketed and highlighted, so that none goes out unseen."""

from io import BytesIO

from docx import Document
from docx.document import Document as DocxDocument
from docx.enum.text import WD_BREAK, WD_COLOR_INDEX
from docx.shared import Inches, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph as DocxParagraph

from serving.packet.layout import Block, Bullets, Heading, PageBreak, Paragraph, Table, blocks
from serving.packet.packet import Packet
from serving.packet.words import Words

TEXT_INCHES = 6.5
BOX = "\N{BALLOT BOX} "


def write_docx(packet: Packet) -> bytes:
    """Draw the packet as a .docx file."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Inches(8.5), Inches(11)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Inches(1)
    normal = document.styles["Normal"]
    normal.font.size = Pt(10.5)
    normal.paragraph_format.space_after = Pt(5)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = packet.title, "", ""
    for block in blocks(packet):
        _draw(block, document)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _draw(block: Block, document: DocxDocument) -> None:
    if isinstance(block, Heading):
        document.add_heading(block.text, level=block.level)
    elif isinstance(block, Paragraph):
        _write(block.words, document.add_paragraph(), is_bold=block.is_bold)
    elif isinstance(block, Bullets):
        for entry in block.entries:
            paragraph = document.add_paragraph(style=None if block.is_checklist else "List Bullet")
            paragraph.paragraph_format.space_after = Pt(2)
            if block.is_checklist:
                paragraph.add_run(BOX)
            _write(entry, paragraph)
    elif isinstance(block, Table):
        _draw_table(block, document)
    elif isinstance(block, PageBreak):
        document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _draw_table(block: Table, document: DocxDocument) -> None:
    table = document.add_table(rows=0, cols=len(block.widths))
    table.style = "Table Grid"
    table.autofit = False
    if block.header:
        cells = table.add_row().cells
        for cell, text in zip(cells, block.header, strict=True):
            _cell_paragraph(cell).add_run(text).bold = True
    for row in block.rows:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            _write(words, _cell_paragraph(cell))
    for drawn in table.rows:
        for cell, share in zip(drawn.cells, block.widths, strict=True):
            cell.width = Inches(TEXT_INCHES * share)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _cell_paragraph(cell: _Cell) -> DocxParagraph:
    paragraph: DocxParagraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(1)
    return paragraph


def _write(words: Words, paragraph: DocxParagraph, *, is_bold: bool = False) -> None:
    for piece in words:
        run = paragraph.add_run(str(piece))
        run.bold = is_bold or None
        if piece.is_gap:
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW
