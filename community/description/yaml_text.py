"""YAML 1.2 for people: text in, plain values and their places out. Alone in importing PyYAML.

PyYAML follows YAML 1.1, where ``no`` is false, ``18:30`` is 1110, ``0123`` is 83, and the last of two equal keys
wins silently. Times and country codes are exactly our data, so only its scanner and composer are used; what a
scalar means is decided here by the core schema of YAML 1.2.2 (section 10.3), with one difference: a number with
leading zeros stays text, because it is a telephone number or a code and never a quantity.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.text_file import CONTROL, control_character, text_of
from community.core.unseen import formal_text, misplaced_in, named

Path = tuple[str | int, ...]
"""Where a value is: mapping keys and list indexes from the root."""

MOST_NODES = 500_000
DEEPEST = 40
"""Limits on what a description can sensibly be; they stop nested aliases that would expand without end."""

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = re.compile(r"(?P<sign>[-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


@dataclass(frozen=True)
class Parsed:
    """A parsed text. ``value`` is None where problems left nothing to use.

    ``places`` has the place of each value, ``key_places`` that of each mapping key.
    """

    value: Any
    problems: tuple[Problem, ...]
    places: dict[Path, SourcePosition]
    key_places: dict[Path, SourcePosition]


def parse(data: bytes, file: str) -> Parsed:
    """Read one YAML document; whatever the bytes are, the answer is values or problems, never an exception."""
    text = text_of(data, file, msg("this is not UTF-8 text: save the file as UTF-8"))
    if isinstance(text, Problem):
        return Parsed(None, (text,), {}, {})
    problem = _unreadable(text, file)
    if problem is not None:
        return Parsed(None, (problem,), {}, {})
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        return _syntax(error, file, text)
    except _TooMany as error:
        what = msg("there are more than {most} values in this file", most=MOST_NODES)
        return _nothing(file, error.line, error.column, what)
    except _TooDeep as error:
        what = msg("the values are nested more than {deepest} deep", deepest=DEEPEST)
        return _nothing(file, error.line, error.column, what)
    except (yaml.YAMLError, ValueError, RecursionError):
        return _nothing(file, 1, 1, msg("this cannot be read as YAML"))
    if root is None:
        return _nothing(file, 1, 1, msg("the file is empty"))
    return _Builder(file).build(root)


class _TooDeep(Exception):
    def __init__(self, line: int, column: int) -> None:
        super().__init__(line, column)
        self.line, self.column = line, column


class _TooMany(_TooDeep):
    pass


class _PlainResolver:
    """A resolver for PyYAML's composer without the implicit types of YAML 1.1.

    It also limits nesting and size: the composer in C is recursive without a limit, so that a line of brackets would
    crash the process. The composer calls `descend_resolver` for each node, which raises beyond the limits.
    """

    depth = 0
    nodes = 0

    def descend_resolver(self, parent: yaml.Node | None, _index: object) -> None:
        self.depth += 1
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise _TooMany(*_place_in(parent))
        # The calls for the root and for a scalar are no levels of nesting.
        if self.depth > DEEPEST + 2:
            raise _TooDeep(*_place_in(parent))

    def ascend_resolver(self) -> None:
        self.depth -= 1

    def resolve(self, kind: type[yaml.Node], _value: object, implicit: object) -> str:
        if kind is not yaml.ScalarNode:
            return _COLLECTION
        return _PLAIN if isinstance(implicit, tuple) and implicit[0] else _TEXT


def _place_in(parent: yaml.Node | None) -> tuple[int, int]:
    mark = None if parent is None else parent.start_mark
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


_PLAIN, _TEXT, _COLLECTION = "plain", "tag:yaml.org,2002:str", "collection"
_LOADER: Any = type("_Loader", (_PlainResolver, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), {})


def _nothing(file: str, line: int, column: int, what: Message) -> Parsed:
    return Parsed(None, (Problem(SourcePosition(file, line, column), "", what),), {}, {})


def _unreadable(text: str, file: str) -> Problem | None:
    """Return the first tab used as indentation, or character that no text should have."""
    for number, line in enumerate(text.split("\n"), start=1):
        indent = len(line) - len(line.lstrip(" \t"))
        tab = line.find("\t", 0, indent)
        if tab >= 0 and line.strip():
            what = msg("a tab is used as indentation: use spaces")
            return Problem(SourcePosition(file, number, tab + 1), "", what)
        bad = CONTROL.search(line)
        if bad is not None:
            return Problem(SourcePosition(file, number, bad.start() + 1), "", control_character(bad))
    return None


def _syntax(error: yaml.MarkedYAMLError, file: str, text: str) -> Parsed:
    mark = error.problem_mark or error.context_mark
    line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
    misplaced = _misplaced(text.split("\n"), line)
    if misplaced is not None:
        return _nothing(file, misplaced[0], misplaced[1], misplaced_blank(misplaced[2]))
    found = f"{error.problem or ''} {error.context or ''}"
    return _nothing(file, line, column, _syntax_message(found))


def _misplaced(lines: list[str], line: int) -> tuple[int, int, str] | None:
    """Return the place of a blank that is no plain one in a line that YAML stumbles over, or the one above."""
    for number in (line - 1, line):
        written = lines[number - 1] if 0 < number <= len(lines) else ""
        at = misplaced_in(written)
        if at is not None:
            return number, at + 1, written[at]
    return None


def misplaced_blank(char: str) -> Message:
    """Return the sentence for a character where YAML wants a plain blank."""
    return msg(
        "there is {character} here: type a plain blank in its place, or nothing", character=named(char)
    )


def _syntax_message(found: str) -> Message:
    """Return our own words for the scanner's most frequent complaints."""
    if "mapping values are not allowed" in found:
        return msg("a “:” stands where none can: put the text in quotation marks, or look at the indentation")
    if "could not find expected ':'" in found:
        return msg("a “:” is missing after the name")
    if "escape" in found:
        return msg("“\\” begins no sign known here: write it twice, or use single quotation marks")
    if "quoted scalar" in found:
        return msg("a quotation mark is opened and not closed")
    if "expected ',' or" in found:
        return msg(
            "this is not YAML: a “,” or the closing bracket is missing before this; a text that has an apostrophe "
            'of its own stands in double quotation marks ("…")'
        )
    if "alias" in found or "anchor" in found:
        return msg(
            "this name (after * or &) is unknown or used twice: put a text that begins so in quotation marks"
        )
    if "cannot start any token" in found:
        return msg("no value can begin with this sign: put the text in quotation marks")
    if "but found another document" in found or "expected a single document" in found:
        return msg("there is a second document after “---”: keep one in each file")
    return msg(
        "this is not YAML: look at the indentation, the dashes and the quotation marks of this line or the one above"
    )


@dataclass
class _Builder:
    """Turns composed nodes into plain values, noting places and problems."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    places: dict[Path, SourcePosition] = field(default_factory=dict)
    key_places: dict[Path, SourcePosition] = field(default_factory=dict)
    nodes: int = 0

    def build(self, root: yaml.Node) -> Parsed:
        try:
            value = self._value(root, ())
        except _TooLarge:
            what = msg("the values refer to each other without end")
            return _nothing(self.file, root.start_mark.line + 1, root.start_mark.column + 1, what)
        return Parsed(value, tuple(self.problems), self.places, self.key_places)

    def _place(self, node: yaml.Node) -> SourcePosition:
        return SourcePosition(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _problem(self, node: yaml.Node, path: Path, what: Message) -> None:
        self.problems.append(Problem(self._place(node), path_text(path), what))

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self.nodes += 1
        if self.nodes > MOST_NODES or len(path) > DEEPEST:
            raise _TooLarge
        self.places[path] = self._place(node)
        if node.tag not in (_PLAIN, _TEXT, _COLLECTION):
            self._problem(node, path, msg("a tag (!{tag}) has no meaning here: remove it", tag=_tag(node)))
        match node:
            case yaml.MappingNode():
                return dict(self._items(node, path))
            case yaml.SequenceNode():
                return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
            case yaml.ScalarNode():
                return self._scalar(node, path)
            case _:
                raise AssertionError("PyYAML composes only mappings, sequences and scalars")

    def _items(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        seen: set[Hashable] = set()
        before: tuple[str, str] | None = None
        for key_node, value_node in node.value:
            key = formal_text(key_node.value) if isinstance(key_node, yaml.ScalarNode) else None
            if before is not None and key and _stands_alone(node, key_node, value_node):
                self._problem(key_node, path, _after_comma(before, key))
                continue
            before = _text_pair(key_node, value_node)
            if key is None or key == "<<" or CONTROL.search(key):
                self._problem(key_node, path, msg("a name must be a plain word here"))
                continue
            if key in seen:
                self._problem(key_node, (*path, key), msg("“{key}” stands here twice: keep one", key=key))
                continue
            seen.add(key)
            self.key_places[*path, key] = self._place(key_node)
            yield key, self._value(value_node, (*path, key))

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        text: str = node.value
        bad = CONTROL.search(text)
        if bad is not None:  # written as an escape: “\\0”
            self._problem(node, path, control_character(bad))
        text = formal_text(text)
        return core_schema(text) if node.tag == _PLAIN else text


def _stands_alone(mapping: yaml.MappingNode, key: yaml.Node, value: yaml.Node) -> bool:
    """Whether a name within braces has neither a colon nor a value, as ``chef`` in ``{fr: Restaurateur, chef}``."""
    return bool(mapping.flow_style) and value.value == "" and value.start_mark.index == key.end_mark.index


def _text_pair(key: yaml.Node, value: yaml.Node) -> tuple[str, str] | None:
    if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode) and value.value:
        return key.value, value.value
    return None


def _after_comma(before: tuple[str, str], word: str) -> Message:
    name, text = before
    return msg(
        "“{word}” stands alone after a comma: within braces a text with a comma must be in quotation marks, "
        'such as {name}: "{text}"',
        word=word,
        name=name,
        text=f"{text}, {word}",
    )


def _tag(node: yaml.Node) -> str:
    return str(node.tag).removeprefix("tag:yaml.org,2002:").lstrip("!")


class _TooLarge(Exception):
    pass


def core_schema(text: str) -> str | int | float | bool | None:
    """Return what a plain scalar means by the core schema of YAML 1.2.2."""
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    if len(text) < 20 and (_OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text)):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    special = _SPECIAL_FLOAT.fullmatch(text)
    if special is not None:
        return math.nan if special["sign"] is None else float(f"{special['sign']}inf")
    return text


def path_text(path: Path) -> str:
    """Return a path as people read it: ``cities[3].timezone``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text
