"""One file of words: its values with their places, and what is wrong in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from community.core.errors import Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.sentence_patterns import PatternCompiler, PatternError
from community.description import yaml_text

ANY_KEY = ("",)
"""The keys of a group that are not known beforehand: codes of countries or languages."""
Table = list[str] | dict[str, list[str]]
Tables = dict[str, Table]
"""The tables of one file, as ``table`` or, where they are of a language's folder, as ``file/table``."""
NamesByLanguage = dict[str, list[str]]
"""The names of one thing in each language."""


@dataclass(frozen=True)
class WordPage:
    """The values of one file with their places; a problem is noted and what it spoils is left out."""

    values: Any
    places: Mapping[yaml_text.Path, SourcePosition]
    problems: list[Problem]
    beside: tuple[str, ...] = ()
    """The languages whose names of a thing stand side by side."""

    def has_keys(self, path: yaml_text.Path, keys: tuple[str, ...], *, required: bool = True) -> bool:
        """Whether a mapping is at ``path``; note which keys it has beside ``keys``.

        ``required``: note also which of ``keys`` it lacks.
        """
        found = self._at(path)
        if not isinstance(found, dict):
            self._note(path, msg("here “name: [word, word]” is expected"))
            return False
        for key in sorted(set(keys) - set(found)) if required and keys is not ANY_KEY else ():
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

    def group(self, name: str, keys: tuple[str, ...], *, required: bool = True) -> dict[str, list[str]]:
        """Return the lists of a group, which has no other ``keys``, and all of them if they are ``required``."""
        if not self.has_keys((name,), keys, required=required):
            return {}
        return {key: self.words(name, key) for key in self.values[name]}

    def all_names(self, table: str) -> list[NamesByLanguage]:
        """Return the topics in the list ``table``; none where there is no such table, which was noted already."""
        found = self.values.get(table, [])
        if not isinstance(found, list):
            self._note((table,), msg("here a list is expected, each entry beginning with “-”"))
            return []
        return [self.names((table, at)) for at in range(len(found))]

    def names(self, path: yaml_text.Path) -> NamesByLanguage:
        """Return the names at ``path`` in each language that has no file of its own for them."""
        if not self.has_keys(path, self.beside):
            return {}
        return {
            language: self.words(*path, language) for language in self.beside if language in self._at(path)
        }

    def _at(self, path: yaml_text.Path) -> Any:
        found = self.values
        for part in path:
            found = found[part]
        return found

    def _note(self, path: yaml_text.Path, what: Message) -> None:
        self.problems.append(Problem(self.places[path], yaml_text.path_text(path), what))
