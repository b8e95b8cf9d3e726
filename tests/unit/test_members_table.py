"""`palabre members export`: the table describes the members that there are, and read again it changes nobody."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from community.description.load import load_description
from community.description.members_csv import MemberList, parse_members
from community.description.model import Community, Description, Member, Status
from community.exchange.members_table import members_table
from community.joining.members import merge_members
from community.storage import Store
from tests.lib.arrivals import SALIF
from tests.lib.descriptions import SMALL, small
from tests.lib.directory_store import NOW, with_store
from tests.lib.in_process import palabre

NAMES = st.text(
    st.characters(categories=["L", "N"], include_characters=" '-’;,\"."), min_size=1, max_size=40
).filter(lambda text: text == " ".join(text.split()))
MEMBERS = st.lists(
    st.builds(
        Member,
        username=st.from_regex(r"[a-z][a-z0-9]{0,8}\.[a-z]{1,8}", fullmatch=True),
        name=NAMES,
        role=st.sampled_from(("coordinator", "city-lead")),
        city=st.none() | st.sampled_from(("bamako", "kigali")),
        themes=st.sets(st.sampled_from(("waste", "mobility"))).map(lambda found: tuple(sorted(found))),
        languages=st.sampled_from((("fr",), ("en", "fr"), ("rw", "ar"))),
        status=st.sampled_from(Status),
        successor=st.none() | st.just("awa.diallo"),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda member: member.username,
)


def read_again(data: bytes) -> tuple[Member, ...]:
    parsed = parse_members(data, "members.csv")
    assert parsed.problems == ()
    return MemberList.model_validate(parsed.value).members


@settings(deadline=None)
@given(members=MEMBERS, separator=st.sampled_from((";", ",", "\t")))
def test_read_again_it_changes_nobody(members: list[Member], separator: str) -> None:
    bases = merge_members((), {}, members[:1]).bases
    merged = merge_members(members, bases, members[:1])
    written = members_table((one.member for one in merged.members), separator)
    files = read_again(written)
    again = merge_members(members, bases, files)
    assert [one.member for one in again.members] == [one.member for one in merged.members]
    assert again.notes == ()


def test_everybody_is_in_the_table_that_the_command_writes(tmp_path: Path) -> None:
    data, config = tmp_path / "data", tmp_path / "config"
    data.mkdir()
    config.mkdir()
    for name in ("directory.yaml", "calendar.yaml"):
        (config / name).write_text((SMALL / name).read_text())
    (config / "community.yaml").write_text((SMALL / "community.yaml").read_text().partition("members:")[0])

    async def begin(store: Store) -> None:
        await store.members.seed(small(), at=NOW)
        await store.members.add(SALIF, "@salif.traore:x", by="@salif.traore:x", at=NOW)

    with_store(data, begin)
    place = ("--config", config, "--data", data)
    ran = palabre("members", "export", "--to", config, *place, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert "take the list “members” out of that file" in ran.out
    described: Description = load_description(config)
    assert described.community.members == (*small().community.members, SALIF)

    async def applied(store: Store) -> Community:
        return (await store.members.preview(described)).community

    assert with_store(data, applied) == described.community
