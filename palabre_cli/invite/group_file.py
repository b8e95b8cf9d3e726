"""The names of those in a messenger's group, read from what the messenger exports: never their telephone numbers. Pure.

- A WhatsApp chat (text): before the first colon of each line that begins with a date and a time, written as the
  telephone's country does: ``[12/03/2026, 14:05:33] Awa: …`` (iOS), ``12/03/2026, 14:05 - Awa: …`` (Android). Whoever
  was never saved stands there with a number, or with a name of their own behind ``~``. What WhatsApp says (on iOS
  behind U+200E) is nobody's. Whoever never wrote anything is not there.
- A Telegram chat (JSON of Telegram Desktop): ``from`` of each message whose ``from_id`` is a user's.
- Contacts: ``FN`` of each card (vCard 2.1, 3.0, RFC 6350), as address books export a group.
"""

from __future__ import annotations

import json
import quopri
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from community.core.errors import Problem, SourcePosition
from community.core.messages import msg
from community.core.plain_text import one_line
from community.core.text_file import text_of
from community.core.words import words

LONGEST_NAME = 120
_LINE = re.compile(
    r"\u200e?\[?\d{1,4}[./\-]\d{1,2}[./\-]\d{1,4}\D{1,6}\d{1,2}[:.]\d{2}(?:[:.]\d{2})?"
    r"(?:[\s\u202f]?[apAP]\.?[\s\u202f]?[mM]\.?)?(?:\]\s|\s[-–—]\s)(?P<rest>.*)"
)
_SAID = re.compile(r"(?P<who>[^:\n]{1,120}?): (?P<text>.*)")
_UNSEEN = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_OWN_NAME = re.compile(r"^[~～]\s*")
_NUMBER = re.compile(r"\+?[\d\s().\-\u00a0\u2010-\u2015\u202f]{6,}")
_QUOTED = re.compile(r"[\"“”«»„]")
_FOLDED = re.compile(r"\r?\n[ \t]")
_SOFT_BREAK = re.compile(r"=\r?\n")
_FULL_NAME = re.compile(r"(?:[A-Za-z0-9-]+\.)?FN(?P<how>;[^:]*)?:(?P<value>.*)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([,;\\])")


@dataclass(frozen=True, slots=True)
class GroupNames:
    """The names in a file, in their order, each once; how many people have a number there and no name.

    ``is_chat``: it has those who have written; whoever only reads is not in it.
    """

    names: tuple[str, ...]
    numbers: int
    is_chat: bool


def read_group(data: bytes, file: str) -> GroupNames | Problem:
    """Return the names in an exported file, or why there are none."""
    text = text_of(
        data, file, msg("this is not UTF-8 text: export the chat or the contacts again as they are")
    )
    if isinstance(text, Problem):
        return text
    begin = text.lstrip()[:64].upper()
    if begin.startswith("BEGIN:VCARD"):
        found, is_chat = list(_of_cards(text)), False
    elif begin.startswith("{"):
        found, is_chat = list(_of_telegram(text)), True
    else:
        found, is_chat = list(_of_whatsapp(text.splitlines())), True
    if not found:
        return Problem(SourcePosition(file, 1, 1), "", _UNKNOWN)
    names, numbers = dict[tuple[str, ...], str](), set[str]()
    for who in found:
        if _NUMBER.fullmatch(who):
            numbers.add(re.sub(r"\D", "", who))
        elif words(who):
            names.setdefault(words(who), who)
    return GroupNames(tuple(names.values()), len(numbers), is_chat)


_UNKNOWN = msg(
    "nobody is found here: it is no exported chat of WhatsApp (text) or Telegram (JSON), and no file of contacts "
    "(vCard)"
)


def _of_whatsapp(lines: Iterable[str]) -> Iterator[str]:
    """Yield who has written, once for each who has written something that WhatsApp has not said itself."""
    for line in lines:
        begun = _LINE.match(line)
        said = None if begun is None else _SAID.match(begun["rest"])
        # “Awa changed the subject to “Waste: the plan””, and what begins with U+200E, are WhatsApp's own words.
        if said is not None and not said["text"].startswith("\u200e") and not _QUOTED.search(said["who"]):
            yield _name(said["who"])


def _of_telegram(text: str) -> Iterator[str]:
    try:
        messages = json.loads(text).get("messages", ())
    except (ValueError, AttributeError, RecursionError):
        return
    for message in messages if isinstance(messages, list) else ():
        who = message.get("from") if isinstance(message, Mapping) else None
        if isinstance(who, str) and str(message.get("from_id", "user")).startswith("user"):
            yield _name(who)


def _of_cards(text: str) -> Iterator[str]:
    for line in _FOLDED.sub("", _SOFT_BREAK.sub("", text)).splitlines():
        found = _FULL_NAME.fullmatch(line)
        if found is None:
            continue
        value = found["value"]
        if "QUOTED-PRINTABLE" in (found["how"] or "").upper():
            value = quopri.decodestring(value.encode()).decode("utf-8", errors="replace")
        yield _name(_ESCAPED.sub(r"\1", value))


def _name(text: str) -> str:
    return one_line(_OWN_NAME.sub("", _UNSEEN.sub("", text).strip()), longest=LONGEST_NAME)
