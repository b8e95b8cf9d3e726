"""The store's contract, on the databases of conftest.py; that of its entries is in test_store_entries.py."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, insert, inspect, update
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.sql import text

from community.core.errors import StoreError
from community.description.calendar_model import Calendar, Deadline
from community.description.directory_model import Directory
from community.description.fields import Localized
from community.description.model import Status
from community.description.person import Person
from community.directory.entry import kind_of, to_json
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import (
    AppliedCommunity,
    AuditEntry,
    AuditOutcome,
    BegunDirect,
    GateStanding,
    JobState,
    NewAuditEntry,
    Store,
    UnreadableCommunity,
)
from community.storage.database import migrate
from community.storage.tables import applied, entries, metadata, revisions
from tests.lib.descriptions import described, small
from tests.lib.entries import contact, resource
from tests.lib.jobs import fill_jobs
from tests.lib.store_work import statements, whole_tables_read

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


DEADLINE = Deadline(
    key="report",
    title=Localized({"fr": "Rapport", "en": "Report"}),
    due=datetime(2026, 12, 1, 18, 0),  # noqa: DTZ001 - wall-clock time, its zone is the entry's
    rooms=("lobby",),
    remind=(timedelta(days=3), timedelta(0)),
)


async def test_migrations_make_exactly_the_tables_of_the_code(file_url: str, tmp_path: Path) -> None:
    await (await Store.open(file_url)).close()
    migrated = create_engine(f"sqlite:///{tmp_path}/palabre.db")
    declared = create_engine("sqlite://")
    metadata.create_all(declared)
    try:
        for table in metadata.tables:
            seen, wanted = inspect(migrated), inspect(declared)
            assert str(seen.get_columns(table)) == str(wanted.get_columns(table))
            assert str(seen.get_indexes(table)) == str(wanted.get_indexes(table))
            assert str(seen.get_unique_constraints(table)) == str(wanted.get_unique_constraints(table))
            assert seen.get_pk_constraint(table) == wanted.get_pk_constraint(table)
    finally:
        migrated.dispose()
        declared.dispose()


async def test_a_store_of_a_newer_version_is_refused_with_a_sentence(url: str) -> None:
    await (await Store.open(url)).close()
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(StoreError, match="newer version"):
        await Store.open(url)


async def test_a_store_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        await Store.open(f"sqlite+aiosqlite:///{tmp_path}/missing/palabre.db")


async def test_a_damaged_file_says_what_it_is_and_what_to_do(file_url: str, tmp_path: Path) -> None:
    (tmp_path / "palabre.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match=r"palabre\.db .* is damaged: file is not a database") as raised:
        await Store.open(file_url)
    assert "put back palabre.db from your last copy" in str(raised.value)
    assert "free space" not in str(raised.value)


async def test_damage_that_is_met_later_says_so_too(file_url: str, tmp_path: Path) -> None:
    async with await Store.open(file_url):
        pass
    content = bytearray((tmp_path / "palabre.db").read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    (tmp_path / "palabre.db").write_bytes(content)
    with pytest.raises(StoreError, match="is damaged") as raised:
        async with await Store.open(file_url) as store:
            await store.people.all()
    assert "put back palabre.db from your last copy" in str(raised.value)


async def test_entries_come_back_as_they_were_seeded(store: Store) -> None:
    directory = Directory(version=1, contacts=(contact("b"), contact("a")))
    calendar = Calendar(version=1, deadlines=(DEADLINE,))
    assert (await store.entries.seed(described(directory, calendar), at=NOW)).changed
    assert await store.entries.directory() == directory
    assert await store.entries.calendar() == calendar


async def test_seeding_the_same_again_changes_nothing(store: Store) -> None:
    directory = Directory(version=1, contacts=(contact("a"),))
    await store.entries.seed(described(directory), at=NOW)
    before = await store.entries.revision()
    assert not (await store.entries.seed(described(directory), at=NOW)).changed
    assert await store.entries.revision() == before


async def test_an_entry_gone_from_the_files_is_gone(store: Store) -> None:
    await store.entries.seed(described(Directory(version=1, contacts=(contact("a"), contact("b")))), at=NOW)
    await store.entries.seed(described(Directory(version=1, contacts=(contact("b"),))), at=NOW)
    assert [c.key for c in (await store.entries.directory()).contacts] == ["b"]


async def test_people_are_found_by_matrix_id_only(store: Store) -> None:
    awa = Person("@awa:x", "awa", "Awa", "city-lead", "bamako", ("waste",), ("fr",))
    assert await store.people.replace([awa])
    assert not await store.people.replace([awa])
    assert await store.people.find("@awa:x") == awa
    assert await store.people.find("awa") is None
    assert await store.people.all() == (awa,)


async def test_who_was_a_member_is_known_as_such(store: Store) -> None:
    former = {"@awa:x": Status.ALUMNI, "@zoe:x": Status.LEFT}
    assert await store.people.replace([], former)
    revision = await store.people.revision()
    assert not await store.people.replace([], former)
    assert await store.people.former() == former
    assert (await store.people.all(), await store.people.revision()) == ((), revision)
    assert await store.people.replace([])
    assert await store.people.former() == {}


async def test_the_community_that_was_applied_last_is_kept(store: Store) -> None:
    first, other = small().community, small(members=[]).community
    assert (await store.applied.latest(), await store.applied.revision()) == (None, 0)
    assert await store.applied.replace(first, at=NOW)
    assert not await store.applied.replace(first, at=NOW + timedelta(hours=1))
    assert await store.applied.latest() == AppliedCommunity(first, NOW)
    assert await store.applied.revision() == 1
    awa = first.members[2].model_dump(mode="json", by_alias=True, exclude_defaults=True)
    assert (await store.about("@awa.diallo:x", "awa.diallo"))["described"] == [awa]
    assert await store.applied.replace(other, at=NOW + timedelta(hours=2))
    assert await store.applied.latest() == AppliedCommunity(other, NOW + timedelta(hours=2))
    assert await store.applied.revision() == 2
    assert (await store.about("@awa.diallo:x", "awa.diallo"))["described"] == []


@pytest.mark.parametrize(
    ("content", "key"),
    [('{"version": 2, "key": "small"}', "small"), ('{"version": 2}', None), ("[1]", None), ('{"ke', None)],
)
async def test_a_community_that_cannot_be_read_is_not_taken_for_none(
    store: Store, content: str, key: str | None
) -> None:
    await store.applied.replace(small().community, at=NOW)
    async with store.transaction() as connection:
        await connection.execute(update(applied).values(content=content))
    assert await store.applied.latest() == UnreadableCommunity(key)
    assert await store.applied.readable() is None
    assert await store.applied.replace(small().community, at=NOW)
    assert (
        await store.applied.latest()
        == await store.applied.readable()
        == AppliedCommunity(small().community, NOW)
    )


async def test_a_search_without_an_index_is_seen_as_one(store: Store) -> None:
    await fill_jobs(store, 5000, JobState.DONE, at=NOW)
    for statement in (
        "SELECT * FROM jobs WHERE filed_at IS NULL",
        "SELECT id FROM audit ORDER BY detail",
    ):
        with statements(store) as sent:
            async with store.transaction() as connection:
                await connection.execute(text(statement))
        assert await whole_tables_read(store, sent) != []


async def test_reading_waits_for_no_writer(store: Store) -> None:
    person = Person("@awa:x", "awa", "Awa", "member", None, (), ("fr",))
    await store.people.replace([person])
    async with store.transaction() as connection:
        await connection.execute(text("DELETE FROM people"))
        assert await store.people.all() == (person,)
        assert await store.revisions("people", "identities") == (1, 0)
    assert await store.people.all() == ()


async def test_writers_of_one_process_wait_for_each_other(store: Store) -> None:
    await asyncio.gather(*(store.people.replace([], {"@awa:x": status}) for status in (*Status,) * 5))
    days = [store.counts.add(["waste", "water"], NOW.date(), True) for _ in range(30)]
    await asyncio.gather(*days, *(store.marks.note(f"mark/{number}", NOW) for number in range(30)))
    assert [count.number for count in await store.counts.read(NOW.date())] == [30, 30]
    assert len(await store.marks.names("mark/")) == 30


async def test_a_mark_is_noted_once(store: Store) -> None:
    assert await store.marks.first("bot", NOW) == NOW
    assert await store.marks.first("bot", NOW + timedelta(days=1)) == NOW


async def test_names_are_noted_once_and_found_by_how_they_begin(store: Store) -> None:
    await store.marks.note_each(["trace/a", "trace/b", "tracex", "t%/c"], NOW)
    await store.marks.note_each(["trace/b", "trace/c"], NOW + timedelta(days=1))
    assert await store.marks.names("trace/") == {"a", "b", "c"}
    assert await store.marks.names("t%/") == {"c"}
    assert await store.marks.first("trace/b", NOW + timedelta(days=2)) == NOW


ENTRY = NewAuditEntry(
    at=NOW,
    actor="@palabre-provisioner:x",
    action="remove-member",
    subject="@awa:x",
    detail="exchange.waste",
    digest="ab12",
)


async def test_what_is_noted_is_read_with_the_newest_last(store: Store) -> None:
    failed = replace(
        ENTRY, at=NOW + timedelta(hours=1), outcome=AuditOutcome.FAILED, detail=None, digest=None
    )
    await store.audit.add([failed, ENTRY])
    earlier, later = await store.audit.read()
    assert earlier == AuditEntry(id=2, **asdict(ENTRY))
    assert later == AuditEntry(id=1, **asdict(failed))
    assert later.outcome is AuditOutcome.FAILED
    assert later.at.tzinfo is UTC


async def test_an_empty_audit(store: Store) -> None:
    await store.audit.add([])
    assert await store.audit.read() == ()


async def test_entries_of_one_moment_keep_their_order(store: Store) -> None:
    await store.audit.add([replace(ENTRY, subject=f"@m{n}:x") for n in range(5)])
    await store.audit.add([replace(ENTRY, subject="@last:x")])
    found = await store.audit.read()
    assert [entry.subject for entry in found] == ["@m0:x", "@m1:x", "@m2:x", "@m3:x", "@m4:x", "@last:x"]


async def test_the_audit_is_asked_by_time_subject_and_number(store: Store) -> None:
    hours = [
        replace(ENTRY, at=NOW + timedelta(hours=n), subject=f"@m{n % 2}:x", actor=f"cli:{n}")
        for n in range(6)
    ]
    await store.audit.add(hours)

    async def found(**wanted: Any) -> list[int]:
        return [(entry.at - NOW) // timedelta(hours=1) for entry in await store.audit.read(**wanted)]

    assert await found(since=NOW + timedelta(hours=4)) == [4, 5]
    assert await found(limit=2) == [4, 5]
    assert await found(about=("@m1:x",)) == [1, 3, 5]
    assert await found(about=("@m1:x",), since=NOW + timedelta(hours=2), limit=1) == [5]
    assert await found(about=("@nobody:x",)) == []
    assert await found(about=("@m1:x", "cli:4")) == [1, 3, 4, 5]


async def test_one_wrong_entry_and_none_is_noted(store: Store) -> None:
    with pytest.raises(StatementError, match="naive"):
        await store.audit.add([ENTRY, replace(ENTRY, at=NOW.replace(tzinfo=None))])
    assert await store.audit.read() == ()


FORGERIES = (
    "UPDATE audit SET actor = 'somebody else'",
    "UPDATE audit SET detail = NULL WHERE id = 1",
    "DELETE FROM audit",
    "DELETE FROM audit WHERE id = 1",
    "INSERT INTO audit SELECT * FROM audit WHERE TRUE ON CONFLICT (id) DO UPDATE SET actor = 'nobody'",
)
FORGERIES_OF = {"sqlite": ("REPLACE INTO audit SELECT * FROM audit",), "postgresql": ("TRUNCATE audit",)}


async def test_the_database_refuses_to_change_or_delete_what_is_noted(store: Store, url: str) -> None:
    await store.audit.add([ENTRY])
    before = await store.audit.read()
    for statement in (*FORGERIES, *FORGERIES_OF[url.partition("+")[0]]):
        with pytest.raises(StoreError, match="the audit can only be added to"):
            async with store.transaction() as connection:
                await connection.execute(text(statement))
        assert await store.audit.read() == before


async def test_an_entry_is_one_line_of_bounded_length(store: Store) -> None:
    odd = replace(
        ENTRY, subject="a\x00b\x1b[31m\ud800", detail="first\nsecond" + "x" * 2000, actor="y" * 2000
    )
    await store.audit.add([odd])
    (entry,) = await store.audit.read()
    assert (entry.subject, entry.detail, entry.actor) == (
        "ab[31m",
        "first second" + "x" * 487 + "…",
        "y" * 254 + "…",
    )
    assert await store.audit.read(about=(odd.subject,)) == (entry,)


async def test_several_processes_note_at_once_and_others_read(url: str) -> None:
    async with await Store.open(url) as one, await Store.open(url) as other:
        await asyncio.gather(
            *((one, other)[n % 2].audit.add([ENTRY] * 10) for n in range(10)), other.audit.read()
        )
        assert len(await one.audit.read(limit=1000)) == 100


async def test_the_newest_of_many_are_found_without_reading_the_rest(store: Store) -> None:
    many = [replace(ENTRY, at=NOW + timedelta(seconds=n), subject=f"@m{n % 100}:x") for n in range(5000)]
    await store.audit.add(many)
    with statements(store) as sent:
        assert len(await store.audit.read(limit=10)) == 10
        assert len(await store.audit.read(limit=10, about=("@m7:x",))) == 10
        assert len(await store.audit.read(since=many[-10].at)) == 10
    assert await whole_tables_read(store, sent) == []


@pytest.mark.from_nothing
async def test_a_store_of_the_first_version_is_brought_up_to_date(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: migrate(sync, to="0001"))
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO requests (idempotency_key, kind, payload, state, filed_at)"
                " VALUES ('k', 'invite', '{}', 'pending', '2026-11-23 09:30:00')"
            )
        )
    await engine.dispose()
    async with await Store.open(url) as store:
        assert [request.idempotency_key for request in await store.jobs.pending("invite")] == ["k"]
        await store.audit.add([ENTRY])
        assert len(await store.audit.read()) == 1


@pytest.mark.from_nothing
async def test_a_store_of_the_second_version_keeps_all_and_gets_a_history(url: str) -> None:
    desk, guide = contact("desk"), resource("guide")
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: migrate(sync, to="0002"))
    async with engine.begin() as connection:
        rows = [
            {"kind": kind_of(entry), "key": entry.key, "position": 0, "content": to_json(entry)}
            for entry in (desk, guide)
        ]
        deadline = DEADLINE.model_dump_json(by_alias=True, exclude_defaults=True)
        rows.append({"kind": "deadline", "key": "report", "position": 0, "content": deadline})
        await connection.execute(insert(entries), rows)
        await connection.execute(insert(revisions).values(subject="entries", number=7))
    await engine.dispose()
    async with await Store.open(url) as store:
        directory = Directory(version=1, contacts=(desk,), resources=(guide,))
        assert await store.entries.directory() == directory
        assert (await store.entries.calendar()).deadlines == (DEADLINE,)
        assert [(row.actor, row.before, row.after) for row in await store.entries.history()] == [
            ("file", None, guide),
            ("file", None, desk),
        ]
        assert await store.entries.changed_since(7) == (7, ())
        seeding = await store.entries.seed(
            described(directory, Calendar(version=1, deadlines=(DEADLINE,))), at=NOW
        )
        assert not seeding.changed
        # What came from the files follows them from the first seeding on.
        await store.entries.seed(described(Directory(version=1, resources=(guide,))), at=NOW)
        assert (await store.entries.directory()).contacts == ()


async def test_a_direct_message_is_begun_again_and_marked(store: Store) -> None:
    await store.directs.begin("@awa:x", at=NOW)
    await store.directs.mark("@awa:x", NOW)
    await store.directs.begin("@awa:x", at=NOW + timedelta(days=1))
    assert await store.directs.all() == (BegunDirect("@awa:x", NOW + timedelta(days=1), NOW),)
    await store.directs.mark("@awa:x", None)
    assert [direct.unreached_since for direct in await store.directs.all()] == [None]
    await store.directs.drop("@awa:x")
    assert await store.directs.all() == ()


async def test_a_gates_change_and_what_tells_of_it_are_one(store: Store) -> None:
    request = Notice(NoticeKind.LET_IN, "@awa:x", "1", {})
    await store.gates.tell("safe", {"@awa:x": GateStanding.BELONGS}, [request], at=NOW)
    assert await store.gates.told("safe") == {"@awa:x": GateStanding.BELONGS}
    assert await store.gates.told("other") == {}
    assert [r.idempotency_key for r in await store.jobs.pending("notice")] == [request.idempotency_key]
    # What cannot be filed is not noted either.
    with pytest.raises(StatementError):
        await store.gates.tell("safe", {"@awa:x": None}, [request], at=NOW.replace(tzinfo=None))
    assert await store.gates.told("safe") == {"@awa:x": GateStanding.BELONGS}
    changed = {"@awa:x": None, "@eve:x": GateStanding.STRANGER}
    await store.gates.tell("safe", changed, [], at=NOW)
    assert await store.gates.told("safe") == {"@eve:x": GateStanding.STRANGER}


async def test_a_fault_of_ones_account_is_among_what_there_is_about_oneself(store: Store) -> None:
    await store.standing_faults.begin(
        ["administrator/@awa:x/", "administrator/@awa:xy/"],
        NOW,
        lambda name, _: Notice(NoticeKind.ACCOUNT_FAULT, COORDINATORS, name, {}),
    )
    about = await store.about("@awa:x", "awa")
    assert about["standing_faults"] == [{"name": "administrator/@awa:x/", "since": NOW.isoformat()}]
