"""What somebody wants to do with the directory, from their words in French, English, Portuguese or Arabic. Pure.

A command is recognised by how it begins (or, for a state, how it ends), so that a question is never taken for one:
what ends with a question mark, or begins as a question does, changes nothing. Entries are named here only; who and what
is meant is found later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bots.context.message import MessageContext
from bots.context.phrases import Folded, folded
from bots.features.edit.vocabulary import LANGUAGES, POLITE_END, POLITE_START, CommandWords
from community.directory.entry import EntryKind

QUESTION_MARKS = ("?", "؟")


@dataclass(frozen=True, slots=True)
class Add:
    """Add an entry; ``rest`` is what was said of it at once. ``what``: the kind of resource or contact, if said."""

    kind: EntryKind
    what: str | None
    rest: str


@dataclass(frozen=True, slots=True)
class Save:
    """Keep the message that this one replies to. ``kind`` where one was named."""

    kind: EntryKind | None
    what: str | None
    rest: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove an entry; empty: the one that this message replies to."""

    name: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Say that an entry is still right; empty: the one that this message replies to."""

    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """Give a field another value. ``readings``: name and value, for each place where the text may be divided.

    An empty name is the person's own entry.
    """

    field: str
    readings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ChangeStage:
    """A project is in another stage; an empty name is the person's own project."""

    name: str
    stage: str


@dataclass(frozen=True, slots=True)
class Deputy:
    """Somebody stands in for another."""

    deputy: str
    of: str


@dataclass(frozen=True, slots=True)
class History:
    """Who changed an entry; empty: the latest changes of all."""

    name: str


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back a change: one's own last, or the one of that number."""

    number: int | None


@dataclass(frozen=True, slots=True)
class Proposals:
    """What waits for somebody's approval."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Approve or decline a proposal; without a number the only one there is."""

    approved: bool
    number: int | None


@dataclass(frozen=True, slots=True)
class ListStale:
    """What nobody has confirmed for long; ``rest`` may name cities and themes."""

    rest: str


EditCommand = Add | Save | Remove | Confirm | Change | ChangeStage | Deputy
"""What begins a draft from the directory as it is."""
QueryCommand = Undo | History | Proposals | Decision | ListStale
"""What needs the store's records, or only tells."""
Command = EditCommand | QueryCommand


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """A command and the language it was said in."""

    command: Command
    language: str


_NUMBER = (
    r"(?: (?:proposal|la proposition|proposition|a proposta|proposta|المقترح|الاقتراح))?"
    r"(?: ?(?:#|no\.? ?|n° ?|رقم ))? ?(?P<n>\d{1,9})?"
)
_MOST_WORDS = 40
"""A request for what is stale is a sentence, not a text."""


def command(text: str, preferred: str) -> ParsedCommand | None:
    """Return what ``text`` wants done; None where it is no such thing. ``preferred`` is the language tried first."""
    said, is_request = _without_politeness(folded(text.strip()))
    first = said.text.partition(" ")[0]
    asks = first in _INTERROGATIVES or (said.text.endswith(QUESTION_MARKS) and not is_request)
    order = [preferred, *(code for code in LANGUAGES if code != preferred)]
    readers = _ASKING if asks else (*_DOING, *_ASKING)
    for reader in readers:
        for code in order:
            found = reader(said, LANGUAGES[code]) if code in LANGUAGES else None
            if found is not None:
                return ParsedCommand(found, code)
    return None


def is_command(message: MessageContext) -> bool:
    """Whether a message is a command, in any of the languages."""
    return command(message.text, "en") is not None


def is_bare(parsed: ParsedCommand | None) -> bool:
    """Whether it is a command and nothing more, which nobody would give as a title or a summary."""
    match None if parsed is None else parsed.command:
        case Add(rest="") | Save(rest="") | Undo() | Proposals() | Decision() | History(name=""):
            return True
        case _:
            return False


def _without_politeness(said: Folded) -> tuple[Folded, bool]:
    """Return what is asked for without "could you please", and whether that was there: then it is no question."""
    start = re.match(POLITE_START, said.text)
    end = re.search(rf"{POLITE_END}$", said.text)
    if start is None and end is None:
        return said, False
    first = 0 if start is None else start.end()
    asked_for = said.between(first, len(said.text) if end is None else end.start())
    return folded(asked_for.rstrip(" ?؟") if start is not None else asked_for), start is not None


def _whole(pattern: str, said: Folded) -> re.Match[str] | None:
    return re.fullmatch(rf"(?:{pattern})[ .!?؟]*", said.text)


def _nouns(language: CommandWords) -> str:
    return "|".join(sorted(language.nouns, key=len, reverse=True))


def _add(said: Folded, language: CommandWords) -> Add | None:
    for verb in (language.add, language.new):
        start = rf"{verb} {language.articles}(?P<noun>{_nouns(language)})\b(?P<rest>.*)"
        match = re.fullmatch(start, said.text)
        if match is None:
            continue
        rest = said.span(match, "rest").lstrip(" :,-–")
        # "New project in Lagos" may be a question; to add is said with a verb, or with what is added.
        if verb == language.add or not rest or "https://" in rest:
            kind, what = language.nouns[match["noun"]]
            return Add(kind, what, rest)
    return _add_as(said, language)


def _add_as(said: Folded, language: CommandWords) -> Add | None:
    """Return "add Awa Diallo as a contact", and "add https://…", which is a resource."""
    link = re.fullmatch(rf"{language.add} (?P<rest>https?://.*)", said.text)
    if link is not None:
        return Add("resource", None, said.span(link, "rest"))
    match = _whole(rf"{language.add} (?P<rest>.+?) {language.as_a}(?P<noun>{_nouns(language)})", said)
    if match is None or _named(said.span(match, "rest")) == "":
        return None
    return Add(*language.nouns[match["noun"]], said.span(match, "rest"))


def _save(said: Folded, language: CommandWords) -> Save | None:
    pattern = rf"(?:{language.save})\b(?: {language.as_a}(?P<noun>{_nouns(language)})\b)?(?P<rest>.*)"
    match = re.fullmatch(pattern, said.text)
    if match is None:
        return None
    kind, what = language.nouns[match["noun"]] if match["noun"] else (None, None)
    return Save(kind, what, said.span(match, "rest").strip(" :,.!"))


def _remove(said: Folded, language: CommandWords) -> Remove | None:
    match = _whole(rf"{language.remove} (?P<x>.+?)", said)
    return None if match is None else Remove(_named(said.span(match, "x")))


def _confirm(said: Folded, language: CommandWords) -> Confirm | None:
    match = _whole(rf"{language.confirm} (?P<x>.+?)", said) or _whole(language.still, said)
    return None if match is None else Confirm(_named(said.span(match, "x")))


def _change(said: Folded, language: CommandWords) -> Change | None:
    fields = "|".join(language.fields.values())
    for pattern in language.now_is:
        match = _whole(pattern.replace("{fields}", fields), said)
        if match is not None:
            name = said.span(match, "x") if "x" in match.re.groupindex else ""
            return Change(_field(match["field"], language), ((name, said.span(match, "value")),))
    match = re.fullmatch(rf"{language.change}(?P<field>{fields}) {language.of}(?P<tail>.+)", said.text)
    if match is None:
        return None
    readings = tuple(_divided(said, match, language))
    return Change(_field(match["field"], language), readings) if readings else None


def _divided(said: Folded, match: re.Match[str], language: CommandWords) -> Iterator[tuple[str, str]]:
    """Give a name and a value for each place where one may end and the other begin."""
    start, end = match.span("tail")
    for between in re.finditer(language.to, said.text[start:end]):
        name = said.between(start, start + between.start())
        value = said.between(start + between.end(), end)
        if name and value:
            yield name, value


def _field(word: str, language: CommandWords) -> str:
    return next(name for name, pattern in language.fields.items() if re.fullmatch(pattern, word))


def _stage(said: Folded, language: CommandWords) -> ChangeStage | None:
    stages = "|".join(language.stages.values())
    for pattern in language.stage_of:
        match = _whole(pattern.replace("{stages}", stages), said)
        if match is not None:
            name = said.span(match, "x") if "x" in match.re.groupindex else ""
            return ChangeStage(_named(name), stage_named(match["stage"], language))
    return None


def stage_named(word: str, language: CommandWords) -> str:
    """Return the stage that a folded word names."""
    return next(name for name, pattern in language.stages.items() if re.fullmatch(pattern, word))


def _deputy(said: Folded, language: CommandWords) -> Deputy | None:
    match = _whole(language.deputy, said)
    return None if match is None else Deputy(said.span(match, "x"), _named(said.span(match, "y")))


def _history(said: Folded, language: CommandWords) -> History | None:
    if _whole(language.history_alone, said):
        return History("")
    match = _whole(language.history, said)
    return None if match is None else History(_named(said.span(match, "x") or said.span(match, "x2")))


def _undo(said: Folded, language: CommandWords) -> Undo | None:
    match = _whole(language.undo + _NUMBER, said)
    return None if match is None else Undo(int(match["n"]) if match["n"] else None)


def _proposals(said: Folded, language: CommandWords) -> Proposals | None:
    return Proposals() if _whole(language.proposals, said) else None


def _decision(said: Folded, language: CommandWords) -> Decision | None:
    for approved, verb in ((True, language.approve), (False, language.decline)):
        match = _whole(verb + _NUMBER, said)
        if match is not None:
            return Decision(approved, int(match["n"]) if match["n"] else None)
    return None


def _stale(said: Folded, language: CommandWords) -> ListStale | None:
    if len(said.text.split()) > _MOST_WORDS:
        return None
    match = re.search(rf"\b(?:{language.stale})\b", said.text)
    if match is None:
        return None
    rest = f"{said.between(0, match.start())} {said.between(match.end(), len(said.text))}"
    return ListStale(rest.strip(" ?؟."))


_INTERROGATIVES = frozenset(
    "who whom whose what what's which when where how is are qui que quel quelle quels quelles quand comment est-ce "
    "quem qual quais quando onde como من هل كيف اين متى ماذا".split()
)
_DOING = (_add, _save, _undo, _decision, _deputy, _change, _stage, _confirm, _remove)
_ASKING = (_history, _proposals, _stale)
_POINTING = frozenset(
    "this that it ca cela ceci isto isso هذا هذه ذلك this\u00a0entry cette\u00a0fiche".split()
)


def _named(name: str) -> str:
    """Return a name without quotation marks; empty where it only points at what was said before."""
    bare = name.strip(" .!?؟«»“”\"'")
    return "" if folded(bare).text in _POINTING else bare


def field_and_value(text: str, preferred: str) -> tuple[str, str] | None:
    """Return the field and the value of “city: Kigali”, in any of the languages; None where it is no such thing."""
    said = folded(text.strip())
    order = [preferred, *(code for code in LANGUAGES if code != preferred)]
    for code in order:
        if code not in LANGUAGES:
            continue
        language = LANGUAGES[code]
        fields = "|".join(language.fields.values())
        match = re.fullmatch(
            rf"(?:the |le |la |les |l'|o |a |os |as )?(?P<field>{fields}) ?(?::|=) ?(?P<value>.+)", said.text
        )
        if match is not None:
            return _field(match["field"], language), said.span(match, "value")
    return None
