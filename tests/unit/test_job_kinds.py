"""Every kind of job: what it says is read back as it was, its key names it, and each is listed."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.jobs.arrival_news import ArrivalNews
from community.jobs.greetings import Greeting
from community.jobs.history_keys import HistoryKeys
from community.jobs.kinds import KINDS, is_erased, is_kept
from community.jobs.memberships import MembershipUpdate
from community.jobs.notices import Notice, NoticeKind
from community.jobs.payload import JobPayload
from community.jobs.planned_replies import PlannedReplyJob
from community.jobs.plans import PlanApplication
from community.jobs.requested import PersonRequest, ProposedChange
from community.jobs.return_invitations import ReturnInvitation
from community.jobs.room_posts import RoomPost
from community.jobs.space_changes import SpaceChange
from tests.lib.entries import added, contact, resource

WORDS = st.text(st.characters(categories=["L", "N", "P"]), min_size=1)
WRITTEN: dict[type[JobPayload], st.SearchStrategy[Any]] = {
    PlanApplication: st.builds(PlanApplication, st.text(), st.text(), st.lists(WORDS, max_size=3).map(tuple)),
    MembershipUpdate: st.builds(
        MembershipUpdate, *[st.text()] * 3, again=st.lists(WORDS, max_size=3).map(tuple)
    ),
    Notice: st.builds(
        Notice, st.sampled_from(NoticeKind), st.text(), st.text(), st.dictionaries(WORDS, st.text())
    ),
    ProposedChange: st.builds(
        ProposedChange,
        *[st.text()] * 5,
        changes=st.lists(st.sampled_from([added(contact("desk")), added(resource("guide"))]), min_size=1).map(
            tuple
        ),
        cities=st.lists(WORDS, max_size=3).map(tuple),
        undoes=st.none() | st.integers(0),
        word=st.text(),
    ),
}
MOMENTS = st.datetimes(timezones=st.just(UTC))
WRITTEN |= {
    RoomPost: st.builds(RoomPost, due_at=MOMENTS, begun_at=MOMENTS, event_id=st.none() | WORDS),
    PlannedReplyJob: st.builds(PlannedReplyJob, st.text(), st.lists(WORDS, max_size=3).map(tuple), st.text()),
    Greeting: st.builds(Greeting, came=MOMENTS.map(datetime.isoformat)),
    ArrivalNews: st.builds(ArrivalNews, came=MOMENTS.map(datetime.isoformat)),
    HistoryKeys: st.builds(HistoryKeys, invited=MOMENTS.map(datetime.isoformat)),
    SpaceChange: st.builds(SpaceChange, since=MOMENTS.map(datetime.isoformat)),
    ReturnInvitation: st.builds(ReturnInvitation, asked=MOMENTS.map(datetime.isoformat)),
}
ANY = st.one_of(*(WRITTEN.get(kind, st.builds(kind)) for kind in KINDS.values()))


@given(ANY)
def test_what_a_job_says_is_read_back_from_the_table(payload: JobPayload) -> None:
    stored = payload.encoded()
    assert all(isinstance(text, str) for text in stored.values())
    assert type(payload).decoded(stored) == payload
    new = payload.new_job()
    assert new.idempotency_key.startswith(f"{payload.KIND}/")
    assert new.reopen_done is payload.REOPENED
    assert set(payload.dropped(stored)) | payload.ENTRIES <= stored.keys()


def subclasses(of: type) -> Iterator[type]:
    each: type
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


def test_every_kind_is_listed_under_a_name_of_its_own() -> None:
    listed = list(KINDS.values())
    assert sorted(listed, key=str) == sorted(
        (
            kind
            for kind in subclasses(JobPayload)
            if kind.__module__.startswith("community.") and not inspect.isabstract(kind)
        ),
        key=str,
    )
    assert all(name == kind.KIND for name, kind in KINDS.items())
    assert len({kind.KIND for kind in listed}) == len(listed)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.KIND)
def test_what_holds_somebodys_own_words_goes_with_them_and_drops_the_words_at_its_end(
    kind: type[JobPayload],
) -> None:
    words = {"question", "changes", "planned"} & set(kind.__dataclass_fields__)
    # What somebody has asked others for goes with them, be it in their words or not.
    assert is_erased(kind.KIND) == bool(words or issubclass(kind, PersonRequest))
    assert words <= set(kind.dropped({})) or not is_kept(kind.KIND)


def test_what_no_kind_vouches_for_is_erased() -> None:
    assert is_erased("of another Palabre")
