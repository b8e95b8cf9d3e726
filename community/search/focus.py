"""Which sentence of a text asks, and what is only said around it. Pure.

People greet, introduce themselves and tell what happened before they ask. Words of such sentences say neither what is
asked for nor that an answer does not fit. They count only for what the sentence that asks leaves open: "I work on
waste. Whom do I ask in Kampala?"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from community.search.clauses import Clauses, Part
from community.search.meanings import Concept, Sort
from community.search.reading import Phrase
from community.search.thesaurus import is_thing

_SUBJECT = (Sort.THEME, Sort.TOPIC)
_PLACE = (Sort.CITY, Sort.COUNTRY)
_KIND = (
    *(Sort.KIND, Sort.RESOURCE_KIND, Sort.ROLE, Sort.LEADING, Sort.FIELD),
    *(Sort.DEPUTY, Sort.LED_BY, Sort.LEADS, Sort.STAGE, Sort.NEWEST),
)
_SHORT = 4
"""A sentence or part of fewer words is rather a part of the question ("Awa Diallo. Bamako") than told before it."""
_SHORT_REQUEST = 6
"""A sentence of at most so many words may say what kind of thing is asked for: "I need a document"."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a sentence or a part of one names."""

    subject: bool
    place: bool
    who: bool
    kind: bool
    asks: bool
    rest: bool
    thing: bool

    @classmethod
    def of(cls, phrases: Sequence[Phrase], parts: Sequence[Part]) -> _Said:
        return cls(
            subject=any(_names_subject(phrase) for phrase in phrases),
            place=any(phrase.means(*_PLACE) for phrase in phrases),
            who=any(phrase.means(Sort.WHO) for phrase in phrases),
            kind=any(phrase.means(*_KIND) for phrase in phrases),
            asks=any(part.asks for part in parts),
            rest=any(not phrase.meanings for phrase in phrases),
            thing=any(phrase.means(Sort.TOPIC) and not phrase.guessed for phrase in phrases),
        )

    @classmethod
    def together(cls, several: Sequence[_Said]) -> _Said:
        """Return what several sentences name."""
        return cls(**{name: any(getattr(said, name) for said in several) for name in cls.__slots__})

    @property
    def weight(self) -> int:
        """How much it looks like what is asked: a sentence without a subject or place asks less."""
        named = 3 * (self.subject + self.place) + 2 * (self.thing and not self.subject) + self.rest
        return named + 3 * (self.who + self.asks) + 2 * self.kind

    @property
    def narrows(self) -> bool:
        """Whether it names a subject or a place."""
        return self.subject or self.place

    @property
    def tells(self) -> bool:
        return self.narrows or self.who or self.kind


def focused(phrases: Sequence[Phrase], clauses: Clauses) -> list[Phrase]:
    """Return the phrases, those without meaning that are only said around the question."""
    if len(clauses.parts) == 1:
        return _without_far_guesses(phrases, [clauses.parts[0]] * len(phrases), {clauses.parts[0].sentence})
    where = [clauses.at(phrase.tokens[0].at) for phrase in phrases]
    sentences = _by_sentence(phrases, where)
    asking = _asking(sentences)
    phrases = _without_far_guesses(phrases, where, asking)
    main = _Said.together([sentences[number] for number in asking])
    told = {part for number in asking for part in _told_before(phrases, where, number)}
    lengths = _lengths(clauses)
    found = []
    for phrase, part in zip(phrases, where, strict=True):
        if part.sentence not in asking:
            found.append(_around(phrase, main, lengths[part.sentence]))
        else:
            found.append(_meaningless(phrase) if part in told else phrase)
    return found


def beside_subject(phrases: Sequence[Phrase], clauses: Clauses) -> frozenset[str]:
    """Return the stems of unknown words that stand beside a subject, kind or role, or beside such words."""
    if all(phrase.meanings for phrase in phrases):
        return frozenset()
    groups = groupby(phrases, key=lambda phrase: (clauses.at(phrase.tokens[0].at), _may_be_compound(phrase)))
    runs = (list(run) for (_part, compound), run in groups if compound)
    return frozenset(
        part
        for run in runs
        if any(map(_is_narrowed, run))
        for phrase in run
        if not phrase.meanings
        for part in phrase.stems
    )


def behind_who(phrases: Sequence[Phrase]) -> frozenset[str]:
    """Return the stems of unknown words behind "who": they are verbs."""
    if all(phrase.meanings for phrase in phrases):
        return frozenset()
    return frozenset(
        part
        for before, phrase in pairwise(phrases)
        if before.means(Sort.WHO) and not phrase.meanings
        for part in phrase.stems
    )


def _may_be_compound(phrase: Phrase) -> bool:
    return not phrase.meanings or _is_narrowed(phrase)


def _is_narrowed(phrase: Phrase) -> bool:
    """Whether words beside it may say more exactly what is meant. Beside "person" stands rather a verb."""
    if phrase.means(*_SUBJECT, Sort.RESOURCE_KIND, Sort.ROLE):
        return True
    return any(meaning.sort is Sort.KIND and meaning.key != "contact" for meaning in phrase.meanings)


def _without_far_guesses(phrases: Sequence[Phrase], where: Sequence[Part], asking: Set[int]) -> list[Phrase]:
    """Return the phrases, those without meaning of which a subject is only guessed, where it is named elsewhere.

    A question with a subject and a place is complete: another word is hardly a misspelt second subject.
    """
    if not any(phrase.guessed for phrase in phrases) or not any(phrase.means(*_PLACE) for phrase in phrases):
        return list(phrases)
    named = [
        at
        for at, phrase in enumerate(phrases)
        if where[at].sentence in asking and _names_subject(phrase) and not phrase.guessed
    ]
    return [
        _meaningless(phrase)
        if named and phrase.guessed and phrase.means(*_SUBJECT) and not {at - 1, at + 1} & set(named)
        else phrase
        for at, phrase in enumerate(phrases)
    ]


def asked_in(phrases: Sequence[Phrase], clauses: Clauses, positions: Set[int]) -> bool:
    """Whether one of the words at ``positions`` is in a sentence that asks."""
    where = [clauses.at(phrase.tokens[0].at) for phrase in phrases]
    asking = _asking(_by_sentence(phrases, where))
    return not asking or any(clauses.at(position).sentence in asking for position in positions)


def _by_sentence(phrases: Sequence[Phrase], where: Sequence[Part]) -> dict[int, _Said]:
    return {
        number: _said_in(phrases, where, {part for part in where if part.sentence == number})
        for number in sorted({part.sentence for part in where})
    }


def _said_in(phrases: Sequence[Phrase], where: Sequence[Part], parts: Set[Part]) -> _Said:
    inside = [phrase for phrase, part in zip(phrases, where, strict=True) if part in parts]
    return _Said.of(inside, sorted(parts, key=lambda part: part.start))


def _asking(sentences: Mapping[int, _Said]) -> frozenset[int]:
    """Return the numbers of the sentences that ask: the one that names most, and other questions of their own.

    Where they name no subject ("is there a guide?"), the sentence before that does belongs to them.
    """
    if len(sentences) < 2:
        return frozenset(sentences)
    best = max(sentences, key=lambda number: (sentences[number].weight, number))
    asking = {best, *(number for number, said in sentences.items() if said.asks and said.narrows)}
    if not any(sentences[number].subject or sentences[number].rest for number in asking):
        others = [number for number in sentences if number not in asking]
        named = [number for number in others if sentences[number].subject]
        unknown = [number for number in others if sentences[number].rest]
        things = [number for number in others if sentences[number].thing]
        asking.update((named or unknown or things)[-1:])
    return frozenset(asking)


def _told_before(phrases: Sequence[Phrase], where: Sequence[Part], number: int) -> Iterator[Part]:
    """Yield the parts of a sentence that only lead to the question: "not sure if I am right here, but who …"."""
    parts = {part for part in where if part.sentence == number}
    said = {part: _said_in(phrases, where, {part}) for part in parts}
    if any(one.narrows for one in said.values()):
        yield from (part for part in parts if part.length >= _SHORT and not said[part].tells)


def _lengths(clauses: Clauses) -> dict[int, int]:
    found: dict[int, int] = {}
    for part in clauses.parts:
        found[part.sentence] = found.get(part.sentence, 0) + part.length
    return found


def _around(phrase: Phrase, said: _Said, length: int) -> Phrase:
    """Return a phrase of a sentence that does not ask with what it may mean for the one that does."""
    if not phrase.meanings:
        kept = length < _SHORT or not (said.narrows or said.rest)
        return phrase if kept else _meaningless(phrase)
    meanings = {
        meaning
        for meaning in phrase.meanings
        if _counts(meaning, phrase, said, short=length <= _SHORT_REQUEST)
    }
    return replace(phrase, meanings=frozenset(meanings)) if meanings else _meaningless(phrase)


def _counts(meaning: Concept, phrase: Phrase, said: _Said, *, short: bool) -> bool:
    if meaning.sort in _SUBJECT:
        return not said.subject and not is_thing(meaning)
    if meaning.sort in _PLACE or meaning.sort is Sort.ELSEWHERE:
        return not said.place
    if meaning.sort is Sort.NOTHING:
        return True
    return short and not phrase.guessed


def _names_subject(phrase: Phrase) -> bool:
    """Whether it names a theme or topic, and not only nearly: an unknown name is near to some word or other."""
    if phrase.guessed and not phrase.means(Sort.THEME):
        return False
    return any(meaning.sort in _SUBJECT and not is_thing(meaning) for meaning in phrase.meanings)


def _meaningless(phrase: Phrase) -> Phrase:
    return replace(phrase, meanings=frozenset({Concept(Sort.NOTHING, "")}), guessed=False, slips=())
