"""What the reply says of how a question was understood: what is left out, and which words said nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from bots.features.ask.sentences import named_places
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, msg
from community.core.plain_text import clean, isolated, listed
from community.core.words import stems
from community.description.model import Community
from community.directory.cards import RESOURCE_KINDS, STAGES
from community.directory.entry import DirectoryEntry, name_of
from community.search import joined_subjects
from community.search.asked import Excluded, Question

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_KINDS = {"contact": msg("contacts"), "resource": msg("resources"), "project": msg("projects")}
_RESOURCE_KINDS = {
    "document": msg("documents"),
    "tool": msg("tools"),
    "guide": msg("guides"),
    "video": msg("videos"),
    "advice": RESOURCE_KINDS["advice"],
}


def left_out(
    excluded: Excluded,
    community: Community,
    translate: Translator,
    named: Callable[[tuple[str, ...]], Iterable[DirectoryEntry]],
) -> Iterator[Message]:
    """Yield the sentence that says what is left out, if anything is.

    ``named`` gives the contacts that have all of some stems in their name.
    """
    names = dict.fromkeys(
        clean(name)
        for name in (
            *_places(excluded, community, translate.language),
            *_subjects(excluded, community, translate),
            *(name_of(entry).text(translate.language) for name in excluded.names for entry in named(name)),
        )
    )
    if names:
        yield msg("Without {what}:", what=listed(names, translate.language))


def _places(excluded: Excluded, community: Community, language: str) -> Iterator[str]:
    yield from named_places(community, excluded.cities, excluded.countries, language)
    spoken = locale_texts(language).languages
    yield from (spoken.get(code, code) for code in sorted(excluded.languages))


def _subjects(excluded: Excluded, community: Community, translate: Translator) -> Iterator[str]:
    language = translate.language
    yield from (community.theme[key].name.text(language) for key in sorted(excluded.themes))
    yield from (translate(_RESOURCE_KINDS[kind]) for kind in sorted(excluded.resource_kinds))
    if not excluded.resource_kinds:
        yield from (translate(_KINDS[kind]) for kind in sorted(excluded.kinds))
    for stage in sorted(excluded.stages):
        yield translate(msg("projects ({stage})", stage=translate(STAGES[stage])))
    roles = {role.key: role.name for role in community.roles}
    yield from (roles[key].text(language) for key in sorted(excluded.roles & set(roles)))


def not_understood(text: str, unknown: Iterable[str], language: str) -> Iterator[Message]:
    """Yield the sentence that names the words of ``text`` with the stems ``unknown``, as they were written."""
    match [isolated(clean(word), language) for word in _words_with(text, unknown)][:2]:
        case [word]:
            yield msg("I did not understand “{word}”.", word=word)
        case [first, second]:
            yield msg("I did not understand “{first}” and “{second}”.", first=first, second=second)
        case _:
            return


def not_about(
    text: str, question: Question, shown: Sequence[DirectoryEntry], language: str
) -> Iterator[Message]:
    """Yield the sentence that names what ``text`` asks for beside another subject, and nothing shown is about."""
    found = _words_with(text, joined_subjects.not_about(question, shown))
    if found:
        # An Arabic "and" is written on to the article of what it joins.
        said = (word[1:] if word.startswith("وال") else word for word in found)
        yield msg("Nothing below is about “{word}”.", word=isolated(clean(" ".join(said)), language))


def _words_with(text: str, wanted: Iterable[str]) -> list[str]:
    """Return the words of ``text`` that have one of some stems, as they were written, each once."""
    known = set(wanted)
    return list(dict.fromkeys(word for word in _WORD.findall(text) if not known.isdisjoint(stems(word))))
