"""Reading a question to the calendar: whether it is one, and which events and deadlines it asks for. Pure.

A question that asks who, or for a document, a project or a number, is the directory's. So is whatever has no word of
the calendar (`calendar_words`) beside what it names. A word such as “training”, which the directory may know too,
claims the question only beside a time, or where the calendar has something of just that name (`Claim`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from community.core.weekends import USUAL_WEEK, WeekDays
from community.core.words import is_arabic, stem, without_arabic_prefix, words
from community.search import date_words, word_tables
from community.search.asking_words import asks_who
from community.search.calendar_claim import claim_of
from community.search.calendar_follow import followed
from community.search.calendar_names import CalendarNames
from community.search.calendar_order import counts, orders_at, read_days
from community.search.calendar_question import CalendarQuestion, NamedPart
from community.search.calendar_read import SILENT, ReadQuestion, things_named
from community.search.calendar_words import (
    Spotted,
    is_filler,
    is_long_thing,
    labels_of,
    said_in_full,
    says,
    spotted,
    things,
)
from community.search.clauses import clauses_of
from community.search.dates import Period
from community.search.follow import LONGEST_FOLLOW_UP, goes_on
from community.search.language import language_of
from community.search.lexicon import Lexicon
from community.search.meanings import Meanings, Sort
from community.search.ordinary_words import is_adverb, is_ordinary, is_verb
from community.search.reading import Phrase, Token, phrases_in, tokens_of
from community.search.someone import asks_for_someone

_LONGEST = 40
"""Words; a longer sentence tells a story."""
_SENTENCE = re.compile(r"[^.!?؟\n]*(?:\.(?!\s|$)[^.!?؟\n]*)*[.!?؟\n]*")
_ALL = (
    *("next", "whats_next", "when", "left", "where", "link", "planned", "have", "mine", "due", "was"),
    *("cancelled", "opening", "calls", "lasts", "for_whom", "how_often", "how_long", "until_then"),
    *("after_next", "passed", "clock", "asked_by", "hand_in"),
)
_NOT_ITS = frozenset({"phone", "email", "member", "partners", "results"})
"""Details that entries of the calendar do not have."""
_PLACED = frozenset({Sort.CITY, Sort.COUNTRY})


@dataclass(frozen=True, slots=True)
class CalendarReader:
    """Reads questions of one community. ``lexicon``: what its words mean."""

    lexicon: Lexicon
    names: CalendarNames

    def read(
        self,
        text: str,
        default_language: str,
        today: date,
        previous: CalendarQuestion | None = None,
        week: WeekDays = USUAL_WEEK,
    ) -> CalendarQuestion | None:
        """Return what ``text`` asks of the calendar, None where it does not ask that.

        ``today`` and ``week`` are the asker's. ``previous`` is the question asked before in the same conversation,
        which “and next week?” goes on from.
        """
        sentence = _asking(text)
        said = said_in_full(sentence)
        if not 0 < len(said) <= _LONGEST:
            return None
        found = spotted(said)
        if not found and previous is None and not date_words.may_name_a_date(said):
            return None
        language = language_of(text, default_language if previous is None else previous.language)
        found = found.without_foreign(said, language).without_opening_inside(said)
        if says(said[-1], "for_place") and found.kinds:
            found = found.with_table("for_whom", len(said) - 1)  # “who is the training for?”
        asks_person = asks_who(said, clauses_of(sentence, said)) or asks_for_someone(said, language)
        if asks_person and not found.has("for_whom", "asked_by"):
            return None
        read = self._parts(said, found, language, (today, week))
        if read is not None:
            starts = frozenset(part.start for part in clauses_of(sentence, said).parts)
            read = replace(read, starts=starts)
        return None if read is None else _decided(read, said, previous)

    def _parts(
        self, said: Sequence[str], found: Spotted, language: str, now: tuple[date, WeekDays]
    ) -> ReadQuestion | None:
        today, week = now
        cohort = self.names.numbered_cohort(said)
        of_cohort = frozenset[int]() if cohort is None else cohort.at
        no_day = of_cohort | orders_at(found, "first_of")
        unnumbered = ["" if at in no_day else word for at, word in enumerate(said)]
        days, been = read_days(unnumbered, today, found, week)
        taken = days.used | found.at(*_ALL) | found.nouns | of_cohort | _of_order(found)
        phrases = phrases_in(tokens_of(said, taken, self.lexicon), self.lexicon, language)
        if _of_the_directory(phrases, found):
            return None
        due = frozenset({"deadline"} if found.has("due") else ())
        calls = frozenset({"meeting"} if _is_call(found, days) else ())
        events = frozenset({"event"} if found.at("events") & found.nouns else ())
        question = CalendarQuestion(
            language,
            kinds=due | calls | events | found.kinds.keys(),
            since=days.since,
            until=days.until,
            mine=bool(_own_words(found, said, language) - found.at("tell_me") - days.used),
            been=been,
            cancelled=found.has("cancelled"),
        )
        question = self._placed(question, phrases, said)
        about = tuple(self._about(phrases, said, language))
        if cohort is not None and cohort.key is not None:
            question = replace(question, cohorts=question.cohorts | {cohort.key})
        elif cohort is not None:
            about = (*about, _unknown(said[at] for at in sorted(of_cohort)))
        silent = days.used | of_cohort | (found.at(*_ALL) - found.at("calls") - found.nouns)
        silent |= {token.at for phrase in phrases if phrase.means(*_PLACED) for token in phrase.tokens}
        plain = found.has("when") and 0 in found.at("when") and not any(part.is_ordinary for part in about)
        question = replace(
            question, said=_naming(said, silent), is_plain=plain, by_due=found.has("due") and not found.kinds
        )
        if about and found.has("passed"):
            question = replace(question, been=False)  # “Has the deadline for the report passed?”
        return ReadQuestion(replace(question, about=about), found, days, tuple(phrases), tuple(said), today)

    def _placed(
        self, question: CalendarQuestion, phrases: Sequence[Phrase], said: Sequence[str]
    ) -> CalendarQuestion:
        """Return the question with the themes, cohorts, cities and countries that it names."""
        for phrase in phrases:
            cohort = self.names.cohort(phrase.meanings)
            if cohort is not None:
                question = replace(question, cohorts=question.cohorts | {cohort})
            elif phrase.means(Sort.CITY) and not _is_with(phrase, said):
                cities = question.cities | _keys(phrase.meanings, Sort.CITY)
                inside = phrase.tokens[0].inside and "deadline" not in question.kinds
                is_for = question.for_places or _is_for(phrase, said)
                question = replace(
                    question, cities=cities, located=question.located or inside, for_places=is_for
                )
            elif phrase.means(Sort.COUNTRY):
                countries = _keys(phrase.meanings, Sort.COUNTRY)
                question = replace(question, countries=question.countries | countries)
            elif self._is_theme(phrase):
                question = replace(question, themes=question.themes | _keys(phrase.meanings, Sort.THEME))
        return question

    def _is_theme(self, phrase: Phrase) -> bool:
        return phrase.means(Sort.THEME) and phrase.stems in self.names.themes

    def _about(self, phrases: Sequence[Phrase], said: Sequence[str], language: str) -> Iterator[NamedPart]:
        """Yield what else is named."""
        for phrase in _joined(phrases):
            if self._is_theme(phrase) or (phrase.means(*_PLACED) and not _is_with(phrase, said)):
                continue
            silent = phrase.sorts <= SILENT and bool(phrase.sorts)
            if phrase.stems not in things() and (silent or all(map(is_filler, phrase.stems))):
                continue
            written = " ".join(_as_written(token, said) for token in phrase.tokens)
            if phrase.means(*_PLACED):
                yield _unknown((said[phrase.tokens[0].at - 1], written))
                continue
            ordinary = not phrase.meanings and all(
                _is_ordinary(token.word, language) for token in phrase.tokens
            )
            silent = ordinary and all(_names_nothing(token, said, language) for token in phrase.tokens)
            yield NamedPart(written, phrase.stems, phrase.meanings, ordinary, silent)


def _joined(phrases: Sequence[Phrase]) -> Iterator[Phrase]:
    """Yield the phrases, those that together are called what titles often have as one: “round table”."""
    at = 0
    while at < len(phrases):
        pair = phrases[at : at + 2]
        stems = tuple(one for phrase in pair for one in phrase.stems)
        if len(pair) == 2 and is_long_thing(stems):
            yield Phrase(tuple(token for phrase in pair for token in phrase.tokens), frozenset())
            at += 2
        else:
            yield phrases[at]
            at += 1


def _is_ordinary(word: str, language: str) -> bool:
    """Whether a word names nothing: one of every day, a number, an hour (“13h”)."""
    is_number = word[:1].isdigit() or date_words.number_in("numbers", word) is not None
    return is_number or is_ordinary(word, language)


def _as_written(token: Token, said: Sequence[str]) -> str:
    """Return a word as it was written, and not what it was taken for; in Arabic without what is written on to it."""
    return token.word if is_arabic(token.word) else said[token.at]


def _names_nothing(token: Token, said: Sequence[str], language: str) -> bool:
    """Whether a word of every day is no name either: a number, an adverb, or a verb that no article stands before.

    “The coffee with the mayor”, “the special meeting”, “the launch” are names of something.
    """
    word = token.word
    if not (is_verb(word, language) or is_adverb(word, language)):
        return word[:1].isdigit() or date_words.number_in("numbers", word) is not None
    if is_arabic(word):
        return is_adverb(word, language) or said[token.at] == word
    before = said[token.at - 1] if token.at else ""
    return before not in word_tables.folded_in(language, "calendar/articles")


def _naming(said: Sequence[str], silent: frozenset[int]) -> frozenset[str]:
    """Return the stems of the words that may stand in a title: all but days, what asks, and articles."""
    light = word_tables.folded("common/light")
    left = (word for at, word in enumerate(said) if at not in silent and word not in light)
    return frozenset(stem(form) for word in left for form in (word, *without_arabic_prefix(word)))


def _own_words(found: Spotted, said: Sequence[str], language: str) -> frozenset[int]:
    """Return where “my”, “for us” and the like are said in a language: Portuguese “mês” is no French “mes”."""
    at = found.at("mine")
    own = word_tables.own_phrases_in(language, "calendar/mine")
    if not own:
        return at
    phrases = [tuple(words(phrase)) for phrase in own]
    spans = (
        range(start, start + len(phrase))
        for phrase in phrases
        for start in at
        if tuple(said[start : start + len(phrase)]) == phrase
    )
    return frozenset(place for span in spans for place in span) | {
        place for place in at if is_arabic(said[place])
    }


def _of_order(found: Spotted) -> frozenset[int]:
    """Return the positions of “first”, “last” and “how many” where they say which of several is asked for."""
    counted = found.at("how_many") if counts(found) else frozenset[int]()
    return counted | orders_at(found, "first_of") | orders_at(found, "last_of")


def _asking(text: str) -> str:
    """Return the last sentence that asks; the whole text where none does."""
    sentences = [sentence for sentence in _SENTENCE.findall(text) if words(sentence)]
    asking = [sentence for sentence in sentences if sentence.rstrip().endswith(("?", "؟"))]
    return asking[-1] if asking else text


def _is_for(phrase: Phrase, said: Sequence[str]) -> bool:
    """Whether a place is named as that whom something is for: “for Kigali”, “لكيغالي”."""
    first = phrase.tokens[0]
    written = said[first.at]
    hung = written != first.word and says(written[0], "for_place")
    return hung or (first.at > 0 and says(said[first.at - 1], "for_place"))


def _is_with(phrase: Phrase, said: Sequence[str]) -> bool:
    """Whether a place is named as those whom somebody meets: “our call with Bizerte”."""
    first = phrase.tokens[0].at
    return first > 0 and said[first - 1] in word_tables.folded("questions/with")


def _unknown(written: Iterable[str]) -> NamedPart:
    """Return a name that nothing in the calendar has."""
    name = " ".join(written)
    return NamedPart(name, (name,))


def _is_call(found: Spotted, days: Period) -> bool:
    """Whether a call is one that takes place at a time; “when can I call?” is not."""
    return found.has("calls") and not found.has("mine") and (bool(days) or found.has("when", "next", "link"))


def _keys(meanings: Meanings, sort: Sort) -> frozenset[str]:
    return frozenset(meaning.key for meaning in meanings if meaning.sort is sort)


def _of_the_directory(phrases: Sequence[Phrase], found: Spotted) -> bool:
    """Whether a document, project, person or a detail of one is asked for."""
    fields = {m.key for phrase in phrases for m in phrase.meanings if m.sort is Sort.FIELD}
    if fields & _NOT_ITS:
        return True
    named = things_named(phrases)
    things = [phrase.tokens[0].at for phrase in named]
    # “A webinar recording”, “the visits project”: the last word is meant; not of “the date of the report”.
    of_date = found.kinds.keys() == {"any"} and found.has("when")
    if (
        things
        and not of_date
        and found.nouns
        and max(found.nouns) + 1 in things
        and "deadline" not in found.kinds
    ):
        return True
    if things and found.kinds.keys() == {"any"} and not found.has("when", "next", "mine", "have", "due"):
        return True
    kept_here = [phrase for phrase in named if not labels_of(phrase.stems)]
    asks = ("when", "left", "for_whom", "cancelled", "how_often", "lasts", "asked_by", "hand_in", "passed")
    if not things or found.has(*asks) or (found.has("due") and not kept_here):
        return False
    return not found.nouns or min(things) < min(found.nouns)


def _is_hung_on(word: str) -> bool:
    """Whether a short Arabic word has “and” written on to it: “وكم؟”."""
    return len(word) == len("وكم") and word[0] in word_tables.folded("follow_ups/and_prefixes")


def _decided(
    read: ReadQuestion, said: Sequence[str], previous: CalendarQuestion | None
) -> CalendarQuestion | None:
    """Return the question by itself, or as it goes on from the one before; None where it is not the calendar's."""
    begins = goes_on(said) or _is_hung_on(said[0])
    goes_on_bare = (read.is_bare and not read.is_whole) or read.asks_of_shown
    if previous is not None and len(said) <= LONGEST_FOLLOW_UP and (begins or goes_on_bare):
        found = followed(read, previous, begins=begins)
        if found is not None:
            return found
    claim = claim_of(read)
    if claim is None:
        return None
    return replace(
        read.question,
        claim=claim,
        wanted=read.wanted,
        changes=read.asks_of_changes,
        after_next=read.found.has("after_next"),
        behind=read.names_only_behind("behind"),
        before=read.names_only_behind("before"),
    )
