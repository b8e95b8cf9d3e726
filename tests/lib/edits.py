"""Edits of a description, drawn from a seed: what coordinators change in a year. Pure.

Each kind of edit changes a copy of the parts and says in one line what it did, or returns None where there is nothing
of its kind to change. Whatever is drawn gives a valid description.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.lib.campaign import (
    LANGUAGES,
    ZONES,
    Parts,
    both,
    city,
    cohort,
    contact,
    description_of,
    event,
    member,
    room,
    theme,
)

POLICIES = ("closed", "open", "announce", "lobby", "cafe")
SCOPES = ("community", "theme", "cohort", "theme-cohort", "city", "single")
_LISTS = {"cities": "cities", "themes": "themes", "cohorts": "cohorts", "roles": "roles"}
_TRIES = 50


@dataclass(frozen=True)
class DescriptionEdit:
    """One edit: what it did, the parts after it, and who is to be asked in again with it."""

    what: str
    parts: Parts
    again: tuple[str, ...] = ()


class DrawnEdit:
    """One edit that is being made of ``parts``."""

    def __init__(self, parts: Parts, chance: random.Random) -> None:
        self.parts, self.chance = parts, chance
        self.community, self.directory = parts["community"], parts["directory"]
        self.again: tuple[str, ...] = ()

    def one(self, entries: list[Parts]) -> Parts | None:
        return self.chance.choice(entries) if entries else None

    def entry(self, name: str) -> Parts | None:
        return self.one(self.community[name])

    def keys(self, name: str) -> list[str]:
        return [entry["key"] for entry in self.community[name]]

    def some(self, keys: list[str]) -> list[str]:
        """Return one or more of some keys."""
        return sorted(self.chance.sample(keys, self.chance.randint(1, len(keys)))) if keys else []

    def people(self, *status: str) -> list[Parts]:
        return [m for m in self.community["members"] if m.get("status", "active") in status]

    def new_key(self, name: str, prefix: str) -> str:
        """Return a key that nothing has now: one that something had before, or a new one."""
        former = {entry["was"] for entry in self.community[name] if "was" in entry}
        # A safe room cannot be told its other key: `was` stays there.
        taken = {*self.keys(name), *(former if name == "rooms" else ())}
        free = [key for n in range(1, 100) if (key := f"{prefix}{n}") not in taken]
        key = self.chance.choice(free[:3])
        if key in former:
            for entry in self.community[name]:
                if entry.get("was") == key:
                    del entry["was"]
        return key

    def holders(self) -> Iterator[Parts]:
        """Yield all that may name keys of cities, themes, cohorts and roles in lists."""
        yield from self.community["rooms"]
        for spec in self.community["rooms"]:
            yield from spec.get("who", ())
        yield from self.community["cohorts"]
        yield from self.community["members"]
        for kind in ("contacts", "resources", "projects"):
            yield from self.directory[kind]

    def replace(self, name: str, old: str, new: str) -> None:
        """Write another key wherever an old one stands."""
        for holder in self.holders():
            if name in holder:
                holder[name] = [new if key == old else key for key in holder[name]]
        for each in self.community["members"]:
            if each.get({"cities": "city", "roles": "role"}.get(name, "")) == old:
                each[{"cities": "city", "roles": "role"}[name]] = new

    def drop(self, name: str, old: str) -> None:
        """Take a key out of everything that names it; what is left without any goes with it, or gets another."""
        other = next(key for key in self.keys(name) if key != old)
        for each in self.community["members"]:
            if each.get({"cities": "city", "roles": "role"}.get(name, "")) == old:
                each[{"cities": "city", "roles": "role"}[name]] = other
        for holder in self.holders():
            if old in holder.get(name, ()):
                holder[name] = [key for key in holder[name] if key != old]
        self.community[name] = [entry for entry in self.community[name] if entry["key"] != old]
        for holder in list(self.holders()):
            if holder.get(name) == [] and "username" not in holder and "email" not in holder:
                holder[name] = [other]


Kind = Callable[[DrawnEdit], str | None]


# --- people -----------------------------------------------------------------------------------------------------------


def _join(draw: DrawnEdit) -> str:
    number = len(draw.community["members"])
    where = draw.chance.choice([*draw.keys("cities"), None])
    themes = draw.some(draw.keys("themes"))[:3]
    draw.community["members"].append(member(number, draw.chance.choice(draw.keys("roles")), where, themes))
    return f"p{number} joins"


def _leave(draw: DrawnEdit) -> str | None:
    who = draw.one([m for m in draw.people("active", "alumni") if m["username"] not in ("p0", "p1")])
    if who is None:
        return None
    who["status"] = "left"
    for other in draw.community["members"]:
        if other.get("successor") == who["username"]:
            del other["successor"]
    if draw.chance.random() < 0.5:
        who["successor"] = draw.chance.choice(draw.people("active"))["username"]
    return f"{who['username']} has left"


def _come_back(draw: DrawnEdit) -> str | None:
    who = draw.one(draw.people("left"))
    if who is None:
        return None
    who.pop("successor", None)
    del who["status"]
    draw.again = (who["username"],)
    return f"{who['username']} comes back"


def _graduate(draw: DrawnEdit) -> str | None:
    who = draw.one([m for m in draw.people("active") if m["username"] not in ("p0", "p1")])
    if who is None:
        return None
    who["status"] = "alumni"
    return f"{who['username']} is an alumna"


def _return(draw: DrawnEdit) -> str | None:
    who = draw.one(draw.people("alumni"))
    if who is None:
        return None
    who["status"] = "active"
    return f"{who['username']} is active again"


def _move(draw: DrawnEdit) -> str | None:
    who = draw.one(draw.people("active"))
    if who is None:
        return None
    who["city"] = draw.chance.choice(draw.keys("cities"))
    return f"{who['username']} goes to {who['city']}"


def _other_role(draw: DrawnEdit) -> str | None:
    who = draw.one([m for m in draw.people("active") if m["username"] != "p0"])
    if who is None:
        return None
    who["role"] = draw.chance.choice(draw.keys("roles"))
    return f"{who['username']} is {who['role']}"


def _other_themes(draw: DrawnEdit) -> str | None:
    who = draw.one(draw.people("active"))
    if who is None:
        return None
    who["themes"] = draw.some(draw.keys("themes"))[:3]
    return f"{who['username']} works on {who['themes']}"


def _other_name(draw: DrawnEdit) -> str | None:
    who = draw.one(draw.people("active", "alumni"))
    if who is None:
        return None
    who["name"] = f"Person {draw.chance.randrange(1000)}"
    who["languages"] = [draw.chance.choice(LANGUAGES)]
    return f"{who['username']} is called {who['name']} and speaks {who['languages']}"


# --- cities, cohorts, themes, roles ----------------------------------------------------------------------------------


def _add(draw: DrawnEdit) -> str:
    name = draw.chance.choice(("cities", "cohorts", "themes"))
    key = draw.new_key(name, name[:4])
    entry = {
        "cities": lambda: city(key, draw.chance.choice(ZONES)),
        "cohorts": lambda: cohort(key, draw.some(draw.keys("cities"))),
        "themes": lambda: theme(key),
    }[name]()
    draw.community[name].append(entry)
    return f"{name}: {key} is added"


def _remove(draw: DrawnEdit) -> str | None:
    name = draw.chance.choice(("cities", "cohorts", "themes", "roles"))
    entry = draw.entry(name)
    if entry is None or len(draw.community[name]) <= 2 or entry["key"] == "coordinator":
        return None
    draw.drop(name, entry["key"])
    return f"{name}: {entry['key']} is removed"


def _other_key(draw: DrawnEdit) -> str | None:
    name = draw.chance.choice(("cities", "cohorts", "themes", "rooms"))
    entry = draw.entry(name)
    if entry is None or (name == "rooms" and "was" in entry):
        return None
    old, back = entry["key"], entry.get("was")
    new = back if back is not None and draw.chance.random() < 0.3 else draw.new_key(name, name[:4])
    for other in draw.community[name]:
        if other.get("was") == old:
            del other["was"]
    entry["key"], entry["was"] = new, old
    if name != "rooms":
        draw.replace(name, old, new)
    for each in draw.parts["calendar"]["events"]:
        if name == "rooms":
            each["rooms"] = [new if room == old else room for room in each["rooms"]]
    return f"{name}: {old} is {new} from now on"


def _other_title(draw: DrawnEdit) -> str | None:
    name = draw.chance.choice(("cities", "cohorts", "themes", "roles"))
    entry = draw.entry(name)
    if entry is None:
        return None
    entry["name"] = both(f"Called {draw.chance.randrange(1000)}")
    if name in ("cities", "themes"):
        entry["words"] = {"en": [f"word{draw.chance.randrange(100)}"]}
    return f"{name}: {entry['key']} is called {entry['name']['en']}"


def _cities_of_cohort(draw: DrawnEdit) -> str | None:
    entry = draw.entry("cohorts")
    if entry is None:
        return None
    entry["cities"] = draw.some(draw.keys("cities"))
    return f"cohort {entry['key']} has {entry['cities']}"


def _may(draw: DrawnEdit) -> str | None:
    entry = draw.entry("roles")
    if entry is None:
        return None
    right = draw.chance.choice(("announce", "moderate", "edit"))
    entry["may"] = sorted({*entry.get("may", ())} ^ {right})
    return f"role {entry['key']} may {entry['may']}"


def _everywhere(draw: DrawnEdit) -> str | None:
    entry = draw.entry("roles")
    if entry is None:
        return None
    entry["everywhere"] = not entry.get("everywhere", False)
    return f"role {entry['key']} is everywhere: {entry['everywhere']}"


def _add_role(draw: DrawnEdit) -> str:
    key = draw.new_key("roles", "role")
    draw.community["roles"].append({"key": key, "name": both(key), "may": draw.some(["announce", "edit"])})
    return f"role {key} is added"


# --- rooms ------------------------------------------------------------------------------------------------------------


def _rules(draw: DrawnEdit) -> list[Parts]:
    """Return rules of who belongs to a room."""
    rules = []
    for _ in range(draw.chance.randint(1, 2)):
        rule: Parts = {}
        for name in draw.some(["roles", "themes", "cities", "cohorts"])[:2]:
            if draw.keys(name):
                rule[name] = draw.some(draw.keys(name))[:3]
        if draw.chance.random() < 0.2:
            rule["status"] = draw.chance.choice((["alumni"], ["active", "alumni"]))
        if draw.chance.random() < 0.2:
            rule["may"] = [draw.chance.choice(("announce", "moderate"))]
        rules.append(rule)
    return rules


def _keepers(draw: DrawnEdit) -> Parts:
    people = [m["username"] for m in draw.people("active")]
    return {"people": sorted(draw.chance.sample(people, 3)), "may": ["moderate"]}


def _add_room(draw: DrawnEdit) -> str:
    scope = draw.chance.choice(SCOPES)
    policy = draw.chance.choice((*POLICIES, "closed", "safe"))
    spec = room(draw.new_key("rooms", "room"), scope, policy)
    for name in ("theme", "cohort"):
        if name in scope and draw.keys(f"{name}s"):
            spec[f"{name}s"] = draw.some(draw.keys(f"{name}s"))[:2]
    if scope == "city":
        spec["cities"] = draw.some(draw.keys("cities"))[:2]
    if policy == "safe":
        spec["who"] = [*_rules(draw), _keepers(draw)]
    elif scope == "single" or draw.chance.random() < 0.5:
        spec["who"] = _rules(draw)
    draw.community["rooms"].append(spec)
    return f"room {spec['key']} is added: {spec}"


def _removable(draw: DrawnEdit) -> list[Parts]:
    return [
        spec for spec in draw.community["rooms"] if spec["policy"] != "lobby" or spec["for"] != "community"
    ]


def _remove_room(draw: DrawnEdit) -> str | None:
    spec = draw.one(_removable(draw))
    if spec is None or len(draw.community["rooms"]) < 8:
        return None
    draw.community["rooms"].remove(spec)
    return f"room {spec['key']} is removed"


def _other_policy(draw: DrawnEdit) -> str | None:
    spec = draw.one(_removable(draw))
    if spec is None:
        return None
    old, spec["policy"] = spec["policy"], draw.chance.choice((*POLICIES, "safe"))
    if spec["policy"] == "safe":
        spec["who"] = [
            *spec.pop("who", [{"roles": spec.pop("roles", draw.keys("roles")[:1])}]),
            _keepers(draw),
        ]
        for name in ("bots", "history", "roles"):
            spec.pop(name, None)
    return f"room {spec['key']} was {old} and is {spec['policy']}"


def _other_options(draw: DrawnEdit) -> str | None:
    spec = draw.one([spec for spec in draw.community["rooms"] if spec["policy"] not in ("safe", "lobby")])
    if spec is None:
        return None
    name, values = draw.chance.choice(
        (("bots", (True, False)), ("history", ("shared", "invited", "joined")), ("retention", ("7d", "90d")))
    )
    spec[name] = draw.chance.choice(values)
    return f"room {spec['key']} has {name}: {spec[name]}"


def _other_people(draw: DrawnEdit) -> str | None:
    spec = draw.one(_removable(draw))
    if spec is None:
        return None
    spec.pop("roles", None)
    keepers = [rule for rule in spec.get("who", ()) if "people" in rule]
    spec["who"] = [*_rules(draw), *keepers]
    return f"room {spec['key']} is for {spec['who']}"


def _other_scope(draw: DrawnEdit) -> str | None:
    narrowed = [
        (spec, name)
        for spec in draw.community["rooms"]
        for name in ("themes", "cohorts", "cities")
        if name in spec
    ]
    if not narrowed:
        return None
    spec, name = draw.chance.choice(narrowed)
    spec[name] = draw.some(draw.keys(name))[:3]
    return f"room {spec['key']} is for {name} {spec[name]}"


def _other_words(draw: DrawnEdit) -> str | None:
    spec = draw.entry("rooms")
    if spec is None:
        return None
    spec["topic"] = both(f"Topic {draw.chance.randrange(1000)}")
    return f"room {spec['key']} has another topic"


# --- the community and its directory -------------------------------------------------------------------------------


def _community(draw: DrawnEdit) -> str:
    name, value = draw.chance.choice(
        (
            ("languages", draw.chance.sample(LANGUAGES, draw.chance.randint(1, 4))),
            ("timezone", draw.chance.choice(ZONES)),
            ("name", both(f"Network {draw.chance.randrange(1000)}")),
            ("leavers", draw.chance.choice(("lock", "deactivate"))),
            ("federation", draw.chance.choice(("off", ["city.example.org"]))),
        )
    )
    draw.community[name] = value
    return f"{name} is {value}"


def _contacts(draw: DrawnEdit) -> str:
    contacts = draw.directory["contacts"]
    if len(contacts) > 12 or (contacts and draw.chance.random() < 0.3):
        gone = draw.chance.choice(contacts)
        contacts.remove(gone)
        return f"contact {gone['key']} is removed"
    taken = {each["key"] for each in contacts}
    key = next(key for n in range(100) if (key := f"c{n}") not in taken)
    who = draw.chance.choice([None, draw.chance.choice(draw.people("active"))["username"]])
    contacts.append(contact(key, draw.some(draw.keys("cities"))[:2], draw.some(draw.keys("themes"))[:2], who))
    return f"contact {key} is added"


def _calendar(draw: DrawnEdit) -> str:
    events, rooms = (
        draw.parts["calendar"]["events"],
        [
            spec["key"]
            for spec in draw.community["rooms"]
            if spec["for"] == "community" and spec["policy"] == "lobby"
        ],
    )
    zone = draw.chance.choice([None, *ZONES])
    key = f"e{len(events)}" if len(events) < 4 else draw.chance.choice(events)["key"]
    named = {} if zone is None else {"timezone": zone}
    events[:] = [each for each in events if each["key"] != key]
    events.append(event(key, draw.chance.randrange(6, 12), rooms[:1], **named))
    return f"event {key} is at {events[-1]['start']} of {zone}"


KINDS: dict[Kind, int] = {
    _join: 6,
    _leave: 5,
    _come_back: 2,
    _graduate: 2,
    _return: 1,
    _move: 4,
    _other_role: 3,
    _other_themes: 6,
    _other_name: 3,
    _add: 5,
    _remove: 3,
    _other_key: 7,
    _other_title: 4,
    _cities_of_cohort: 3,
    _may: 5,
    _everywhere: 1,
    _add_role: 1,
    _add_room: 6,
    _remove_room: 4,
    _other_policy: 5,
    _other_options: 4,
    _other_people: 4,
    _other_scope: 2,
    _other_words: 2,
    _community: 5,
    _contacts: 4,
    _calendar: 4,
}
"""How often each kind is drawn, beside the others."""


def draw_edit(parts: Parts, chance: random.Random, people: int) -> DescriptionEdit:
    """Return an edit that gives another valid description, of about so many active people as before."""
    for _ in range(_TRIES):
        draw = DrawnEdit(copy.deepcopy(parts), chance)
        what = _drawn_kind(draw, people)(draw)
        if what is not None and draw.parts != parts and is_valid(draw.parts):
            return DescriptionEdit(what, draw.parts, draw.again)
    raise AssertionError(f"no edit was found in {_TRIES} tries")


def _drawn_kind(draw: DrawnEdit, people: int) -> Kind:
    excess = len(draw.people("active")) - people
    weights = {**KINDS, _join: 3 if excess > 0 else 9, _leave: 8 if excess > 0 else 2}
    return draw.chance.choices(list(weights), list(weights.values()))[0]


def is_valid(parts: Parts) -> bool:
    """Whether `palabre check` would find nothing wrong."""
    try:
        description_of(parts)
    except ValueError:
        return False
    return True


def edits(first: Parts, seed: int, count: int, people: int) -> Iterator[DescriptionEdit]:
    """Yield ``count`` edits, each of what the one before has left; the same for the same seed."""
    chance, parts = random.Random(seed), first  # noqa: S311 - which edits are tried
    for _ in range(count):
        edit = draw_edit(parts, chance, people)
        yield edit
        parts = edit.parts
