"""Whom a date is for, by what is said of it or by the room where it is said. Pure."""

from __future__ import annotations

import re
from functools import cache

from bots.context.phrases import folded
from bots.features.edit.date_people import people_in
from bots.features.edit.date_words import begins_with_whom, means_everyone, role_words, splits_whom
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message, msg
from community.core.patterns import pattern_of
from community.core.plain_text import one_line
from community.core.sentence_patterns import fold_text, leading
from community.search.word_tables import phrases

Said = dict[str, object]
"""The JSON value of an `Audience`."""


def whom_in(context: TurnContext, title: str) -> tuple[str, Said]:
    """Return a title without the words at its end, or before a colon, that say for whom, and the audience that it says.

    What stands behind "for" is all whom it is for; else the themes and roles of the title. Cities count behind "for"
    alone: elsewhere they say where it takes place.
    """
    text = folded(title)
    for before, whom in (*splits_whom(text), *begins_with_whom(text)):
        named = named_alone(context, whom)
        if named:
            return before, named
    themes, roles = context.knowledge.text_reader.themes(title), _roles(context, title)
    said: Said = {**_some("themes", themes), **_some("roles", roles)}
    return title, said or of_room(context)


def of_room(context: TurnContext) -> Said:
    """Return those whom the room is for; empty for a room that is for no theme and no cohort, and outside of rooms."""
    theme, cohort = context.theme, context.cohort
    themes, cohorts = () if theme is None else (theme,), () if cohort is None else (cohort,)
    return {**_some("themes", themes), **_some("cohorts", cohorts)}


def named_alone(context: TurnContext, text: str) -> Said:
    """Return the audience that a whole text names: everyone, cohorts, roles, or themes and cities; else empty."""
    if means_everyone(text):
        return {"everyone": True}
    bare = folded(text.strip(" .!,،")).text
    cohorts = tuple(
        cohort.key
        for cohort in context.knowledge.community.cohorts
        if bare in {fold_text(name) for _language, name in cohort.name}
    )
    if cohorts:
        return _some("cohorts", cohorts)
    bare = _the().sub("", bare)
    roles = tuple(key for word, key in _role_names(context) if word == bare)
    if roles:
        return _some("roles", roles[:1])
    themes, cities, kinds = context.knowledge.text_reader.description(text)
    return ({} if kinds else {**_some("themes", themes), **_some("cities", cities)}) or _some(
        "people", people_in(context, text)
    )


def whom_named(context: TurnContext, text: str) -> Said:
    """Return the audience that a whole text names, as `named_alone` does; or the people, or a role in some cities."""
    said = folded(text.strip(" .!,،")).text
    bare = _for().sub("", f"{said} ").strip()
    return named_alone(context, text) or named_alone(context, bare) or _role_there(context, bare)


@cache
def _the() -> re.Pattern[str]:
    return re.compile(rf"^{leading(phrases('editing/the'))}")


@cache
def _for() -> re.Pattern[str]:
    return re.compile(rf"^{leading(phrases('planning/whom'))}")


def with_asker(context: TurnContext, audience: Said) -> Said:
    """Return an audience of single people alone with the one who plans a date with them."""
    people = audience.get("people", [])
    if set(audience) != {"people"} or not isinstance(people, list):
        return audience
    return _some("people", tuple(dict.fromkeys((context.person.username, *people))))


def unknown_whom(text: str) -> Message:
    """Return the sentence for a text that names nobody whom a date may be for."""
    return msg(
        "I do not know whom “{text}” means. Name {places}, a theme, a role or people by their whole names.",
        text=one_line(text, longest=60),
    )


def _role_there(context: TurnContext, text: str) -> Said:
    """Return the role in cities or of themes that a text names: "the leads of Kumasi and Bamako"; else empty."""
    for word, key in sorted(_role_names(context), key=lambda named: -len(named[0])):
        match = pattern_of(rf"(?:.{{0,4}} )?{re.escape(word)} (?P<rest>.+)").fullmatch(text)
        if match is None:
            continue
        themes, cities, kinds = context.knowledge.text_reader.description(match["rest"])
        if not kinds and (themes or cities):
            return {"roles": [key], **_some("themes", themes), **_some("cities", cities)}
    return {}


def _roles(context: TurnContext, text: str) -> tuple[str, ...]:
    said = folded(text).text
    named = (key for word, key in _role_names(context) if pattern_of(rf"\b{re.escape(word)}\b").search(said))
    return tuple(dict.fromkeys(named))


def _role_names(context: TurnContext) -> list[tuple[str, str]]:
    """Return what the roles of the community are called, folded, and their keys."""
    roles = context.knowledge.community.roles
    names = [(fold_text(name), role.key) for role in roles for _language, name in role.name]
    there = {role.key for role in roles}
    return [*names, *((word, key) for word, key in role_words() if key in there)]


def _some(name: str, keys: tuple[str, ...]) -> Said:
    return {name: list(keys)} if keys else {}
