"""Changing whom a date is for: others besides, these alone, these no longer. Pure.

Each kind that an audience names narrows it ("the leads of Kumasi"), so only more of the same kind can be added, and
single people, who are meant besides. What would narrow it, or has two meanings, is asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from bots.features.edit.date_audience import Said, unknown_whom, whom_named
from bots.features.edit.date_choice import ask_reading, offer
from bots.features.edit.date_lookup import NamedDate
from bots.features.edit.date_requests import Wish
from bots.features.edit.date_shift import Fields
from bots.features.edit.effects import Turn
from bots.features.edit.turn_context import TurnContext
from community.core.messages import Message, msg
from community.directory.changes import as_values

_KINDS = ("themes", "cohorts", "cities", "roles")


def change_whom(context: TurnContext, named: NamedDate, wish: Wish, text: str) -> Turn:
    """Ask to confirm that an entry is for others besides, for these alone, or no longer for these."""
    said = whom_named(context, text)
    if not said:
        return context.turn([unknown_whom(text)])
    before = _audience(named)
    match wish:
        case Wish.ALSO_FOR:
            return _shown(context, named, _added(context, before, said))
        case Wish.NOT_FOR:
            return _shown(context, named, _taken(context, before, said))
        case _:
            return _replaced(context, named, before, said)


def _audience(named: NamedDate) -> Said:
    value = as_values(named.entry).get("audience", {})
    return dict(value) if isinstance(value, dict) else {}


def _shown(context: TurnContext, named: NamedDate, audience: Said | Message) -> Turn:
    if isinstance(audience, Message):
        return context.turn([audience])
    return offer(context, named, None, _fields(audience))


def _fields(audience: Said) -> Fields:
    """Return the fields of another audience: the rooms follow from it."""
    return {"audience": audience, "rooms": None}


def _added(context: TurnContext, before: Said, said: Said) -> Said | Message:
    if not before:
        return msg("It is for those who belong to its rooms. Say all whom it is to be for: “only for …”.")
    if before.get("everyone"):
        return msg("It is for everybody already.")
    if said.get("everyone"):
        return said
    narrowing = {kind for kind in _KINDS if before.get(kind)}
    if any(said.get(kind) for kind in _KINDS) and narrowing != {kind for kind in _KINDS if said.get(kind)}:
        return msg(
            "It is for {whom}. I can add only more of the same kind, or single people: else it would be for fewer. Say "
            "all whom it is to be for: “only for …”.",
            whom=_whom(context, before),
        )
    return {**before, **{kind: _together(before, said, kind) for kind in said}}


def _together(before: Said, said: Said, kind: str) -> list[str]:
    return list(dict.fromkeys((*_keys(before, kind), *_keys(said, kind))))


def _keys(audience: Mapping[str, object], kind: str) -> list[str]:
    value = audience.get(kind, [])
    return list(map(str, value)) if isinstance(value, list) else []


def _taken(context: TurnContext, before: Said, said: Said) -> Said | Message:
    """Return an audience without those whom a text names, each of whom it names itself and not all of a kind."""
    left: Said = dict(before)
    for kind in said:
        keys = _keys(before, kind)
        rest = [key for key in keys if key not in _keys(said, kind)]
        is_all = not rest and (kind != "people" or set(before) == {"people"})
        if not set(_keys(said, kind)) <= set(keys) or is_all:
            return msg(
                "It is for {whom}: I cannot take out just these. Say whom it is to be for: “only for …”.",
                whom=_whom(context, before) if before else "–",
            )
        left = {**left, kind: rest}
    return {kind: value for kind, value in left.items() if value}


def _replaced(context: TurnContext, named: NamedDate, before: Said, said: Said) -> Turn:
    """Show another audience; where it could also narrow the one that is, ask which is meant."""
    both = {**{kind: before[kind] for kind in _KINDS if before.get(kind)}, **said}
    narrows = not said.get("everyone") and any(said.get(kind) for kind in _KINDS) and set(both) > set(said)
    if not narrows:
        return offer(context, named, None, _fields(said))
    readings = [(_whom(context, said), _fields(said)), (_narrowed(context, both), _fields(both))]
    return ask_reading(context, named, msg("Whom do you mean?"), readings)


def _narrowed(context: TurnContext, audience: Said) -> str:
    """Return in words whom an audience of several kinds is for."""
    return context.translate(msg("only those who are all of this: {whom}", whom=_whom(context, audience)))


def _whom(context: TurnContext, audience: Said) -> str:
    return context.reading.apart(context.reading.value("audience", audience))
