"""Cases of plans as data: what there is, what is described, which plan follows (tests/data/plans)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import yaml

from matrix.ids import UserId, user_id
from provisioning.plan_extras import PlanExtras
from provisioning.snapshot import Account, AccountClosure
from tests.lib.descriptions import DATA
from tests.lib.memory_homeserver import OWN, SERVER, MemoryHomeserver

Values = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """``actual`` is a list of edits of the network as described before ``description`` changed it.

    ``again``: who is asked again. ``pending``: whom the bot was asked to invite, and has not yet.
    ``held``: of whose accounts nobody knows whose they are. ``asked``: what is asked for besides the description.
    ``signed_in``: who has; None: it makes no difference.
    ``growth``: what the brake says of what is added. ``undescribed``: what nobody has described, with what to do.
    """

    claim: str
    before: Values
    description: Values
    actual: list[Values]
    plan: list[str]
    notes: list[str]
    again: list[UserId]
    pending: list[Values]
    held: list[UserId]
    excess: str | None
    asked: PlanExtras
    growth: str | None
    undescribed: list[str]
    signed_in: list[UserId] | None


def cases() -> Iterator[Case]:
    """Read every case."""
    for path in sorted((DATA / "plans").glob("*.yaml")):
        for case in yaml.load(path.read_text(), yaml.CSafeLoader):
            yield Case(
                claim=case.pop("claim"),
                before=case.pop("before", {}),
                description=case.pop("description", {}),
                actual=case.pop("actual", []),
                plan=case.pop("plan"),
                notes=case.pop("notes", []),
                again=[_user(name) for name in case.pop("again", [])],
                held=[_user(name) for name in case.pop("held", [])],
                pending=case.pop("pending", []),
                excess=case.pop("excess", None),
                asked=PlanExtras(
                    **{name: frozenset(values) for name, values in case.pop("asked", {}).items()}
                ),
                growth=case.pop("growth", None),
                undescribed=case.pop("undescribed", []),
                signed_in=None if (names := case.pop("signed_in", None)) is None else list(map(_user, names)),
            )
            assert not case, f"unknown keys in {path}: {case}"


def edit(homeserver: MemoryHomeserver, step: Values) -> None:
    """Carry out one edit: what somebody did to the homeserver since it was as described."""
    (kind, values), *_ = step.items()
    assert len(step) == 1
    # A case may use the same values as another one (YAML's aliases), and edits take them apart.
    _EDITS[kind](homeserver, dict(values))


def _user(name: str) -> UserId:
    return user_id(name, SERVER)


def _set(homeserver: MemoryHomeserver, values: Values) -> None:
    """A state event; a content of null: the event is not there."""
    room_id = homeserver.room_id(values["room"])
    other = values.get("other")
    state_key = homeserver.room_id(other) if other is not None else values.get("state_key", "")
    if values["content"] is None:
        del homeserver.rooms[room_id][values["type"], state_key]
    else:
        homeserver.put(room_id, OWN.break_glass, values["type"], state_key, values["content"])


def _power(homeserver: MemoryHomeserver, values: Values) -> None:
    """Power levels changed in part."""
    room_id = homeserver.room_id(values.pop("room"))
    content = homeserver.rooms[room_id]["m.room.power_levels", ""]["content"]
    homeserver.put(room_id, OWN.break_glass, "m.room.power_levels", "", {**content, **values})


def _member(homeserver: MemoryHomeserver, values: Values) -> None:
    """A membership; ``by``: who has sent it, the person where nothing is said. One of null: there is none."""
    user, sender = _user(values["user"]), _user(values["by"] if "by" in values else values["user"])
    content = {"membership": values["membership"]}
    if values["membership"] is None:
        del homeserver.rooms[homeserver.room_id(values["room"])]["m.room.member", user]
    else:
        homeserver.put(homeserver.room_id(values["room"]), sender, "m.room.member", user, content)


def _remote_member(homeserver: MemoryHomeserver, values: Values) -> None:
    """Somebody of another server."""
    guest = UserId(values["user"])
    homeserver.put(homeserver.room_id(values["room"]), guest, "m.room.member", guest, {"membership": "join"})


def _lost_room(homeserver: MemoryHomeserver, values: Values) -> None:
    room_id = homeserver.room_id(values["room"])
    del homeserver.rooms[room_id]
    homeserver.aliases = {alias: r for alias, r in homeserver.aliases.items() if r != room_id}


def _creation(homeserver: MemoryHomeserver, values: Values) -> None:
    """What the room was made with, in part."""
    create = homeserver.rooms[homeserver.room_id(values.pop("room"))]["m.room.create", ""]
    create["content"] = {**create["content"], **values}


def _foreign_room(homeserver: MemoryHomeserver, values: Values) -> None:
    homeserver.make_room(_user(values.pop("by")), values)


def _lost_account(homeserver: MemoryHomeserver, values: Values) -> None:
    del homeserver.accounts[_user(values["user"])]


def _closed_account(homeserver: MemoryHomeserver, values: Values) -> None:
    homeserver.close(_user(values["user"]), AccountClosure(values["closing"]))


def _named(homeserver: MemoryHomeserver, values: Values) -> None:
    """An account, made where it is missing, that has another name."""
    user = _user(values["user"])
    homeserver.accounts[user] = replace(homeserver.accounts.get(user, Account(user, "")), name=values["name"])


def _said(homeserver: MemoryHomeserver, values: Values) -> None:
    """A first message, before the room's history was closed or after."""
    room_id = homeserver.room_id(values["room"])
    closed_at = homeserver.rooms[room_id]["m.room.history_visibility", ""]["origin_server_ts"]
    homeserver.said[room_id] = closed_at + (1 if values.get("since_closed") else -1)


def _without_picture(homeserver: MemoryHomeserver, values: Values) -> None:
    """A room that was made before rooms had pictures, and a place in their space."""
    room_id = homeserver.room_id(values["room"])
    del homeserver.rooms[room_id]["m.room.avatar", ""]
    for events in homeserver.rooms.values():
        if ("m.space.child", room_id) in events:
            del events["m.space.child", room_id]["content"]["order"]


_EDITS: dict[str, Callable[[MemoryHomeserver, Values], None]] = {
    "set": _set,
    "power": _power,
    "member": _member,
    "remote_member": _remote_member,
    "lost_room": _lost_room,
    "foreign_room": _foreign_room,
    "creation": _creation,
    "lost_account": _lost_account,
    "closed_account": _closed_account,
    "named": _named,
    "said": _said,
    "without_picture": _without_picture,
}
