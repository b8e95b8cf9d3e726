"""What the store has about a person: given to them whole, and taken out of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text, update

from community.core.errors import EntryConflict
from community.description.directory_model import Contact, Directory
from community.description.fields import Localized
from community.description.person import Person
from community.directory.changes import as_values
from community.jobs.job import NewJob
from community.jobs.kinds import KINDS, is_erased
from community.jobs.planned_replies import PlannedReplyJob
from community.storage import Draft, Forgotten, JobState, Lease, NewAuditEntry, Store
from community.storage.tables import jobs
from tests.lib.descriptions import described
from tests.lib.entries import added, contact, edited, project, resource
from tests.lib.jobs import file_raw

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
AWA, MOUSSA = "@awa.diallo:x", "@moussa.keita:x"
PERSON = Person(AWA, "awa.diallo", "Awa Diallo", "city-lead", "bamako", ("waste",), ("fr",))
REACHED = {"email": "awa@example.org", "phone": "+223 20 00 00 01", "hours": "9-17", "words": {"fr": ["Awa"]}}
UNSIGNED = contact("bamako-waste", name="Awa Diallo", cities=["bamako"], deputy="desk")
SIGNED = contact(
    "bamako-waste", name="Awa Diallo", cities=["bamako"], deputy="desk", member="awa.diallo", **REACHED
)
DESK = contact("desk", kind="desk", name="Desk", member="awa.diallo", email="desk@example.org")
GUIDE = resource("guide", added_by="awa.diallo")
OTHER = contact("other", name="Moussa", member="moussa.keita", email="moussa@example.org")
REPLACEMENT = "—"
TRACES = ("awa", "diallo", "223 20")


async def fill(store: Store) -> None:
    """Fill every table with what is about Awa, and with what is not."""
    await store.people.replace([PERSON])
    await store.entries.change([added(UNSIGNED), added(GUIDE)], actor=AWA, at=NOW)
    await store.entries.change([edited(UNSIGNED, SIGNED), added(OTHER), added(DESK)], actor=MOUSSA, at=NOW)
    busy = OTHER.model_copy(update={"languages": ("fr",)})
    await store.entries.change([edited(OTHER, busy)], actor=MOUSSA, at=NOW)
    draft = Draft(room_id="!r", conversation="", user_id=AWA, content='{"email":"awa@example.org"}', at=NOW)
    await store.drafts.put(draft)
    await store.drafts.put(replace(draft, user_id=MOUSSA, content="{}"))
    for kind, payload in (
        ("question", {"asker": AWA, "text": "Whom do I ask about my rent?"}),
        ("question", {"asker": MOUSSA, "text": "Who?"}),
        ("proposal", {"proposer": MOUSSA, "after": json.dumps({"member": "awa.diallo"})}),
        ("invite", {"room_id": "!r", "user_id": AWA}),
    ):
        await file_raw(store, NewJob(kind, payload, f"{kind}{payload}"), at=NOW)
    line = NewAuditEntry(at=NOW, actor=AWA, action="apply", subject="ab12")
    await store.audit.add([line, replace(line, actor="palabre", subject=AWA), replace(line, actor=MOUSSA)])


async def test_what_the_store_has_about_somebody_is_given_whole(store: Store) -> None:
    await fill(store)
    found: dict[str, Any] = await store.about(AWA, "awa.diallo")
    assert json.loads(json.dumps(found)) == found
    assert [person["name"] for person in found["person"]] == ["Awa Diallo"]
    assert [entry["key"] for entry in found["entries"]] == ["bamako-waste", "desk", "guide"]
    assert found["entries"][0]["phone"] == REACHED["phone"]
    assert [(row["id"], row["actor"]) for row in found["history"]] == [
        (1, AWA),
        (2, AWA),
        (3, MOUSSA),
        (5, MOUSSA),
    ]
    assert found["history"][0] | {"after": None} == {
        "id": 1,
        "revision": 1,
        "at": NOW.isoformat(),
        "actor": AWA,
        "kind": "contact",
        "key": "bamako-waste",
        "before": None,
        "after": None,
        "undoes": None,
    }
    assert [draft["content"] for draft in found["drafts"]] == [{"email": "awa@example.org"}]
    assert [request["kind"] for request in found["requests"]] == ["question", "proposal", "invite"]
    assert [(line["actor"], line["subject"]) for line in found["audit"]] == [(AWA, "ab12"), ("palabre", AWA)]


async def test_what_somebody_is_given_says_nothing_of_others(store: Store) -> None:
    await fill(store)
    passed_on = OTHER.model_copy(update={"languages": ("fr",), "member": "awa.diallo"})
    there = await store.entries.entry("contact", "other")
    assert there is not None
    await store.entries.change([edited(there, passed_on)], actor=AWA, at=NOW)
    told: dict[str, Any] = await store.about(MOUSSA, "moussa.keita")
    assert "awa@" not in str(told)
    assert [row["before"] for row in told["history"] if row["key"] == "bamako-waste"] == [
        {"key": "bamako-waste"}
    ]
    assert [row["after"] for row in told["history"] if row["key"] == "other"][-1] == {"key": "other"}
    hers: dict[str, Any] = await store.about(AWA, "awa.diallo")
    assert [request["payload"] for request in hers["requests"] if request["kind"] == "proposal"] == [{}]


async def test_of_somebody_unknown_there_is_nothing(store: Store) -> None:
    await fill(store)
    assert not any((await store.about("@nobody:x", "nobody")).values())
    before = await store.entries.revision()
    assert await store.forget("@nobody:x", "nobody", REPLACEMENT) == Forgotten(0, 0, 0, 0)
    assert await store.entries.revision() == before


async def test_somebody_is_taken_out_of_everything_that_can_do_without_them(store: Store) -> None:
    await fill(store)
    seen = await store.entries.revision()
    assert await store.forget(AWA, "awa.diallo", REPLACEMENT) == Forgotten(3, 6, 1, 2)
    found: dict[str, Any] = await store.about(AWA, "awa.diallo")
    kept = {"person", "requests", "audit"}
    assert {part for part, some in found.items() if some} == kept
    assert [request["kind"] for request in found["requests"]] == ["invite"]
    remembered = str([await store.entries.directory(), await store.entries.history(limit=100)]).lower()
    assert [trace for trace in TRACES if trace in remembered] == []
    assert len(await store.jobs.pending("question")) == 1
    assert await store.drafts.get("!r", "", MOUSSA) is not None
    # Whoever keeps an index learns of it.
    _, news = await store.entries.changed_since(seen) or (0, ())
    assert [key for _, key, _ in news] == ["bamako-waste", "desk", "guide"]


async def test_what_the_contact_was_for_stays_and_so_do_others(store: Store) -> None:
    await fill(store)
    await store.forget(AWA, "awa.diallo", REPLACEMENT)
    vacant = await store.entries.entry("contact", "bamako-waste")
    assert isinstance(vacant, Contact)
    assert vacant == contact("bamako-waste", name=REPLACEMENT, cities=["bamako"], deputy="desk", vacant=True)
    assert await store.entries.entry("contact", "desk") == DESK.model_copy(update={"member": None})
    there = await store.entries.entry("contact", "other")
    assert isinstance(there, Contact)
    assert (there.name, there.member) == (Localized("Moussa"), "moussa.keita")
    rows = (await store.entries.history("contact", "bamako-waste"))[::-1]
    assert [row.actor for row in rows] == [REPLACEMENT, MOUSSA]
    assert [row.after for row in rows] == [vacant, vacant]


async def test_what_was_about_somebody_forgotten_is_not_undone(store: Store) -> None:
    await fill(store)
    await store.forget(AWA, "awa.diallo", REPLACEMENT)
    with pytest.raises(EntryConflict, match="somebody who has been forgotten"):
        await store.entries.undo(3, actor=MOUSSA, at=NOW)


async def test_the_files_bring_nobody_back_until_they_are_changed(store: Store) -> None:
    files = described(Directory(version=1, contacts=(SIGNED, DESK)))
    await store.entries.seed(files, at=NOW)
    await store.forget(AWA, "awa.diallo", REPLACEMENT)
    assert not (await store.entries.seed(files, at=NOW)).changed
    there = await store.entries.entry("contact", "bamako-waste")
    assert isinstance(there, Contact)
    assert there.vacant


async def test_forgetting_also_takes_out_requests_that_have_ended(store: Store) -> None:
    await file_raw(store, NewJob("question", {"asker": AWA, "text": "?"}, "q"), at=NOW)
    (question,) = await store.jobs.pending("question")
    await store.jobs.end(question.id, JobState.DONE, at=NOW)
    assert await store.forget(AWA, "awa.diallo", REPLACEMENT) == Forgotten(0, 0, 0, 1)
    await store.entries.change([added(project("compost"))], actor=AWA, at=NOW)
    assert (await store.forget(AWA, "awa.diallo", REPLACEMENT)).history == 1


async def test_what_somebody_began_to_change_does_not_give_them_how_others_are_reached(store: Store) -> None:
    after = OTHER.model_copy(update={"languages": ("fr",)})
    state, then = as_values(OTHER), as_values(after)
    for conversation, content in (
        ("change", {"purpose": "change", "fields": {"phone": "+223 1"}, "before": state}),
        ("undo", {"purpose": "undo", "fields": state, "before": None}),
        ("own", {"purpose": "change", "fields": {}, "before": as_values(SIGNED)}),
    ):
        draft = Draft(
            room_id="!r", conversation=conversation, user_id=AWA, content=json.dumps(content), at=NOW
        )
        await store.drafts.put(draft)
    changes = json.dumps([{"kind": "contact", "key": "other", "before": state, "after": then}])
    payload = {"user_id": AWA, "changes": changes}
    await file_raw(store, NewJob("proposal", payload, "p"), at=NOW)
    told = json.dumps(await store.about(AWA, "awa.diallo"))
    assert "moussa@example.org" not in told
    assert "Moussa" in told
    assert "+223 1" in told
    assert told.count("+223 20 00 00 01") == 1


async def test_somebody_called_as_a_theme_takes_no_proposals_of_others_with_them(store: Store) -> None:
    changes = json.dumps([{"kind": "contact", "after": {"themes": ["waste"], "member": "moussa.keita"}}])
    payload = {"user_id": MOUSSA, "changes": changes}
    await file_raw(store, NewJob("proposal", payload, "p"), at=NOW)
    assert (await store.about("@waste:x", "waste"))["requests"] == []
    assert (await store.forget("@waste:x", "waste", REPLACEMENT)).requests == 0
    assert (await store.forget(MOUSSA, "moussa.keita", REPLACEMENT)).requests == 1


async def test_each_kind_of_job_says_whether_it_is_deleted_with_the_person(store: Store) -> None:
    for kind in (*KINDS, "of another Palabre"):
        await file_raw(store, NewJob(kind, {"user_id": AWA}, kind), at=NOW)
    erased = [kind for kind in (*KINDS, "of another Palabre") if is_erased(kind)]
    assert (await store.forget(AWA, "awa.diallo", REPLACEMENT)).requests == len(erased)
    about: dict[str, Any] = await store.about(AWA, "awa.diallo")
    assert [job["kind"] for job in about["requests"]] == [kind for kind in KINDS if kind not in erased]


async def fill_broken(store: Store) -> None:
    """File jobs that name Awa and that nobody can read: by a kind that there is, and one that there is not."""
    for kind in ("invite", "unheard"):
        for number, payload in enumerate(([AWA], {"user": {"id": AWA}}, {"user_id": 7, "who": AWA}, AWA)):
            await file_raw(store, NewJob(kind, {}, f"{kind}{number}"), at=NOW)
            async with store.transaction() as connection:
                one = jobs.c.idempotency_key == f"{kind}{number}"
                await connection.execute(update(jobs).where(one).values(payload=payload))
    await file_raw(store, NewJob("proposal", {"user_id": AWA, "changes": "[broken"}, "p"), at=NOW)
    await file_raw(store, NewJob("unheard", {}, "another's"), at=NOW)
    async with store.transaction() as connection:
        await connection.execute(
            update(jobs).where(jobs.c.idempotency_key == "another's").values(payload=[MOUSSA])
        )


async def test_what_nobody_can_read_is_told_as_failed_and_deleted(store: Store) -> None:
    await fill_broken(store)
    await goes_on(store, broken=8)


async def test_what_is_no_json_is_told_as_failed_and_deleted(file_url: str) -> None:
    async with await Store.open(file_url) as store:
        await fill_broken(store)
        for key in ("invite0", "unheard0"):
            async with store.transaction() as connection:
                await connection.execute(
                    text(f"UPDATE jobs SET payload = '{{broken {AWA}' WHERE idempotency_key = '{key}'")  # noqa: S608
                )
        await goes_on(store, broken=8)


async def goes_on(store: Store, *, broken: int) -> None:
    found: dict[str, Any] = await store.about(AWA, "awa.diallo")
    assert json.loads(json.dumps(found)) == found
    told = [(row["state"], row["reason"], row["payload"]) for row in found["requests"]]
    assert told == [("failed", "malformed", {})] * broken + [
        ("pending", None, {"user_id": AWA, "changes": ""})
    ]
    assert (await store.forget(AWA, "awa.diallo", REPLACEMENT)).requests == broken + 1
    assert (await store.about(AWA, "awa.diallo"))["requests"] == []
    assert len(await store.jobs.of_state("unheard", *JobState)) == 1


async def test_a_reply_that_waits_goes_with_whom_it_is_for_or_about_and_is_told_without_its_text(
    store: Store,
) -> None:
    for number, people in enumerate([(AWA,), (MOUSSA, AWA), (MOUSSA,)]):
        reply = PlannedReplyJob(f"$e{number}", people, "Awa's telephone is 5")
        await store.jobs.begin(reply, Lease("bot", NOW), at=NOW)
    own = PlannedReplyJob.key("$e0")
    found: Any = (await store.about(AWA, "awa.diallo", answering=own))["requests"]
    assert [row["idempotency_key"] for row in found] == [PlannedReplyJob.key("$e1")]
    assert "telephone" not in json.dumps(await store.about(AWA, "awa.diallo"))
    assert (await store.forget(AWA, "awa.diallo", REPLACEMENT, answering=own)).requests == 1
    left = await store.jobs.pending(PlannedReplyJob.KIND)
    assert [job.payload["event_id"] for job in left] == ["$e0", "$e2"]
    await store.forget(AWA, "awa.diallo", REPLACEMENT)
    assert [job.payload["event_id"] for job in await store.jobs.pending(PlannedReplyJob.KIND)] == ["$e2"]
