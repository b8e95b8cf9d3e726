"""Members of the files and members who came by an invitation: merged value by value, and nobody comes back unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.description.model import Member, Status
from community.joining.members import MemberBase, MemberOrigin, MergedMember, MergedMembers, merge_members

NAMES = ("awa.diallo", "salif.traore", "binta.sow")


def member(username: str = "awa.diallo", **fields: Any) -> Member:
    usual: dict[str, Any] = {"name": "Awa", "role": "member", "city": "bamako", "languages": ("fr",)}
    return Member(username=username, **{**usual, **fields})


def seeded(*files: Member) -> Mapping[str, MemberBase]:
    """Return the digests that are left where the files were applied to a store with nobody in it."""
    return merge_members((), {}, files).bases


def only(merged: MergedMembers) -> MergedMember:
    (one,) = merged.members
    return one


def test_the_first_time_the_files_hold() -> None:
    files = (member(), member("salif.traore", status=Status.LEFT))
    merged = merge_members((), {}, files)
    assert [one.member for one in merged.members] == list(files)
    assert {one.origin for one in merged.members} == {MemberOrigin.FILES}
    assert (merged.gone, merged.notes) == ((), ())


def test_whoever_came_by_an_invitation_stays_beside_them() -> None:
    came = member("salif.traore", name="Salif")
    merged = merge_members((came, member()), seeded(member()), (member(),))
    assert merged.members == (
        MergedMember(member(), MemberOrigin.FILES),
        MergedMember(came, MemberOrigin.INVITATION),
    )
    assert set(merged.bases) == {"awa.diallo"}


def test_whoever_came_first_stays_first() -> None:
    came = (member("salif.traore"), member("binta.sow"))
    merged = merge_members((member(), *came), seeded(member()), (member(),))
    assert [one.member for one in merged.members] == [member(), *came]


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], int]] = {
    "the file alone": ({}, {"role": "city-lead"}, {"role": "city-lead"}, 0),
    "the network alone": ({"themes": ("waste",)}, {}, {"themes": ("waste",)}, 0),
    "each another value": (
        {"themes": ("waste",)},
        {"role": "city-lead"},
        {"themes": ("waste",), "role": "city-lead"},
        0,
    ),
    "both the same": ({"city": "lagos"}, {"city": "lagos"}, {"city": "lagos"}, 0),
    "both their themes": ({"themes": ("waste",)}, {"themes": ("health",)}, {"themes": ("waste",)}, 1),
    "both the role": ({"role": "expert"}, {"role": "city-lead"}, {"role": "city-lead"}, 1),
    "left in the network": ({"status": Status.LEFT}, {"themes": ("waste",)}, {"status": Status.LEFT}, 0),
    "left in the file": ({"themes": ("waste",)}, {"status": Status.LEFT}, {"status": Status.LEFT}, 0),
    "left, and alumni in the file": (
        {"status": Status.LEFT},
        {"status": Status.ALUMNI},
        {"status": Status.LEFT},
        1,
    ),
    "alumni, and left in the file": (
        {"status": Status.ALUMNI},
        {"status": Status.LEFT},
        {"status": Status.LEFT},
        1,
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_each_side_has_changed(case: str) -> None:
    ours, theirs, expected, notes = CHANGES[case]
    merged = merge_members((member(**ours),), seeded(member()), (member(**theirs),))
    found = only(merged).member
    assert {name: getattr(found, name) for name in expected} == expected
    assert len(merged.notes) == notes


def test_a_note_says_what_holds() -> None:
    merged = merge_members((member(role="expert"),), seeded(member()), (member(role="city-lead"),))
    (note,) = merged.notes
    assert str(note) == (
        "Of “awa.diallo” both the file and the network have changed “role” since it was last applied: "
        "what the file says holds."
    )


def test_who_is_described_after_they_came_is_one_person() -> None:
    came = member("salif.traore", name="Salif Traoré", themes=("waste",))
    described = member("salif.traore", name="SALIF TRAORE", role="city-lead", status=Status.LEFT)
    merged = merge_members((came,), {}, (described,))
    found = only(merged)
    assert found.origin is MemberOrigin.FILES
    assert (found.member.role, found.member.status, found.member.themes) == (
        "city-lead",
        Status.LEFT,
        ("waste",),
    )


def test_another_person_under_the_same_user_name_waits() -> None:
    came = member("salif.traore", name="Salif Traoré")
    other = member("salif.traore", name="Salifou Traoré", role="coordinator")
    merged = merge_members((came,), {}, (other,))
    assert only(merged) == MergedMember(came, MemberOrigin.INVITATION)
    (note,) = merged.notes
    assert str(note) == (
        "“salif.traore” came by an invitation as Salif Traoré, and the file describes Salifou Traoré under it: "
        "give that person another user name."
    )
    assert merge_members((came,), merged.bases, (other,)) == merged


def test_who_is_described_no_longer_is_gone_and_named() -> None:
    merged = merge_members(
        (member(), member("binta.sow")), seeded(member(), member("binta.sow")), (member(),)
    )
    assert [one.member.username for one in merged.members] == ["awa.diallo"]
    assert merged.gone == ("binta.sow",)


MEMBERS = st.builds(
    member,
    st.sampled_from(NAMES),
    name=st.sampled_from(("Awa", "Binta")),
    role=st.sampled_from(("member", "city-lead")),
    city=st.none() | st.just("bamako"),
    themes=st.sampled_from(((), ("waste",), ("health", "waste"))),
    status=st.sampled_from(Status),
)
LISTS = st.lists(MEMBERS, unique_by=lambda one: one.username, max_size=3)


@given(LISTS, LISTS, LISTS)
def test_merged_again_nothing_changes(
    before: list[Member], stored: list[Member], files: list[Member]
) -> None:
    once = merge_members(stored, seeded(*before), files)
    again = merge_members([one.member for one in once.members], once.bases, files)
    assert (again.members, again.bases, again.gone) == (once.members, once.bases, ())


@given(LISTS, LISTS, LISTS)
def test_what_is_exported_and_described_so_is_settled(
    before: list[Member], stored: list[Member], files: list[Member]
) -> None:
    members = [one.member for one in merge_members(stored, seeded(*before), files).members]
    settled = merge_members(members, {}, members)
    assert [one.member for one in settled.members] == members
    assert settled.notes == ()


@given(LISTS, LISTS, LISTS)
def test_nobody_who_came_by_an_invitation_is_lost_and_nobody_comes_back(
    before: list[Member], stored: list[Member], files: list[Member]
) -> None:
    bases = seeded(*before)
    merged = {one.member.username: one.member for one in merge_members(stored, bases, files).members}
    came = {one.username for one in stored} - bases.keys()
    assert came <= merged.keys()
    _none_back(stored, before, merged)


def _none_back(stored: Sequence[Member], before: Sequence[Member], merged: Mapping[str, Member]) -> None:
    """Nobody who has left in the network, and not by what the files said, is anything else after a merge."""
    said = {one.username: one.status for one in before}
    for one in stored:
        if one.status is Status.LEFT and said.get(one.username) is not Status.LEFT and one.username in merged:
            assert merged[one.username].status is Status.LEFT
