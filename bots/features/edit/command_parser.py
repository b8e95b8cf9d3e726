"""Parses commands about the directory, in French, English, Portuguese and Arabic. Pure.

A command is recognised by its first words; "… is still right" by its last ones. A text that ends with a question mark
or begins with an interrogative is a question and never changes anything, unless it is a polite request ("could
you …?"). A parsed command has names as they were written; `entry_lookup` finds the entries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice

from bots.context.message import MessageContext
from bots.context.phrases import Folded, folded
from bots.features.edit.command_words import (
    DEPUTY,
    ENTRY,
    FIELD,
    NUMBER,
    REST,
    STAGE,
    VALUE,
    CommandWords,
    command_words,
    number,
    polite_end,
    polite_start,
)
from bots.features.edit.commands import (
    Add,
    BarePlan,
    CancelDate,
    Change,
    ChangeStage,
    Confirm,
    Decision,
    Deputy,
    History,
    ListStale,
    MoveDate,
    ParsedCommand,
    PlanDate,
    Proposals,
    Remove,
    Save,
    Undo,
)
from bots.features.edit.date_commands import cancel_or_move, plan, said_bare, without_verb
from bots.features.edit.date_words import date_words
from community.core.language_folders import LANGUAGES
from community.core.patterns import pattern_of
from community.core.sentence_patterns import any_of, fold_text, leading
from community.search.word_tables import phrases

QUESTION_MARKS = ("?", "؟")


MOST_READINGS = 8
"""How many places are tried where a name may end and a value begin: "change the phone of … to … to … to …"."""
_MOST_WORDS = 40
"""A text of more words is no request for the stale entries, even if it contains the words for it."""


def command(text: str, preferred: str) -> ParsedCommand | None:
    """Return the command in ``text``, None where there is none. ``preferred`` is the language tried first."""
    said = folded(text.strip())
    phrase, asks = _without_politeness(said)[0], as_request(said) is None
    order = [preferred, *(code for code in LANGUAGES if code != preferred)]
    readers = _ASKING if asks else (*_DOING, *_ASKING)
    for reader in readers:
        for code in order:
            found = reader(phrase, command_words(code)) if code in LANGUAGES else None
            if found is not None:
                return ParsedCommand(found, code)
    return None


def bare_plans(text: str, preferred: str) -> Iterator[tuple[BarePlan, str]]:
    """Give what a text may plan though it does not say so for sure, each with its language, ``preferred`` first.

    Either it says no kind of thing behind a word for planning, or it has no such word. Nothing of a question.
    """
    request = as_request(folded(text.strip()))
    if request is not None:
        for reader in (said_bare, without_verb):
            for code in dict.fromkeys((preferred, *LANGUAGES)):
                said = reader(request, date_words(code)) if code in LANGUAGES else None
                if said is not None:
                    yield said, code


def as_request(phrase: Folded) -> Folded | None:
    """Return a text without words of politeness; None for a question, which changes nothing."""
    bare, is_request = _without_politeness(phrase)
    asks = _begins_asking(bare.text) or (bare.text.endswith(QUESTION_MARKS) and not is_request)
    return None if asks else bare


def recognised(is_change: Callable[[str], bool]) -> Callable[[MessageContext], bool]:
    """Return what says whether a message may be a command, or by ``is_change`` asks for a change in other words.

    Of questions only those that are commands are.
    """

    def may_be_edit(message: MessageContext) -> bool:
        if is_command(message):
            return True
        text = message.text
        if as_request(folded(text.strip())) is None:
            return False
        return next(bare_plans(text, "en"), None) is not None or is_change(text)

    return may_be_edit


def is_command(message: MessageContext) -> bool:
    """Whether a message is a command, in any of the languages."""
    return command(message.text, "en") is not None


def is_bare(parsed: ParsedCommand | None) -> bool:
    """Whether the text was a command without any details, so that it cannot be meant as a title or a summary."""
    match None if parsed is None else parsed.command:
        case Add(rest="") | Save(rest="") | Undo() | Proposals() | Decision() | History(name=""):
            return True
        case _:
            return False


def _without_politeness(phrase: Folded) -> tuple[Folded, bool]:
    """Return the text without "could you please", and whether it began so: then a question mark makes no question."""
    start = pattern_of(polite_start()).match(phrase.text)
    end = pattern_of(rf"{polite_end()}$").search(phrase.text)
    if start is None and end is None:
        return phrase, False
    first = 0 if start is None else start.end()
    asked_for = phrase.between(first, len(phrase.text) if end is None else end.start())
    return folded(asked_for.rstrip(" ?؟") if start is not None else asked_for), start is not None


def _whole(pattern: str, phrase: Folded) -> re.Match[str] | None:
    """Match the whole text, without the punctuation at its end where the pattern has another end."""
    whole, bare = pattern_of(pattern), phrase.text.rstrip(" .!?؟")
    match = whole.fullmatch(phrase.text)
    return whole.fullmatch(bare) if match is None and bare != phrase.text else match


def _first(patterns: Iterable[str], phrase: Folded) -> re.Match[str] | None:
    """Match the whole text by the first of the patterns that does."""
    return next((match for pattern in patterns if (match := _whole(pattern, phrase)) is not None), None)


def _add(phrase: Folded, language: CommandWords) -> Add | None:
    for verb in (language.add, language.new):
        start = rf"{verb} {language.articles}(?P<noun>{language.any_noun})\b(?P<rest>.*)"
        match = pattern_of(start).fullmatch(phrase.text)
        if match is None:
            continue
        rest = phrase.span(match, "rest").lstrip(" :,-–")
        # "New project in Lagos" may be a question: without a verb, only a link after the noun makes it a command.
        if verb == language.add or not rest or "https://" in rest:
            kind, what = language.nouns[match["noun"]]
            return Add(kind, what, rest)
    return _announced(phrase, language) or _add_as(phrase, language)


def _announced(phrase: Folded, language: CommandWords) -> Add | None:
    """Read "new contact: Awa Diallo", whichever word comes first: without a verb the colon makes it a command."""
    noun = rf"(?P<noun>{language.any_noun})"
    for called in (rf"{language.new} {language.articles}{noun}", rf"{noun} {language.new}"):
        match = pattern_of(rf"{language.articles}{called} ?:(?P<rest>.+)").fullmatch(phrase.text)
        if match is not None:
            return Add(*language.nouns[match["noun"]], phrase.span(match, "rest"))
    return None


def _add_as(phrase: Folded, language: CommandWords) -> Add | None:
    """Read "add Awa Diallo as a contact", and "add https://…", which adds a resource."""
    link = pattern_of(rf"{language.add} (?P<rest>https?://.*)").fullmatch(phrase.text)
    if link is not None:
        return Add("resource", None, phrase.span(link, "rest"))
    match = _whole(rf"{language.add} (?P<rest>.+?) {language.as_a}(?P<noun>{language.any_noun})", phrase)
    if match is None or _named(phrase.span(match, "rest")) == "":
        return None
    return Add(*language.nouns[match["noun"]], phrase.span(match, "rest"))


def _plan(phrase: Folded, language: CommandWords) -> PlanDate | None:
    return plan(phrase, date_words(language.code))


def _cancel_or_move(phrase: Folded, language: CommandWords) -> MoveDate | CancelDate | None:
    return cancel_or_move(phrase, date_words(language.code))


def _save(phrase: Folded, language: CommandWords) -> Save | None:
    pattern = rf"{language.save}\b(?: {language.as_a}(?P<noun>{language.any_noun})\b)?(?P<rest>.*)"
    match = pattern_of(pattern).fullmatch(phrase.text)
    if match is None:
        return None
    kind, what = language.nouns[match["noun"]] if match["noun"] else (None, None)
    return Save(kind, what, phrase.span(match, "rest").strip(" :,.!"))


def _remove(phrase: Folded, language: CommandWords) -> Remove | None:
    match = _whole(rf"{language.remove} (?P<x>.+?)", phrase)
    return None if match is None else Remove(_named(phrase.span(match, "x")))


def _confirm(phrase: Folded, language: CommandWords) -> Confirm | None:
    confirmed = rf"{language.confirm} (?P<{ENTRY}>.+?)"
    match = _first((confirmed, *language.still), phrase)
    return None if match is None else Confirm(_named(phrase.span(match, ENTRY)))


def _change(phrase: Folded, language: CommandWords) -> Change | None:
    match = _first(language.now_is, phrase)
    if match is not None:
        name = phrase.span(match, ENTRY) if ENTRY in match.re.groupindex else ""
        return Change(_field(match[FIELD], language), ((name, phrase.span(match, VALUE)),))
    match = _first(language.change_detail, phrase)
    if match is None:
        return None
    readings = tuple(islice(_divided(phrase, match, language), MOST_READINGS))
    return Change(_field(match[FIELD], language), readings) if readings else None


def _divided(phrase: Folded, match: re.Match[str], language: CommandWords) -> Iterator[tuple[str, str]]:
    """Yield a name and a value for each place where the name may end and the value begin."""
    start, end = match.span(REST)
    for between in pattern_of(language.to).finditer(phrase.text[start:end]):
        name = phrase.between(start, start + between.start())
        value = phrase.between(start + between.end(), end)
        if name and value:
            yield name, value


def _field(word: str, language: CommandWords) -> str:
    return next(name for name, pattern in language.fields.items() if pattern_of(pattern).fullmatch(word))


def _stage(phrase: Folded, language: CommandWords) -> ChangeStage | None:
    match = _first(language.stage_of, phrase)
    if match is None:
        return None
    name = phrase.span(match, ENTRY) if ENTRY in match.re.groupindex else ""
    return ChangeStage(_named(name), stage_named(match[STAGE], language))


def stage_named(word: str, language: CommandWords) -> str:
    """Return the key of the stage that a folded word names. Raises StopIteration for any other word."""
    return next(name for name, pattern in language.stages.items() if pattern_of(pattern).fullmatch(word))


def _deputy(phrase: Folded, language: CommandWords) -> Deputy | None:
    match = _first(language.deputy, phrase)
    if match is None:
        return None
    return Deputy(phrase.span(match, DEPUTY), _named(phrase.span(match, ENTRY)))


def _history(phrase: Folded, language: CommandWords) -> History | None:
    if _whole(language.history_alone, phrase):
        return History("")
    match = _first(language.history, phrase)
    return None if match is None else History(_named(phrase.span(match, ENTRY)))


def _undo(phrase: Folded, language: CommandWords) -> Undo | None:
    match = _whole(language.undo + number(), phrase)
    return None if match is None else Undo(int(match[NUMBER]) if match[NUMBER] else None)


def _proposals(phrase: Folded, language: CommandWords) -> Proposals | None:
    return Proposals() if _whole(language.proposals, phrase) else None


def _decision(phrase: Folded, language: CommandWords) -> Decision | None:
    for approved, verb in ((True, language.approve), (False, language.decline)):
        match = _whole(verb + number(), phrase)
        if match is not None:
            return Decision(approved, int(match[NUMBER]) if match[NUMBER] else None)
    return None


def _stale(phrase: Folded, language: CommandWords) -> ListStale | None:
    if len(phrase.text.split()) > _MOST_WORDS:
        return None
    match = pattern_of(rf"\b{language.stale}\b").search(phrase.text)
    if match is None:
        return None
    rest = f"{phrase.between(0, match.start())} {phrase.between(match.end(), len(phrase.text))}"
    return ListStale(rest.strip(" ?؟."))


_DOING = (_add, _plan, _save, _undo, _decision, _deputy, _change, _stage, _confirm, _remove, _cancel_or_move)
_ASKING = (_history, _proposals, _stale)


def is_question(text: str) -> bool:
    """Whether a text asks something, also without a question mark; “could you …?” asks for a change."""
    return as_request(folded(text.strip())) is None


def _begins_asking(text: str) -> bool:
    return _asking().match(text) is not None


@cache
def _asking() -> re.Pattern[str]:
    return re.compile(rf"{any_of(phrases('editing/asking'))}(?!\S)")


@cache
def _pointing() -> frozenset[str]:
    return frozenset(map(fold_text, phrases("editing/pointing")))


def _named(name: str) -> str:
    """Return a name without quotation marks; empty for "this" and the like, which mean the message replied to."""
    bare = name.strip(" .!?؟«»“”\"'")
    return "" if folded(bare).text in _pointing() else bare


def field_and_value(text: str, preferred: str, places: tuple[str, ...] = ()) -> tuple[str, str] | None:
    """Return the field and the value of “city: Kigali”, in any of the languages; None for any other text.

    ``places``: what the community calls its cities.
    """
    phrase = folded(text.strip())
    order = [preferred, *(code for code in LANGUAGES if code != preferred)]
    the = leading(phrases("editing/the"))
    for language in (command_words(code, places) for code in order if code in LANGUAGES):
        fields = "|".join(language.fields.values())
        match = pattern_of(rf"{the}?(?P<{FIELD}>{fields}) ?(?::|=) ?(?P<{VALUE}>.+)").fullmatch(phrase.text)
        if match is not None:
            return _field(match[FIELD], language), phrase.span(match, VALUE)
    return None
