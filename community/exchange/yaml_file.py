"""``directory.yaml`` and ``calendar.yaml`` as people write them: one entry after the other, short texts on one line.

PyYAML's own emitter folds long texts and quotes by the rules of YAML 1.1 and 1.2 mixed, and its output has changed
between versions. This one writes the few forms that they need, so that the bytes depend on the data alone. A
text stands without quotation marks only where YAML 1.1, YAML 1.2 and a person all read the same in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.schema import editor_line
from community.description.yaml_text import core_schema
from community.exchange.canonical import (
    CALENDAR_SECTIONS,
    SECTIONS,
    Section,
    canonical,
    canonical_calendar,
    in_all_languages,
    plain_entry,
    sorted_names,
)

LONGEST_LINE = 118
"""Characters of a line on which a list or texts in several languages stand together."""

_HEAD = "# Written by “palabre {name} export”: sorted by key, the same bytes for the same data."
_RESERVED = frozenset(("y", "yes", "n", "no", "on", "off", "true", "false", "null"))
"""What YAML 1.1 takes for something else than a text."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LINK = re.compile(r"https://[A-Za-z0-9._~/?=&%+@:#-]*[A-Za-z0-9_~/=&%+@#-]")
_HARMLESS = frozenset(" ._-/@'’()&+…°–")
_INVISIBLE = frozenset("\xa0\u202f\u200c\u200d")
"""What French spacing, Arabic letters and emoji are made with; what else cannot be seen is written by its number."""


def directory_yaml(directory: Directory) -> bytes:
    """Return the whole directory as a file that loads again to `canonical` of it."""
    whole = canonical(directory)
    visible = {field: list(roles) for field, roles in whole.visible.items()}
    head = tuple(_field("visible", sorted_names(visible), "")) if visible else ()
    return _file("directory", (f"version: {whole.version}", *head), _written(whole, SECTIONS))


def calendar_yaml(calendar: Calendar) -> bytes:
    """Return the whole calendar as a file that loads again to `canonical_calendar` of it."""
    whole = canonical_calendar(calendar)
    entries = {
        name: [{field: _moments(field, value) for field, value in entry.items()} for entry in some]
        for name, some in _written(whole, CALENDAR_SECTIONS).items()
    }
    return _file("calendar", (f"version: {whole.version}",), entries)


_Entries = Mapping[str, Sequence[Mapping[str, Any]]]
"""The entries of each list as plain values."""


def _written(whole: Directory | Calendar, sections: Iterable[Section]) -> _Entries:
    return {one.name: [plain_entry(entry) for entry in getattr(whole, one.name)] for one in sections}


def _file(name: str, top: Iterable[str], lists: _Entries) -> bytes:
    head = (editor_line(name), _HEAD.format(name=name), "", *top)
    return "".join(f"{line}\n" for line in (*head, *_lines(lists))).encode()


def _lines(lists: _Entries) -> Iterator[str]:
    for name, entries in lists.items():
        if entries:
            yield ""
            yield f"{name}:"
        for entry in entries:
            yield from _block(entry, "  - ")


def _block(values: Mapping[str, Any], dash: str) -> Iterator[str]:
    """Give the lines of an item of a list; ``dash`` begins the first one."""
    for name, value in values.items():
        yield from _field(name, value, dash)
        dash = " " * len(dash)


class _Bare(str):
    """A text that every reader of YAML takes for the same text, though it begins with a digit."""


_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::00)?")
_LENGTHS, _STARTS = ("lasts", "remind"), ("start", "originally", "due", "of", "except", "also")


def _moments(field: str, value: Any) -> Any:
    """Return a field of an event or a deadline with days, times and lengths of time as people write them."""
    match value:
        case list() if field == "changes":
            return [{name: _moments(name, inner) for name, inner in change.items()} for change in value]
        case list():
            return [_moments(field, inner) for inner in value]
        case str() if field in _STARTS:
            return _Bare(_MOMENT.sub(r"\1 \2", value))
        case str() if field in _LENGTHS or (field == "repeat" and _RULE.fullmatch(value)):
            return _Bare(value)
        case _:
            return value


_RULE = re.compile(r"[A-Z0-9=;,+-]+")


def _field(name: str, value: Any, before: str) -> Iterator[str]:
    alone = in_all_languages(value)
    value = value if alone is None else alone
    line = f"{before}{name}: {_flow(value)}"
    indent = " " * len(before)
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        yield f"{before}{name}:"
        for item in value:
            yield from _block(item, f"{indent}  - ")
    elif isinstance(value, (Mapping, list)) and value and len(line) > LONGEST_LINE:
        yield f"{before}{name}:"
        if isinstance(value, list):
            yield from (f"{indent}  - {_scalar(item)}" for item in value)
        else:
            for inner, part in value.items():
                yield from _field(inner, part, f"{indent}  ")
    elif isinstance(value, _Bare) or (isinstance(value, str) and _LINK.fullmatch(value)):
        yield f"{before}{name}: {value}"
    else:
        yield line


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, _Bare) and ":" in value:
        return _quoted(value)  # not every reader takes a colon without quotation marks here
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_flow(inner)}' for name, inner in value.items())}}}"
    return _scalar(value)


def _scalar(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case _Bare():
            return str(value)
        case str():
            return value if _is_plain(value) else _quoted(value)
        case _:
            raise AssertionError("the files have texts, whole numbers and yes or no")


def _is_plain(text: str) -> bool:
    if _DAY.fullmatch(text):
        return True
    if not text[:1].isalpha() or text[-1].isspace() or text.lower() in _RESERVED:
        return False
    return isinstance(core_schema(text), str) and all(
        char.isalnum() or char in _HARMLESS or unicodedata.category(char)[0] == "M" for char in text
    )


def _quoted(text: str) -> str:
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable() or char in _INVISIBLE:
        return char
    number = ord(char)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
