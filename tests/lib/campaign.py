"""A community of some 60 people to begin with, and the checks of any description made of it. Pure."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.model import Community, Description
from community.description.references import check_references
from tests.lib.descriptions import SETTINGS

EDITED = datetime(2027, 3, 4, 18, tzinfo=UTC)
"""The moment at which it is asked what would be posted."""
Parts = dict[str, Any]
"""A file as read from YAML, or an entry of it."""
CITIES = ("bamako", "kigali", "praia", "bizerte", "lagos", "kumasi")
THEMES = ("waste", "mobility", "land", "health", "taxes")
COHORTS = ("pioneers", "second", "coast")
ZONES = ("Africa/Bamako", "Africa/Kigali", "Atlantic/Cape_Verde", "Africa/Tunis", "Africa/Lagos")
LANGUAGES = ("fr", "en", "pt", "ar")


def both(text: str) -> Parts:
    """Return a text in two languages."""
    return {"fr": f"{text} (fr)", "en": text}


def city(key: str, zone: str) -> Parts:
    """Return a city."""
    return {"key": key, "name": key.title(), "country": "ML", "timezone": zone, "languages": ["fr", "en"]}


def theme(key: str) -> Parts:
    """Return a theme."""
    return {"key": key, "name": both(key.title()), "summary": both(f"About {key}.")}


def cohort(key: str, cities: list[str]) -> Parts:
    """Return a cohort."""
    return {
        "key": key,
        "name": both(key.title()),
        "cities": cities,
        "from": "2026-01-01",
        "until": "2027-12-31",
    }


def room(key: str, scope: str, policy: str, **more: Any) -> Parts:
    """Return an entry for one room, or for one for each theme, cohort, city."""
    about = {"theme": "{theme}", "cohort": "{cohort}", "city": "{city}", "theme-cohort": "{theme}, {cohort}"}
    name = both(f"{key.title()} {about.get(scope, '')}".strip())
    return {"key": key, "for": scope, "policy": policy, "name": name, "topic": both(f"On {key}."), **more}


def member(number: int, role: str, where: str | None, themes: list[str]) -> Parts:
    """Return an active member, whose user name nobody else has."""
    language = ("fr", "en")[number % 2]
    placed = {} if where is None else {"city": where}
    name = f"Person {number}"
    return {
        "username": f"p{number}",
        "name": name,
        "role": role,
        **placed,
        "themes": themes,
        "languages": [language],
    }


def beginning(people: int) -> Parts:
    """Return a community of so many people, with its directory: what is in community.yaml and in directory.yaml."""
    chance = random.Random(people)  # noqa: S311 - who is where
    keepers = {"people": ["p1", "p2", "p3"], "may": ["moderate"]}
    members = [member(0, "coordinator", None, []), member(1, "coordinator", None, ["waste"])]
    for number in range(2, people):
        role = ("city-lead", "member", "member", "expert")[number % 4]
        members.append(member(number, role, CITIES[number % 6], chance.sample(THEMES, number % 3)))
    community = {
        "version": 1,
        "key": "campaign",
        "example": True,
        "name": both("Network"),
        "languages": ["fr", "en"],
        "timezone": "Africa/Abidjan",
        "leavers": "lock",
        "cities": [city(key, ZONES[i % len(ZONES)]) for i, key in enumerate(CITIES)],
        "cohorts": [cohort(key, list(CITIES[2 * i : 2 * i + 2])) for i, key in enumerate(COHORTS)],
        "themes": [theme(key) for key in THEMES],
        "roles": [
            {
                "key": "coordinator",
                "name": both("Coordination"),
                "everywhere": True,
                "may": ["announce", "moderate"],
            },
            {"key": "city-lead", "name": both("City lead"), "may": ["edit"]},
            {"key": "member", "name": both("Team member")},
            {"key": "expert", "name": both("Expert")},
        ],
        "rooms": [
            room("lobby", "community", "lobby"),
            room("news", "community", "announce"),
            room("cafe", "community", "cafe"),
            room("leads", "community", "closed", roles=["coordinator", "city-lead"]),
            room("coordination", "community", "closed", roles=["coordinator"]),
            room("exchange", "theme", "closed"),
            room("cohort", "cohort", "open"),
            room("workshop", "theme-cohort", "closed", themes=["waste"]),
            room("town", "city", "closed", cities=["bamako", "kigali"]),
            room("frank", "community", "safe", who=[{"roles": ["city-lead"]}, keepers]),
            room("friends", "single", "closed", who=[{"status": ["alumni"]}, {"roles": ["coordinator"]}]),
        ],
        "members": members,
    }
    return {"community": community, "directory": _directory(), "calendar": _calendar()}


def event(key: str, hour: int, rooms: list[str], **more: str) -> Parts:
    """Return an event on the day of `EDITED` at an hour of the community's zone, or of its own, that lasts all day."""
    start = f"{EDITED:%Y-%m-%d} {hour:02}:00"
    return {
        "key": key,
        "title": both(key.title()),
        "start": start,
        "lasts": "1d",
        "rooms": rooms,
        "remind": ["0min"],
        **more,
    }


def _calendar() -> Parts:
    return {"version": 1, "events": [event("opening", 8, ["lobby"])]}


def contact(key: str, cities: list[str], themes: list[str], who: str | None) -> Parts:
    """Return a contact: a member's, or a desk."""
    kind: Parts = {"kind": "desk"} if who is None else {"member": who}
    return {
        "key": key,
        "name": f"Contact {key.title()}",
        "function": both(f"Function of {key}"),
        "cities": cities,
        "themes": themes,
        "languages": ["fr"],
        "email": f"{key}@example.org",
        "confirmed": "2026-03-02",
        **kind,
    }


def _directory() -> Parts:
    contacts = [
        contact(f"c{n}", [CITIES[n % 6]], [THEMES[n % 5]], f"p{n + 2}" if n % 3 else None) for n in range(10)
    ]
    guide = {"key": "guide", "kind": "guide", "title": both("Guide"), "summary": both("A guide.")}
    compost = {"key": "compost", "name": both("Compost"), "summary": both("Twelve sites."), "stage": "pilot"}
    return {
        "version": 1,
        "contacts": contacts,
        "resources": [{**guide, "themes": ["waste"], "languages": ["fr"], "date": "2026-03-01"}],
        "projects": [{**compost, "cities": ["kigali"], "themes": ["waste"], "updated": "2026-10-12"}],
    }


def description_of(parts: Parts) -> Description:
    """Return the description that these parts are, as valid as `palabre check` wants it.

    Raises:
        ValueError: a value or a reference is wrong.
    """
    community = Community.model_validate(parts["community"])
    directory = Directory.model_validate(parts["directory"])
    calendar = Calendar.model_validate_json(json.dumps(parts["calendar"]))
    faults = check_references(community, directory, calendar, SETTINGS)
    if faults:
        raise ValueError("; ".join(f"{fault.path}: {fault.what}" for fault in faults))
    return Description(community, directory, calendar)
