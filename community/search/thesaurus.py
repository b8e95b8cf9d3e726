"""What cities work on, and the words for it in each language: subjects with their topics, and things of no subject.

A subject is a list of topics; the first holds its general names, by which a community's theme is recognised as being
about it. A topic is one thing under all its names: who asks for a *lixeira* finds what is filed under *landfill*. The
names stand in `languages/thesaurus` and `languages/things.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from community.core.compiled import compiled
from community.search import word_files, word_page
from community.search.meanings import Concept, Sort, phrase_of

_THINGS = "things"
"""The subject in the keys of things that belong to none."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing under its names in each language."""

    by_language: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """The names in all languages."""
        return tuple(name for names in self.by_language.values() for name in names)


@cache
def _read() -> Mapping[str, tuple[Topic, ...]]:
    sources = [Path(__file__), Path(word_files.__file__), Path(word_page.__file__)]
    found, things = compiled("thesaurus", sources, word_files.digest(), word_files.read_thesaurus)
    return {
        subject: tuple(
            Topic({language: tuple(names) for language, names in topic.items()}) for topic in topics
        )
        for subject, topics in (*found.items(), (_THINGS, things))
    }


def subjects() -> Iterator[tuple[Topic, ...]]:
    """Give the topics of each subject, the general names first."""
    yield from (topics for subject, topics in _read().items() if subject != _THINGS)


def topics() -> Iterator[tuple[str, Topic]]:
    """Give each topic and thing with its key, ``subject/number``."""
    for subject, found in _read().items():
        yield from ((f"{subject}/{number}", topic) for number, topic in enumerate(found))


def is_thing(concept: Concept) -> bool:
    """Whether a meaning is only that of a thing of no subject: the word's translations."""
    return concept.sort is Sort.TOPIC and concept.key.startswith(f"{_THINGS}/")


def general_name(names: Iterable[str], language: str) -> str | None:
    """Return what a language calls the one subject that has one of ``names``; None where none or several have."""
    asked = {phrase_of(name) for name in names}
    meant = [
        topics[0] for topics in subjects() if topics and not asked.isdisjoint(map(phrase_of, topics[0].names))
    ]
    return next(iter(meant[0].by_language.get(language, ())), None) if len(meant) == 1 else None


@cache
def topic_stems(key: str) -> tuple[frozenset[str], ...]:
    """Return the names of a topic (``subject/number``), each as the set of its stems."""
    subject, number = key.split("/")
    phrases = {frozenset(phrase_of(name)) for name in _read()[subject][int(number)].names}
    return tuple(sorted(phrases, key=sorted))


def subject_stems(key: str) -> frozenset[str]:
    """Return the stems of the subject that a topic belongs to; none for a thing, which belongs to no subject."""
    subject, _number = key.split("/")
    return frozenset() if subject == _THINGS else frozenset().union(*topic_stems(f"{subject}/0"))
