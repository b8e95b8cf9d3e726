"""Reading a question to the calendar: whether it is one, and which events and deadlines it asks for. Pure.

A question that asks who, or for a document, a project or a number, is the directory's. So is whatever has no word of
the calendar (`calendar_words`) beside what it names. A word such as “training”, which the directory may know too,
claims the question only beside a time, or where the calendar has something of just that name (`Claim`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from community.core.weekends import USUAL_WEEK, WeekDays
from community.core.words import is_arabic, stem, without_arabic_prefix, words
from community.search import date_words, word_tables
from community.search.asking_words import asks_who
from community.search.calendar_bounds import Split, days_beside, split_at_bound
from community.search.calendar_claim import claim_of
from community.search.calendar_days import weeks_of_months
from community.search.calendar_follow import followed
from community.search.calendar_names import CalendarNames
from community.search.calendar_order import counts, orders_at, read_days
from community.search.calendar_phrases import (
    as_written,
    is_meant_for,
    is_ordinary_word,
    is_with,
    joined,
    names_nothing,
    names_number,
    own_words,
    unknown_name,
)
from community.search.calendar_question import Bound, CalendarQuestion, NamedPart
from community.search.calendar_read import SILENT, ReadQuestion, things_named
from community.search.calendar_words import (
    Spotted,
    hyphened,
    is_filler,
    is_hung_on,
    labels_of,
    said_in_full,
    says,
    says_who_meets,
    spotted,
    things,
)
from community.search.clauses import clauses_of
from community.search.dates import Period
from community.search.day_hours import hours_named
from community.search.follow import LONGEST_FOLLOW_UP, goes_on
from community.search.language import language_of
from community.search.lexicon import Lexicon
from community.search.meanings import Meanings, Sort
from community.search.ordinary_words import is_verb
from community.search.reading import Phrase, phrases_in, tokens_of
from community.search.someone import asks_for_someone

_LONGEST = 40
"""Words; a longer sentence tells a story."""
_SENTENCE = re.compile(r"[^.!?؟\n]*(?:\.(?!\s|$)[^.!?؟\n]*)*[.!?؟\n]*")
_ALL = (
    *("next", "whats_next", "when", "left", "where", "link", "planned", "have", "mine", "due", "was"),
    *("cancelled", "opening", "calls", "lasts", "for_whom", "how_often", "how_long", "until_then"),
    *("after_next", "passed", "clock", "asked_by", "hand_in", "meets"),
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
        found = spotted(said).with_table("hyphened", *hyphened(sentence))
        if not found and previous is None and not date_words.may_name_a_date(said):
            return None
        language = language_of(text, default_language if previous is None else previous.language)
        found = found.without_foreign(said, language).without_opening_inside(said)
        if says(said[-1], "for_place") and found.kinds:
            found = found.with_table("for_whom", len(said) - 1)  # “who is the training for?”
        plain = _without_from(said, read_days(said, today, found, week)[0].used)
        asks_person = asks_who(plain, clauses_of(sentence, said)) or asks_for_someone(plain, language)
        if asks_person and (not found.has("for_whom", "asked_by") or _asks_to_whom(said, found, language)):
            return None
        clauses = clauses_of(sentence, said)
        now = (today, week)
        split = split_at_bound(said, found, read_days(said, today, found, week)[0].used, clauses, language)
        bounded = None if split is None else self._bounded(split, language, now, previous)
        if bounded is not None:
            return bounded
        read = self._parts(said, found, language, now)
        if read is None:
            return None
        starts = frozenset(part.start for part in clauses.parts)
        question = _decided(replace(read, starts=starts), said, previous)
        return _unheeded(question, split)

    def _bounded(
        self, split: Split, language: str, now: tuple[date, WeekDays], previous: CalendarQuestion | None
    ) -> CalendarQuestion | None:
        """Return a question that is set against something; None where nothing is asked for beside that."""
        asked = self._part_of(split.asked, language, now)
        question = None if asked is None else _decided(asked, split.asked, None)
        if question is None and previous is not None and len(split.asked) <= 1:
            question = replace(previous, language=language, follows=True, of_shown=False)
        if question is None and asked is not None and asked.found.kinds:
            question = replace(asked.question, wanted=asked.wanted)
        if question is None:
            return None
        other = self._part_of(split.other, language, now)
        if other is not None and other.question.names_entries and not other.days:
            return replace(question, bound=Bound(split.relation, other.question, split.written))
        days = None if other is None else days_beside(split.relation, other.days)
        if days is None or other is None or other.question.names_entries or question.has_days:
            return _unheeded(question, split)
        return replace(question, since=days.since, until=days.until)

    def _part_of(self, said: Sequence[str], language: str, now: tuple[date, WeekDays]) -> ReadQuestion | None:
        """Return what a part of a question says by itself."""
        found = spotted(said).without_foreign(said, language).without_opening_inside(said)
        return self._parts(said, found, language, now) if said else None

    def _parts(
        self, said: Sequence[str], found: Spotted, language: str, now: tuple[date, WeekDays]
    ) -> ReadQuestion | None:
        today, week = now
        cohort = self.names.numbered_cohort(said)
        of_cohort = frozenset[int]() if cohort is None else cohort.at
        no_day = orders_at(found, "first_of") | found.kinds.get("deadline", frozenset())
        no_day = of_cohort | (no_day - weeks_of_months(said, today, week))
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
            hours=hours_named(said, days.used),
            mine=bool(own_words(found, said, language) - found.at("tell_me") - days.used),
            been=been,
            cancelled=found.has("cancelled"),
        )
        question = self._placed(question, phrases, said)
        placed = frozenset(part for phrase in phrases if phrase.means(*_PLACED) for part in phrase.stems)
        placed |= frozenset(stem(said[at]) for at in found.at("due"))
        question = replace(question, placed=placed)
        about = tuple(self._about(phrases, said, language, found.at("hyphened")))
        if cohort is not None and cohort.key is not None:
            question = replace(question, cohorts=question.cohorts | {cohort.key})
        elif cohort is not None:
            about = (*about, unknown_name(said[at] for at in sorted(of_cohort)))
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
            elif phrase.means(Sort.CITY) and not is_with(phrase, said):
                cities = question.cities | _keys(phrase.meanings, Sort.CITY)
                inside = phrase.tokens[0].inside and "deadline" not in question.kinds
                is_for = question.for_places or is_meant_for(phrase, said)
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

    def _about(
        self, phrases: Sequence[Phrase], said: Sequence[str], language: str, names: frozenset[int]
    ) -> Iterator[NamedPart]:
        """Yield what else is named; ``names``: the positions of what is a name whatever it says alone."""
        for phrase in joined(phrases):
            if self._is_theme(phrase) or (phrase.means(*_PLACED) and not is_with(phrase, said)):
                continue
            silent = phrase.sorts <= SILENT and bool(phrase.sorts)
            is_name = any(token.at in names for token in phrase.tokens)
            says_nothing = silent or all(map(is_filler, phrase.stems))
            if says_nothing and not is_name and phrase.stems not in things():
                continue
            written = " ".join(as_written(token, said) for token in phrase.tokens)
            if phrase.means(*_PLACED):
                yield unknown_name((said[phrase.tokens[0].at - 1], written))
                continue
            ordinary = not (phrase.meanings or is_name) and all(
                is_ordinary_word(token.word, language) for token in phrase.tokens
            )
            silent = ordinary and all(names_nothing(token, said, language) for token in phrase.tokens)
            is_number = ordinary and all(names_number(token.word) for token in phrase.tokens)
            yield NamedPart(written, phrase.stems, phrase.meanings, ordinary, silent, is_number)


def _naming(said: Sequence[str], silent: frozenset[int]) -> frozenset[str]:
    """Return the stems of the words that may stand in a title: all but days, what asks, and articles."""
    light = word_tables.folded("common/light")
    left = (word for at, word in enumerate(said) if at not in silent and word not in light)
    return frozenset(stem(form) for word in left for form in (word, *without_arabic_prefix(word)))


def _without_from(said: tuple[str, ...], days: frozenset[int]) -> tuple[str, ...]:
    """Return the words without “from” before a day, which in Arabic is “who” elsewhere: “من 14 إلى 18 ديسمبر”."""
    return tuple(
        "" if at in days and date_words.means(word, "from") else word for at, word in enumerate(said)
    )


def _of_order(found: Spotted) -> frozenset[int]:
    """Return the positions of “first”, “last” and “how many” where they say which of several is asked for."""
    counted = found.at("how_many") if counts(found) else frozenset[int]()
    return counted | orders_at(found, "first_of") | orders_at(found, "last_of")


def _asking(text: str) -> str:
    """Return the last sentence that asks; the whole text where none does."""
    sentences = [sentence for sentence in _SENTENCE.findall(text) if words(sentence)]
    asking = [sentence for sentence in sentences if sentence.rstrip().endswith(("?", "؟"))]
    return asking[-1] if asking else text


def _unheeded(question: CalendarQuestion | None, split: Split | None) -> CalendarQuestion | None:
    """Return a question that is set against something which could not be taken into account."""
    if question is None or split is None:
        return question
    return replace(question, unheeded=(split.written,))


def _asks_to_whom(said: Sequence[str], found: Spotted, language: str) -> bool:
    """Whether it asks to whom one does something, which is asked of the directory: Arabic “لمن أرسل التقرير”."""
    behind = {at + 1 for at in found.at("for_whom")} - found.at("for_whom")
    return any(is_arabic(said[at]) and is_verb(said[at], language) for at in behind if at < len(said))


def _is_call(found: Spotted, days: Period) -> bool:
    """Whether a call is one that takes place at a time; “when can I call?” is not."""
    asks = found.has("when", "next", "link")
    is_called = found.has("calls") and not found.has("mine") and (bool(days) or asks)
    return is_called or says_who_meets(found, days)


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


def _decided(
    read: ReadQuestion, said: Sequence[str], previous: CalendarQuestion | None
) -> CalendarQuestion | None:
    """Return the question by itself, or as it goes on from the one before; None where it is not the calendar's."""
    begins = goes_on(said) or is_hung_on(said[0])
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
        after_next=read.asks_after_next,
        behind=read.names_only_behind("behind"),
        before=read.names_only_behind("before"),
    )
