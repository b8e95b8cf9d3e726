"""Reading when something is out of a message, as people say it, in the languages of `community/languages`. Pure.

A message is read in each language; the one that makes most of its words counts. What has two sensible meanings is never
decided here: the reading is then `Unsure`, with the question to ask and the meanings to choose from. So is a time of
which a part was not understood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from community.core.language_folders import LANGUAGES
from community.core.messages import Message
from community.description.when import When
from community.search.when.clock_reader import length, one_unit
from community.search.when.day_reader import DAY, MONTH, WEEK, YEAR, in_minutes
from community.search.when.doubts import SENTENCES, Doubt
from community.search.when.left_over import DAYS, SaidIn, is_left_over
from community.search.when.message_parts import parts_of, with_leads
from community.search.when.options import Options
from community.search.when.resolution import resolved
from community.search.when.title_words import kept_in_title, names_nothing
from community.search.when.when_parts import AllDaySaid, LengthSaid, StretchSaid, WeekdaySaid, Which
from community.search.when.when_setting import WhenSetting
from community.search.when.when_tokens import WhenToken, when_tokens
from community.search.when.when_words import WhenWords

LONGEST, MOST_TOKENS = 1000, 150
"""Letters, and words and signs, of a message that is read: whoever says when something is needs fewer."""
_MOST_OFFERED = 4
_TRIMMED = " \t\n,،.;:-–—!?؟"


@dataclass(frozen=True, slots=True)
class WhenRead:
    """One time that was said without doubt.

    ``used``: the stretches of the message that say it, each from its first letter to before the letter behind it;
    ``title`` is the rest. ``says_all_day``: it was said that it has no time of day; ``says_day``: on which day it is;
    ``by_weekday``: by its day of the week alone, so that it is the first one to come.
    """

    when: When
    used: tuple[tuple[int, int], ...]
    title: str
    says_all_day: bool = False
    says_day: bool = True
    by_weekday: bool = False


@dataclass(frozen=True, slots=True)
class Unsure:
    """A time that must be asked about: why, and which ``readings`` are possible, the likeliest first; perhaps none."""

    doubt: Doubt
    readings: tuple[When, ...]
    used: tuple[tuple[int, int], ...]
    title: str
    says_day: bool = True

    @property
    def question(self) -> Message:
        """The sentence that asks."""
        return SENTENCES[self.doubt]


@dataclass(frozen=True)
class _InLanguage(SaidIn):
    """What a message says in one language, and which moments that may be."""

    found: Options[When]
    """Nothing where the parts say no time: “except Monday” alone."""

    @property
    def is_sure(self) -> bool:
        return len(self.found.values) == 1 and (self.found.doubt is None or self.found.is_certain)


def read_when(
    text: str, setting: WhenSetting, languages: Sequence[str] = LANGUAGES
) -> WhenRead | Unsure | None:
    """Return when something is by a message, `Unsure` where that must be asked, None where it says no time.

    ``languages`` are tried in their order; of two that make as much of the message the first counts if both come to the
    same time, else it is asked.
    """
    tokens = when_tokens(text[:LONGEST])
    if len(text) > LONGEST or len(tokens) > MOST_TOKENS:
        return _too_long(text, tokens[:MOST_TOKENS], setting, languages)
    in_each = (_in_language(tokens, language, setting) for language in languages)
    heard = [each for each in in_each if each is not None]
    read = [each for each in heard if each.found != Options()]
    if not read:
        return None
    best = max(read, key=lambda each: len(each.used))
    equal = [each for each in read if len(each.used) == len(best.used)]
    used = _stretches(tokens, best.used)
    title = _title(text, _stretches(tokens, best.used - kept_in_title(best)))
    found = _agreed(equal)
    is_once = all(when.repeat is None for when in found.values)
    is_more_heard = any(each.used > best.used for each in heard)
    if is_more_heard or is_left_over(text, best, read) or (is_once and names_nothing(best)):
        doubt = Doubt.NOT_UNDERSTOOD if found.doubt in (None, Doubt.PASSED) else found.doubt
        found = replace(found, doubt=doubt, is_certain=False)
    if len(found.values) == 1 and (found.doubt is None or found.is_certain):
        return WhenRead(
            found.values[0], used, title, best.says(AllDaySaid), best.says(*DAYS), _is_by_weekday(best)
        )
    return Unsure(
        found.doubt or Doubt.SEVERAL_TIMES, found.values[:_MOST_OFFERED], used, title, best.says(*DAYS)
    )


def read_length(text: str, languages: Sequence[str] = LANGUAGES) -> int | None:
    """Return the length of time that a whole text names, in minutes (“two hours”, “90 min”), None if it names none."""
    tokens = when_tokens(text[:LONGEST])
    found = {_whole_length(WhenWords(language, tokens)) for language in languages} - {None}
    return found.pop() if len(found) == 1 else None


def _whole_length(words: WhenWords) -> int | None:
    start = words.past(0, "lasting", "lasting_perhaps", "small")
    found = length(words, start) or length(words, 0)
    return in_minutes(found[0]) if found is not None and found[1] == len(words.tokens) else None


def read_span(text: str, languages: Sequence[str] = LANGUAGES) -> timedelta | None:
    """Return the length of time that a whole text names, up to weeks (“two weeks”, “d'une heure”).

    None if it names none, or may mean two: “quinze jours”. A month has no one length.
    """
    tokens = when_tokens(text[:LONGEST])
    found = {_whole_span(WhenWords(language, tokens)) for language in languages} - {None}
    return found.pop() if len(found) == 1 else None


def read_months(text: str, languages: Sequence[str] = LANGUAGES) -> int | None:
    """Return how many months a whole text names (“a month”, “deux ans”), None if it names none."""
    tokens = when_tokens(text[:LONGEST])
    read = (_whole_length_of_any_unit(WhenWords(language, tokens)) for language in languages)
    found = {
        said.amount * _MONTHS[said.unit] for said in read if said and said.unit in _MONTHS and not said.halves
    }
    return found.pop() if len(found) == 1 else None


_MONTHS = {MONTH: 1, YEAR: 12}


def _whole_length_of_any_unit(words: WhenWords) -> LengthSaid | None:
    start = words.past(0, "lasting", "small")
    read = (length(words, start), one_unit(words, start), length(words, 0), one_unit(words, 0))
    return next((one[0] for one in read if one is not None and one[1] == len(words.tokens)), None)


def _whole_span(words: WhenWords) -> timedelta | None:
    said = _whole_length_of_any_unit(words)
    if said is None or words.number(words.past(0, "lasting", "small"), "loose_days") is not None:
        return None
    minutes, days = in_minutes(said), {DAY: 1, WEEK: 7}.get(said.unit)
    if minutes is not None:
        return timedelta(minutes=minutes)
    return None if days is None or said.halves else timedelta(days=days * said.amount)


def _is_by_weekday(best: SaidIn) -> bool:
    days = [part.said for part in best.parts if isinstance(part.said, DAYS)]
    is_alone = len(days) == 1 and not best.says(StretchSaid)
    return is_alone and isinstance(days[0], WeekdaySaid) and days[0].which is Which.COMING


def _too_long(
    text: str, begun: tuple[WhenToken, ...], setting: WhenSetting, languages: Sequence[str]
) -> Unsure | None:
    """Ask for less where the beginning of a long text names a time: what follows may say another."""
    in_each = (_in_language(begun, language, setting) for language in languages)
    names_time = any(each is not None and each.found != Options() for each in in_each)
    return Unsure(Doubt.TOO_LONG, (), (), text) if names_time else None


def _in_language(tokens: tuple[WhenToken, ...], language: str, setting: WhenSetting) -> _InLanguage | None:
    words = WhenWords(language, tokens)
    parts = parts_of(words, setting.places)
    if not parts:
        return None
    found = resolved(parts, language, setting) or Options()
    used = (at for start, end in with_leads(words, parts) for at in range(start, end))
    return _InLanguage(words, parts, frozenset(used), found)


def _agreed(equal: list[_InLanguage]) -> Options[When]:
    """Return what all of several languages come to; where they differ it is asked which is meant."""
    first = equal[0].found
    if all(each.found == first for each in equal):
        return first
    values = tuple(dict.fromkeys(when for each in equal for when in each.found.values))
    if len(values) == 1 and all(each.is_sure for each in equal):
        return Options(values)
    doubt = next((each.found.doubt for each in equal if each.found.doubt is not None), Doubt.SEVERAL_TIMES)
    return Options(values, doubt, is_certain=False)


def _stretches(tokens: tuple[WhenToken, ...], used: frozenset[int]) -> tuple[tuple[int, int], ...]:
    """Return the stretches of the message that the used tokens make."""
    found: list[tuple[int, int]] = []
    before = -2
    for at in sorted(used):
        if at == before + 1:
            found[-1] = (found[-1][0], tokens[at].end)
        else:
            found.append((tokens[at].start, tokens[at].end))
        before = at
    return tuple(found)


def _whole(piece: str) -> str:
    """Return a piece of a text without a bracket at its end whose other half is in no piece of it."""
    if piece.count("(") == piece.count(")"):
        return piece
    return piece.strip("() ").strip(_TRIMMED)


def _title(text: str, used: tuple[tuple[int, int], ...]) -> str:
    """Return the message without the stretches that say when."""
    starts = (0, *(end for _start, end in used))
    ends = (*(start for start, _end in used), len(text))
    rest = (_whole(text[start:end].strip(_TRIMMED)) for start, end in zip(starts, ends, strict=True))
    return " ".join(" ".join(piece.split()) for piece in rest if piece.strip("()"))
