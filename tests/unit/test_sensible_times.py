"""When what can wait is posted: not in the quiet hours or on the weekend of a city of the room, as far as that goes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.agenda.occurrences import Post, occurrences
from community.agenda.room_times import TimesOfRooms
from community.agenda.sensible_times import DAY, LONGEST_AHEAD, CityTimes, RoomTimes, may_wait
from community.core.zones import ZoneInfo, zone_names
from community.description.calendar_model import Event
from community.description.iso_codes import COUNTRIES
from community.description.model import City, Cohort, Community, RoomSpec
from community.description.reminder_times import ReminderTimes
from tests.lib.descriptions import small

NIGHT = (time(20), time(7))
SATURDAY_SUNDAY, FRIDAY_SATURDAY = frozenset((5, 6)), frozenset((4, 5))
ZONES = (
    "Africa/Abidjan",
    "Africa/Kigali",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Europe/Paris",
    "America/Sao_Paulo",
)


def city(
    zone: str, rest: frozenset[int] = SATURDAY_SUNDAY, quiet: tuple[time, time] | None = NIGHT
) -> CityTimes:
    return CityTimes(ZoneInfo(zone), quiet, rest)


def room(*cities: CityTimes, digest: time | None = time(9)) -> RoomTimes:
    return RoomTimes(dict.fromkeys(cities, 1), cities[0].zone, digest)


ABIDJAN = room(city("Africa/Abidjan"))
CAIRO = room(city("Africa/Cairo", FRIDAY_SATURDAY))


def post(times: RoomTimes, start: str, before: timedelta) -> Post:
    """Return the reminder of an event at that time in the room's zone, as it goes out there."""
    event = Event.model_validate(
        {"key": "e", "title": "E", "start": start, "lasts": "1h", "rooms": ["lobby"]}
    )
    (there,) = occurrences(
        event, times.zone, datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
    )
    return times.placed(Post(there, there.reminded_at(before), before))


@pytest.mark.parametrize(
    ("times", "start", "days", "expected"),
    [
        pytest.param(ABIDJAN, "2026-12-03 10:00", 1, "Wed 10:00", id="as it is asked for"),
        pytest.param(
            ABIDJAN, "2026-12-07 10:00", 1, "Fri 10:00", id="of Monday: not on Sunday but on Friday"
        ),
        pytest.param(ABIDJAN, "2026-12-06 10:00", 1, "Fri 10:00", id="of Sunday: not on Saturday"),
        pytest.param(CAIRO, "2026-12-06 10:00", 1, "Thu 10:00", id="in Cairo, of Sunday: on Thursday"),
        pytest.param(CAIRO, "2026-12-07 10:00", 1, "Sun 10:00", id="in Cairo, of Monday: on Sunday"),
        pytest.param(
            ABIDJAN, "2026-12-12 15:00", 7, "Mon 07:00", id="a week before a Saturday: it waits until Monday"
        ),
        pytest.param(ABIDJAN, "2026-12-09 03:00", 1, "Tue 07:00", id="at night: it waits until the morning"),
        pytest.param(ABIDJAN, "2026-12-09 23:00", 1, "Tue 19:00", id="late: before it is night"),
        pytest.param(
            ABIDJAN, "2026-12-07 23:00", 1, "Fri 19:00", id="late on a Sunday: on Friday before it is night"
        ),
        pytest.param(ABIDJAN, "2026-12-08 10:00", 3, "Fri 10:00", id="three days before, on a Saturday"),
        pytest.param(ABIDJAN, "2026-12-11 10:00", -1, "Mon 07:00", id="a day after a Friday"),
        pytest.param(ABIDJAN, "2026-12-06 10:00", 0, "Sun 10:00", id="at its start, though it is Sunday"),
        pytest.param(
            room(city("Africa/Abidjan", frozenset())), "2026-12-07 10:00", 1, "Sun 10:00", id="no weekend"
        ),
        pytest.param(
            room(city("Africa/Abidjan", quiet=None)), "2026-12-09 23:00", 1, "Tue 23:00", id="no quiet hours"
        ),
    ],
)
def test_a_reminder_is_posted_when_it_is_sensible(
    times: RoomTimes, start: str, days: int, expected: str
) -> None:
    placed = post(times, start, timedelta(days=days))
    assert f"{placed.due.astimezone(times.zone):%a %H:%M}" == expected


@pytest.mark.parametrize(
    "before", [timedelta(hours=1), timedelta(), timedelta(hours=23), timedelta(hours=-2)]
)
def test_what_comes_less_than_a_day_ahead_is_never_held_and_told_by_itself(before: timedelta) -> None:
    placed = post(ABIDJAN, "2026-12-06 02:00", before)
    assert (placed.due, placed.told_with) == (datetime(2026, 12, 6, 2, tzinfo=UTC) - before, None)


def test_in_a_room_of_several_zones_it_is_a_moment_that_is_quiet_for_none() -> None:
    both = room(city("Africa/Abidjan"), city("Asia/Tokyo"))
    # Tokyo is nine hours ahead: from 07:00 to 11:00 in Abidjan nobody sleeps, and at 10:00 it is 19:00 there.
    assert post(both, "2026-12-03 10:00", DAY).due == datetime(2026, 12, 2, 10, tzinfo=UTC)
    assert post(both, "2026-12-03 15:00", DAY).due == datetime(2026, 12, 2, 10, tzinfo=UTC)
    assert post(both, "2026-12-03 15:00", DAY).told_with == datetime(2026, 12, 2, 9, tzinfo=UTC)


def test_of_two_weekends_neither_is_disturbed() -> None:
    both = room(city("Africa/Abidjan"), city("Africa/Cairo", FRIDAY_SATURDAY))
    assert f"{post(both, '2026-12-07 10:00', DAY).due:%a %H:%M}" == "Thu 10:00"


def test_where_no_moment_is_quiet_for_none_it_is_that_of_the_most() -> None:
    never = CityTimes(ZoneInfo("Africa/Cairo"), NIGHT, frozenset(range(7)))
    times = RoomTimes({city("Africa/Abidjan"): 3, never: 1}, ZoneInfo("Africa/Abidjan"), time(9))
    assert post(times, "2026-12-03 10:00", DAY).due == datetime(2026, 12, 2, 10, tzinfo=UTC)
    assert f"{post(times, '2026-12-07 10:00', DAY).due:%a}" == "Fri"


def test_the_days_reminders_are_told_at_its_hour_on_the_clock_of_most_cities() -> None:
    times = RoomTimes(
        {city("Africa/Kigali"): 2, city("Africa/Abidjan"): 1}, ZoneInfo("Africa/Kigali"), time(9)
    )
    assert times.told_with(datetime(2026, 12, 2, 15, tzinfo=UTC)) == datetime(2026, 12, 2, 7, tzinfo=UTC)
    assert room(city("Africa/Abidjan"), digest=None).told_with(datetime(2026, 12, 2, tzinfo=UTC)) is None


CITIES = st.builds(
    city,
    st.sampled_from(ZONES),
    st.sampled_from([SATURDAY_SUNDAY, FRIDAY_SATURDAY, frozenset({6}), frozenset()]),
    st.sampled_from([NIGHT, (time(22), time(6)), (time(13), time(15)), None]),
)
ROOMS = st.lists(CITIES, min_size=1, max_size=4, unique=True).map(lambda cities: room(*cities))
STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2032, 12, 31)).map(lambda at: f"{at:%Y-%m-%d %H:%M}")  # noqa: DTZ001
LONG = st.sampled_from([timedelta(days=days) for days in (1, 2, 3, 7, 28, -1, -2)])


@given(times=ROOMS, start=STARTS, before=LONG)
def test_it_is_near_its_moment_and_disturbs_nobody_where_that_can_be(
    times: RoomTimes, start: str, before: timedelta
) -> None:
    placed = post(times, start, before)
    asked = placed.occurrence.reminded_at(before)
    assert asked - LONGEST_AHEAD <= placed.due <= asked + may_wait(before)
    if not times.quiet_for(asked):
        assert placed.due == asked
    # Hour by hour no better moment is near.
    hours = [asked + timedelta(hours=hour) for hour in range(-72, int(may_wait(before) / timedelta(hours=1)))]
    assert times.quiet_for(placed.due) <= min(map(times.quiet_for, hours))
    if placed.due > asked and not times.quiet_for(placed.due):
        between = [asked + number * (placed.due - asked) / 50 for number in range(50)]
        assert all(map(times.quiet_for, between)), "an earlier moment would have done"
    # Whatever is posted on one day in a room is told at one moment of that day.
    assert placed.told_with is not None
    day = placed.due.astimezone(times.zone).date()
    assert placed.told_with.astimezone(times.zone).date() == day
    assert times.told_with(placed.told_with) == placed.told_with
    # The same from nothing.
    again = RoomTimes(times.cities, times.zone, times.digest)
    assert post(again, start, before).told_with == placed.told_with


@given(country=st.sampled_from(sorted(COUNTRIES)), zone=st.sampled_from(sorted(zone_names())), start=STARTS)
def test_in_every_country_nothing_that_can_wait_comes_on_the_weekend_or_at_night(
    country: str, zone: str, start: str
) -> None:
    times = TimesOfRooms(network(zone, country)).of_room("lobby")
    ((there, _number),) = times.cities.items()
    local = post(times, start, DAY).due.astimezone(ZoneInfo(zone))
    assert local.weekday() not in there.rest
    assert time(7) <= local.time() < time(20)


def network(zone: str, country: str, **reminders: str) -> Community:
    one = {"key": "one", "name": "One", "country": country, "timezone": zone, "languages": ["en"]}
    update = {"cities": (City.model_validate(one),), "cohorts": (), "reminders": ReminderTimes(**reminders)}
    return small().community.model_copy(update=update)


def test_a_city_has_the_communitys_times_its_countrys_weekend_or_its_own() -> None:
    usual = network("Africa/Cairo", "EG")
    own = usual.cities[0].model_copy(update={"key": "own", "quiet": "off", "weekend": "sunday"})
    rooms = (
        RoomSpec.model_validate(
            {"key": "team", "for": "city", "policy": "closed", "name": "T", "topic": "t"}
        ),
    )
    community = usual.model_copy(update={"cities": (*usual.cities, own), "rooms": (*usual.rooms, *rooms)})
    times = TimesOfRooms(community)
    ((first, _one),) = times.of_room("team.one").cities.items()
    ((second, _two),) = times.of_room("team.own").cities.items()
    assert (first.quiet, first.rest) == (NIGHT, FRIDAY_SATURDAY)
    assert (second.quiet, second.rest) == (None, frozenset({6}))
    # Rooms of the same cities have the same times; one that is not described has those of all.
    assert times.of_room("lobby") is times.of_room("nowhere")
    assert len(times.of_room("lobby").cities) == 2


def test_a_cohorts_room_goes_by_the_cohorts_cities_and_the_zone_of_most() -> None:
    community = small().community
    places = [("a", "Africa/Kigali"), ("b", "Africa/Kigali"), ("c", "Africa/Abidjan")]
    cities = tuple(network(zone, "RW").cities[0].model_copy(update={"key": key}) for key, zone in places)
    cohort = Cohort.model_validate(
        {"key": "first", "name": "F", "cities": ["a", "b"], "from": "2026-01-01", "until": "2027-01-01"}
    )
    rooms = (
        RoomSpec.model_validate(
            {"key": "co", "for": "cohort", "policy": "closed", "name": "C", "topic": "c"}
        ),
    )
    update = {"cities": cities, "cohorts": (cohort,), "rooms": (*community.rooms, *rooms), "members": ()}
    times = TimesOfRooms(community.model_copy(update=update))
    assert list(times.of_room("co.first").cities.values()) == [2]
    assert str(times.of_room("lobby").zone) == "Africa/Kigali"
