"""Writes a document as PDF, for printing and filing."""

from __future__ import annotations

from html import escape
from io import BytesIO
from pathlib import Path

import reportlab
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from flows.screen import to_gsm
from gateway.documents.document import MeetingDocument, Section

CONTENT_TYPE = "application/pdf"
FONTS = Path(reportlab.__file__).parent / "fonts"
"""Vera comes with reportlab, so no font has to be installed."""
WIDTH = A4[0] - 4.4 * cm

PLAIN = ParagraphStyle("plain", fontName="Vera", fontSize=9.5, leading=13)
BODY = ParagraphStyle("body", parent=PLAIN, spaceAfter=6)
"""Paragraphs of a text, as in a letter."""
SMALL = ParagraphStyle("small", parent=PLAIN, fontSize=8.5, leading=11)
CENTRED = ParagraphStyle("centred", parent=PLAIN, alignment=TA_CENTER)
TITLE = ParagraphStyle(
    "title", parent=CENTRED, fontName="VeraBd", fontSize=13, leading=18, spaceBefore=10, spaceAfter=8
)
HEADING = ParagraphStyle("heading", parent=PLAIN, fontName="VeraBd", fontSize=10.5, spaceBefore=10, spaceAfter=4)


def pdf(shown: MeetingDocument) -> bytes:
    """Returns a document as a PDF file, A4."""
    _fonts()
    out = BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=2.2 * cm, rightMargin=2.2 * cm, topMargin=2 * cm, bottomMargin=2 * cm,
        title=shown.title, author=shown.issued_by, lang="fr",
    )  # fmt: skip
    story: list[Flowable] = [_line(text, CENTRED) for text in (*shown.heading, shown.issued_by)]
    story.append(_line(shown.title, TITLE))
    story += [Paragraph(f"<b>{escape(name)} :</b> {escape(_printable(value))}", PLAIN) for name, value in shown.facts]
    for section in shown.sections:
        story += _section(section)
    story += [Spacer(1, 1.2 * cm), _grid([[_line(who, CENTRED) for who in shown.signatures]], None)]
    document.build(story)
    return out.getvalue()


def _fonts() -> None:
    for name in ("Vera", "VeraBd"):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    pdfmetrics.registerFontFamily("Vera", normal="Vera", bold="VeraBd", italic="Vera", boldItalic="VeraBd")


def _section(section: Section) -> list[Flowable]:
    story: list[Flowable] = [_line(section.title, HEADING)] if section.title else [Spacer(1, 0.4 * cm)]
    story += [_line(text, PLAIN if section.title else BODY) for text in section.paragraphs]
    if section.table:
        cells = [[_line(text, SMALL) for text in row] for row in section.table]
        widths = {3: (0.07, 0.75, 0.18), 4: (0.07, 0.36, 0.15, 0.42)}.get(len(section.table[0]))
        story.append(_grid(cells, [share * WIDTH for share in widths] if widths else None, lines=True))
    return story


def _grid(cells: list[list[Paragraph]], widths: list[float] | None, lines: bool = False) -> Table:
    style = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")])
    if lines:
        style.add("GRID", (0, 0), (-1, -1), 0.4, colors.grey)
        style.add("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke)
    # A row that is longer than a page continues on the next one.
    return Table(cells, colWidths=widths, style=style, repeatRows=int(lines), splitInRow=1)


def _line(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(_printable(text)).replace("\n", "<br/>"), style)


def _printable(text: str) -> str:
    """Replaces letters that Vera lacks (such as ɛ ɔ ɲ ŋ) by the nearest ones, as on a phone."""
    known = pdfmetrics.getFont("Vera").face.charToGlyph  # type: ignore[attr-defined]
    return "".join(char if ord(char) in known else to_gsm(char) for char in text)
