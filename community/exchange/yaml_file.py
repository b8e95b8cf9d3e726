"""``directory.yaml`` as people write it: one entry after the other, short texts on one line.

PyYAML's own emitter folds long texts and quotes by the rules of YAML 1.1 and 1.2 mixed, and its output has changed
between versions. This one writes the few forms that a directory needs, so that the bytes depend on the data alone. A
text stands without quotation marks only where YAML 1.1, YAML 1.2 and a person all read the same in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from community.description.directory_model import Directory
from community.description.schema import editor_line
from community.description.yaml_text import core_schema
from community.exchange.canonical import SECTIONS, canonical, in_all_languages, plain_entry, sorted_names

LONGEST_LINE = 118
"""Characters of a line on which a list or texts in several languages stand together."""

_HEAD = (
    editor_line("directory"),
    "# Written by “palabre directory export”: sorted by key, the same bytes for the same data.",
)
_RESERVED = frozenset(("y", "yes", "n", "no", "on", "off", "true", "false", "null"))
"""What YAML 1.1 takes for something else than a text."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LINK = re.compile(r"https://[A-Za-z0-9._~/?=&%+@:#-]*[A-Za-z0-9_~/=&%+@#-]")
_HARMLESS = frozenset(" ._-/@'’()&+…°–")
_INVISIBLE = frozenset("\xa0\u202f\u200c\u200d")
"""What French spacing, Arabic letters and emoji are made with; what else cannot be seen is written by its number."""


def directory_yaml(directory: Directory) -> bytes:
    """Return the whole directory as a file that loads again to `canonical` of it."""
    return "".join(f"{line}\n" for line in _lines(canonical(directory))).encode()


def _lines(directory: Directory) -> Iterator[str]:
    yield from _HEAD
    yield ""
    yield f"version: {directory.version}"
    if directory.visible:
        visible = {field: list(roles) for field, roles in directory.visible.items()}
        yield from _field("visible", sorted_names(visible), "")
    for section in SECTIONS:
        entries = getattr(directory, section.name)
        if entries:
            yield ""
            yield f"{section.name}:"
        for entry in entries:
            dash = "  - "
            for name, value in plain_entry(entry).items():
                yield from _field(name, value, dash)
                dash = "    "


def _field(name: str, value: Any, before: str) -> Iterator[str]:
    alone = in_all_languages(value)
    value = value if alone is None else alone
    line = f"{before}{name}: {_flow(value)}"
    indent = " " * len(before)
    if isinstance(value, (Mapping, list)) and value and len(line) > LONGEST_LINE:
        yield f"{before}{name}:"
        if isinstance(value, list):
            yield from (f"{indent}  - {_scalar(item)}" for item in value)
        else:
            for inner, part in value.items():
                yield from _field(inner, part, f"{indent}  ")
    elif isinstance(value, str) and _LINK.fullmatch(value):
        yield f"{before}{name}: {value}"
    else:
        yield line


def _flow(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_flow(inner)}' for name, inner in value.items())}}}"
    return _scalar(value)


def _scalar(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return value if _is_plain(value) else _quoted(value)
        case _:
            raise AssertionError("a directory has texts, whole numbers and yes or no")


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
