"""Completing follow-ups ("and in Bamako?", "et son adjoint ?", "mais") from the question before. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from community.directory.entry import EntryKey
from community.search import word_tables
from community.search.asked import Question, Relation
from community.search.completion import merged_with
from community.search.ordinary_words import is_ordinary

_FILE = "follow_ups"
"""The file of the words that are looked for here."""
LONGEST_FOLLOW_UP = 10
"""Words; a longer text is a question of its own."""


def followed(
    question: Question, previous: Question, said: Sequence[str], shown: Sequence[EntryKey]
) -> Question:
    """Return ``question``, completed from ``previous`` if it is a follow-up, else as it is."""
    if asks_for_more(said):
        return replace(previous, page=previous.page + 1, follows=True, language=question.language)
    if _asks_for_details_of_a_person(question, said):
        return question
    found = _followed(question, previous, said, shown)
    if found.instead_of:
        found = replace(found, aside=_aside(question, found))
    return _with_names_in_doubt(found, question) if found.follows else found


def _aside(question: Question, found: Question) -> tuple[str, ...]:
    """Return the unknown words that ``found``, a question for somebody else, passes over.

    Where no details are asked for, words of every day are no names: "she is off, thank you" (Asante).
    """
    left_out = {word for name in question.excluded.names for word in name}
    passed_over = left_out.union(found.rest, () if question.fields else question.ordinary)
    return tuple(word for word in question.rest if word not in passed_over)


def _with_names_in_doubt(merged: Question, question: Question) -> Question:
    """Return a follow-up with the words of every day that it leaves out as names.

    Nobody may be called so: then they are words that were not understood ("and the homeless?" of one of our languages
    begins with "and those without").
    """
    words = tuple(word for name in question.excluded.names for word in name if word in question.ordinary)
    if not words:
        return merged
    rest = tuple(dict.fromkeys((*merged.rest, *words)))
    return replace(
        merged, rest=rest, beside=merged.beside | set(words), ordinary=merged.ordinary - set(words)
    )


def _followed(
    question: Question, previous: Question, said: Sequence[str], shown: Sequence[EntryKey]
) -> Question:
    whole = question
    question = _without_asides(question.without_words(question.ordinary), said)
    if shown and _asks_for_somebody_else(question, said):
        return _somebody_else(question, previous, said, shown)
    of_a_time = _of_a_time(question, previous, said, shown)
    if of_a_time is not None:
        return of_a_time
    if _says_nothing_else(question):
        question = whole
    if not _is_follow_up(question, said):
        return whole
    merged = merged_with(question, previous)
    pairs = set(pairwise(said))
    there = set(said) & word_tables.folded(f"{_FILE}/there") or pairs & word_tables.folded_phrases(
        f"{_FILE}/that_city"
    )
    if there and not question.has_place and shown:
        merged = replace(merged, there=shown[0])
    his = _refers(said)
    bare = not (question.has_subject or question.has_place)
    if (
        (his and "project" in question.kinds and not question.stages)
        or (bare and _asks_for_lead(question) and shown and shown[0][0] == "project")
        or ((his or bare) and (question.relation is not None or question.fields))
    ):
        return _about_shown(merged, question, shown)
    if (
        shown
        and his
        and bare
        and not (question.newest or question.stages or question.roles)
        and (not question.kinds or question.languages)
    ):
        return replace(merged, about=shown[0])
    if shown[:1] and shown[0][0] == "contact" and bare and question.languages and not question.who:
        spoken = question.kinds == {"contact"}  # "does she speak English?"
        merged = replace(merged, about=shown[0]) if spoken else merged
    if shown and question.kinds and not (merged.has_subject or merged.has_place or merged.about):
        return replace(merged, like=shown[0])
    return merged


def _says_nothing_else(question: Question) -> bool:
    """Whether words of every day are all that says what a follow-up is about: they may be that ("and begging?")."""
    detail = question.fields or question.relation or question.languages or question.stages or question.roles
    return not (question.has_subject or question.rest or detail or question.excluded)


def _of_a_time(
    question: Question, previous: Question, said: Sequence[str], shown: Sequence[EntryKey]
) -> Question | None:
    """Return the question for the hours of what was shown, or for the date that it is of; None if it asks neither."""
    if not shown:
        return None
    if _asks_when(question, said):
        return replace(merged_with(question, previous), about=shown[0], fields=frozenset({"hours"}))
    if _asks_as_of(question, said):
        merged = merged_with(question.without_words(question.rest), previous)
        return replace(merged, about=shown[0], fields=frozenset())
    return None


def _asks_when(question: Question, said: Sequence[str]) -> bool:
    """Whether only the time is asked for: "when?", "when did it start?"."""
    if tuple(said) in word_tables.folded_phrases(f"{_FILE}/when"):
        return True
    other = (
        question.kinds or question.fields or question.relation or question.content or not question.is_empty
    )
    return len(said) <= _LONGEST_WHEN and not other and has_phrase(said[:1], f"{_FILE}/when")


_LONGEST_WHEN = 4
_LONGEST_ONE_AFTER = 8


def _asks_as_of(question: Question, said: Sequence[str]) -> bool:
    """Whether it asks of which date is what was shown, and names nothing else: "how old is that information?"."""
    if len(said) > LONGEST_FOLLOW_UP or question.has_place:
        return False
    phrases = word_tables.folded_phrases(f"{_FILE}/as_of")
    longest = max(map(len, phrases), default=0)
    spans = (
        range(start, start + length)
        for start in range(len(said))
        for length in range(longest, 0, -1)
        if tuple(said[start : start + length]) in phrases
    )
    return any(
        all(_says_nothing(word, question.language) for at, word in enumerate(said) if at not in span)
        for span in spans
    )


def _says_nothing(word: str, language: str) -> bool:
    """Whether a word beside a question for a date is no subject: a small one, or for what was shown."""
    return word in _silent() or is_ordinary(word, language)


@cache
def _silent() -> frozenset[str]:
    tables = ("common/passed_over", "common/light", f"{_FILE}/his", f"{_FILE}/what_it_says")
    return frozenset().union(*map(word_tables.folded, tables))


def _asks_for_somebody_else(question: Question, said: Sequence[str]) -> bool:
    """Whether somebody other than whom was shown is asked for, or whom to turn to where those cannot be reached."""
    if len(said) > LONGEST_FOLLOW_UP or (question.excluded and not question.excluded.names):
        return False
    if has_phrase(said, f"{_FILE}/someone_else"):
        return True
    named = question.themes or question.loose or question.cities or question.countries or question.roles
    return not named and has_phrase(said, f"{_FILE}/unreachable")


def _asks_for_details_of_a_person(question: Question, said: Sequence[str]) -> bool:
    """Whether unknown words may name whose details are asked for: "she has left, what is the number of Grace?"."""
    passed_over = question.ordinary | word_tables.word_stems(f"{_FILE}/unreachable")
    named = not passed_over.issuperset(question.rest)
    return bool(question.fields) and named and has_phrase(said, f"{_FILE}/unreachable")


def _somebody_else(
    question: Question, previous: Question, said: Sequence[str], shown: Sequence[EntryKey]
) -> Question:
    """Return the question for somebody else: for the same as before, but for what it names itself."""
    if not (question.themes or question.loose or question.roles):
        question = replace(
            question.without_words(question.rest), places=()
        )  # "she is off tonight, who else?"
    merged = merged_with(
        replace(question, kinds=frozenset({"contact"}), fields=frozenset(), relation=None), previous
    )
    before = previous.instead_of if previous.follows else ()
    merged = replace(
        merged,
        fields=frozenset(),
        relation=None,
        instead_of=tuple(dict.fromkeys((*before, *shown))),
        who=True,
    )
    if question.has_place or not has_phrase(said, f"{_FILE}/other_place"):
        return merged
    elsewhere = replace(merged.excluded, cities=merged.excluded.cities | previous.cities)
    return replace(merged, cities=frozenset(), countries=frozenset(), excluded=elsewhere)


def has_phrase(said: Sequence[str], table: str) -> bool:
    """Whether a text has a phrase of a table, word by word."""
    phrases = word_tables.folded_phrases(table)
    longest = max(map(len, phrases), default=0)
    return any(
        tuple(said[start : start + length]) in phrases
        for start in range(len(said))
        for length in range(1, longest + 1)
    )


def _without_asides(question: Question, said: Sequence[str]) -> Question:
    """Return what asks for a detail of whom was shown, without the words of which nothing is known.

    "She is on leave I think, who stands in for her?"
    """
    of_a_detail = question.relation is not None or question.fields
    named = question.themes or question.loose or question.cities or question.countries or question.roles
    if not of_a_detail or named or not _refers(said):
        return question
    return replace(question.without_words({*question.rest, *question.places}), places=())


def _asks_for_lead(question: Question) -> bool:
    """Whether only "who?" is asked. Said of a project that was shown, it asks who leads it."""
    other = question.roles or question.languages or question.fields or question.relation
    return question.kinds == {"contact"} and not other


def _refers(said: Sequence[str]) -> bool:
    """Whether a word refers to the person or thing that was shown before."""
    impersonal = set(pairwise(said)) & word_tables.folded_phrases(f"{_FILE}/impersonal")
    return bool(set(said) & word_tables.alone(f"{_FILE}/his") and not impersonal) or any(
        word.endswith(word_tables.phrases(f"{_FILE}/his_endings")) and len(word) > 4 for word in said
    )


def needs_previous(said: Sequence[str]) -> bool:
    """Whether a text is begun like one that goes on from what was shown."""
    alone = tuple(said) in word_tables.folded_phrases(f"{_FILE}/someone_else")
    return alone or (len(said) <= LONGEST_FOLLOW_UP and (asks_for_more(said) or goes_on(said)))


def asks_for_one_after(said: Sequence[str]) -> bool:
    """Whether the one that comes after what was shown is asked for, and nothing else: “and the one after that?”."""
    return tuple(said) in word_tables.folded_phrases(f"{_FILE}/one_after")


def begins_with_one_after(said: Sequence[str]) -> bool:
    """Whether a text begins like that and goes on: “and the one after that, where is it?”."""
    phrases = word_tables.folded_phrases(f"{_FILE}/one_after")
    return any(tuple(said[:length]) in phrases for length in range(2, min(len(said), _LONGEST_ONE_AFTER)))


def asks_for_more(said: Sequence[str]) -> bool:
    """Whether the next entries are asked for, and nothing else."""
    more = f"{_FILE}/more"
    return (
        asks_for_one_after(said)
        or tuple(said) in word_tables.folded_phrases(more)
        or (
            0 < len(said) <= 4
            and set(said) <= word_tables.folded(more) | word_tables.folded(f"{_FILE}/courtesies")
            and bool(set(said) & word_tables.alone(more))
        )
    )


def _is_follow_up(question: Question, said: Sequence[str]) -> bool:
    if len(said) > LONGEST_FOLLOW_UP:
        return False
    if goes_on(said):
        return True
    bare = not (question.has_subject or question.has_place)
    if question.relation is not None or question.fields or question.excluded:
        return bare
    if bare and (_refers(said) or not set(said).isdisjoint(word_tables.folded(f"{_FILE}/on_that"))):
        asks = question.kinds or question.languages or question.stages or question.leading or question.roles
        return bool(asks) or (_refers(said) and len(said) <= 7 and not question.newest)
    asked = [question.has_subject, question.has_place, bool(question.languages), bool(question.stages)]
    asked += [bool(question.roles), question.since is not None or question.until is not None]
    if question.rest or len(said) > 5:
        return False
    alone = sum(asked) == 1 and not question.kind_words
    return alone or (bool(question.kinds) and not any(asked) and len(said) <= 5)


def _about_shown(merged: Question, question: Question, shown: Sequence[EntryKey]) -> Question:
    relation = question.relation
    if relation is None and not question.fields and _asks_for_lead(question) and _first(shown, "project"):
        relation = Relation.LEAD
    if relation is None and question.kinds == {"project"}:
        relation = Relation.LED_BY if _first(shown, "contact") and not question.has_place else None
    wanted = {Relation.DEPUTY: "contact", Relation.LED_BY: "contact", Relation.LEAD: "project"}
    about = _first(shown, wanted[relation] if relation is not None else "contact")
    if relation is Relation.LEAD and about is None:
        relation, about = None, _first(shown, "contact")
    of_project = question.fields <= _OF_PROJECTS and shown[:1] and shown[0][0] == "project"
    if relation is None and question.fields and shown and (of_project or question.fields <= _OF_ANY):
        about = shown[0]
    if relation is None and not question.fields:
        return merged
    return replace(merged, relation=relation, about=about)


_OF_PROJECTS = frozenset({"partners", "results"})
_OF_ANY = frozenset({"link"})


def _first(shown: Sequence[EntryKey], kind: str) -> EntryKey | None:
    return next((key for key in shown if key[0] == kind), None)


def goes_on(said: Sequence[str]) -> bool:
    """Whether a text begins like one that goes on: "and in Bamako?"."""
    phrases = word_tables.folded_phrases(f"{_FILE}/and_then")
    prefixes = word_tables.folded(f"{_FILE}/and_prefixes")
    glued = bool(said) and len(said[0]) > 3 and said[0][0] in prefixes and len(said) <= 5
    return glued or any(tuple(said[:length]) in phrases for length in range(1, min(5, len(said)) + 1))
