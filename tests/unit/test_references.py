"""The parts of a description fit together, or the fault names the value that does not."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from community.description.calendar_model import Calendar
from community.description.directory_model import Directory
from community.description.findings import sentence_of
from community.description.model import Community, Description
from community.description.references import check_references
from community.description.settings import Settings
from community.description.yaml_text import path_text
from tests.lib.descriptions import small

SMALL = small()
Tree = dict[str, Any]


def tree(description: Description) -> Tree:
    return {
        part: getattr(description, part).model_dump(mode="json", by_alias=True)
        for part in ("community", "directory", "calendar")
    }


def faults(values: Tree, settings_: Settings | None = None, *, all_members: bool = True) -> list[str]:
    found = check_references(
        Community.model_validate(values["community"]),
        Directory.model_validate(values["directory"]),
        Calendar.model_validate(values["calendar"]),
        settings_ or Settings(),
        all_members=all_members,
    )
    return [f"{fault.file}: {path_text(fault.path)}: {fault.what}" for fault in found]


def set_at(path: str, value: object) -> Callable[[Tree], None]:
    """Return what puts ``value`` at a path such as ``community.cities[0].key``."""

    def change(values: Tree) -> None:
        *way, last = [int(p) if p.isdigit() else p for p in re.findall(r"[a-z_]+|\d+", path)]
        here: Any = values
        for part in way:
            here = here[part]
        here[last] = value

    return change


def twice(path: str) -> Callable[[Tree], None]:
    """Return what repeats the first entry of a list at its end."""

    def change(values: Tree) -> None:
        part, name = path.split(".")
        values[part][name].append(copy.deepcopy(values[part][name][0]))

    return change


def ruled(*rules: Tree, **values: object) -> Callable[[Tree], None]:
    """Return what gives the café these rules; the meeting is held in it."""

    def change(tree: Tree) -> None:
        tree["community"]["rooms"][2] |= {"who": list(rules), **values}
        if "key" in values:
            tree["calendar"]["events"][0]["rooms"] = [values["key"]]

    return change


def both_were(name: str) -> Callable[[Tree], None]:
    def change(tree: Tree) -> None:
        for entry in tree["community"][name]:
            entry["was"] = "before"

    return change


def succeeded(successor: str, *, status: str = "left", moussa: str = "active") -> Callable[[Tree], None]:
    def change(tree: Tree) -> None:
        tree["community"]["members"][0]["status"] = moussa
        tree["community"]["members"][1] |= {"status": status, "successor": successor}

    return change


def test_the_small_description_fits() -> None:
    assert faults(tree(SMALL)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            set_at("community.cohorts[0].cities", ["kigal"]),
            "community.yaml: cohorts[0].cities[0]: there is no city “kigal”: did you mean “kigali”?",
        ),
        (
            set_at("community.cohorts[0].cities", ["kigali", "bamako", "kigali"]),
            "community.yaml: cohorts[0].cities[2]: “kigali” stands here twice: keep one",
        ),
        (
            set_at("community.members[1].city", "paris"),
            "community.yaml: members[1].city: there is no city “paris”",
        ),
        (
            set_at("community.members[1].role", "city-leads"),
            "community.yaml: members[1].role: there is no role “city-leads”: did you mean “city-lead”?",
        ),
        (
            set_at("community.members[1].themes", ["waste", "mobilty"]),
            "community.yaml: members[1].themes[1]: there is no theme “mobilty”: did you mean “mobility”?",
        ),
        (
            set_at("community.members[1].username", "palabre"),
            "community.yaml: members[1].username: “palabre” is an account of Palabre's own: choose another",
        ),
        (
            set_at("community.rooms[4].themes", ["wast"]),
            "community.yaml: rooms[4].themes[0]: there is no theme “wast”: did you mean “waste”?",
        ),
        (
            set_at("community.rooms[4].cohorts", ["pioneer"]),
            "community.yaml: rooms[4].cohorts[0]: there is no cohort “pioneer”: did you mean “pioneers”?",
        ),
        (
            set_at("community.rooms[0].roles", ["guest"]),
            "community.yaml: rooms[0].roles[0]: there is no role “guest”",
        ),
        (
            set_at("community.rooms[0].themes", ["waste"]),
            (
                "community.yaml: rooms[0].themes: this room is not made for themes: "
                "remove “themes”, or say for: theme"
            ),
        ),
        (
            set_at("community.rooms[3].cohorts", ["pioneers"]),
            (
                "community.yaml: rooms[3].cohorts: this room is not made for cohorts: "
                "remove “cohorts”, or say for: cohort"
            ),
        ),
        (
            set_at("community.rooms[1].key", "space"),
            "community.yaml: rooms[1].key: “space” is the name of the community's space: choose another",
        ),
        (
            set_at("community.rooms[3].name", "{theme} {cohort}"),
            "community.yaml: rooms[3].name: “{cohort}” means nothing in this room's texts",
        ),
        (
            set_at("community.rooms[3].topic", "{theme.__class__}"),
            "community.yaml: rooms[3].topic: “{theme.__class__}” means nothing in this room's texts",
        ),
        (
            set_at("community.rooms[3].topic", "All of {theme"),
            "community.yaml: rooms[3].topic: a brace stands alone in this text: remove it",
        ),
        (
            set_at("community.rooms[0].policy", "closed"),
            "community.yaml: rooms: no room has the policy “lobby”: make one, for: community",
        ),
        (
            set_at("community.rooms[0].cities", ["kigali"]),
            "community.yaml: rooms[0].cities: this room is not made for cities: remove “cities”, or say for: city",
        ),
        (
            set_at("community.rooms[0].cities", ["kigalli"]),
            "community.yaml: rooms[0].cities[0]: there is no city “kigalli”: did you mean “kigali”?",
        ),
        (
            set_at("community.rooms[3].topic", "{city}"),
            "community.yaml: rooms[3].topic: “{city}” means nothing in this room's texts",
        ),
        (
            set_at("community.rooms[1].was", "space"),
            "community.yaml: rooms[1].was: “space” is the name of the community's space: choose another",
        ),
        (
            set_at("community.rooms[1].was", "announcements"),
            "community.yaml: rooms[1].was: “announcements” is the key itself: remove “was”",
        ),
        (
            set_at("community.rooms[1].was", "lobby"),
            (
                "community.yaml: rooms[1].was: “lobby” is still the key of another entry in rooms: "
                "its rooms cannot be in both"
            ),
        ),
        (
            set_at("community.themes[1].was", "waste"),
            (
                "community.yaml: themes[1].was: “waste” is still the key of another entry in themes: "
                "its rooms cannot be in both"
            ),
        ),
        (
            both_were("themes"),
            "community.yaml: themes[1].was: “before” was the key of one entry in themes, not of two",
        ),
        (
            both_were("cities"),
            "community.yaml: cities[0].was: “before” was the key of one entry in cities, not of two",
        ),
        (
            set_at("community.federation", ["example.org", "palabre.localhost"]),
            (
                "community.yaml: federation[1]: “palabre.localhost” is this community's own server, "
                "which is always let in: remove it"
            ),
        ),
        (
            set_at("community.federation", ["example.org", "example.org"]),
            "community.yaml: federation[1]: “example.org” stands here twice: keep one",
        ),
        (
            set_at("community.rooms[2].for", "single"),
            "community.yaml: rooms[2].who: a single room needs “who”: add the rules of who belongs to it",
        ),
        (
            set_at("community.rooms[2].retention", "5min"),
            "community.yaml: rooms[2].retention: messages must be kept for a day or more: expected such as “90d”",
        ),
        (
            set_at("community.rooms[0].bots", value=False),
            "community.yaml: rooms[0].bots: the bot receives newcomers in the lobby: it must be in it",
        ),
        (
            ruled({"roles": ["city-lead"]}, roles=["coordinator"]),
            (
                "community.yaml: rooms[2].roles: “roles” and “who” both say who belongs: "
                "put the roles into the rules of “who”"
            ),
        ),
        (
            ruled({"roles": ["city-led"]}),
            "community.yaml: rooms[2].who[0].roles[0]: there is no role “city-led”: did you mean “city-lead”?",
        ),
        (
            ruled({}, {"themes": ["waste", "wast"]}),
            "community.yaml: rooms[2].who[1].themes[1]: there is no theme “wast”: did you mean “waste”?",
        ),
        (
            ruled({"cities": ["kigalli"]}),
            "community.yaml: rooms[2].who[0].cities[0]: there is no city “kigalli”: did you mean “kigali”?",
        ),
        (
            ruled({"cohorts": ["pioneer"]}),
            "community.yaml: rooms[2].who[0].cohorts[0]: there is no cohort “pioneer”: did you mean “pioneers”?",
        ),
        (
            ruled({"people": ["awa.dialo"]}),
            "community.yaml: rooms[2].who[0].people[0]: there is no member “awa.dialo”: did you mean “awa.diallo”?",
        ),
        (
            ruled({"people": ["awa.diallo", "awa.diallo"]}),
            "community.yaml: rooms[2].who[0].people[1]: “awa.diallo” stands here twice: keep one",
        ),
        (
            ruled({"status": ["alumni", "alumni"]}),
            "community.yaml: rooms[2].who[0].status[1]: “alumni” stands here twice: keep one",
        ),
        (
            succeeded("nobody-known"),
            "community.yaml: members[1].successor: there is no member “nobody-known”",
        ),
        (
            succeeded("awa.dialo"),
            "community.yaml: members[1].successor: there is no member “awa.dialo”: did you mean “awa.diallo”?",
        ),
        (
            succeeded("claudine.uwase"),
            "community.yaml: members[1].successor: nobody can be their own successor",
        ),
        (
            succeeded("moussa.keita", moussa="left"),
            (
                "community.yaml: members[1].successor: “moussa.keita” has left too: "
                "name somebody who is still there"
            ),
        ),
        (
            succeeded("moussa.keita", status="alumni"),
            (
                "community.yaml: members[1].successor: a successor is for somebody who has left: "
                "say status: left, or remove “successor”"
            ),
        ),
        (
            ruled({}, key="talk", policy="safe"),
            (
                "calendar.yaml: events[0].rooms[0]: the bot is not in the room “talk” and cannot post there: "
                "name another, or, unless it is a safe room, say bots: true there"
            ),
        ),
        (twice("community.cities"), "community.yaml: cities[2].key: “bamako” is used twice in cities"),
        (twice("community.cohorts"), "community.yaml: cohorts[1].key: “pioneers” is used twice in cohorts"),
        (twice("community.themes"), "community.yaml: themes[2].key: “waste” is used twice in themes"),
        (twice("community.roles"), "community.yaml: roles[2].key: “coordinator” is used twice in roles"),
        (twice("community.rooms"), "community.yaml: rooms[5].key: “lobby” is used twice in rooms"),
        (
            twice("community.members"),
            "community.yaml: members[3].username: “moussa.keita” is used twice in members",
        ),
        (
            set_at("directory.contacts[0].themes", ["wate"]),
            "directory.yaml: contacts[0].themes[0]: there is no theme “wate”: did you mean “waste”?",
        ),
        (
            set_at("directory.contacts[0].member", "claudine.uwas"),
            (
                "directory.yaml: contacts[0].member: there is no member “claudine.uwas”: "
                "did you mean “claudine.uwase”?"
            ),
        ),
        (
            set_at("directory.contacts[0].deputy", "kigali-waste"),
            "directory.yaml: contacts[0].deputy: a contact cannot be its own deputy",
        ),
        (
            set_at("directory.contacts[0].deputy", "nobody"),
            "directory.yaml: contacts[0].deputy: there is no contact “nobody”",
        ),
        (
            set_at("directory.resources[0].cities", ["lagos"]),
            "directory.yaml: resources[0].cities[0]: there is no city “lagos”",
        ),
        (
            set_at("directory.projects[0].lead", "kigali-wast"),
            "directory.yaml: projects[0].lead: there is no contact “kigali-wast”: did you mean “kigali-waste”?",
        ),
        (
            twice("directory.contacts"),
            "directory.yaml: contacts[2].key: “kigali-waste” is used twice in contacts",
        ),
        (
            twice("directory.resources"),
            "directory.yaml: resources[1].key: “sorting-guide” is used twice in resources",
        ),
        (twice("directory.projects"), "directory.yaml: projects[1].key: “compost” is used twice in projects"),
        (
            set_at("calendar.events[0].rooms", ["lobbby"]),
            "calendar.yaml: events[0].rooms[0]: there is no room “lobbby”: did you mean “lobby”?",
        ),
        (
            set_at("calendar.deadlines[0].rooms", ["exchange.land"]),
            (
                "calendar.yaml: deadlines[0].rooms[0]: there is no room “exchange.land”: "
                "did you mean “exchange.waste”?"
            ),
        ),
        (
            set_at("calendar.deadlines[0].rooms", ["space"]),
            "calendar.yaml: deadlines[0].rooms[0]: there is no room “space”",
        ),
        (twice("calendar.events"), "calendar.yaml: events[1].key: “leads” is used twice in events"),
        (
            twice("calendar.deadlines"),
            "calendar.yaml: deadlines[1].key: “report” is used twice in deadlines",
        ),
        (
            ruled({}, key="talk", policy="safe", bots=True),
            "community.yaml: rooms[2].bots: no bot can be in a safe room: remove “bots”, or take the policy “closed”",
        ),
        (
            ruled({}, key="talk", policy="safe", history="shared"),
            (
                "community.yaml: rooms[2].history: in a safe room nobody reads what was said before they came: "
                "remove “history”, or take the policy “closed”"
            ),
        ),
    ],
)
def test_what_does_not_fit_is_named(change: Callable[[Tree], None], fault: str) -> None:
    values = tree(SMALL)
    change(values)
    assert fault in faults(values)
    # The small description has one fault now; only a name or a list that others use may bring more.
    others = [found for found in faults(values) if found != fault]
    assert all(re.search("there is no|not made for cities|was the key of", other) for other in others)


def fits(*changes: Callable[[Tree], None]) -> bool:
    values = tree(SMALL)
    for change in changes:
        change(values)
    return faults(values) == []


@pytest.mark.parametrize(
    ("claim", "change"),
    [
        ("a rule may match nobody", ruled({"roles": ["city-lead"], "cities": ["kigali"], "themes": ["mobility"]})),
        ("people who have left may be named in a rule", succeeded("awa.diallo")),
        ("a closed room may be without the bot's hearing", ruled({}, history="joined")),
        ("other servers may be let in", set_at("community.federation", ["example.org", "example.net:8448"])),
        ("federation may be off", set_at("community.federation", "off")),
        ("a single room with rules", ruled({"people": ["awa.diallo"], "may": ["moderate"]}, **{"for": "single"})),
        (
            "a room for each city may name it",
            set_at(
                "community.rooms[2]",
                {"key": "team", "for": "city", "policy": "closed", "name": "{city}", "topic": "{city}", "was": "cafe"},
            ),
        ),
    ],
)  # fmt: skip
def test_what_fits(claim: str, change: Callable[[Tree], None]) -> None:
    assert fits(change), claim


def test_a_renamed_key_is_told_by_its_new_name() -> None:
    values = tree(SMALL)
    values["community"]["themes"][0] |= {"key": "refuse", "was": "waste"}
    said = "there is no theme “waste” any more: it is “refuse” now"
    found = faults(values)
    assert f"community.yaml: members[1].themes[0]: {said}" in found
    assert f"directory.yaml: contacts[0].themes[0]: {said}" in found


def test_names_are_not_doubted_while_some_members_are_unknown() -> None:
    values = tree(SMALL)
    for change in (
        ruled({"people": ["ines"]}),
        succeeded("ines"),
        set_at("directory.contacts[0].member", "ines"),
    ):
        change(values)
    assert len(faults(values)) == 3
    assert faults(values, all_members=False) == []


def test_palabres_own_accounts_differ() -> None:
    same = Settings.model_validate({"accounts": {"bot": "palabre", "break_glass": "palabre"}})
    assert faults(tree(SMALL), same) == [
        "settings.yaml: accounts.break_glass: “palabre” is used twice in accounts"
    ]


def repeated(rule: str, start: str = "2026-12-03 10:00", zone: str | None = None) -> list[str]:
    values = tree(SMALL)
    values["calendar"]["events"][0] |= {"repeat": rule, "start": start, "timezone": zone}
    return faults(values)


@pytest.mark.parametrize(
    ("rule", "start"),
    [
        ("FREQ=DAILY", "2026-12-03"),
        ("FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20271231", "2026-12-03 10:00"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=10;WKST=SU", "2026-12-03 10:00"),
        ("FREQ=MONTHLY;BYDAY=1TH", "2026-12-03 10:00"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-12-25 10:00"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-12-31 10:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-12-31"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2028-02-29 10:00"),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=3", "2026-12-03 10:00"),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=1TH", "2026-12-03 10:00"),
        # As Google and Outlook copy them out.
        ("RRULE:FREQ=WEEKLY;WKST=MO;UNTIL=20261231T225959Z;BYDAY=TH", "2026-12-03 10:00"),
        ("BYDAY=TH;FREQ=WEEKLY;INTERVAL=1", "2026-12-03 10:00"),
        ("rrule:freq=weekly;byday=th;", "2026-12-03 10:00"),
        # As people type them.
        ("FREQ=WEEKLY; BYDAY=TH", "2026-12-03 10:00"),
        ("RRULE: FREQ = MONTHLY ; BYDAY = +1TH , 3TH", "2026-12-03 10:00"),
        ("FREQ=YEARLY;BYMONTH=06;BYMONTHDAY=03;INTERVAL=01", "2026-06-03 10:00"),
        ("FREQ=WEEKLY;\u00a0BYDAY=TH\u200b;;", "2026-12-03 10:00"),
    ],
)
def test_rules_of_repetition(rule: str, start: str) -> None:
    assert repeated(rule, start) == []


CANNOT_STAND = "“{}” cannot stand in a rule: expected {}".format
WEEKDAYS = (
    "weekdays (MO, TU, WE, TH, FR, SA, SU), in a month also the first or last one, "
    "such as BYDAY=1TH or BYDAY=-1FR"
)
NO_DAY = "has no day in the ten years after its start: its parts exclude each other, take one out"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=WEEKLY;BYDAY=JE", CANNOT_STAND("BYDAY=JE", WEEKDAYS)),
        ("FREQ=WEEKLY;BYDAY=MO,THU,FR", CANNOT_STAND("BYDAY=THU", WEEKDAYS)),
        ("FREQ=MONTHLY;BYDAY=99TH", CANNOT_STAND("BYDAY=99TH", WEEKDAYS)),
        ("FREQ=WEEKLY;BYDAY=", CANNOT_STAND("BYDAY=", WEEKDAYS)),
        (
            "FREQ=WEEKLY;WKST=DI",
            CANNOT_STAND("WKST=DI", "one of MO, TU, WE, TH, FR, SA, SU, such as WKST=MO"),
        ),
        (
            "FREQ=SOMETIMES",
            CANNOT_STAND("FREQ=SOMETIMES", "DAILY, WEEKLY, MONTHLY or YEARLY, such as FREQ=MONTHLY"),
        ),
        (
            "FREQ=HOURLY",
            CANNOT_STAND("FREQ=HOURLY", "DAILY, WEEKLY, MONTHLY or YEARLY, such as FREQ=MONTHLY"),
        ),
        ("FREQ=MONTLY", "“FREQ=MONTLY” cannot stand in a rule: did you mean FREQ=MONTHLY?"),
        (
            "FREQ=DAILY;INTERVAL=0",
            CANNOT_STAND("INTERVAL=0", "a whole number from 1 to 999, such as INTERVAL=2"),
        ),
        (
            "FREQ=DAILY;INTERVAL=99999999999",
            CANNOT_STAND("INTERVAL=99999999999", "a whole number from 1 to 999, such as INTERVAL=2"),
        ),
        (
            "FREQ=DAILY;COUNT=ten",
            CANNOT_STAND("COUNT=TEN", "a whole number from 1 to 9999, such as COUNT=10"),
        ),
        (
            "FREQ=DAILY;UNTIL=2027-03-01",
            "“UNTIL=2027-03-01” cannot stand in a rule: did you mean UNTIL=20270301?",
        ),
        (
            "FREQ=DAILY;UNTIL=2027-03-01T09:00:00Z",
            "“UNTIL=2027-03-01T09:00:00Z” cannot stand in a rule: did you mean UNTIL=20270301T090000Z?",
        ),
        ("FREQ=DAILY;UNTIL=March", CANNOT_STAND("UNTIL=MARCH", "a day, such as UNTIL=20271231")),
        ("FREQ=DAILY;UNTIL=2027-13-01", CANNOT_STAND("UNTIL=2027-13-01", "a day, such as UNTIL=20271231")),
        (
            "FREQ=DAILY;UNTIL=20261301",
            "“UNTIL=20261301” is no day that a rule can end on: expected a day, such as UNTIL=20271231",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15,32",
            CANNOT_STAND(
                "BYMONTHDAY=32",
                "days of the month from 1 to 31, or -1 for the last one, such as BYMONTHDAY=1,15",
            ),
        ),
        ("FREQ=YEARLY;BYMONTH=JUNE", CANNOT_STAND("BYMONTH=JUNE", "months from 1 to 12, such as BYMONTH=6")),
        (
            "FREQ=MONTHLY;BYDAY=TH;BYSETPOS=last",
            CANNOT_STAND(
                "BYSETPOS=LAST",
                "which ones of those that the other parts name, such as BYSETPOS=-1 for the last one",
            ),
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=54;BYDAY=TH",
            CANNOT_STAND("BYWEEKNO=54", "weeks of the year from 1 to 53, such as BYWEEKNO=20"),
        ),
        (
            "FREQ=YEARLY;BYYEARDAY=367",
            CANNOT_STAND("BYYEARDAY=367", "days of the year from 1 to 366, such as BYYEARDAY=100"),
        ),
        ("FREQ=DAILY;FREQ=WEEKLY", "“FREQ” stands twice in the rule: keep one"),
        (
            "FREQ=DAILY;COUNT=3;UNTIL=20271231",
            "a rule ends after COUNT times or on the day of UNTIL: take out one of the two",
        ),
        (
            "BYFREQ=3",
            "“BYFREQ” is not known here: did you mean “FREQ”?",
        ),
        ("FREQ=DAILY;BYDAYS=TH", "“BYDAYS” is not known here: did you mean “BYDAY”?"),
        ("FREQ=DAILY;EASTER=1", "“EASTER” is not known here"),
        ("FREQ=WEEKLY;BYHOUR=10", "“BYHOUR=10” has no place here: the time of day is that of “start”"),
        ("FREQ=WEEKLY;TH", "“TH” is no part of a rule: expected a name and a value, such as INTERVAL=2"),
        ("FREQ=DAILY;=;", "“=” is no part of a rule: expected a name and a value, such as INTERVAL=2"),
        ("every FREQ", "“EVERY FREQ” is no part of a rule: expected a name and a value, such as INTERVAL=2"),
        (
            "FREQ=WEEKLY;BYSETPOS=9",
            "“BYSETPOS=9” does not go with FREQ=WEEKLY: write FREQ=MONTHLY, or take it out",
        ),
        (
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
            "“BYMONTHDAY=30” does not go with FREQ=DAILY: write FREQ=MONTHLY, or take it out",
        ),
        ("FREQ=WEEKLY;BYWEEKNO=20", "“BYWEEKNO” counts within a year: write it with FREQ=YEARLY"),
        (
            "DTSTART;TZID=Africa/Bamako:20261203T100000\nRRULE:FREQ=MONTHLY;BYDAY=1TH\n",
            (
                "these are several lines of a calendar: write its rule alone, FREQ=MONTHLY;BYDAY=1TH; "
                "when it starts is said by “start”"
            ),
        ),
        (
            "FREQ=MONTHLY;BYDAY=1TH EXDATE:20270107T100000",
            "a rule alone can stand here, such as FREQ=MONTHLY;BYDAY=1TH: no start, and no days left out or added",
        ),
        (
            "FREQ=WEEKLY;EXDATE=20261210",
            "a rule alone can stand here, such as FREQ=MONTHLY;BYDAY=1TH: no start, and no days left out or added",
        ),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", f"“FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30” {NO_DAY}"),
        (
            "FREQ=MONTHLY;BYDAY=1MO,TH",
            "“1MO” and “TH” do not go together: write each weekday with a number, or none",
        ),
    ],
)
def test_the_part_of_a_rule_that_is_wrong_is_named(rule: str, said: str) -> None:
    assert repeated(rule) == [f"calendar.yaml: events[0].repeat: {said}"]


@pytest.mark.parametrize("rule", ["EVERY WEEK", "each Monday", "COUNT=3;BYDAY=TH", "", "daily", "RRULE:"])
def test_what_is_nothing_like_a_rule_is_refused_with_an_example(rule: str) -> None:
    with pytest.raises(ValidationError) as refused:
        repeated(rule)
    (error,) = refused.value.errors()
    said = "“{}” is not a rule of repetition (RFC 5545): expected such as FREQ=MONTHLY;BYDAY=1TH"
    assert str(sentence_of(error, Calendar)) == said.format(rule)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            "FREQ=YEARLY;BYMONTHDAY=30",
            (
                "this would be day 30 of every month: say the month too, such as "
                "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=30, or write FREQ=MONTHLY"
            ),
        ),
        (
            "FREQ=YEARLY;BYMONTHDAY=-31",
            (
                "this would be day -31 of every month: say the month too, such as "
                "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=-31, or write FREQ=MONTHLY"
            ),
        ),
        (
            "FREQ=YEARLY;BYDAY=TH",
            (
                "this would be every week: say which one of which month, such as "
                "FREQ=YEARLY;BYMONTH=6;BYDAY=1TH, or write FREQ=WEEKLY"
            ),
        ),
        (
            "FREQ=WEEKLY;BYDAY=1TH",
            "“1TH” counts the weeks of a month: write it with FREQ=MONTHLY, or the weekday without a number",
        ),
        ("FREQ=MONTHLY;BYWEEKNO=49", "“BYWEEKNO” counts within a year: write it with FREQ=YEARLY"),
        (
            "FREQ=YEARLY;BYWEEKNO=49",
            "this would be each day of the week: say the weekday too, such as BYDAY=TH",
        ),
        ("FREQ=DAILY;UNTIL=20200101", "the rule ends on 2020-01-01, before the event starts on 2026-12-03"),
    ],
)
def test_a_rule_that_means_something_else_than_it_reads_is_refused(rule: str, said: str) -> None:
    assert repeated(rule) == [f"calendar.yaml: events[0].repeat: {said}"]


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", "2026-12-07"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-12-25"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-12-31"),
        ("FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=30", "2027-06-30"),
    ],
)
def test_a_start_outside_its_own_rule_is_refused_with_the_first_true_day(rule: str, first: str) -> None:
    assert repeated(rule) == [
        (
            "calendar.yaml: events[0].start: the event is to start on 2026-12-03, which is no day of its rule: "
            f"nothing would be posted for it. The first day of the rule is {first}: write that, or change the rule"
        )
    ]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (set_at("community.timezone", "Etc/GMT+2"), "community.yaml: timezone"),
        (set_at("community.cities[1].timezone", "Etc/GMT+2"), "community.yaml: cities[1].timezone"),
        (set_at("calendar.events[0].timezone", "Etc/GMT+2"), "calendar.yaml: events[0].timezone"),
        (set_at("calendar.deadlines[0].timezone", "Etc/GMT+2"), "calendar.yaml: deadlines[0].timezone"),
    ],
)
def test_a_zone_whose_sign_is_reversed_is_refused_with_a_citys(
    change: Callable[[Tree], None], place: str
) -> None:
    values = tree(SMALL)
    change(values)
    assert faults(values) == [
        (
            f"{place}: “Etc/GMT+2” means UTC−2, its sign is reversed: "
            "name the zone of a city, such as “Africa/Kigali”"
        )
    ]


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "GMT", "Etc/GMT", "Etc/GMT+0", "Africa/Kigali"])
def test_a_zone_without_a_sign_is_taken(zone: str) -> None:
    assert repeated("FREQ=DAILY", zone=zone) == []


PARTS = st.sampled_from(
    "INTERVAL COUNT UNTIL WKST BYDAY BYMONTHDAY BYMONTH BYSETPOS BYWEEKNO BYYEARDAY BYHOUR BYEASTER".split()
)
VALUES = st.from_regex(
    r"[-+]?[0-9]{1,3}|[-+]?[0-9]?(MO|TH|SU)|[0-9]{8}(T[0-9]{6}Z?)?|[A-Z0-9,+-]*", fullmatch=True
)


@given(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]), st.dictionaries(PARTS, VALUES, max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_rule_is_taken_or_refused(frequency: str, parts: dict[str, str]) -> None:
    rule = ";".join([f"FREQ={frequency}", *(f"{name}={value}" for name, value in parts.items())])
    assert len(repeated(rule)) in (0, 1)
