"""Single people whom a date is for, by their names: only whom the writer may know of, and without a doubt. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from bots.context.phrases import folded
from bots.features.edit.turn_context import TurnContext
from community.core.sentence_patterns import any_of, leading
from community.core.words import words
from community.description.model import Member
from community.directory.entry import directory_entries
from community.directory.permissions import coordinates
from community.joining.terms import with_those_there
from community.search.word_tables import phrases


def people_in(context: TurnContext, text: str) -> tuple[str, ...]:
    """Return the user names of the people whom a whole text names; none where a part of it names nobody or several."""
    parts = [part for one in _between().split(text) if (part := one.strip(" .!?"))]
    found = [_named(context, part) for part in parts]
    return tuple(dict.fromkeys(name for name in found if name)) if found and all(found) else ()


@cache
def _between() -> re.Pattern[str]:
    return re.compile(rf"[,،;&]|(?:^|\s){any_of(phrases('when/and'))}\s", re.IGNORECASE)


def _named(context: TurnContext, text: str) -> str | None:
    """Return the one person whom a text names: by all of their name, by their user name, or by a part of it alone."""
    said = words(_without_article(text.removeprefix("@")))
    members = list(_known(context))
    whole = [one.username for one in members if words(one.name) == said or words(one.username) == said]
    part = [one.username for one in members if said and set(said) <= set(words(one.name))]
    found = whole or part
    return found[0] if len(found) == 1 else None


def _without_article(text: str) -> str:
    """Return a name without the article that some languages put before it: "a Awa Diallo"."""
    phrase = folded(text)
    start = _article().match(phrase.text)
    return text if start is None else phrase.between(start.end(), len(phrase.text))


@cache
def _article() -> re.Pattern[str]:
    return re.compile(leading((*phrases("editing/the"), *phrases("editing/articles"))))


def _known(context: TurnContext) -> Iterator[Member]:
    """Yield the active members whom the person may know of: those of their city and of the directory who have come.

    Coordinators know of all. That somebody is awaited is not for others to know, so their name is nobody's.
    """
    community, person = context.knowledge.community, context.person
    if coordinates(person, community):
        yield from community.active_member.values()
        return
    in_directory = {getattr(entry, "member", None) for entry in directory_entries(context.knowledge.known)}
    for member in with_those_there(community, context.there).active_member.values():
        is_near = member.username == person.username or (
            person.city is not None and member.city == person.city
        )
        if is_near or member.username in in_directory:
            yield member
