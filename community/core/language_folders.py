"""The languages that people write in: each folder of `community/languages` that has a `language.yaml` is one.

That file says of a language what every part of the program needs: its name, the direction and script it is written
in, how it writes dates and lists. Its words are in the other files of the folder (`community.search.word_files`). It is
read here without a YAML library, which no start of the program needs: one ``name: value`` or ``name: [value, value]``
follows the other. A test compares what is read here with what a YAML library reads.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from community.core.languages import SOURCE_LANGUAGE

FOLDER = Path(__file__).parent.parent / "languages"
LANGUAGE_FILE = "language.yaml"
_SETTING = re.compile(r"^(\w+):\s*(\[?)((?<=\[)[^\]]*|.*?)\]?\s*$", re.MULTILINE)
_ITEM = re.compile(r'"([^"]*)"|([^\s,"][^,"]*)')
_COMMENT = re.compile(r"^#.*\n", re.MULTILINE)
_LATIN = "LATIN"
_LAST = 1000
"""The place of a language that names none."""


@dataclass(frozen=True, slots=True)
class Language:
    """What every part of the program needs to know of a language. ``name`` is its own name of itself.

    ``complete``: the tests require every table of words and every sentence of the chat. Any other language may have a
    part of them; what it lacks is that of ``fallback``. ``locale`` is the one for dates, countries and numbers in the
    CLDR. ``letters`` is the first word of the Unicode names of its letters. Behind a sign of ``blank_after``, and
    before one of ``blank_before``, there is a blank at which no line ends. ``table_yes`` and ``table_no`` are the words
    of spreadsheets; ``unnamed`` are words that do not count where names of entries are compared. ``plurals`` are
    endings of folded plurals, each with that of the singular behind a blank. ``elisions`` are what is left of small
    words before an apostrophe. ``attached_articles`` and ``attached_endings`` are written on to a word of Arabic
    letters.
    """

    code: str
    name: str
    complete: bool = False
    order: int = _LAST
    fallback: str = SOURCE_LANGUAGE
    locale: str = ""
    letters: str = _LATIN
    right_to_left: bool = False
    comma: str = ", "
    blank_after: str = ""
    blank_before: str = ""
    first_of_month: str = "1"
    alumni: str = ""
    table_yes: tuple[str, ...] = ()
    table_no: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    plurals: tuple[str, ...] = ()
    elisions: tuple[str, ...] = ()
    attached_articles: tuple[str, ...] = ()
    attached_endings: tuple[str, ...] = ()


def settings(text: str) -> dict[str, str | tuple[str, ...]]:
    """Return what a `language.yaml` says, by the names in it; each value as text or as a list of texts."""
    found: dict[str, str | tuple[str, ...]] = {}
    for name, is_list, value in _SETTING.findall(_COMMENT.sub("", text)):
        listed = tuple(quoted or bare.strip() for quoted, bare in _ITEM.findall(value))
        found[name] = listed if is_list else value.strip('"')
    return found


def read_language(code: str, text: str) -> Language:
    """Return the language whose `language.yaml` has that text."""
    found = settings(text)
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    lists = {name: value for name, value in found.items() if not isinstance(value, str)}

    def of(name: str, default: str) -> str:
        return texts.get(name, default)

    return Language(
        code,
        name=of("name", code),
        complete=of("complete", "") == "true",
        order=int(of("order", str(_LAST))),
        fallback=of("fallback", SOURCE_LANGUAGE),
        locale=of("locale", code),
        letters=of("letters", _LATIN),
        right_to_left=of("right_to_left", "") == "true",
        comma=of("comma", ", "),
        blank_after=of("blank_after", ""),
        blank_before=of("blank_before", ""),
        first_of_month=of("first_of_month", "1"),
        alumni=of("alumni", ""),
        table_yes=lists.get("table_yes", ()),
        table_no=lists.get("table_no", ()),
        unnamed=lists.get("unnamed", ()),
        plurals=lists.get("plurals", ()),
        elisions=lists.get("elisions", ()),
        attached_articles=lists.get("attached_articles", ()),
        attached_endings=lists.get("attached_endings", ()),
    )


def languages_in(folder: Path) -> Mapping[str, Language]:
    """Return each language that has a `language.yaml` below a folder, by its code, in their order."""
    found = (
        read_language(path.parent.name, path.read_text(encoding="utf-8"))
        for path in folder.glob(f"*/{LANGUAGE_FILE}")
    )
    return {one.code: one for one in sorted(found, key=lambda one: (one.order, one.code))}


LANGUAGE = languages_in(FOLDER)
"""Each language by its code."""
LANGUAGES = tuple(LANGUAGE)
"""The languages that the bot is asked in and answers in, as far as it knows them."""
CHAT_LANGUAGES = tuple(code for code, one in LANGUAGE.items() if one.complete)
"""Those that it knows whole: every sentence said in chat exists in them.

A test lists the modules in which such sentences stand.
"""


def language(code: str) -> Language:
    """Return what is known of a language; for one without a folder, what most languages do."""
    return LANGUAGE.get(code) or Language(code, code, locale=code)


def languages_of_letters(word: str) -> tuple[str, ...]:
    """Return the languages that are written in the letters of a word; none for Latin letters, which most have."""
    if word[:1].isascii():
        return ()
    name = unicodedata.name(word[:1], "")
    return tuple(
        code for code, one in LANGUAGE.items() if one.letters != _LATIN and name.startswith(one.letters)
    )


def with_stand_ins(codes: Sequence[str]) -> tuple[str, ...]:
    """Return a reader's languages, then those that stand in for the ones that have only a part of the files."""
    partial = [code for code in codes if code in LANGUAGE and not LANGUAGE[code].complete]
    return tuple(dict.fromkeys((*codes, *(other for code in partial for other in with_fallbacks(code)))))


def with_fallbacks(code: str) -> tuple[str, ...]:
    """Return a language and those that stand in for what it lacks, the nearest first."""
    found = [code]
    while (following := language(found[-1]).fallback) not in found:
        found.append(following)
    return tuple(dict.fromkeys((*found, SOURCE_LANGUAGE)))
