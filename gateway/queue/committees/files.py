"""Documents as downloads."""

from __future__ import annotations

from importlib import import_module

from flask import Response

from gateway.documents.document import MeetingDocument

FORMS = ("docx", "pdf")


def drawn(form: str, contents: MeetingDocument) -> tuple[bytes, str]:
    """The bytes of a document as `pdf` or `docx`, and their content type."""
    # Imported when one is asked for: the drawing libraries would double the memory of every web process.
    drawing = import_module(f"gateway.documents.{form}")
    return getattr(drawing, form)(contents), drawing.CONTENT_TYPE


def file_response(body: bytes, content_type: str, name: str) -> Response:
    """A download with a file name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=content_type, headers=headers)
