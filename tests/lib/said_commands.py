"""Whole commands to the bot about the calendar, with what is right for each, and what the bot makes of them.

A line is ``language command => expected | title``. Expected is ``ask``, ``none``, or what the draft does (``add ...``,
``change event/KEY``, ``remove deadline/KEY``) and the fields that must be so; readings parted by " or " are all right.
Lines with # are remarks; with ~ those of which it is still asked, or which are not understood.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from bots.features.edit import EditDraft, Turn
from bots.features.edit.draft import Purpose
from community.core.words import fold
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.fields import Localized
from community.description.model import Description
from tests.lib.editing import Stage, example

FOLDER = Path(__file__).parent.parent / "data" / "said"
NOW = datetime(2026, 11, 30, 9, 10, tzinfo=UTC)
"""A Monday."""
_TITLES = {
    "en": {
        "coordination": "Coordination meeting",
        "compost": "Compost workshop",
        "mobility": "Mobility call",
        "feast": "Feast of the cities",
        "budget": "Yearly budget",
        "photos": "Market photos",
    },
    "fr": {
        "coordination": "Réunion de coordination",
        "compost": "Atelier compost",
        "mobility": "Appel mobilité",
        "feast": "Fête des villes",
        "budget": "Budget annuel",
        "photos": "Photos du marché",
    },
    "pt": {
        "coordination": "Reunião de coordenação",
        "compost": "Oficina de compostagem",
        "mobility": "Chamada sobre mobilidade",
        "feast": "Festa das cidades",
        "budget": "Orçamento anual",
        "photos": "Fotografias do mercado",
    },
    "ar": {
        "coordination": "اجتماع التنسيق",
        "compost": "ورشة السماد",
        "mobility": "مكالمة التنقل",
        "feast": "حفل المدن",
        "budget": "الميزانية السنوية",
        "photos": "صور السوق",
    },
}


@dataclass(frozen=True)
class SaidCommand:
    """A command, in which language, and what is right for it."""

    language: str
    text: str
    expected: str
    title: str
    is_left: bool


def said_commands(name: str) -> Iterator[SaidCommand]:
    """Yield the commands of a file."""
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _arrow, right = line.partition(" => ")
            language, _, text = said.partition(" ")
            expected, _bar, title = right.partition(" | ")
            is_left = language.startswith("~")
            yield SaidCommand(language.removeprefix("~"), text, expected, title, is_left)


@cache
def network(language: str) -> Description:
    """Return the example network with a calendar of six entries, named in one language."""
    named = {key: {language: title} for key, title in _TITLES[language].items()}
    events = [
        {
            "key": "coordination",
            "start": "2026-12-03T10:00",
            "lasts": "1h",
            "audience": {"roles": ["city-lead"]},
        },
        {
            "key": "compost",
            "kind": "training",
            "start": "2026-12-08T09:00",
            "lasts": "3h",
            "audience": {"themes": ["waste"]},
        },
        {
            "key": "mobility",
            "start": "2026-12-02T15:00",
            "lasts": "1h",
            "repeat": "FREQ=WEEKLY;BYDAY=WE",
            "audience": {"themes": ["mobility"]},
        },
        {
            "key": "feast",
            "kind": "celebration",
            "start": "2026-12-19",
            "lasts": "1d",
            "audience": {"everyone": True},
        },
    ]
    deadlines = [
        {"key": "budget", "due": "2026-12-18T18:00", "audience": {"roles": ["city-lead"]}},
        {"key": "photos", "due": "2026-12-11T12:00", "audience": {"cities": ["kumasi"]}},
    ]
    calendar = Calendar(
        version=1,
        events=tuple(Event.model_validate({"title": named[str(e["key"])], **e}) for e in events),
        deadlines=tuple(Deadline.model_validate({"title": named[str(d["key"])], **d}) for d in deadlines),
    )
    return replace(example(), calendar=calendar)


def said_to_bot(language: str, text: str, who: str = "mariam.coulibaly") -> tuple[Turn | None, Stage]:
    """Say a command to a bot with these six entries; return its turn and the stage."""
    stage = Stage(network(language), NOW)
    return stage.say(who, text, languages=(language, "en")), stage


def what_it_does(turn: Turn | None) -> tuple[str, Mapping[str, str]]:
    """Return what a turn would do, and the fields of the entry that it leads to."""
    if turn is None:
        return "none", {}
    draft = turn.draft
    if draft is None or _is_asking_when(draft):
        return "ask", {}
    if draft.removes():
        return f"remove {draft.kind}/{draft.key}", {}
    if draft.purpose is Purpose.ADD:
        return f"add {draft.kind}", {name: _plain(value) for name, value in draft.fields.items()}
    after = draft.result()
    return f"change {draft.kind}/{draft.key}", _fields_of(after) if isinstance(
        after, Event | Deadline
    ) else {}


def outcome(said: SaidCommand, turn: Turn | None) -> str:
    """Return what a turn is beside what was meant: right, asked, none (not understood) or wrong."""
    if is_right(said, turn):
        return "right"
    does, _fields = what_it_does(turn)
    return does if does in {"ask", "none"} else "wrong"


def is_right(said: SaidCommand, turn: Turn | None) -> bool:
    """Whether what a turn would do is what was meant."""
    does, fields = what_it_does(turn)
    return any(_fits(each, does, fields) for each in said.expected.split(" or ")) and _title_fits(
        said, fields
    )


def _is_asking_when(draft: EditDraft) -> bool:
    """Whether the draft asks which time or which entry is meant: it says nothing yet."""
    return bool(draft.offered) or bool(draft.said) or draft.asking in {"start", "due", "when", "time"}


def _fits(expected: str, does: str, fields: Mapping[str, str]) -> bool:
    words = shlex.split(expected)
    verb = " ".join(word for word in words if "=" not in word and word != "cancelled")
    wanted = [word if "=" in word else f"{word}=True" for word in words if "=" in word or word == "cancelled"]
    if verb != does:
        return False
    return all(_has(fields, *each.split("=", 1)) for each in wanted)


def _has(fields: Mapping[str, str], name: str, value: str) -> bool:
    said = fields.get(name, "")
    return _minutes(said) == _minutes(value) if name == "lasts" else said == value


def _minutes(length: str) -> int:
    """Return a length such as 90min, 2h, 3d in minutes; 0 for none."""
    unit = length.lstrip("0123456789")
    return int(length.removesuffix(unit) or 0) * {"min": 1, "h": 60, "d": 24 * 60}.get(unit, 0)


def _title_fits(said: SaidCommand, fields: Mapping[str, str]) -> bool:
    return not said.title or fold(fields.get("title", "")) == fold(said.title)


def _fields_of(entry: Event | Deadline) -> dict[str, str]:
    values: dict[str, str] = {}
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if value is not None and name != "changes":
            values[name] = _plain(value)
    if isinstance(entry, Event) and entry.changes:
        last = entry.changes[-1]
        values["of"] = f"{last.of:%Y-%m-%d}:" + ("cancelled" if last.cancelled else _plain(last.start))
    return values


def _plain(value: object) -> str:
    match value:
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M}".removesuffix("T23:59")
        case timedelta():
            return (
                f"{value.days}d"
                if value % timedelta(days=1) == timedelta()
                else f"{int(value.total_seconds() // 60)}min"
            )
        case Mapping():
            return " ".join(map(str, value.values()))
        case Localized(root=root):
            return " ".join(root.values())
        case _:
            return str(value)
