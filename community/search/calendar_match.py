"""Which entries of a calendar a question means, by what they are called and whom they are for. Pure.

What of an entry is looked at is given as a `Findable`: the calendar itself stands on the same floor and is not known
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from community.search.calendar_question import CalendarQuestion, NamedPart, Wanted
from community.search.calendar_slips import all_labels_of, part_labels, with_slips
from community.search.calendar_texts import kinds_of, parts_of
from community.search.calendar_whole_titles import titles_said
from community.search.calendar_words import TAKES_PLACE, fillers, is_long_thing, labels_of, things
from community.search.meanings import Concept, Meanings, Sort

_TELLING = frozenset({Sort.THEME, Sort.TOPIC, Sort.ROLE, Sort.RESOURCE_KIND, Sort.KIND})
"""The meanings by which a title in one language is found by the words of another."""
_HANDED_IN = frozenset({"registration", "application"})
"""Labels of `things` for deadlines that belong to an event."""
_MEETING = frozenset({"meeting", "assembly"})
_OF_SEVERAL = frozenset({Wanted.LIST, Wanted.COUNT, Wanted.NEXT, Wanted.FIRST, Wanted.LAST})
"""What asks for several, or for one of them by its place."""
_EXACT, _BY_MEANING, _BY_THEME = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Findable:
    """An entry as it is found. ``everywhere``: it is for all cities; else for ``cities``, with those of its cohorts.

    ``places`` are the cities where it takes place, or that its title names. ``kinds`` are those that it is of,
    ``named`` those that its title names. ``roles`` are those that it is for.
    ``title`` has the stems of its title in each language.
    """

    stems: frozenset[str]
    meanings: Meanings
    labels: frozenset[str]
    kinds: frozenset[str]
    named: frozenset[str] = frozenset()
    title: tuple[frozenset[str], ...] = ()
    themes: frozenset[str] = frozenset()
    cohorts: frozenset[str] = frozenset()
    cities: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    everywhere: bool = False
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Selection:
    """The keys of the entries that a question means, in the order given.

    ``certain``: they have all that was asked; else they only come near. ``unknown`` are the words, as they were
    written, that nothing in the calendar has. ``is_named``: something was asked for by its name, theme, place or kind.
    ``is_called``: all that was said is in its very words, or the name of its theme.
    ``is_occasion``: it says what takes place (`TAKES_PLACE`), and they do. ``is_by_theme``: all that was said has
    no more in common with them than a theme.
    ``others`` are meant where none of the first takes place in the days asked about: of a meeting, any other event.
    """

    keys: tuple[str, ...]
    certain: bool
    unknown: tuple[str, ...] = ()
    is_named: bool = False
    others: tuple[str, ...] = ()
    is_called: bool = False
    is_occasion: bool = False
    is_by_theme: bool = False


def selected(question: CalendarQuestion, entries: Mapping[str, Findable]) -> Selection:
    """Return which of ``entries`` a question means."""
    entries = {key: one for key, one in entries.items() if key not in question.left_out}
    parts = with_slips(
        _without_counts(question.about, entries.values()), (one.stems for one in entries.values())
    )
    by_title = _titled(question, parts, entries)
    if by_title:
        kinds = question.kinds - ({"deadline"} if question.by_due else set())
        question, entries = (
            replace(question, cities=frozenset(), countries=frozenset(), kinds=kinds),
            by_title,
        )
    fitting = {key: one for key, one in entries.items() if _fits(question, one)}
    known = [part for part in parts if _is_known(part, entries.values(), fitting.values())]
    unknown = tuple(part.words for part in parts if part not in known and not part.is_number)
    there = {key: one for key, one in fitting.items() if all(_grade(part, one) for part in known)}
    if question.wanted not in {*_OF_SEVERAL, Wanted.CHANGED}:
        whole = titles_said(question.said | question.placed, {key: one.title for key, one in there.items()})
        there = {key: one for key, one in there.items() if key in whole} or there
    full = _placed(question, there or _of_another_kind(question, known, entries))
    named = bool(known or question.themes or question.has_place or question.named_kinds)
    if not (named or unknown) and _asks_of_one(question):
        unknown = tuple(part.words for part in parts)
    if full and not unknown:
        best = _called_so(question, full, _best(full, known))
        first = _first_meant(question, {key: full[key] for key in best})
        others = tuple(key for key in best if key not in first)
        called = all(_grade(part, full[key]) == _EXACT for part in known for key in first)
        taking = all(any(_is_occasion(part, full[key]) for part in known) for key in first)
        by_theme = bool(known) and all(
            _grade(part, full[key]) == _BY_THEME for part in known for key in first
        )
        return Selection(
            tuple(first),
            certain=True,
            is_named=named,
            others=others,
            is_called=called,
            is_occasion=taking,
            is_by_theme=by_theme,
        )
    if full and (named or question.wanted in (Wanted.LIST, Wanted.NEXT)):
        best = _best(full, known)
        called = bool(known) and all(_grade(part, full[key]) == _EXACT for part in known for key in best)
        return Selection(tuple(best), certain=False, unknown=unknown, is_called=called)
    return Selection(tuple(_nearest(question, known, entries)), certain=False, unknown=unknown)


def _without_counts(parts: Sequence[NamedPart], entries: Iterable[Findable]) -> list[NamedPart]:
    """Return the parts without numbers that no title has: “the next two deadlines” asks for no “two pages”."""
    titles = frozenset[str]().union(*(title for one in entries for title in one.title))
    return [part for part in parts if not part.is_number or titles.issuperset(part.stems)]


def _titled(
    question: CalendarQuestion, parts: Sequence[NamedPart], entries: Mapping[str, Findable]
) -> dict[str, Findable]:
    """Return the entries whose title says all that was named, the words for places and for handing in among it."""
    if not (question.placed and (question.has_place or question.by_due) and parts):
        return {}
    return {
        key: one
        for key, one in entries.items()
        if any(question.placed <= title for title in one.title)
        and all(_grade(part, one) == _EXACT for part in parts)
    }


def _asks_of_one(question: CalendarQuestion) -> bool:
    """Whether something is asked of an entry, and neither which there are nor what there is on a day.

    Then words of every day are what it is called: “quando é o livro?” does not ask for all there is.
    """
    return not (question.wanted in (Wanted.LIST, Wanted.NEXT) or question.has_days or question.kinds)


def _is_occasion(part: NamedPart, one: Findable) -> bool:
    """Whether a phrase says what takes place, and an entry is one: “the demo of the digital counter”."""
    return not (part_labels(part) & TAKES_PLACE).isdisjoint(one.labels)


def _first_meant(question: CalendarQuestion, best: Mapping[str, Findable]) -> list[str]:
    """Return those entries that are just what is asked for, and not what else it may mean.

    Whoever asks for a meeting may mean another event, where people meet too; whoever asks for events, a deadline. When
    “the meeting” is, without a day, asks for what is called so.
    """
    is_one = question.wanted not in _OF_SEVERAL
    if is_one and not question.kinds and _HANDED_IN.isdisjoint(all_labels_of(question.about)):
        # “When is the winter school?” does not ask until when one applies to it.
        events = [key for key, one in best.items() if "deadline" not in one.kinds]
        return [key for key in best if key in events or _HANDED_IN.isdisjoint(best[key].labels)] or list(best)
    if "event" in question.kinds and not question.named_kinds:
        return [key for key, one in best.items() if "deadline" not in one.kinds] or list(best)
    if "meeting" not in question.kinds:
        return list(best)
    is_one = question.wanted not in (Wanted.LIST, Wanted.NEXT) and not (question.has_days or question.been)
    called = [key for key, one in best.items() if is_one and "meeting" in one.named]
    return called or [key for key, one in best.items() if not _MEETING.isdisjoint(one.kinds)] or list(best)


def _of_another_kind(
    question: CalendarQuestion, parts: Sequence[NamedPart], entries: Mapping[str, Findable]
) -> dict[str, Findable]:
    """Return what has all that was said in its very words, but is of another kind than was said.

    “The training on Element” may be called a meeting; “registration for the assembly” is a deadline.
    """
    kinds = question.named_kinds
    if not parts or not kinds or "deadline" in kinds:
        return {}
    of_any = replace(question, kinds=frozenset())
    found = {key: one for key, one in entries.items() if _fits(of_any, one)}
    return {
        key: one
        for key, one in found.items()
        if ("deadline" not in one.kinds or kinds <= one.named)
        and all(_grade(part, one) == _EXACT for part in parts)
    }


def _placed(question: CalendarQuestion, full: Mapping[str, Findable]) -> Mapping[str, Findable]:
    """Return those that take place in the cities asked about, where there are any: “the Bizerte meeting”.

    All where it is asked what is for a city, or when its deadlines are.
    """
    if question.for_places or "deadline" in question.kinds:
        return full
    there = {key: one for key, one in full.items() if not question.cities.isdisjoint(one.places)}
    return there or full


def _fits(question: CalendarQuestion, one: Findable) -> bool:
    """Whether an entry is of the kinds, themes and places that are asked for."""
    if not _is_of_kinds(question.named_kinds, one):
        return False
    if question.themes and question.themes.isdisjoint(one.themes):
        return False
    return not question.has_place or _is_there(question, one)


def _is_of_kinds(kinds: frozenset[str], one: Findable) -> bool:
    """Whether an entry is of such a kind; of a deadline its title names the others: “the deadline for the visit”.

    People meet at every event.
    """
    if not kinds:
        return True
    if "deadline" in kinds:
        return "deadline" in one.kinds and (kinds - {"deadline"}) <= one.named
    return not kinds.isdisjoint(one.kinds) or ("meeting" in kinds and "deadline" not in one.kinds)


def _is_there(question: CalendarQuestion, one: Findable) -> bool:
    if question.cohorts:
        return not question.cohorts.isdisjoint(one.cohorts)
    if not question.cities:
        return True
    if question.located:
        return not question.cities.isdisjoint(one.places)
    if not question.cities.isdisjoint(one.cities | one.places):
        return True
    # The visit to one city, and registration for it, are none for that to another.
    named = question.about or question.themes or question.named_kinds - {"meeting", "deadline"}
    is_elsewhere = bool(one.places) and bool(named) and not question.for_places
    return one.everywhere and not is_elsewhere


def _grade(part: NamedPart, one: Findable) -> int:
    if is_long_thing(part.stems):
        # “The open day” is no day on open data.
        return 0 if labels_of(part.stems).isdisjoint(one.labels) else _EXACT
    if one.stems.issuperset(part.stems):
        return _EXACT
    labelled = {
        stem
        for phrase in parts_of(part.stems)
        if not labels_of(phrase).isdisjoint(one.labels)
        for stem in phrase
    }
    if labelled and (one.stems | labelled | fillers()).issuperset(part.stems):
        return _EXACT
    if _is_for_role(part, one):
        return _BY_MEANING
    shared = [meaning.sort for meaning in part.meanings if _shares(meaning, one)]
    if not shared:
        return 0
    # Titles say more than a theme of the audience, or than a word that only belongs to the theme.
    return _BY_THEME if set(shared) == {Sort.THEME} else _BY_MEANING


def _shares(meaning: Concept, one: Findable) -> bool:
    is_theme = meaning.sort is Sort.THEME and meaning.key in one.themes
    return is_theme or (meaning.sort in _TELLING and meaning in one.meanings)


def _is_for_role(part: NamedPart, one: Findable) -> bool:
    """Whether a phrase names a role that an entry is for: “the leads' deadlines”."""
    named = {meaning.key for meaning in part.meanings if meaning.sort is Sort.ROLE}
    return not one.roles.isdisjoint(part_labels(part) | named)


def _is_known(part: NamedPart, entries: Iterable[Findable], fitting: Iterable[Findable]) -> bool:
    """Whether an entry has a phrase; whom something is for counts only of what fits the kinds asked for."""
    if any(_grade(part, one) for one in fitting):
        return True
    return any(_grade(part, one) and not _is_for_role(part, one) for one in entries)


def _best(full: Mapping[str, Findable], parts: Sequence[NamedPart]) -> list[str]:
    """Return those entries that have most of what was said in their very words: “compost” before all of waste."""
    grades = {key: sum(_grade(part, one) for part in parts) for key, one in full.items()}
    most = max(grades.values(), default=0)
    best = [key for key, grade in grades.items() if grade == most]
    # Without a name of anything, a title of general words is none that was asked for.
    whole = [key for key in best if parts and _is_whole_title(parts, full[key])]
    return whole or best


def _called_so(question: CalendarQuestion, full: Mapping[str, Findable], best: list[str]) -> list[str]:
    """Return those whose titles have most of what was said, the word for their kind among it: “the network call”.

    Words that say nothing elsewhere (“network”, “monthly”) are part of a name there. All where none has two of them.
    """
    if not question.kinds or question.about:
        return best
    marks = {key: max((len(title & question.said) for title in full[key].title), default=0) for key in best}
    most = max(marks.values(), default=0)
    # “When is the summit?” asks for what is called so, “the next meeting” for whatever is one.
    is_any = question.wanted in {*_OF_SEVERAL, Wanted.CHANGED} and not question.behind
    is_any = is_any or "meeting" in question.kinds
    least = 1 if is_any else 0
    best = [key for key, mark in marks.items() if mark == most] if most > least else best
    if question.wanted in _OF_SEVERAL and not question.behind:
        return best
    return [key for key in best if not any(_is_about(full[key], full[other]) for other in best)]


def _is_about(one: Findable, other: Findable) -> bool:
    """Whether a title says another's and more: the preparatory meeting for the assembly is not the assembly."""
    return any(title > whole for title in one.title for whole in other.title if len(whole) > 1)


def _is_whole_title(parts: Sequence[NamedPart], one: Findable) -> bool:
    """Whether an entry's title says no more than what is asked for: not “registration for the assembly”."""
    said = {word for part in parts for word in part.stems}
    labels = frozenset[str]().union(*map(part_labels, parts))
    return any(title <= said | _said_by(title, labels) for title in one.title)


def _said_by(title: frozenset[str], labels: frozenset[str]) -> frozenset[str]:
    """Return the words of a title that say what is asked for in another language, or that it is an event."""
    others = (word for word in title if not labels.isdisjoint(things().get((word,), ())) or kinds_of((word,)))
    return frozenset(others) | (title & fillers())


def _nearest(
    question: CalendarQuestion, parts: Sequence[NamedPart], entries: Mapping[str, Findable]
) -> list[str]:
    """Return the entries that have most of what was asked, where none has all of it; none where none has any."""
    marks = {key: _mark(question, parts, one) for key, one in entries.items()}
    most = max(marks.values(), default=0)
    return [key for key, mark in marks.items() if mark == most] if most else []


def _mark(question: CalendarQuestion, parts: Sequence[NamedPart], one: Findable) -> int:
    named = sum(3 for part in parts if _grade(part, one))
    themes = 2 if question.themes and not question.themes.isdisjoint(one.themes) else 0
    there = 1 if question.has_place and _is_there(question, one) else 0
    kinds = question.named_kinds
    kind = 1 if kinds and _is_of_kinds(kinds, one) else 0
    return named + themes + there + kind if named or themes or kind else 0
