"""Golden: a packet is drawn, read back by other libraries, and holds every fact; every gap is bracketed and highlighted."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.enum.text import WD_COLOR_INDEX
from docx.text.paragraph import Paragraph
from pypdf import PdfReader

from serving.packet.docx_writer import write_docx
from serving.packet.packet import CLAIM_FACTS, Packet
from serving.packet.pdf_writer import write_pdf
from serving.packet.words import plain
from tests.serving.packet.cases import CARC_OF, denied_for, world


def _paragraphs(content: bytes) -> list[Paragraph]:
    document = Document(BytesIO(content))
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    return [*document.paragraphs, *(paragraph for cell in cells for paragraph in cell.paragraphs)]


def docx_text(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in _paragraphs(content))


def pdf_text(content: bytes) -> str:
    """Give the text with all white space taken out: a PDF breaks lines where the page does."""
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))


def _expected(packet: Packet) -> list[str]:
    values = [fact.value for fact in packet.facts.values() if fact.value]
    letter = packet.letter
    texts = [plain(letter.subject), plain(letter.opening), *map(plain, letter.argument), plain(letter.request)] if letter else []
    lines = [text for line in packet.lines for text in (line.charge, line.denied, line.reasons) if text]
    sources = [each.source for each in packet.citations] if letter else []
    return [*values, *texts, *lines, *sources, *map(plain, packet.checklist), *map(plain, packet.documents)]


@pytest.mark.parametrize("category", sorted(CARC_OF))
def test_docx_holds_every_fact_and_gap(category: str, tmp_path: Path) -> None:
    packet = world(tmp_path, answer=denied_for(category)).packet("appeal")
    text = docx_text(write_docx(packet))
    assert [missing for missing in _expected(packet) if missing not in text] == []
    assert [gap for gap in packet.gaps if f"[{gap}]" not in text] == []


@pytest.mark.parametrize("action", ["appeal", "send_records", "follow_up", "correct_and_resubmit", "bill_patient"])
def test_pdf_holds_every_fact_and_gap(action: str, tmp_path: Path) -> None:
    packet = world(tmp_path).packet(action)
    text = pdf_text(write_pdf(packet))
    assert [missing for missing in _expected(packet) if re.sub(r"\s+", "", missing) not in text] == []
    assert [gap for gap in packet.gaps if re.sub(r"\s+", "", f"[{gap}]") not in text] == []


def test_every_gap_of_the_docx_is_highlighted_and_nothing_else(tmp_path: Path) -> None:
    packet = world(tmp_path).packet("appeal")
    runs = [run for paragraph in _paragraphs(write_docx(packet)) for run in paragraph.runs]
    marked = {run.text for run in runs if run.font.highlight_color == WD_COLOR_INDEX.YELLOW}
    assert marked == {f"[{gap}]" for gap in packet.gaps}
    assert not any(run.text.startswith("[") for run in runs if run.font.highlight_color is None)


def test_the_same_packet_gives_the_same_pdf(tmp_path: Path) -> None:
    packet = world(tmp_path).packet("appeal")
    assert write_pdf(packet) == write_pdf(packet)


def test_every_fact_of_the_claim_s_block_is_shown_in_the_letter(tmp_path: Path) -> None:
    packet = world(tmp_path).packet("appeal")
    first = re.sub(r"\s+", "", PdfReader(BytesIO(write_pdf(packet))).pages[0].extract_text())
    shown = [re.sub(r"\s+", "", plain(packet.facts[name].words)) for name in CLAIM_FACTS]
    assert [one for one in shown if one not in first] == []
