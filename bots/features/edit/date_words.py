"""The words by which people set dates in the calendar, from the languages' `planning.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from bots.context.phrases import Folded, folded
from community.core.patterns import pattern_of
from community.core.sentence_patterns import TATWEEL, any_of, fold_text, leading
from community.core.words import stems
from community.description.calendar_model import EventKind
from community.search.word_tables import groups, groups_in, phrases, phrases_in

_EVENT_KINDS: tuple[EventKind, ...] = ("meeting", "training", "visit", "celebration", "other")

_NOTHING = "(?!)"
"""What stands nowhere in a text."""
_SEVERAL: tuple[tuple[str, EventKind], ...] = (
    *(("meeting", "meeting"), ("training", "training"), ("webinar", "training"), ("visit", "visit")),
    ("celebration", "celebration"),
)
"""The kinds of which several may be planned at once, by the names under which the calendar is asked for them."""


@dataclass(frozen=True)
class DateWords:
    """The expressions of one language, over folded text."""

    plan: str
    plan_noun: str
    noted: str
    """Before anything that is planned: “note a breakfast”, but neither “note that …” nor “note the …”."""
    plan_for: str
    add: str
    article: str
    definite: str
    events: Mapping[str, EventKind]
    deadlines: str
    deadline_for: str
    due: str
    move: str
    cancel: str
    several: Mapping[str, EventKind]
    """What events are called where several are planned: “meetings”."""

    @cached_property
    def several_nouns(self) -> str:
        """What several events are called, the longest names first."""
        return "|".join(map(re.escape, sorted(self.several, key=len, reverse=True)))

    @cached_property
    def event_nouns(self) -> str:
        """What events are called, the longest names first."""
        return "|".join(map(re.escape, sorted(self.events, key=len, reverse=True)))


@cache
def date_words(language: str) -> DateWords:
    """Return the expressions of a language (`LANGUAGES`)."""
    nouns, asked = groups_in(language, "planning/events"), groups_in(language, "calendar/kinds")
    article = leading(phrases_in(language, "editing/articles"))
    definite = phrases_in(language, "editing/the")
    plan_noun = any_of(phrases_in(language, "planning/plan_noun"))
    return DateWords(
        plan=any_of(phrases_in(language, "planning/plan")),
        plan_noun=plan_noun,
        noted=rf"{plan_noun} (?!{leading(definite)}){article}+" if definite else _NOTHING,
        plan_for=leading(phrases_in(language, "planning/plan_for")),
        add=any_of(phrases_in(language, "editing/add")),
        article=article,
        definite=leading(definite or ("the",)),
        events={fold_text(noun): kind for kind in _EVENT_KINDS for noun in nouns.get(kind, ())},
        deadlines=any_of(phrases_in(language, "planning/deadlines")),
        due=any_of((*phrases_in(language, "when/due_by"), *phrases_in(language, "when/due_behind"))),
        deadline_for=leading(phrases_in(language, "planning/deadline_for")),
        move=any_of(phrases_in(language, "planning/move")),
        cancel=any_of(phrases_in(language, "planning/cancel")),
        several={fold_text(noun): kind for name, kind in _SEVERAL for noun in asked.get(name, ())},
    )


@cache
def _whom() -> re.Pattern[str]:
    """Return what finds the last words of a text that say whom it is for, in any language."""
    return re.compile(rf"(?:^|[ ,،;:])[ ,،;:]*{leading(phrases('planning/whom'))}(?P<whom>[^,،;:]+)$")


def splits_whom(text: Folded) -> Iterator[tuple[str, str]]:
    """Yield each way to divide a text before last words that say whom it is for: what stands before them, and these."""
    bare = folded(text.original.rstrip(" ,،;:.!"))
    ends = set()
    for start in range(len(bare.text)):
        match = _whom().match(bare.text, start)
        if match is not None and match.start("whom") not in ends:
            ends.add(match.start("whom"))
            yield bare.between(0, match.start()).rstrip(" ,،;:"), bare.span(match, "whom")


def without_for(title: str, language: str) -> str:
    """Return a title without the “for the” with which it begins: “add a deadline for the report: …”."""
    separate = [text for text in phrases_in(language, "planning/plan_for") if not text.endswith(TATWEEL)]
    article = leading(phrases_in(language, "editing/articles"))
    said = folded(title)
    begun = pattern_of(rf"{leading(separate)}{article}*(?=.)").match(said.text) if separate else None
    return title if begun is None else said.between(begun.end(), len(said.text))


@cache
def _first_whom() -> re.Pattern[str]:
    return re.compile(rf"{leading(phrases('planning/whom'))}(?P<whom>[^,،;:]+?) ?: *(?P<what>.+)")


def begins_with_whom(text: Folded) -> Iterator[tuple[str, str]]:
    """Yield what stands behind a colon, and before it for whom that is: “for Kumasi: the report”."""
    match = _first_whom().fullmatch(text.text)
    if match is not None:
        yield text.span(match, "what"), text.span(match, "whom")


@cache
def _everyone() -> frozenset[str]:
    return frozenset(map(fold_text, (*phrases("planning/everyone"), *phrases("editing/everywhere"))))


def means_everyone(text: str) -> bool:
    """Whether a whole text names the whole community."""
    return folded(text.strip(" .!,،")).text in _everyone()


@cache
def _all_day() -> frozenset[str]:
    return frozenset(map(fold_text, phrases("planning/all_day")))


def means_all_day(text: str) -> bool:
    """Whether a whole text says that something has no time of day."""
    return folded(text.strip(" .!,،")).text in _all_day()


@cache
def role_words() -> tuple[tuple[str, str], ...]:
    """Return what roles are called for short, folded, each with the key that such a role usually has."""
    named = groups("planning/roles")
    return tuple((fold_text(word), key) for key, words in named.items() for word in words)


@cache
def _to() -> re.Pattern[str]:
    return re.compile(rf"[ ,،]+{leading(phrases('planning/move_to'))}")


def moved_to(text: str) -> list[tuple[str, str]]:
    """Return each way to divide a text into what is moved and to when, in any language."""
    phrase = folded(text)
    found = _to().finditer(phrase.text)
    return [
        (phrase.between(0, match.start()), phrase.between(match.end(), len(phrase.text))) for match in found
    ]


@cache
def _all_of_them() -> re.Pattern[str]:
    return re.compile(rf"\b{any_of(phrases('planning/all_of_them'))}\b")


def means_all_of_them(text: str) -> bool:
    """Whether a text says that all of a series is meant."""
    return _all_of_them().search(folded(text).text) is not None


@cache
def _one_of_them() -> frozenset[str]:
    return frozenset(map(fold_text, phrases("planning/one_of_them")))


def means_one_of_them(text: str) -> bool:
    """Whether a whole text says that one of a series alone is meant."""
    return folded(text.strip(" .!,،")).text in _one_of_them()


@cache
def noun_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words that events and that deadlines are called by, in any language."""
    events = (word for nouns in groups("planning/events").values() for noun in nouns for word in stems(noun))
    deadlines = (word for noun in phrases("planning/deadlines") for word in stems(noun))
    return frozenset(events), frozenset(deadlines)


_SMALL = (
    *("editing/articles", "editing/the", "editing/of", "editing/about", "editing/new"),
    *("planning/whom", "planning/all_of_them", "planning/one_of_them"),
)


@cache
def small_words() -> frozenset[str]:
    """Return the words that name no date, in any language: articles and the like."""
    told = (word for table in _SMALL for phrase in phrases(table) for word in stems(phrase))
    return frozenset((*told, "s", "l", "d", "du", "des", "da", "do", "das", "dos"))


@cache
def event_kinds() -> tuple[tuple[str, EventKind], ...]:
    """Return what each kind of event is called, folded, in any language."""
    named = groups("planning/events")
    return tuple((fold_text(noun), kind) for kind in _EVENT_KINDS for noun in named.get(kind, ()))


def names_date(text: str) -> bool:
    """Whether a text has a word that events or deadlines are called by."""
    return bool(set(stems(text)) & frozenset[str]().union(*noun_words()))


def thing_labels(word: str) -> frozenset[str]:
    """Return what a stem of a title is about, so that it is found by another language's word for it."""
    return _things().get(word, frozenset())


@cache
def _things() -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for label, texts in groups("calendar/things").items():
        for word in (stems(text) for text in texts):
            if len(word) == 1:
                found[word[0]] = found.get(word[0], frozenset()) | {label}
    return found
