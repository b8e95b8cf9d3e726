"""The words and sentences of editing, from the languages' `editing.yaml`, as regular expressions over folded text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from community.core.language_folders import LANGUAGES
from community.core.sentence_patterns import PatternCompiler, any_of, fold_text, leading
from community.directory.entry import EntryKind
from community.search.word_tables import groups_in, lists_in, phrases, phrases_in

ENTRY, VALUE, DEPUTY, FIELD, STAGE, REST, NUMBER = (
    "entry",
    "value",
    "deputy",
    "field",
    "stage",
    "rest",
    "number",
)
"""The names of the groups of the expressions: as the patterns have them, and that of a number."""
_KINDS: Mapping[str, tuple[EntryKind, str | None]] = {
    "resource": ("resource", None),
    "document": ("resource", "document"),
    "tool": ("resource", "tool"),
    "guide": ("resource", "guide"),
    "video": ("resource", "video"),
    "advice": ("resource", "advice"),
    "contact": ("contact", None),
    "person": ("contact", "person"),
    "desk": ("contact", "desk"),
    "project": ("project", None),
}
"""The kind of entry, and of resource or contact, that each key of `nouns` stands for."""


@dataclass(frozen=True)
class CommandWords:
    """The expressions of one language; those of a tuple are tried one by one."""

    code: str
    add: str
    new: str
    articles: str
    nouns: Mapping[str, tuple[EntryKind, str | None]]
    save: str
    as_a: str
    remove: str
    confirm: str
    still: tuple[str, ...]
    fields: Mapping[str, str]
    change_detail: tuple[str, ...]
    to: str
    now_is: tuple[str, ...]
    stages: Mapping[str, str]
    stage_of: tuple[str, ...]
    deputy: tuple[str, ...]
    history: tuple[str, ...]
    history_alone: str
    undo: str
    proposals: str
    approve: str
    decline: str
    stale: str

    @cached_property
    def any_noun(self) -> str:
        """What entries are called, the longest names first."""
        return "|".join(sorted(self.nouns, key=len, reverse=True))


@cache
def command_words(language: str, places: tuple[str, ...] = ()) -> CommandWords:
    """Return the expressions of a language (`LANGUAGES`). ``places``: what a community calls its cities besides."""

    def table(name: str) -> tuple[str, ...]:
        return phrases_in(language, f"editing/{name}")

    fields, stages = _named(language, "fields", cities=places), _named(language, "stages")
    compiler = _compiler(language, fields, stages)

    def each(name: str) -> tuple[str, ...]:
        return tuple(map(compiler.compiled, table(name)))

    return CommandWords(
        code=language,
        add=any_of(table("add")),
        new=any_of(table("new")),
        articles=f"{leading(table('articles'))}*",
        nouns=_nouns(language),
        save=compiler.any_compiled(table("save")),
        as_a=leading(table("as_a")),
        remove=any_of(table("remove")),
        confirm=any_of(table("confirm")),
        still=each("still"),
        fields=fields,
        change_detail=each("change_detail"),
        to=f" {any_of(table('to'))} | ?: | ?= |: ",
        now_is=each("now_is"),
        stages=stages,
        stage_of=each("stage_of"),
        deputy=each("deputy"),
        history=each("history"),
        history_alone=compiler.any_compiled(table("history_alone")),
        undo=compiler.any_compiled(table("undo")),
        proposals=compiler.any_compiled(table("proposals")),
        approve=compiler.any_compiled(table("approve")),
        decline=compiler.any_compiled(table("decline")),
        stale=any_of(table("stale")),
    )


def _named(language: str, group: str, **further: tuple[str, ...]) -> dict[str, str]:
    """Return the expression of each key of a group, such as `fields`; ``further`` are more words for some keys."""
    groups = groups_in(language, f"editing/{group}")
    return {key: any_of((*words, *further.get(key, ()))) for key, words in groups.items()}


def _nouns(language: str) -> dict[str, tuple[EntryKind, str | None]]:
    return {
        folded_noun: _KINDS[key]
        for key, nouns in groups_in(language, "editing/nouns").items()
        for folded_noun in map(fold_text, nouns)
    }


def _compiler(language: str, fields: Mapping[str, str], stages: Mapping[str, str]) -> PatternCompiler:
    parts = {
        ENTRY: rf"(?P<{ENTRY}>.+?)",
        "any_entry": rf"(?P<{ENTRY}>.*?) ?\b",
        VALUE: rf"(?P<{VALUE}>.+)",
        DEPUTY: rf"(?P<{DEPUTY}>.+?)",
        FIELD: rf"(?P<{FIELD}>{'|'.join(fields.values())})",
        STAGE: rf"(?P<{STAGE}>{'|'.join(stages.values())})",
        REST: rf"(?P<{REST}>.+)",
    }
    return PatternCompiler(lists_in(language, "editing"), parts.__getitem__)


@cache
def number() -> str:
    """Return the expression of the number that may follow a decision: "proposal no. 5", in any language."""
    before, signs = any_of(phrases("editing/before_number")), any_of(phrases("editing/number"))
    return rf"(?: {before})?(?: ?(?:#|{signs} ?))? ?(?P<{NUMBER}>\d{{1,9}})?"


@cache
def polite_start() -> str:
    """Return the expression of what may go before a command in any language and changes nothing in it."""
    return rf"(?:{_any_language('polite_start')}(?:[,،]? |(?<=['’])))+"


@cache
def polite_end() -> str:
    """Return the expression of what may follow a command in any language and changes nothing in it."""
    return rf"[,،]? {_any_language('polite_end')}[ .!?؟]*"


def _any_language(table: str) -> str:
    found: Iterable[str] = (
        _compiler(language, {}, {}).any_compiled(phrases_in(language, f"editing/{table}"))
        for language in LANGUAGES
    )
    return f"(?:{'|'.join(found)})"
