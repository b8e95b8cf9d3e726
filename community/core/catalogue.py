"""Reading a gettext catalogue (``.po``) as text.

Babel reads these files too and takes longer to import than a whole catalogue takes to read here, at the start of each
command. What is read is what a catalogue of ours has: entries with one form or several, comments, the header. A test
compares both readers on every catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from gettext import NullTranslations, c2py

_ESCAPE = re.compile(r"\\(.)")
_MEANT = {"n": "\n", "t": "\t", "r": "\r"}
_PLURAL = re.compile(r"^Plural-Forms:.*?\bplural=(.*?);?\s*$", re.MULTILINE)
_ID, _FORM = "msgid", "msgstr"


class Catalogue(NullTranslations):
    """The sentences of one file; what it lacks is asked of its fallback, and is English at last."""

    def __init__(self, forms: Mapping[str, tuple[str, ...]], plural: Callable[[int], int]) -> None:
        super().__init__()
        self._forms = forms
        self._plural = plural

    def gettext(self, message: str) -> str:
        """Return the sentence, translated."""
        forms = self._forms.get(message)
        return super().gettext(message) if forms is None else forms[0]

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form of the sentence that goes with ``n``."""
        forms = self._forms.get(msgid1)
        return super().ngettext(msgid1, msgid2, n) if forms is None else forms[self._plural(n)]


def read_catalogue(text: str) -> Catalogue:
    """Return the catalogue of a file; an entry marked as fuzzy, or with an empty form, is left out."""
    entries = dict(_entries(text))
    (header,) = entries.pop("", ("",))
    rule = _PLURAL.search(header)
    forms = {sentence: said for sentence, said in entries.items() if all(said)}
    return Catalogue(forms, c2py("n != 1" if rule is None else rule[1]))


def _entries(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each sentence (its singular) with its forms."""
    fields: dict[str, str] = {}
    name, is_fuzzy, follows_fuzzy = "", False, False
    for line in (*text.splitlines(), _ID):
        if line.startswith("#"):
            follows_fuzzy = follows_fuzzy or (line.startswith("#,") and "fuzzy" in line)
            continue
        word, quote, rest = line.partition('"')
        name = word.strip() or name
        if word.strip() == _ID:
            if fields and not is_fuzzy:
                yield fields[_ID], tuple(said for name, said in fields.items() if name.startswith(_FORM))
            fields, is_fuzzy, follows_fuzzy = {}, follows_fuzzy, False
        if quote:
            fields[name] = fields.get(name, "") + _unescaped(rest.rstrip().removesuffix('"'))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[1]), text) if "\\" in text else text
