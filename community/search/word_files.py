"""Reading the files of `community/search/languages`: the words of each language, as translators write them.

Each language has one folder with the files of `REQUIRED`. Each file has tables: a list of words or phrases, or a group
of such lists. `languages/thesaurus` and `languages/things.yaml` have things under their names in all languages,
`languages/world` what is the same in each language. Whatever is wrong in a file is reported with its line.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from community.core.errors import DescriptionError, Problem, SourcePosition
from community.core.messages import Message, msg, nmsg
from community.core.sentence_patterns import PatternCompiler, PatternError
from community.description import yaml_text

FOLDER = Path(__file__).parent / "languages"
LANGUAGES = ("fr", "en", "pt", "ar")
"""The languages that questions are understood in."""
GENERAL, TOPICS = "general", "topics"
"""The two parts of a subject's file: its general names, and what belongs to it."""

ANY_KEY = ("",)
"""The keys of a group that are not known beforehand: codes of countries or languages."""
LIST: tuple[str, ...] = ()
"""No group, but one list."""
_UNITS = ("day", "week", "month", "year")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
REGIONS = ("west-africa", "east-africa", "north-africa", "central-africa", "southern-africa", "europe")
_ROLES = (
    *("coordinator", "city-lead", "member", "expert", "partner"),
    *("guest", "observer", "researcher", "mayor", "operator"),
)
STAGES = ("idea", "preparation", "pilot", "running", "finished")
_NOUNS = (
    *("resource", "document", "tool", "guide", "video", "advice"),
    *("contact", "person", "desk", "project"),
)
FIELDS = (
    *("phone", "email", "hours", "function", "name", "title", "summary", "link", "languages", "cities"),
    *("themes", "stage", "deputy", "lead", "results", "partners", "kind"),
)
"""The details of entries that people can name when they change them."""


def _lists(names: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names.split(), LIST)


SMALL_TALK = (
    *("how_are_you", "who_are_you", "robot", "human", "who_made_you", "privacy", "themes", "cities"),
    *("add_contact", "change_entry", "what_can_you_do", "not_understood", "languages", "are_you_there"),
    *("insult", "praise", "sorry", "bye", "thanks"),
)
"""What people say to the bot beside their questions; of two that are equally likely the first is meant."""
OFF_TOPIC = ("requests", "subjects")
"""What is none of the network's business."""

REQUIRED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "common": _lists(
        "passed_over light inside placing inside_prefixes elided everyday telling own_letters shared_letters"
    ),
    "questions": {
        **_lists(
            "who who_words before_who opening those what what_early what_opening how somebody person done with"
        ),
        **_lists("leading leads led_by deputy newest speaking network library in_the no_meaning titles"),
        "kinds": ("contact", "resource", "project"),
        "resource_kinds": ("document", "tool", "guide", "video", "advice"),
        "stages": STAGES,
        "fields": ("phone", "email", "hours", "member", "partners", "results"),
        "roles": _ROLES,
    },
    "exclusions": _lists("except outside not before_not between joining behind"),
    "follow_ups": _lists(
        "more courtesies and_then and_prefixes his his_endings impersonal on_that there that_city"
    ),
    "dates": {
        **_lists("since from before within until of this last ago small beginning today yesterday"),
        **_lists("next tomorrow coming been arriving ours first"),
        **_lists("ordinals weekday_endings"),
        "units": _UNITS,
        "two": _UNITS,
        "numbers": _NUMBERS,
        "weekdays": _WEEKDAYS,
        "months": _MONTHS,
    },
    "places": {"countries": ANY_KEY, "regions": REGIONS},
    "speakers": {"speakers": ANY_KEY},
    "commands": _lists(
        "yes yes_also yes_to_passing no no_also no_to_passing polite skip back cancel all remove help greetings thanks "
        "answer before_number export forget withdraw accept_identity expel expel_polite expel_from expel_articles "
        "elsewhere first_words"
    ),
    "editing": {
        **_lists("add new articles save as_a remove confirm still change the of change_detail to now_is"),
        **_lists("in_stage stage_of deputy history history_alone undo proposals approve decline"),
        **_lists("before_number number stale polite_start polite_end asking pointing everywhere about"),
        "nouns": _NOUNS,
        "fields": FIELDS,
        "stages": STAGES,
    },
    "small_talk": dict.fromkeys(("filler", "who_is", *SMALL_TALK), LIST),
    "off_topic": dict.fromkeys(OFF_TOPIC, LIST),
}
"""The tables of each file of a language: their keys, if they are groups."""
PATTERNS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "commands": dict.fromkeys(
        "yes_to_passing no_to_passing export forget withdraw accept_identity expel_polite expel_from".split(),
        frozenset(),
    ),
    "editing": {
        **dict.fromkeys(
            "save history_alone undo proposals approve decline polite_start polite_end".split(), frozenset()
        ),
        "still": frozenset(["any_entry"]),
        "change_detail": frozenset(["field", "rest"]),
        "now_is": frozenset(["field", "entry", "value"]),
        "stage_of": frozenset(["entry", "stage"]),
        "deputy": frozenset(["deputy", "entry"]),
        "history": frozenset(["entry"]),
    },
    "small_talk": dict.fromkeys(SMALL_TALK, frozenset()),
    "off_topic": dict.fromkeys(OFF_TOPIC, frozenset()),
}
"""The tables whose phrases are patterns (`community.core.sentence_patterns`), with the parts that each may name."""
_WORLD: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "regions": dict.fromkeys(REGIONS, LIST),
    "towns": {"towns": LIST},
    "letters": {"consonants": ANY_KEY, "vowels": ANY_KEY},
}

Table = list[str] | dict[str, list[str]]
Tables = dict[str, Table]
"""The tables of one file, as ``table`` or, where they are of a language's folder, as ``file/table``."""
NamesByLanguage = dict[str, list[str]]
"""The names of one thing in each language."""


class WordListError(DescriptionError):
    """The word lists of a language cannot be used; ``problems`` has each reason."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.sentence = nmsg(
            "The word lists of the search have {count} problem.",
            "The word lists of the search have {count} problems.",
            count=len(problems),
        )


@cache
def digest() -> str:
    """Return a digest of all files: what was made of them is made anew when one changes."""
    found = hashlib.sha256()
    for folder, _folders, names in sorted(os.walk(FOLDER)):
        for name in sorted(names):
            found.update(f"{folder}\0{name}\0".encode() + Path(folder, name).read_bytes())
    return found.hexdigest()


def read_languages(folder: Path = FOLDER) -> dict[str, Tables]:
    """Return the tables of each language, and those of the world as a language without a code.

    Raises:
        WordListError: with every problem of every file.
    """
    reading = _Reading(folder, [])
    found: dict[str, Tables] = {}
    for language in LANGUAGES:
        found[language] = {}
        for file, tables in REQUIRED.items():
            read = reading.tables(f"{language}/{file}.yaml", tables, PATTERNS.get(file, {}))
            found[language] |= {f"{file}/{table}": words for table, words in read.items()}
    found[""] = {
        f"{file}/{table}": words
        for file, tables in _WORLD.items()
        for table, words in reading.tables(f"world/{file}.yaml", tables).items()
    }
    reading.finish()
    return found


def read_thesaurus(folder: Path = FOLDER) -> tuple[dict[str, list[NamesByLanguage]], list[NamesByLanguage]]:
    """Return the topics of each subject, the general names first; and the things that belong to no subject.

    Raises:
        WordListError: with every problem of every file.
    """
    reading = _Reading(folder, [])
    subjects = {path.stem: reading.subject(path) for path in sorted((folder / "thesaurus").glob("*.yaml"))}
    things = reading.topics("things.yaml", "things")
    reading.finish()
    return subjects, things


@dataclass(frozen=True)
class _Reading:
    """Reads files of a folder and gathers what is wrong in them."""

    folder: Path
    problems: list[Problem]

    def finish(self) -> None:
        if self.problems:
            raise WordListError(tuple(self.problems))

    def tables(
        self,
        file: str,
        tables: Mapping[str, tuple[str, ...]],
        patterns: Mapping[str, frozenset[str]] = MappingProxyType({}),
    ) -> Tables:
        """Read a file of tables; ``tables`` says which it must have, and with which keys."""
        page = self._page(file, tuple(tables))
        found: Tables = {}
        for name, keys in tables.items():
            if name in page.values:
                found[name] = page.words(name) if keys is LIST else page.group(name, keys)
        page.check_patterns(found, patterns)
        return found

    def subject(self, path: Path) -> list[NamesByLanguage]:
        page = self._page(f"thesaurus/{path.name}", (GENERAL, TOPICS))
        general = [page.names((GENERAL,))] if GENERAL in page.values else []
        return general + page.all_names(TOPICS)

    def topics(self, file: str, table: str) -> list[NamesByLanguage]:
        return self._page(file, (table,)).all_names(table)

    def _page(self, file: str, tables: tuple[str, ...]) -> _Page:
        name = f"{self.folder.name}/{file}"
        try:
            parsed = yaml_text.parse((self.folder / file).read_bytes(), name)
        except FileNotFoundError:
            self.problems.append(Problem(SourcePosition(name, 1, 1), "", msg("this file is missing")))
            return _Page({}, {}, self.problems)
        self.problems.extend(parsed.problems)
        page = _Page(parsed.value, {**parsed.places, **parsed.key_places}, self.problems)
        if parsed.value is None or not page.has_keys((), tables):
            return _Page({}, {}, self.problems)
        return page


@dataclass(frozen=True)
class _Page:
    """The values of one file with their places; a problem is noted and what it spoils is left out."""

    values: Any
    places: Mapping[yaml_text.Path, SourcePosition]
    problems: list[Problem]

    def has_keys(self, path: yaml_text.Path, keys: tuple[str, ...]) -> bool:
        """Whether a mapping is at ``path``; note which of ``keys`` it lacks, and which other keys it has."""
        found = self._at(path)
        if not isinstance(found, dict):
            self._note(path, msg("here “name: [word, word]” is expected"))
            return False
        for key in sorted(set(keys) - set(found)) if keys is not ANY_KEY else ():
            self._note(path, msg("“{name}” is missing", name=key))
        for key in sorted(set(found) - set(keys)) if keys is not ANY_KEY else ():
            self._note((*path, key), msg("“{name}” is not known here", name=key))
        return True

    def words(self, *path: str | int) -> list[str]:
        """Return the list of words at ``path``."""
        found = self._at(path)
        if not isinstance(found, list):
            self._note(path, msg("words are expected here: [word, word]"))
            return []
        return list(self._checked(path, found))

    def _checked(self, path: yaml_text.Path, found: list[Any]) -> Iterator[str]:
        seen: set[str] = set()
        for at, word in enumerate(found):
            if not isinstance(word, str) or not word.strip():
                self._note((*path, at), msg("a word is expected here: put it in quotation marks"))
            elif word in seen:
                self._note((*path, at), msg("“{key}” stands here twice: keep one", key=word))
            else:
                seen.add(word)
                yield word

    def check_patterns(self, tables: Tables, patterns: Mapping[str, frozenset[str]]) -> None:
        """Note each pattern that cannot be read."""
        lists = {name: words for name, words in tables.items() if isinstance(words, list)}
        for name, parts in patterns.items():
            compiler = PatternCompiler(lists, dict.fromkeys(parts, "").__getitem__)
            for at, pattern in enumerate(lists.get(name, [])):
                try:
                    compiler.compiled(pattern)
                except PatternError as error:
                    self._note(
                        (name, at), msg("in this pattern, “{what}” has no meaning here", what=error.reason)
                    )

    def group(self, name: str, keys: tuple[str, ...]) -> dict[str, list[str]]:
        """Return the lists of a group, which has exactly ``keys``, or any."""
        return (
            {key: self.words(name, key) for key in self.values[name]} if self.has_keys((name,), keys) else {}
        )

    def all_names(self, table: str) -> list[NamesByLanguage]:
        """Return the topics in the list ``table``; none where there is no such table, which was noted already."""
        found = self.values.get(table, [])
        if not isinstance(found, list):
            self._note((table,), msg("here a list is expected, each entry beginning with “-”"))
            return []
        return [self.names((table, at)) for at in range(len(found))]

    def names(self, path: yaml_text.Path) -> NamesByLanguage:
        """Return the names at ``path`` in each language."""
        if not self.has_keys(path, LANGUAGES):
            return {}
        return {language: self.words(*path, language) for language in LANGUAGES if language in self._at(path)}

    def _at(self, path: yaml_text.Path) -> Any:
        found = self.values
        for part in path:
            found = found[part]
        return found

    def _note(self, path: yaml_text.Path, what: Message) -> None:
        self.problems.append(Problem(self.places[path], yaml_text.path_text(path), what))
