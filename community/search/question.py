"""Parsing a question: what is asked for, about which themes, where, since when, and its other words. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from community.core.words import is_arabic, stem, words
from community.directory.entry import EntryKey
from community.search import word_tables
from community.search.asides import asked_period, asks_for_newcomers
from community.search.asked import Guess, Question, Relation
from community.search.asking_words import WHO, asks_what, asks_who
from community.search.clauses import Clauses, clauses_of
from community.search.dates import Period
from community.search.exclusion import leaving_out, without_excluded
from community.search.focus import asked_in, behind_who, beside_subject, focused
from community.search.follow import followed
from community.search.joined_subjects import with_joined
from community.search.language import language_of
from community.search.lexicon import Lexicon
from community.search.library import in_the_library
from community.search.meanings import Concept, Sort
from community.search.ordinary_words import is_ordinary
from community.search.own_place import without_own_place
from community.search.reading import KeysBySort, Phrase, keys_by_sort, loose_topics, phrases_in, tokens_of
from community.search.someone import asks_for_someone
from community.search.thesaurus import is_thing
from community.search.town_names import names_of_towns, without_meaning

__all__ = ["EntryKey", "Question", "Relation", "parse"]

MOST_WORDS = 200
MOST_REST = 12
"""How many words without a known meaning are searched for; of a longer text the others are passed over."""


def parse(
    text: str,
    lexicon: Lexicon,
    default_language: str,
    today: date | None = None,
    previous: Question | None = None,
    shown: Sequence[EntryKey] = (),
) -> Question:
    """Return what ``text`` asks.

    ``today`` is the asker's; without it words such as "yesterday" say nothing. ``previous`` is the question asked
    before in the same conversation and ``shown`` the entries that answered it, best first: "and in Bamako?", "his
    deputy?" or "more" are completed from them. Of overlapping phrases the longest counts; a misspelt word is taken for
    the nearest one.
    """
    said = words(text)[:MOST_WORDS]
    clauses = clauses_of(text, said)
    language = language_of(text, default_language if previous is None else previous.language)
    asked = _Asked(asks_who(said, clauses) or asks_for_someone(said, language), asks_what(said))
    period = Period() if today is None else asked_period(text, said, today)
    used = period.used | _done_with(said) | _relative(said)
    phrases = phrases_in(tokens_of(said, used, lexicon), lexicon, language)
    towns = names_of_towns(phrases, text, language)
    phrases = without_own_place(without_meaning(phrases, towns), said, clauses)
    phrases, excluded = without_excluded(phrases, said, clauses, language)
    if period and not asked_in(phrases, clauses, period.used):
        period = Period()
    phrases = focused(phrases, clauses)
    phrases = in_the_library(phrases, said, dated=bool(period))
    of_projects = previous is not None and "project" in previous.kinds
    question = _understood(phrases, clauses, asked, period, language, of_projects=of_projects)
    question = with_joined(question, phrases, said, clauses)
    question = _with_places(question, phrases, towns)
    question = leaving_out(question, excluded) if excluded else question
    if period and question.kinds == {"contact"} and not asks_for_newcomers(said):
        question = replace(question, since=None, until=None)
    if question.fields and period:
        # The number of Marco, not of March.
        return parse(text, lexicon, default_language, None, previous, shown)
    return question if previous is None else followed(question, previous, said, shown)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whether somebody is asked for ("who"), or something ("what do we have")."""

    who: bool
    what: bool


def _understood(
    phrases: list[Phrase],
    clauses: Clauses,
    asked: _Asked,
    period: Period,
    language: str,
    *,
    of_projects: bool,
) -> Question:
    asks_who = asked.who
    relation = _relation(phrases, asks_who=asks_who)
    kinds = _kinds(phrases, relation, asked)
    staged = "project" in kinds or relation is Relation.LEAD or (of_projects and not kinds)
    phrases = [_in_context(phrase, phrases, staged=staged, asks_who=asks_who) for phrase in phrases]
    guessed = [phrase for phrase in phrases if phrase.guessed]
    keys = keys_by_sort(phrases)
    return Question(
        kinds=kinds,
        language=language,
        since=period.since,
        until=period.until,
        relation=relation,
        who=asks_who,
        themes=keys.get(Sort.THEME, _NONE),
        cities=keys.get(Sort.CITY, _NONE),
        countries=_countries(phrases) if Sort.COUNTRY in keys else _NONE,
        theme_words=_stems(phrases, keys, Sort.THEME),
        theme_named=any(phrase.names_theme for phrase in phrases if phrase.means(Sort.THEME)),
        kind_words=_stems(phrases, keys, *_KIND),
        subject_words=_stems(phrases, keys, Sort.THEME, Sort.TOPIC, *_KIND, Sort.FIELD),
        resource_kinds=keys.get(Sort.RESOURCE_KIND, _NONE),
        stages=keys.get(Sort.STAGE, _NONE),
        roles=keys.get(Sort.ROLE, _NONE),
        role_words=_stems(phrases, keys, Sort.ROLE),
        languages=keys.get(Sort.LANGUAGE, _NONE),
        newest=Sort.NEWEST in keys,
        fields=keys.get(Sort.FIELD, _NONE),
        leading=Sort.LEADING in keys,
        leads=Sort.LEADS in keys,
        desk=_said_as(phrases, _desks()),
        instructive=any(phrase.means(Sort.HOW) for phrase in phrases[:3]),
        topics=keys.get(Sort.TOPIC, _NONE),
        loose=loose_topics(phrases) if Sort.TOPIC in keys else _NONE,
        rest=_distinct(part for phrase in phrases for part in _rest(phrase))[:MOST_REST],
        beside=beside_subject(phrases, clauses),
        behind_who=behind_who(phrases),
        ordinary=_ordinary(phrases, language),
        content=_distinct(
            part for phrase in phrases if Sort.NOTHING not in phrase.sorts for part in phrase.stems
        ),
        spoken=_distinct(part for phrase in phrases for part in phrase.stems),
        guesses=tuple(Guess(part, phrase.meanings) for phrase in guessed for part in phrase.slips),
    )


def _with_places(question: Question, phrases: Sequence[Phrase], towns: frozenset[str]) -> Question:
    """Return a question with the places outside the network; ``towns`` are words of every day that name one."""
    ordinary = question.ordinary - towns
    return replace(question, places=_distinct(_unknown_places(phrases, ordinary)), ordinary=ordinary)


def _ordinary(phrases: Sequence[Phrase], language: str) -> frozenset[str]:
    unknown = (token for phrase in phrases if not phrase.meanings for token in phrase.tokens)
    return frozenset(token.stem for token in unknown if is_ordinary(token.word, language))


_NONE: frozenset[str] = frozenset()
_KIND = (Sort.KIND, Sort.RESOURCE_KIND, Sort.LEADING)


def _stems(phrases: Sequence[Phrase], keys: KeysBySort, *sorts: Sort) -> tuple[str, ...]:
    """Return the stems of the phrases that mean something of such a sort; ``keys``: what all of them name."""
    if keys.keys().isdisjoint(sorts):
        return ()
    return _distinct(part for phrase in phrases if phrase.means(*sorts) for part in phrase.stems)


def _countries(phrases: Sequence[Phrase]) -> frozenset[str]:
    """Return the countries named; a part of the world only if no country or city is named beside it."""
    named = [frozenset(m.key for m in s.meanings if m.sort is Sort.COUNTRY) for s in phrases]
    single = [keys for keys in named if 0 < len(keys) <= _OF_ONE_NAME]
    if single or any(phrase.means(Sort.CITY) for phrase in phrases):
        named = single
    return frozenset(key for keys in named for key in keys)


_OF_ONE_NAME = 2
"""How many countries may have the same name (Congo). A name for more of them is that of a part of the world."""


def _done_with(said: Sequence[str]) -> frozenset[int]:
    """Return the positions of "done" in "done with the World Bank" and the like, where it is no stage of a project."""
    if word_tables.folded("questions/with").isdisjoint(said):
        return frozenset()
    return frozenset(
        at
        for at, (word, after) in enumerate(itertools.pairwise(said))
        if after in word_tables.folded("questions/with")
        and stem(word) in word_tables.word_stems("questions/done")
    )


def _relative(said: Sequence[str]) -> frozenset[int]:
    """Return the positions of "who" where it only continues "those": "ceux qui sont terminés"."""
    if word_tables.folded("questions/those").isdisjoint(said):
        return frozenset()
    return frozenset(
        at + 1
        for at, (word, after) in enumerate(itertools.pairwise(said))
        if word in word_tables.folded("questions/those") and after in word_tables.folded(WHO)
    )


def _relation(phrases: Sequence[Phrase], *, asks_who: bool) -> Relation | None:
    if any(phrase.means(Sort.DEPUTY) for phrase in phrases):
        return Relation.DEPUTY
    project = _first(phrases, Sort.KIND, "project")
    if any(phrase.means(Sort.LED_BY) for phrase in phrases) and not asks_who:
        return Relation.LED_BY
    if project is None or _asks_for_partners(phrases):
        return None
    leading = next((at for at, phrase in enumerate(phrases) if phrase.means(Sort.LEADING)), None)
    if asks_who or (leading is not None and leading <= project + 1):
        return Relation.LEAD
    if any(phrase.means(Sort.LEADS) and not phrase.means(Sort.STAGE) for phrase in phrases):
        return Relation.LED_BY
    return None


def _asks_for_partners(phrases: Sequence[Phrase]) -> bool:
    return any(Concept(Sort.FIELD, "partners") in phrase.meanings for phrase in phrases)


def _first(phrases: Sequence[Phrase], sort: Sort, key: str) -> int | None:
    concept = Concept(sort, key)
    return next((at for at, phrase in enumerate(phrases) if concept in phrase.meanings), None)


def _kinds(phrases: Sequence[Phrase], relation: Relation | None, asked: _Asked) -> frozenset[str]:
    asks_who = asked.who
    if relation is not None:
        return frozenset({"project" if relation is Relation.LED_BY else "contact"})
    explicit = {m.key for phrase in phrases for m in phrase.meanings if m.sort is Sort.KIND}
    if any(phrase.means(Sort.RESOURCE_KIND) for phrase in phrases):
        explicit.add("resource")
    things = explicit & {"resource", "project"}
    if "project" in things and _asks_for_partners(phrases):
        return frozenset({"project"})
    if things and "contact" in explicit and _said_as(phrases, word_tables.word_stems("questions/person")):
        return frozenset(things | {"contact"})
    if things:
        # "Who can translate a document", "who has a guide": somebody is asked for, and a thing is named.
        return frozenset({"contact"} if asks_who else things)
    if asked.what and not asks_who and _in_a_language(phrases):
        return frozenset({"resource"})
    if not (explicit or asks_who) and _stage_alone(phrases):
        return frozenset({"project"})
    return frozenset({"contact"} if explicit or asks_who or _asks_for_person(phrases) else ())


def _in_a_language(phrases: Sequence[Phrase]) -> bool:
    """Whether a language is named, but not as one that somebody speaks."""
    tongue = any(phrase.means(Sort.LANGUAGE) for phrase in phrases)
    return tongue and not any(phrase.means(Sort.SPEAKING, Sort.ROLE, Sort.LEADING) for phrase in phrases)


def _asks_for_person(phrases: Sequence[Phrase]) -> bool:
    personal = {"phone", "email", "hours", "member"}
    fields = {m.key for phrase in phrases for m in phrase.meanings if m.sort is Sort.FIELD}
    spoken = any(phrase.means(Sort.SPEAKING) for phrase in phrases) and any(
        phrase.means(Sort.LANGUAGE) for phrase in phrases
    )
    roles = any(phrase.means(Sort.WHO, Sort.ROLE, Sort.LEADING) for phrase in phrases)
    return (
        bool(fields & personal)
        or spoken
        or roles
        or _said_as(phrases, word_tables.word_stems("questions/somebody"))
    )


def _stage_alone(phrases: Sequence[Phrase]) -> bool:
    """Whether a stage is named that only projects have ("an idea" is said of other things too)."""
    return any(m.sort is Sort.STAGE and m.key != "idea" for phrase in phrases for m in phrase.meanings)


@cache
def _desks() -> frozenset[str]:
    named = (words(text) for text in word_tables.groups("editing/nouns")["desk"])
    single = [found[0] for found in named if len(found) == 1]
    # In Arabic the file has the form of what is wanted.
    return frozenset(stem(word.removesuffix("ا") if is_arabic(word) else word) for word in single)


_OF_PEOPLE = frozenset({Sort.ROLE, Sort.LEADING})
_SUBJECT = frozenset({Sort.THEME, Sort.TOPIC})


def _in_context(phrase: Phrase, phrases: Sequence[Phrase], *, staged: bool, asks_who: bool) -> Phrase:
    """Return a phrase with those of its meanings that make sense beside the others.

    ``staged``: the question is about projects, so that "pilot" is a stage and no verb or theme.
    """
    sorts = phrase.sorts
    if len(sorts) < 2 and Sort.STAGE not in sorts:
        return phrase  # nothing to choose from
    kept = set(phrase.meanings)
    if Sort.STAGE in sorts:
        verb = asks_who and phrase.means(Sort.LEADS)
        unwanted = {Sort.THEME, Sort.TOPIC, Sort.LEADS} if staged and not verb else {Sort.STAGE}
        kept = {meaning for meaning in kept if meaning.sort not in unwanted}
    if not sorts <= _SUBJECT:
        kept = {meaning for meaning in kept if not is_thing(meaning)}
    if phrase.means(Sort.LANGUAGE) and phrase.means(Sort.COUNTRY):
        tongue = any(token.placing for token in phrase.tokens) or any(s.means(Sort.SPEAKING) for s in phrases)
        unwanted = {Sort.COUNTRY} if tongue else {Sort.LANGUAGE}
        kept = {meaning for meaning in kept if meaning.sort not in unwanted}
    if phrase.means(Sort.CITY) and not phrase.guessed:
        kept = {meaning for meaning in kept if meaning.sort in (Sort.CITY, Sort.COUNTRY)}
    if staged and phrase.means(Sort.FIELD):
        kept = {meaning for meaning in kept if meaning.sort not in _OF_PEOPLE}
    if kept == phrase.meanings:
        return phrase
    return replace(phrase, meanings=frozenset(kept) or frozenset({Concept(Sort.NOTHING, "")}))


def _said_as(phrases: Sequence[Phrase], stems: frozenset[str]) -> bool:
    """Whether one of ``stems`` was said by itself: "quelque chose" is nobody."""
    return any(phrase.stems[0] in stems for phrase in phrases if len(phrase.stems) == 1)


def _rest(phrase: Phrase) -> tuple[str, ...]:
    return phrase.stems if not phrase.meanings or phrase.means(Sort.ELSEWHERE) else ()


def _unknown_places(phrases: Sequence[Phrase], ordinary: frozenset[str]) -> Iterator[str]:
    """Yield the stems of places outside the network: a known place, or an unknown word behind "in".

    Beside a city of the network, a place is only what is certainly one: "in pain" is none.
    """
    beside_city = any(phrase.means(Sort.CITY) and not phrase.guessed for phrase in phrases)
    for phrase in phrases:
        if phrase.meanings and Sort.ELSEWHERE not in phrase.sorts:
            continue
        first = phrase.tokens[0]
        by_itself = len(first.stem) >= _LONG_ENOUGH and not beside_city
        known = phrase.means(Sort.ELSEWHERE) and (first.placing or by_itself)
        unknown = not phrase.meanings and first.inside and not beside_city
        if known or (unknown and first.stem not in ordinary):
            yield from phrase.stems


_LONG_ENOUGH = 5
"""Letters from which the name of a place elsewhere is taken for it even without "in"; shorter ones are also words
(Nice, Chad)."""


def _distinct(found: Iterable[str]) -> tuple[str, ...]:
    return tuple([word for word in dict.fromkeys(found) if len(word) > 1])
