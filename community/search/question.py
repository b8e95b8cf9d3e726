"""What a text asks: for whom or what, about which themes, where, since when, and with which other words. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from community.core.words import stem, words
from community.directory.entry import EntryKey
from community.search import word_tables
from community.search.asked import Guess, Question, Relation
from community.search.dates import Period, period_in
from community.search.follow import followed
from community.search.language import language_of
from community.search.lexicon import Lexicon
from community.search.meanings import Concept, Sort
from community.search.reading import Phrase, sayings_of, tokens_of, without_denied
from community.search.thesaurus import is_thing

__all__ = ["EntryKey", "Question", "Relation", "parse"]

MOST_WORDS = 60
MOST_REST = 12
"""Words without a meaning of their own that are looked for; of a longer text the rest is passed over."""


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
    deputy?" or "more" are completed from them. Longer phrases win; a misspelt word means what it is nearest to.
    """
    said = words(text)[:MOST_WORDS]
    asked = _Asked(_asks_who(text, said), _asks_what(said))
    language = language_of(text, default_language if previous is None else previous.language)
    period = Period() if today is None else period_in(said, today)
    used = period.used | _done_with(said) | _relative(said)
    sayings = without_denied(sayings_of(tokens_of(said, used, lexicon), lexicon))
    sayings = _in_the_library(sayings, said, dated=bool(period))
    of_projects = previous is not None and "project" in previous.kinds
    question = _understood(sayings, asked, period, language, of_projects=of_projects)
    if question.fields and period:
        return parse(
            text, lexicon, default_language, None, previous, shown
        )  # the number of Marco, not of March
    return question if previous is None else followed(question, previous, said, shown)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whether somebody is asked for ("who"), or something ("what do we have")."""

    who: bool
    what: bool


def _understood(
    sayings: list[Phrase], asked: _Asked, period: Period, language: str, *, of_projects: bool
) -> Question:
    asks_who = asked.who
    relation = _relation(sayings, asks_who=asks_who)
    kinds = _kinds(sayings, relation, asked)
    staged = "project" in kinds or relation is Relation.LEAD or (of_projects and not kinds)
    sayings = [_in_context(saying, sayings, staged=staged, asks_who=asks_who) for saying in sayings]
    guessed = [saying for saying in sayings if saying.guessed]
    return replace(
        _facets(sayings),
        kinds=kinds,
        language=language,
        since=period.since,
        until=period.until,
        relation=relation,
        who=asked.who,
        rest=_distinct(part for saying in sayings for part in _rest(saying))[:MOST_REST],
        places=_distinct(part for saying in sayings for part in _unknown_places(saying)),
        content=_distinct(
            part for saying in sayings if not saying.means(Sort.NOTHING) for part in saying.stems
        ),
        spoken=_distinct(part for saying in sayings for part in saying.stems),
        guesses=tuple(Guess(part, saying.meanings) for saying in guessed for part in saying.slips),
    )


def _facets(sayings: Sequence[Phrase]) -> Question:
    def keys(sort: Sort) -> frozenset[str]:
        return frozenset(m.key for saying in sayings for m in saying.meanings if m.sort is sort)

    def stems(*sorts: Sort) -> tuple[str, ...]:
        return _distinct(part for saying in sayings if saying.means(*sorts) for part in saying.stems)

    return Question(
        themes=keys(Sort.THEME),
        cities=keys(Sort.CITY),
        countries=_countries(sayings),
        theme_words=stems(Sort.THEME),
        kind_words=stems(Sort.KIND, Sort.RESOURCE_KIND, Sort.LEADING),
        subject_words=stems(Sort.THEME, Sort.TOPIC, Sort.KIND, Sort.RESOURCE_KIND, Sort.LEADING, Sort.FIELD),
        resource_kinds=keys(Sort.RESOURCE_KIND),
        stages=keys(Sort.STAGE),
        roles=keys(Sort.ROLE),
        role_words=stems(Sort.ROLE),
        languages=keys(Sort.LANGUAGE),
        newest=any(saying.means(Sort.NEWEST) for saying in sayings),
        fields=keys(Sort.FIELD),
        leading=any(saying.means(Sort.LEADING) for saying in sayings),
        leads=any(saying.means(Sort.LEADS) for saying in sayings),
        instructive=any(saying.means(Sort.HOW) for saying in sayings[:3]),
        topics=keys(Sort.TOPIC),
        loose=frozenset(
            m.key
            for saying in sayings
            if not saying.means(Sort.THEME)
            for m in saying.meanings
            if m.sort is Sort.TOPIC
        ),
    )


def _countries(sayings: Sequence[Phrase]) -> frozenset[str]:
    """Return the countries named; a part of the world beside one of its countries or cities says no more than it."""
    named = [frozenset(m.key for m in s.meanings if m.sort is Sort.COUNTRY) for s in sayings]
    single = [keys for keys in named if 0 < len(keys) <= _OF_ONE_NAME]
    if single or any(saying.means(Sort.CITY) for saying in sayings):
        named = single
    return frozenset(key for keys in named for key in keys)


_OF_ONE_NAME = 2
"""Countries that one name may be of (Congo); a name of more is a part of the world."""


def _asks_who(text: str, said: Sequence[str]) -> bool:
    """Whether the text, or a clause of it, begins or ends by asking for a person; else "who" is mostly relative."""
    who = word_tables.folded(_WHO)
    if not said or who.isdisjoint(said):
        return False
    clauses = [words(clause) for clause in _CLAUSE.split(text[:_LONGEST_CLAUSES])]
    return said[-1] in who or any(_opens_with_who(clause) for clause in (said, *clauses))


def _opens_with_who(clause: Sequence[str]) -> bool:
    who = word_tables.folded(_WHO)
    at = next((at for at, word in enumerate(clause) if word in who), None)
    if at is None:
        return False
    opening = at < 6 and word_tables.folded("questions/opening").issuperset(clause[:at])
    return opening or (at > 0 and clause[at - 1] in word_tables.folded("questions/before_who"))


def _done_with(said: Sequence[str]) -> frozenset[int]:
    """Return where "done" stands in "done with the World Bank", which is no stage of a project."""
    return frozenset(
        at
        for at, (word, after) in enumerate(itertools.pairwise(said))
        if after in word_tables.folded("questions/with")
        and stem(word) in word_tables.word_stems("questions/done")
    )


def _relative(said: Sequence[str]) -> frozenset[int]:
    """Return where "who" stands for nobody: "ceux qui sont terminés"."""
    return frozenset(
        at + 1
        for at, (word, after) in enumerate(itertools.pairwise(said))
        if word in word_tables.folded("questions/those") and after in word_tables.folded(_WHO)
    )


def _asks_what(said: Sequence[str]) -> bool:
    """Whether the text begins by asking for things: "what do we have", "quelque chose", "ماذا لدينا"."""
    return (
        not word_tables.folded("questions/what").isdisjoint(said[:4])
        or not word_tables.folded("questions/what_early").isdisjoint(said[:2])
        or tuple(said[:2]) in word_tables.folded_phrases("questions/what_opening")
    )


_CLAUSE = re.compile(r"[.,!?;:\n،؟؛…()–—]+")
_LONGEST_CLAUSES = 1000
_WHO = "questions/who_words"


def _in_the_library(sayings: list[Phrase], said: Sequence[str], *, dated: bool) -> list[Phrase]:
    """Take "library" for what there is to read, where it is asked what is new or kept in it."""
    library = word_tables.word_stems("questions/library")
    at = next((at for at, word in enumerate(said) if stem(word) in library), None)
    if at is None or any(saying.means(Sort.CITY, Sort.COUNTRY) for saying in sayings):
        return sayings
    others = [saying for saying in sayings if not set(saying.stems) & library]
    inside = word_tables.folded("common/inside")
    kept = not inside.isdisjoint(said[max(0, at - 2) : at]) or said[at].startswith(
        word_tables.phrases("questions/in_the")
    )
    new = dated or any(saying.means(Sort.NEWEST) for saying in others)
    readings = any(saying.means(Sort.RESOURCE_KIND) for saying in others)
    if not (new or (kept and (readings or any(saying.means(Sort.THEME, Sort.TOPIC) for saying in others)))):
        return sayings
    reading = frozenset({Concept(Sort.KIND, "resource")})
    return [
        replace(saying, meanings=reading, guessed=False, slips=()) if set(saying.stems) & library else saying
        for saying in sayings
    ]


def _relation(sayings: Sequence[Phrase], *, asks_who: bool) -> Relation | None:
    if any(saying.means(Sort.DEPUTY) for saying in sayings):
        return Relation.DEPUTY
    project = _first(sayings, Sort.KIND, "project")
    if any(saying.means(Sort.LED_BY) for saying in sayings) and not asks_who:
        return Relation.LED_BY
    if project is None:
        return None
    leading = next((at for at, saying in enumerate(sayings) if saying.means(Sort.LEADING)), None)
    if asks_who or (leading is not None and leading <= project + 1):
        return Relation.LEAD
    if any(saying.means(Sort.LEADS) and not saying.means(Sort.STAGE) for saying in sayings):
        return Relation.LED_BY
    return None


def _first(sayings: Sequence[Phrase], sort: Sort, key: str) -> int | None:
    concept = Concept(sort, key)
    return next((at for at, saying in enumerate(sayings) if concept in saying.meanings), None)


def _kinds(sayings: Sequence[Phrase], relation: Relation | None, asked: _Asked) -> frozenset[str]:
    asks_who = asked.who
    if relation is not None:
        return frozenset({"project" if relation is Relation.LED_BY else "contact"})
    explicit = {m.key for saying in sayings for m in saying.meanings if m.sort is Sort.KIND}
    if any(saying.means(Sort.RESOURCE_KIND) for saying in sayings):
        explicit.add("resource")
    things = explicit & {"resource", "project"}
    if things and "contact" in explicit and _said_as(sayings, word_tables.word_stems("questions/person")):
        return frozenset(things | {"contact"})
    if things:
        # "Who can translate a document", "who has a guide": somebody is asked for, and a thing is named.
        return frozenset({"contact"} if asks_who else things)
    if asked.what and not asks_who and _in_a_language(sayings):
        return frozenset({"resource"})
    if not (explicit or asks_who) and _stage_alone(sayings):
        return frozenset({"project"})
    return frozenset({"contact"} if explicit or asks_who or _asks_for_person(sayings) else ())


def _in_a_language(sayings: Sequence[Phrase]) -> bool:
    """Whether a language is named, and nobody is said to speak it."""
    tongue = any(saying.means(Sort.LANGUAGE) for saying in sayings)
    return tongue and not any(saying.means(Sort.SPEAKING, Sort.ROLE, Sort.LEADING) for saying in sayings)


def _asks_for_person(sayings: Sequence[Phrase]) -> bool:
    personal = {"phone", "email", "hours", "member"}
    fields = {m.key for saying in sayings for m in saying.meanings if m.sort is Sort.FIELD}
    spoken = any(saying.means(Sort.SPEAKING) for saying in sayings) and any(
        saying.means(Sort.LANGUAGE) for saying in sayings
    )
    roles = any(saying.means(Sort.WHO, Sort.ROLE, Sort.LEADING) for saying in sayings)
    return (
        bool(fields & personal)
        or spoken
        or roles
        or _said_as(sayings, word_tables.word_stems("questions/somebody"))
    )


def _stage_alone(sayings: Sequence[Phrase]) -> bool:
    """Whether a stage is named, which only projects have ("an idea" is said of much else)."""
    return any(m.sort is Sort.STAGE and m.key != "idea" for saying in sayings for m in saying.meanings)


_OF_PEOPLE = frozenset({Sort.ROLE, Sort.LEADING})


def _in_context(saying: Phrase, sayings: Sequence[Phrase], *, staged: bool, asks_who: bool) -> Phrase:
    """Return a phrase with those of its meanings that make sense beside the others."""
    kept = set(saying.meanings)
    if saying.means(Sort.STAGE):
        verb = asks_who and saying.means(Sort.LEADS)
        unwanted = {Sort.THEME, Sort.TOPIC, Sort.LEADS} if staged and not verb else {Sort.STAGE}
        kept = {meaning for meaning in kept if meaning.sort not in unwanted}
    if any(meaning.sort not in (Sort.TOPIC, Sort.THEME) for meaning in saying.meanings):
        kept = {meaning for meaning in kept if not is_thing(meaning)}
    if saying.means(Sort.LANGUAGE) and saying.means(Sort.COUNTRY):
        tongue = any(token.placing for token in saying.tokens) or any(s.means(Sort.SPEAKING) for s in sayings)
        unwanted = {Sort.COUNTRY} if tongue else {Sort.LANGUAGE}
        kept = {meaning for meaning in kept if meaning.sort not in unwanted}
    if saying.means(Sort.CITY) and not saying.guessed:
        kept = {meaning for meaning in kept if meaning.sort in (Sort.CITY, Sort.COUNTRY)}
    if staged and saying.means(Sort.FIELD):
        kept = {meaning for meaning in kept if meaning.sort not in _OF_PEOPLE}
    return (
        replace(saying, meanings=frozenset(kept) or frozenset({Concept(Sort.NOTHING, "")}))
        if kept != (saying.meanings)
        else saying
    )


def _said_as(sayings: Sequence[Phrase], stems: frozenset[str]) -> bool:
    return any(token.stem in stems for saying in sayings for token in saying.tokens)


def _rest(saying: Phrase) -> tuple[str, ...]:
    return saying.stems if not saying.meanings or saying.means(Sort.ELSEWHERE) else ()


def _unknown_places(saying: Phrase) -> tuple[str, ...]:
    """Return the stems of a place that is not of the network: a known one elsewhere, or an unknown word behind "in"."""
    first = saying.tokens[0]
    known = saying.means(Sort.ELSEWHERE) and (first.placing or len(first.stem) >= _LONG_ENOUGH)
    if known or (not saying.meanings and first.inside):
        return saying.stems
    return ()


_LONG_ENOUGH = 5
"""Letters of a place elsewhere that is one even if nothing shows it; shorter names are words as well (Nice, Chad)."""


def _distinct(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in found if len(word) > 1))
