"""Texts of the pages: French in the code and the templates, other languages from the catalogues in this folder.

In Python: `from gateway.translations import N_, Labels, _, ngettext`. Templates always have `_`, `ngettext` and
`{% trans %}`. `make translations` renews the catalogues.
"""

from gateway.translations.texts import N_, Labels, _, ngettext

__all__ = ["N_", "Labels", "_", "ngettext"]
