"""Follow-ups: "and in Bamako?", "et son adjoint ?", "mais", completed from the question before. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from community.core.words import words
from community.directory.entry import EntryKey
from community.search import usage
from community.search.asked import Question, Relation
from community.search.lexicon import split

_THERE = frozenset(("there", "bas", "ali", "هناك"))
"""Words for the city of who or what was shown before."""
_THAT_CITY = frozenset(
    (
        *(("that", "city"), ("this", "city"), ("same", "city"), ("cette", "ville"), ("meme", "ville")),
        *(("essa", "cidade"), ("nessa", "cidade"), ("dessa", "cidade"), ("mesma", "cidade")),
        *(("تلك", "المدينه"), ("هذه", "المدينه"), ("نفس", "المدينه")),
    )
)
_IMPERSONAL = frozenset((("il", "y"), ("il", "faut"), ("il", "fait"), ("is", "it"), ("it", "possible")))
"""Where "il" and "it" stand for nothing."""
LONGEST_FOLLOW_UP = 10
"""Words; a longer text is a question of its own."""


def followed(
    question: Question, previous: Question, said: Sequence[str], shown: Sequence[EntryKey]
) -> Question:
    """Return ``question``, completed from ``previous`` if it is a follow-up, else as it is."""
    if asks_for_more(said):
        return replace(previous, page=previous.page + 1, follows=True, language=question.language)
    if not _is_follow_up(question, said):
        return question
    merged = _merged(question, previous)
    there = set(said) & _THERE or set(pairwise(said)) & _THAT_CITY
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
    if shown and question.kinds and not (merged.has_subject or merged.has_place or merged.about):
        return replace(merged, like=shown[0])
    return merged


def _asks_for_lead(question: Question) -> bool:
    """Whether "who?" is asked and nothing else: of a project shown, that is who leads it."""
    other = question.roles or question.languages or question.fields or question.relation
    return question.kinds == {"contact"} and not other


def _refers(said: Sequence[str]) -> bool:
    """Whether a word stands for who or what was shown before."""
    impersonal = set(pairwise(said)) & _IMPERSONAL
    return bool(set(said) & _his() and not impersonal) or any(
        word.endswith(("ها", "هم")) and len(word) > 4 for word in said
    )


def asks_for_more(said: Sequence[str]) -> bool:
    """Whether the next entries are asked for, and nothing else."""
    return tuple(said) in _phrases(usage.MORE) or (
        0 < len(said) <= 4
        and set(said) <= _words(usage.MORE) | _polite()
        and bool(set(said) & _single_more())
    )


def _is_follow_up(question: Question, said: Sequence[str]) -> bool:
    if len(said) > LONGEST_FOLLOW_UP:
        return False
    if _begins(said, usage.AND_THEN):
        return True
    bare = not (question.has_subject or question.has_place)
    if question.relation is not None or question.fields:
        return bare
    if bare and (_refers(said) or not set(said).isdisjoint(_words(usage.ON_THAT))):
        asks = question.kinds or question.languages or question.stages or question.leading or question.roles
        return bool(asks) or (_refers(said) and len(said) <= 7 and not question.newest)
    asked = [question.has_subject, question.has_place, bool(question.languages), bool(question.stages)]
    asked += [bool(question.roles), question.since is not None or question.until is not None]
    if question.rest or len(said) > 5:
        return False
    alone = sum(asked) == 1 and not question.kind_words
    return alone or (bool(question.kinds) and not any(asked) and len(said) <= 5)


def _merged(question: Question, previous: Question) -> Question:
    """Return what ``question`` says, and of the rest what ``previous`` said."""
    if previous.about is not None:
        # What was asked of one entry shown ("his deputy?") is not asked again of what comes next.
        previous = replace(previous, relation=None, fields=frozenset())
    kinds = question.kinds or previous.kinds
    same = kinds == previous.kinds
    base = (
        previous
        if same
        else replace(
            previous,
            roles=frozenset(),
            role_words=(),
            stages=frozenset(),
            resource_kinds=frozenset(),
            languages=frozenset(),
            fields=frozenset(),
            relation=None,
            leading=False,
        )
    )
    if question.roles and not question.has_subject:
        base = replace(
            base, rest=(), content=(), spoken=()
        )  # whoever was named before does not have the role asked for now
    base = replace(
        base,
        page=0,
        about=None,
        there=None,
        follows=True,
        other_role=bool(question.roles),
        kinds=kinds,
        language=question.language,
    )
    for names in _TOGETHER:
        if any(getattr(question, name) for name in names):
            base = replace(base, **{name: getattr(question, name) for name in names})
    return replace(
        base,
        content=tuple(dict.fromkeys((*question.content, *_kept(question, base.content)))),
        subject_words=tuple(dict.fromkeys((*question.subject_words, *_kept(question, base.subject_words)))),
        spoken=tuple(dict.fromkeys((*question.spoken, *_kept(question, base.spoken)))),
        relation=question.relation or base.relation,
    )


_TOGETHER = (
    ("themes", "loose", "topics", "rest", "theme_words", "guesses"),
    ("cities", "countries", "places"),
    ("roles", "role_words", "leading"),
    ("languages",),
    ("stages",),
    ("resource_kinds", "kind_words"),
    ("since", "until", "newest"),
    ("fields",),
)
"""What is replaced together: a new subject takes the place of the old one, a new place that of the old place."""


def _kept(question: Question, said_before: tuple[str, ...]) -> tuple[str, ...]:
    return () if question.has_subject else said_before


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
    if (
        relation is None
        and question.fields
        and question.fields <= _OF_PROJECTS
        and shown[:1]
        and shown[0][0] == "project"
    ):
        about = shown[0]
    if relation is None and not question.fields:
        return merged
    return replace(merged, relation=relation, about=about)


_OF_PROJECTS = frozenset({"partners", "results"})


def _first(shown: Sequence[EntryKey], kind: str) -> EntryKey | None:
    return next((key for key in shown if key[0] == kind), None)


def _begins(said: Sequence[str], table: str) -> bool:
    phrases = _phrases(table)
    glued = bool(said) and len(said[0]) > 3 and said[0][0] == "و" and len(said) <= 5
    return glued or any(tuple(said[:length]) in phrases for length in range(1, min(5, len(said)) + 1))


@cache
def _phrases(table: str) -> frozenset[tuple[str, ...]]:
    return frozenset(words(phrase) for phrase in split(table))


@cache
def _words(table: str) -> frozenset[str]:
    return frozenset(word for phrase in _phrases(table) for word in phrase)


@cache
def _single_more() -> frozenset[str]:
    return frozenset(phrase[0] for phrase in _phrases(usage.MORE) if len(phrase) == 1)


@cache
def _polite() -> frozenset[str]:
    return frozenset(
        "please svp stp merci s il vous te plait por favor من فضلك results resultats resultados 5".split()
    )


@cache
def _his() -> frozenset[str]:
    return frozenset(phrase[0] for phrase in _phrases(usage.HIS) if len(phrase) == 1)
