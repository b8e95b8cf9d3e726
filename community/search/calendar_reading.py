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

from community.core.words import words
from community.search import date_words
from community.search.asides import asks_for_newcomers
from community.search.asking_words import asks_who
from community.search.calendar_days import days_asked
from community.search.calendar_names import CalendarNames
from community.search.calendar_question import CalendarQuestion, Claim, NamedPart, Wanted
from community.search.calendar_words import Spotted, fillers, said_in_full, says, spotted, things
from community.search.clauses import clauses_of
from community.search.dates import Period
from community.search.follow import LONGEST_FOLLOW_UP, goes_on
from community.search.language import language_of
from community.search.lexicon import Lexicon
from community.search.meanings import Meanings, Sort
from community.search.ordinary_words import is_ordinary
from community.search.reading import Phrase, phrases_in, tokens_of
from community.search.someone import asks_for_someone

_LONGEST = 40
"""Words; a longer sentence tells a story."""
_SENTENCE = re.compile(r"[^.!?؟\n]*(?:\.(?!\s|$)[^.!?؟\n]*)*[.!?؟\n]*")
_STRONG = ("any", "deadline")
_SAID_OF = ("next", "planned", "have", "mine", "due", "cancelled")
"""What shows beside a word for events that those of the calendar are meant."""
_ALL = (
    *("next", "whats_next", "when", "left", "where", "link", "planned", "have", "mine", "due", "was"),
    *("cancelled", "opening", "calls"),
)
_SHORT = 4
_MOST_UNKNOWN = 2
"""How many unknown words a question for a meeting or the like may have: more of them tell a story."""
_EARLY = 2
"""Before this position “when” begins a question."""
_NOT_ITS = frozenset({"phone", "email", "member", "partners", "results"})
"""Details that entries of the calendar do not have."""
_SILENT = frozenset({Sort.NOTHING, Sort.HOW, Sort.NEWEST, Sort.STAGE, Sort.SPEAKING})
_PLACED = frozenset({Sort.CITY, Sort.COUNTRY})


@dataclass(frozen=True, slots=True)
class CalendarReader:
    """Reads questions of one community. ``lexicon``: what its words mean."""

    lexicon: Lexicon
    names: CalendarNames

    def read(
        self, text: str, default_language: str, today: date, previous: CalendarQuestion | None = None
    ) -> CalendarQuestion | None:
        """Return what ``text`` asks of the calendar, None where it does not ask that.

        ``today`` is the asker's. ``previous`` is the question asked before in the same conversation, which “and next
        week?” goes on from.
        """
        sentence = _asking(text)
        said = said_in_full(sentence)
        if not 0 < len(said) <= _LONGEST:
            return None
        found = spotted(said)
        if not found and previous is None and not date_words.may_name_a_date(said):
            return None
        language = language_of(text, default_language if previous is None else previous.language)
        if asks_who(said, clauses_of(sentence, said)) or asks_for_someone(said, language):
            return None
        read = self._parts(said, found, language, today)
        return None if read is None else _decided(read, said, previous)

    def _parts(self, said: Sequence[str], found: Spotted, language: str, today: date) -> _Read | None:
        been = found.has("was")
        days = days_asked(said, today, found, been=been)
        taken = days.used | found.at(*_ALL) | found.nouns
        phrases = phrases_in(tokens_of(said, taken, self.lexicon), self.lexicon, language)
        if _of_the_directory(phrases, found):
            return None
        due = frozenset({"deadline"} if found.has("due") else ())
        calls = frozenset({"meeting"} if _is_call(found, days) else ())
        question = CalendarQuestion(
            language,
            kinds=due | calls | found.kinds.keys(),
            since=days.since,
            until=days.until,
            mine=found.has("mine"),
            been=been,
            cancelled=found.has("cancelled"),
        )
        question = self._placed(question, phrases)
        about = tuple(self._about(phrases, language))
        return _Read(replace(question, about=about), found, days, tuple(phrases), tuple(said), today)

    def _placed(self, question: CalendarQuestion, phrases: Sequence[Phrase]) -> CalendarQuestion:
        """Return the question with the themes, cohorts, cities and countries that it names."""
        for phrase in phrases:
            cohort = self.names.cohort(phrase.meanings)
            if cohort is not None:
                question = replace(question, cohorts=question.cohorts | {cohort})
            elif phrase.means(Sort.CITY):
                cities = question.cities | _keys(phrase.meanings, Sort.CITY)
                inside = phrase.tokens[0].inside and "deadline" not in question.kinds
                question = replace(question, cities=cities, located=question.located or inside)
            elif phrase.means(Sort.COUNTRY):
                countries = _keys(phrase.meanings, Sort.COUNTRY)
                question = replace(question, countries=question.countries | countries)
            elif self._is_theme(phrase):
                question = replace(question, themes=question.themes | _keys(phrase.meanings, Sort.THEME))
        return question

    def _is_theme(self, phrase: Phrase) -> bool:
        return phrase.means(Sort.THEME) and phrase.stems in self.names.themes

    def _about(self, phrases: Sequence[Phrase], language: str) -> Iterator[NamedPart]:
        """Yield what else is named."""
        for phrase in phrases:
            if phrase.means(*_PLACED) or self._is_theme(phrase):
                continue
            silent = phrase.sorts <= _SILENT and bool(phrase.sorts)
            if phrase.stems not in things() and (silent or fillers().issuperset(phrase.stems)):
                continue
            written = " ".join(token.word for token in phrase.tokens)
            ordinary = not phrase.meanings and all(
                is_ordinary(token.word, language) for token in phrase.tokens
            )
            yield NamedPart(written, phrase.stems, phrase.meanings, ordinary)


@dataclass(frozen=True, slots=True)
class _Read:
    """A question as far as its words say it, with the words and days that were found in it."""

    question: CalendarQuestion
    found: Spotted
    days: Period
    phrases: tuple[Phrase, ...]
    said: tuple[str, ...]
    today: date

    @property
    def names_nothing(self) -> bool:
        """Whether nothing is named but times, places, themes and kinds."""
        return not self.question.about

    @property
    def is_to_come(self) -> bool:
        """Whether days are named that are not over, and do not only begin in the past."""
        last = self.question.until or self.question.since
        return last is not None and last >= self.today

    @property
    def asks_several(self) -> bool:
        """Whether the word for entries is in the plural."""
        nouns = (self.said[at] for at in self.found.nouns)
        return any(word.endswith(("s", "x")) or says(word, "several") for word in nouns)

    @property
    def is_whole(self) -> bool:
        """Whether it asks by itself and names something: “when is the Kigali talk?” goes on from nothing."""
        asks = self.found.has("when", "where", "left", "link")
        return asks and self.question.names_entries and len(self.said) > _SHORT

    @property
    def is_bare(self) -> bool:
        """Whether only times, places and themes are said, and no word that asks."""
        asking = ("planned", "have", "whats_next", "due")
        return self.names_nothing and not self.found.kinds and not self.found.has(*asking)


def _asking(text: str) -> str:
    """Return the last sentence that asks; the whole text where none does."""
    sentences = [sentence for sentence in _SENTENCE.findall(text) if words(sentence)]
    asking = [sentence for sentence in sentences if sentence.rstrip().endswith(("?", "؟"))]
    return asking[-1] if asking else text


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
    things = [p.tokens[0].at for p in phrases if p.means(Sort.KIND, Sort.RESOURCE_KIND)]
    # “A webinar recording”, “the visits project”: the last word is what is meant.
    if things and found.nouns and max(found.nouns) + 1 in things and "deadline" not in found.kinds:
        return True
    if not things or found.has("when", "left", "due"):
        return False
    return not found.nouns or min(things) < min(found.nouns)


def _decided(read: _Read, said: Sequence[str], previous: CalendarQuestion | None) -> CalendarQuestion | None:
    """Return the question by itself, or as it goes on from the one before; None where it is not the calendar's."""
    begins = goes_on(said)
    if (
        previous is not None
        and len(said) <= LONGEST_FOLLOW_UP
        and (begins or (read.is_bare and not read.is_whole))
    ):
        found = _followed(read, previous, begins=begins)
        if found is not None:
            return found
    claim = _claim(read, said)
    if claim is None:
        return None
    return replace(read.question, claim=claim, wanted=_wanted(read))


def _wanted(read: _Read) -> Wanted:
    found = read.found
    if found.has("left"):
        return Wanted.LEFT
    if found.has("where"):
        return Wanted.WHERE
    if found.has("link"):
        return Wanted.LINK
    if found.has("next") and not read.days and read.question.kinds and not read.asks_several:
        return Wanted.NEXT
    return Wanted.WHEN if found.has("when") else Wanted.LIST


# --- whether it is the calendar's -------------------------------------------------------------------------------------


def _claim(read: _Read, said: Sequence[str]) -> Claim | None:
    """Return how sure it is that the calendar is asked, None where it is not."""
    found, question = read.found, read.question
    general = found.has("general") and not (
        read.days or found.has("next", "due") or "deadline" in found.kinds
    )
    if general or (found.has("opening") and not found.kinds):
        return None
    if found.kinds or (found.has("calls") and question.kinds):
        return _claim_of_kinds(read)
    if asks_for_newcomers(said) and not found.has("left", "due", "when"):
        return None
    if found.has("left") and (question.names_entries or read.days):
        return Claim.SURE
    if found.has("due"):
        beside = read.days or found.has("when", "have", "planned", "mine") or len(said) <= _SHORT
        return Claim.SURE if beside else None
    if found.has("when") and (question.about or question.themes):
        first = min(found.at("when")) < _EARLY and not question.been and not _names_a_thing(read)
        return Claim.SURE if first else Claim.IF_NAMED
    if found.has("where", "link", "cancelled"):
        return Claim.IF_NAMED if question.about else None
    if read.days and (found.has("planned", "have") or question.about):
        return Claim.SURE if read.names_nothing else Claim.IF_NAMED
    if found.has("whats_next"):
        return Claim.SURE if read.names_nothing else None
    alone = read.is_to_come and read.names_nothing and not (question.themes or question.has_place)
    return Claim.SURE if alone and not read.phrases else None


def _claim_of_kinds(read: _Read) -> Claim:
    """Return the same of a question with a word for entries of the calendar."""
    found, question = read.found, read.question
    asked_when = bool(read.days) or found.has("when", "left", *_SAID_OF)
    strong = not set(_STRONG).isdisjoint(found.kinds)
    unknown = sum(not part.meanings and not part.is_ordinary for part in question.about)
    if not found.kinds or (unknown > _MOST_UNKNOWN and not strong):
        return Claim.IF_NAMED
    if asked_when and not (found.has("where", "link") and question.about):
        return Claim.SURE
    return Claim.SURE if "deadline" in found.kinds or (strong and not question.about) else Claim.IF_NAMED


def _names_a_thing(read: _Read) -> bool:
    """Whether a document, project or contact is named: when it is from is asked of the directory."""
    return any(phrase.means(Sort.KIND, Sort.RESOURCE_KIND) for phrase in read.phrases)


# --- follow-ups -------------------------------------------------------------------------------------------------------


def _followed(read: _Read, previous: CalendarQuestion, *, begins: bool) -> CalendarQuestion | None:
    """Return the question before with what is said anew; None where nothing is, or something unknown is named."""
    question, found = read.question, read.found
    if _names_a_thing(read) and not found.kinds:
        return None
    asked = _wanted(read)
    says = (
        read.days
        or question.names_entries
        or found.kinds
        or found.has("mine", "when", "where", "link", "left", "whats_next")
    )
    if not says or (question.about and not begins):
        return None
    merged = replace(
        previous,
        language=question.language,
        claim=Claim.IF_NAMED if question.about else Claim.SURE,
        wanted=asked,
        mine=question.mine or previous.mine,
        follows=True,
        of_shown=asked is not Wanted.LIST and not (read.days or question.names_entries or found.kinds),
    )
    if read.days:
        merged = replace(merged, since=question.since, until=question.until, been=question.been)
    if question.kinds:
        merged = replace(merged, kinds=question.kinds, about=question.about)
    if question.about:
        merged = replace(merged, about=question.about)
    if question.themes:
        merged = replace(merged, themes=question.themes, about=question.about)
    if question.has_place:
        cities, countries, cohorts = question.cities, question.countries, question.cohorts
        merged = replace(merged, cities=cities, countries=countries, cohorts=cohorts, mine=question.mine)
        merged = replace(merged, located=question.located and "deadline" not in merged.kinds)
    return merged
