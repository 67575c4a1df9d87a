"""Cells of a spreadsheet that must not run as formulas, and such cells read back.

Excel and LibreOffice compute a cell that begins with one of these signs, also where an unexpected separator begins it
(OWASP, "CSV Injection"). An apostrophe before the sign makes it text.
"""

from __future__ import annotations

import re

_BEGINS = r"((?:^|[,;|\t\r\n])[\s\"]*)"
_SIGN = r"('*[=+\-@＝＋－＠])"  # the wide signs count in Excel's East Asian editions
_RUNS = re.compile(_BEGINS + _SIGN)
_DEFUSED = re.compile(_BEGINS + "'" + _SIGN)


def harmless(cell: str) -> str:
    """The cell with an apostrophe wherever a spreadsheet would begin to compute."""
    return _RUNS.sub(r"\1'\2", cell)


def restored(cell: str) -> str:
    """The cell as it was before `harmless`."""
    return _DEFUSED.sub(r"\1\2", cell)
