"""Writes a document as DOCX, for people who edit it further."""

from __future__ import annotations

from io import BytesIO

from docx import Document as new_document
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt

from gateway.documents.document import MeetingDocument, Section

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

LONGEST_PROPERTY = 255
"""Characters that python-docx accepts for a document property."""


def docx(shown: MeetingDocument) -> bytes:
    """Returns a document as a DOCX file, A4."""
    document = new_document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2.2)
    document.styles["Normal"].font.name = "Times New Roman"
    document.styles["Normal"].font.size = Pt(11)
    document.core_properties.author = shown.issued_by[:LONGEST_PROPERTY]
    document.core_properties.title = shown.title[:LONGEST_PROPERTY]
    for line in (*shown.heading, shown.issued_by):
        _centred(document, line, 11)
    _centred(document, shown.title, 14, bold=True)
    for name, value in shown.facts:
        fact_line = document.add_paragraph()
        fact_line.add_run(f"{name} : ").bold = True
        fact_line.add_run(value)
    for section in shown.sections:
        _section(document, section)
    signed = document.add_table(rows=1, cols=len(shown.signatures))
    for cell, who in zip(signed.rows[0].cells, shown.signatures, strict=True):
        cell.text = f"\n{who}\n\n\n"
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _centred(document: Document, text: str, size: int, bold: bool = False) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)


def _section(document: Document, section: Section) -> None:
    if section.title:
        document.add_heading(section.title, level=2)
    for line in section.paragraphs:
        document.add_paragraph(line)
    if section.table:
        table = document.add_table(rows=0, cols=len(section.table[0]))
        table.style = "Table Grid"
        for row in section.table:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
