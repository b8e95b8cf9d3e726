"""Reading the files of `community/languages`: the words of each language, as translators write them.

Each language has one folder with the files of `REQUIRED`. Each file has tables: a list of words or phrases, or a group
of such lists. A language that is complete has all of them, any other may have a part. `languages/thesaurus` and
`languages/things.yaml` have things under their names in several languages; a language that has no names there has
them in a `thesaurus.yaml` of its own. `languages/world` has what is the same in each language. Whatever is wrong in a
file is reported with its line.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from community.core.errors import DescriptionError, Problem, SourcePosition
from community.core.language_folders import FOLDER, languages_in
from community.core.languages import SOURCE_LANGUAGE
from community.core.messages import msg, nmsg
from community.description import yaml_text
from community.search.word_file_tables import LIST, PATTERNS, REQUIRED, WORLD
from community.search.word_page import NamesByLanguage, Tables, WordPage

GENERAL, TOPICS = "general", "topics"
"""The two parts of a subject's file: its general names, and what belongs to it."""
THINGS = "things"
"""The name of the file of things, and of the table in it."""
THESAURUS = "thesaurus.yaml"
"""A language's own names of subjects and things, each under its first English name."""


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
    for language, known in languages_in(folder).items():
        found[language] = {}
        for file, tables in REQUIRED.items():
            read = reading.tables(
                f"{language}/{file}.yaml", tables, PATTERNS.get(file, {}), required=known.complete
            )
            found[language] |= {f"{file}/{table}": words for table, words in read.items()}
    found[""] = {
        f"{file}/{table}": words
        for file, tables in WORLD.items()
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
    things = reading.topics(f"{THINGS}.yaml", THINGS)
    for language in languages_in(folder):
        reading.further_names(language, {**subjects, THINGS: things})
    reading.finish()
    return subjects, things


@dataclass(frozen=True)
class _Reading:
    """Reads files of a folder and gathers what is wrong in them."""

    folder: Path
    problems: list[Problem]

    @property
    def beside(self) -> tuple[str, ...]:
        """The languages whose names of a thing stand side by side: those without a file of their own for them."""
        known = languages_in(self.folder).items()
        return tuple(
            code for code, one in known if one.complete and not (self.folder / code / THESAURUS).is_file()
        )

    def finish(self) -> None:
        if self.problems:
            raise WordListError(tuple(self.problems))

    def tables(
        self,
        file: str,
        tables: Mapping[str, tuple[str, ...]],
        patterns: Mapping[str, frozenset[str]] = MappingProxyType({}),
        *,
        required: bool = True,
    ) -> Tables:
        """Read a file of tables; ``tables`` says which it has, and with which keys: all, if they are ``required``."""
        page = self._page(file, tuple(tables), required=required)
        found: Tables = {}
        for name, keys in tables.items():
            if name in page.values:
                found[name] = page.words(name) if keys is LIST else page.group(name, keys, required=required)
        page.check_patterns(
            {**{name: [] for name, keys in tables.items() if keys is LIST}, **found}, patterns
        )
        return found

    def subject(self, path: Path) -> list[NamesByLanguage]:
        page = self._page(f"thesaurus/{path.name}", (GENERAL, TOPICS))
        general = [page.names((GENERAL,))] if GENERAL in page.values else []
        return general + page.all_names(TOPICS)

    def topics(self, file: str, table: str) -> list[NamesByLanguage]:
        return self._page(file, (table,)).all_names(table)

    def further_names(self, language: str, subjects: Mapping[str, list[NamesByLanguage]]) -> None:
        """Add the names of subjects and things that a language has in a file of its own, if those are all right."""
        if self.problems:
            return
        page = self._page(f"{language}/{THESAURUS}", tuple(subjects), required=False)
        for subject in page.values:
            topics = subjects.get(subject, [])
            named = {topic[SOURCE_LANGUAGE][0]: topic for topic in topics if topic.get(SOURCE_LANGUAGE)}
            if subject != THINGS and topics:
                named = {GENERAL: topics[0], **named}
            for english, names in page.group(subject, tuple(named), required=False).items():
                if english in named:
                    named[english][language] = names

    def _page(self, file: str, tables: tuple[str, ...], *, required: bool = True) -> WordPage:
        name = f"{self.folder.name}/{file}"
        try:
            parsed = yaml_text.parse((self.folder / file).read_bytes(), name)
        except FileNotFoundError:
            if not required:
                return WordPage({}, {}, self.problems)
            self.problems.append(Problem(SourcePosition(name, 1, 1), "", msg("this file is missing")))
            return WordPage({}, {}, self.problems)
        self.problems.extend(parsed.problems)
        page = WordPage(parsed.value, {**parsed.places, **parsed.key_places}, self.problems, self.beside)
        if parsed.value is None or not page.has_keys((), tables, required=required):
            return WordPage({}, {}, self.problems)
        return page
