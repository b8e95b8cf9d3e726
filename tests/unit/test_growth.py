"""A plan that adds much where much is there, and another key of the community: refused before anything is made."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.core.errors import DescriptionError, PalabreError
from community.core.messages import translator
from community.description.data_folder import DataFolder
from community.description.known_community import (
    KnownCommunity,
    OtherCommunity,
    known_community,
    load_own_description,
    other_community_problems,
    require_known_community,
)
from community.description.load import load_description
from community.description.settings import Settings
from community.storage import Store
from community.storage.in_force import community_in_force
from matrix.http import RequestCounts
from matrix.ids import RoomId, UserId
from palabre_cli.errors import CommandError, UnknownKey
from palabre_cli.provision import _AskedOptions
from provisioning.account_faults import AccountsSeen
from provisioning.account_watch import fault_notes
from provisioning.changes import Change, CreateAccount, CreateRoom
from provisioning.errors import ChangesFailed, NothingAskedFor, TooManyRemovals
from provisioning.health import ServiceHealth
from provisioning.plan_extras import PlanExtras
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.removal_brake import growth
from provisioning.service import Service
from provisioning.snapshot import Account, Room, Snapshot
from tests.lib.commands import palabre
from tests.lib.descriptions import SMALL
from tests.lib.memory_homeserver import OWN, MemoryHomeserver

SENTENCE = translator("en", [])
MORE_ROOMS = "\n".join(
    f"  - {{key: more-{n}, for: community, policy: closed, name: More {n}, topic: T, roles: [coordinator]}}"
    for n in range(20)
)


@dataclass(frozen=True)
class Place:
    """A description, a data folder, a homeserver."""

    config: Path
    data: DataFolder
    store: Store
    homeserver: MemoryHomeserver

    def provisioner(self) -> Provisioner:
        description = load_own_description(self.config, self.data)
        return Provisioner(
            description,
            Settings(),
            self.config,
            self.data,
            self.homeserver,
            self.store,
            "http://x",
            RequestCounts(),
        )

    async def apply(self, **options: object) -> None:
        await self.provisioner().apply(ApplyOptions("test", **options))  # type: ignore[arg-type]

    def edit(self, before: str, after: str) -> None:
        path = self.config / "community.yaml"
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after, 1))


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    config = tmp_path / "config"
    shutil.copytree(SMALL, config)
    data = DataFolder(tmp_path / "data")
    data.prepare()
    async with await Store.open(data.store_url) as store:
        yield Place(config, data, store, MemoryHomeserver())


# --- the key --------------------------------------------------------------------------------------------------------


async def test_a_key_that_was_changed_by_mistake_is_refused_and_put_back_all_goes_on(place: Place) -> None:
    await place.apply()
    writes = place.homeserver.writes
    place.edit("key: small", "key: smal")
    with pytest.raises(OtherCommunity) as raised:
        await place.apply(force=True)
    assert str(raised.value) == (
        "The rooms here are those of the community “small”, not of “smal”. Put back “key: small” in community.yaml. "
        "If another community is meant, it needs a data folder (--data) and a homeserver of its own."
    )
    assert raised.value.problems[0].place.line == 2
    assert place.homeserver.writes == writes
    place.edit("key: smal", "key: small")
    made, _ = await place.provisioner().plan()
    assert made.changes == ()


async def test_another_name_of_the_homeserver_is_refused(place: Place) -> None:
    await place.apply()
    (place.config / "settings.yaml").write_text("version: 1\nhomeserver: {server_name: other.example}\n")
    with pytest.raises(OtherCommunity, match=r"not on “other\.example”"):
        place.provisioner()


async def test_where_no_apply_has_noted_it_the_rooms_say_of_which_community_they_are(place: Place) -> None:
    await place.apply()
    place.data.community.unlink()
    place.edit("key: small", "key: smal")
    place.homeserver.community = "smal"
    with pytest.raises(OtherCommunity, match="those of the community “small”") as raised:
        await place.apply(force=True)
    assert str(raised.value.problems[0].place) == f"{place.config}/community.yaml:2:6"
    assert known_community(place.data) is None


async def test_the_first_apply_notes_it_and_no_plan_does(place: Place) -> None:
    await place.provisioner().plan()
    assert known_community(place.data) is None
    await place.apply()
    assert known_community(place.data) == KnownCommunity("small", "palabre.localhost")


async def test_no_process_runs_under_another_key(place: Place) -> None:
    """The bot would leave every room that is there: none of them would be one of its community."""
    await place.apply()
    before = place.provisioner()
    place.edit("key: small", "key: smal")
    assert (await community_in_force(place.config, place.data, place.store)).key == "small"
    assert [problem.path for problem in other_community_problems(place.config, place.data)] == ["key"]
    ran = await palabre("up", "--config", place.config, "--data", place.data.root)
    assert ran.code == 1
    assert "The rooms here are those of the community “small”, not of “smal”." in ran.err
    assert not list(place.data.synapse.iterdir())
    service = Service(place.config, place.data, ServiceHealth(lambda: datetime.now(UTC)), asyncio.Event())
    assert (await service._with_files_of_now(before)).description.community.key == "small"


async def test_nothing_runs_where_the_settings_name_another_homeserver(place: Place) -> None:
    """All rooms that are there would be foreign to the bot."""
    await place.apply()
    settings = place.config / "settings.yaml"
    settings.write_text("version: 1\nhomeserver: {server_name: palabre.example}\n")
    with pytest.raises(OtherCommunity):
        await community_in_force(place.config, place.data, place.store)


async def test_a_changed_key_is_said_beside_another_mistake(place: Place) -> None:
    await place.apply()
    place.edit("key: small", "key: smal")
    (place.config / "calendar.yaml").write_text("version: 1\nevents: 3\n")
    assert [problem.path for problem in other_community_problems(place.config, place.data)] == ["key"]


@pytest.mark.parametrize("slip", ["key: small\nnam: x", "key: [small"])
async def test_another_server_name_is_said_beside_a_mistake_in_the_community(place: Place, slip: str) -> None:
    await place.apply()
    place.edit("key: small", slip)
    (place.config / "settings.yaml").write_text("version: 1\nhomeserver: {server_name: other.localhost}\n")
    wrong = other_community_problems(place.config, place.data)
    assert [problem.path for problem in wrong] == ["homeserver.server_name"]
    with pytest.raises(OtherCommunity):
        require_known_community(place.config, place.data)
    ran = await palabre("check", "--config", place.config, "--data", place.data.root)
    assert "settings.yaml:2:27: homeserver.server_name: it was “palabre.localhost” until now" in ran.out


async def test_a_changed_key_is_said_beside_a_mistake_in_the_settings(place: Place) -> None:
    await place.apply()
    place.edit("key: small", "key: smal")
    (place.config / "settings.yaml").write_text("version: one\n")
    assert [problem.path for problem in other_community_problems(place.config, place.data)] == ["key"]


@pytest.mark.parametrize(
    "command",
    [("seal",), ("renew-identity", "--yes"), ("person", "show", "awa.diallo"), ("directory", "stale")],
)
async def test_no_command_works_on_the_accounts_of_another_homeserver(
    place: Place, command: tuple[str, ...]
) -> None:
    await place.apply()
    (place.config / "settings.yaml").write_text("version: 1\nhomeserver: {server_name: other.localhost}\n")
    ran = await palabre(*command, "--config", place.config, "--data", place.data.root)
    assert ran.code == 1
    assert "are on the homeserver “palabre.localhost”, not on “other.localhost”" in ran.err


async def test_who_administrates_the_homeserver_is_said_in_the_plan(place: Place) -> None:
    class Administrated(MemoryHomeserver):
        async def accounts_seen(self) -> AccountsSeen:
            return AccountsSeen(frozenset({OWN.provisioner, UserId("@mallory:palabre.localhost")}))

    provisioner = replace(place.provisioner(), homeserver=Administrated())
    made, actual = await provisioner.plan()
    said = [SENTENCE(note) for note in await fault_notes(provisioner, made, actual)]
    assert any(note.startswith("The account @mallory:palabre.localhost can administer") for note in said)


async def test_asking_somebody_again_into_no_room_of_ours_is_a_sentence(place: Place) -> None:
    provisioner = place.provisioner()
    with pytest.raises(UnknownKey, match="“coffee” is not a key of the description"):
        _AskedOptions(("awa.diallo",), ("coffee",), (), ()).extras(provisioner)
    with pytest.raises(CommandError, match="nobody is named"):
        _AskedOptions((), ("cafe",), (), ()).extras(provisioner)
    asked = _AskedOptions(("awa.diallo",), ("cafe",), ("smal",), ("!theirs",)).extras(provisioner)
    assert asked == PlanExtras(frozenset({"cafe"}), frozenset({"smal"}), frozenset({RoomId("!theirs")}))


async def test_what_is_asked_for_and_is_not_there_is_refused_in_a_sentence(place: Place) -> None:
    await place.apply()
    writes = place.homeserver.writes
    with pytest.raises(
        NothingAskedFor, match="No room here was made under another key “smal” of a community"
    ):
        await place.provisioner().plan(extras=PlanExtras(archive=frozenset({"smal"})))
    with pytest.raises(NothingAskedFor, match="under another key “small”"):
        await place.apply(extras=PlanExtras(archive=frozenset({"small"})))
    lobby = place.homeserver.room_id("lobby")
    with pytest.raises(NothingAskedFor, match="No space of ours lists a room !"):
        await place.apply(extras=PlanExtras(unlist=frozenset({lobby})))
    assert place.homeserver.writes == writes


async def test_every_plan_of_an_example_says_that_its_people_are_invented(place: Place) -> None:
    made, _ = await place.provisioner().plan()
    (note,) = made.notes
    assert "invented (“example: true” in community.yaml); take that line out once they are yours" in SENTENCE(
        note
    )
    place.edit("example: true", "example: false")
    made, _ = await place.provisioner().plan()
    (note,) = made.notes
    assert SENTENCE(note) == (
        "3 people are described and have not come yet; for the links by which they come: palabre invite "
        "--all-described"
    )


async def test_a_damaged_note_is_a_sentence(place: Place) -> None:
    place.data.community.write_text("[]")
    with pytest.raises(PalabreError, match="is damaged"):
        place.provisioner()


async def test_a_description_with_problems_says_those(place: Place) -> None:
    await place.apply()
    place.edit("key: small", "key: smal\nnonsense: 1")
    with pytest.raises(DescriptionError, match="1 problem"):
        place.provisioner()


async def test_a_second_set_of_rooms_is_archived_by_its_key_and_without_force(place: Place) -> None:
    await place.apply()
    second = MemoryHomeserver("smal")
    second.rooms, second.aliases, second.accounts = (
        place.homeserver.rooms,
        place.homeserver.aliases,
        place.homeserver.accounts,
    )
    second._numbers = place.homeserver._numbers
    place.edit("key: small", "key: smal")
    wrong = Provisioner(
        load_description(place.config),
        Settings(),
        place.config,
        DataFolder(place.data.root / "other"),
        second,
        place.store,
        "http://x",
        RequestCounts(),
    )
    wrong.data.prepare()
    (wrong.data.community).write_text('{"key": "smal", "server_name": "palabre.localhost"}')
    await wrong.apply(ApplyOptions("test", force=True))
    place.edit("key: smal", "key: small")
    made, _ = await place.provisioner().plan()
    assert made.changes == ()
    (shown,) = made.undescribed
    assert "rooms that Palabre made under the key “smal”" in SENTENCE(shown.sentence)
    await place.apply(extras=PlanExtras(archive=frozenset({"smal"})))
    made, actual = await place.provisioner().plan()
    assert (made.changes, made.undescribed) == ((), ())
    assert all(room.is_archived for room in actual.others.values())
    assert not any(room.is_archived for room in actual.rooms.values())


# --- much that is added ---------------------------------------------------------------------------------------------


async def test_many_rooms_where_many_are_there_are_refused_until_somebody_means_it(place: Place) -> None:
    await place.apply()
    writes = place.homeserver.writes
    place.edit("rooms:\n", f"rooms:\n{MORE_ROOMS}\n")
    with pytest.raises(TooManyRemovals, match=r"20 rooms would be added to the \d+ that there are.*--force"):
        await place.apply()
    assert place.homeserver.writes == writes
    await place.apply(force=True)
    assert "more-19" in (await place.homeserver.snapshot()).rooms


async def test_what_somebody_has_meant_goes_on_after_it_was_broken_off(place: Place) -> None:
    await place.apply()
    place.edit("rooms:\n", f"rooms:\n{MORE_ROOMS}\n")
    place.homeserver.refuse = {"more-0", *(f"more-{n}" for n in range(2, 20))}
    with pytest.raises(ChangesFailed):
        await place.apply(force=True)
    place.homeserver.refuse = set()
    await place.apply()
    assert "more-19" in (await place.homeserver.snapshot()).rooms


async def test_a_first_apply_that_was_broken_off_goes_on_by_itself(place: Place) -> None:
    place.edit("rooms:\n", f"rooms:\n{MORE_ROOMS}\n")
    place.homeserver.refuse = {f"more-{n}" for n in range(20)}
    with pytest.raises(ChangesFailed):
        await place.apply()
    assert len((await place.homeserver.snapshot()).rooms) >= 10
    place.homeserver.refuse = set()
    await place.apply()


def rooms(count: int) -> dict[str, Room]:
    return {f"r{n}": Room(f"r{n}", is_space=False, state={}) for n in range(count)}


def accounts(count: int) -> dict[UserId, Account]:
    users = [UserId(f"@u{n}:palabre.localhost") for n in range(count)]
    return {user: Account(user, "") for user in (*users, OWN.provisioner, OWN.bot, OWN.break_glass)}


def additions(rooms_made: int, accounts_made: int) -> list[Change]:
    return [
        *(CreateRoom(room) for room in rooms(rooms_made).values()),
        *(CreateAccount(Account(UserId(f"@n{n}:x"), "")) for n in range(accounts_made)),
    ]


@pytest.mark.parametrize(
    ("there", "made", "said"),
    [
        (9, 100, False),
        (10, 9, False),
        (10, 10, True),
        (100, 30, False),
        (100, 31, True),
    ],
)
def test_ten_and_more_than_thirty_percent_of_ten_or_more(there: int, made: int, said: bool) -> None:
    assert (growth(additions(made, 0), Snapshot({}, rooms(there), OWN)) is not None) is said
    assert (growth(additions(0, made), Snapshot(accounts(there), {}, OWN)) is not None) is said


def test_what_is_there_under_another_key_is_there() -> None:
    elsewhere = {f"x:{key}": room for key, room in rooms(42).items()}
    said = growth(additions(42, 0), Snapshot({}, {}, OWN, others=elsewhere))
    assert said is not None
    assert SENTENCE(said) == "42 rooms would be added to the 42 that there are"
