"""What whoever leaves and the coordinators are told of what was in the leaver's name: only what is true of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.core.messages import translator
from community.description.backups import BACKUPS, KnownBackups, archive_name
from community.description.model import Status
from community.description.settings import BackupSettings, KeepSettings, Settings
from community.directory.handing_over import InTheirName
from community.jobs.leaving_text import leaving_sentences
from community.jobs.leavings import YES, Leaving
from community.jobs.notices import NoticeKind
from provisioning.erasures import TakenBack
from provisioning.leavings import TIME_TO_READ, receipt_values
from tests.lib.asking import CATALOGUES
from tests.lib.descriptions import small
from tests.lib.entries import removed
from tests.unit.test_leavings import AWA, CLAUDINE, ENTRIES, NOW, Site, site, user

__all__ = ["site"]


async def gone(site: Site, name: str, **more: str) -> tuple[str, str]:
    """Let somebody go; return their receipt and what the coordinators are told."""
    await site.leaves(name, **more)
    await site.turns(3)
    said = await site.receipt()
    await site.received()
    await site.turns(1, after=TIME_TO_READ)
    await site.turns(2)
    return said or "", await site.receipt(NoticeKind.MEMBER_LEFT) or ""


async def test_nothing_is_said_of_what_they_did_not_have(site: Site) -> None:
    await site.store.entries.change([removed(entry) for entry in ENTRIES], actor="file", at=NOW)
    site.now += timedelta(hours=1)
    site.erasures.said = 0
    said, told = await gone(site, AWA, takes_back=YES, erases=YES, successor=CLAUDINE)
    for word in ("contact", "project", "deadline", "Deleted:", "takes over"):
        assert word not in said, word
    assert "You had written no messages here." in said
    assert told == (
        f"{AWA} has left the network.\n"
        "They have asked to be erased. The files of the description do not have them."
    )


async def test_the_coordinators_look_at_vacant_contacts_only_where_there_are(site: Site) -> None:
    said, told = await gone(site, AWA)
    assert "What was in your name (1 contact, 1 project, 1 deadline) goes to the deputies" in said
    assert told == (
        f"{AWA} has left the network.\nNobody takes over 1 contact of theirs: it is marked as vacant."
    )


async def test_whom_the_files_have_is_to_be_cleared_there(site: Site) -> None:
    await site.store.members.seed(small(), at=NOW)
    _, told = await gone(site, AWA, erases=YES)
    assert "clear their name in the files of the description too" in told


@pytest.mark.parametrize("left_over", [0, 3])
def test_of_messages_that_could_not_be_deleted_it_is_not_said_that_there_were_none(left_over: int) -> None:
    """Of three messages in a room that they had left none is deleted."""
    leaving = Leaving(user(AWA), AWA, user(AWA), Status.LEFT.value, "", YES, "")
    taken = TakenBack(0, left_over)
    values = receipt_values(leaving, small().community, taken, KnownBackups(), InTheirName())
    translate = translator("en", CATALOGUES)
    said = " ".join(map(translate, leaving_sentences(NoticeKind.LEAVING_RECEIPT, values)))
    assert ("You had written no messages" in said) is not bool(left_over)
    assert ("3 things of yours I could not delete" in said) is bool(left_over)


BY_KEY = BackupSettings(recipients=("age1" + "q" * 58,), keep=KeepSettings(days=3, weeks=2, months=0))
"""A copy of each of three days and of two weeks: the last of them is gone after a fortnight."""
MADE, PERHAPS = (
    "Copies of the whole server that were made before",
    "If copies of the whole server were made before",
)
NOBODY_KNOWS = "If whoever runs the server keeps copies of it (backups)"
RULE = "the last of these copies is deleted after about 14 days"


@pytest.mark.parametrize(
    ("backup", "is_there", "said"),
    [
        pytest.param(BackupSettings(), False, {NOBODY_KNOWS}, id="none is made by Palabre"),
        pytest.param(
            BY_KEY, False, {PERHAPS, RULE}, id="none is seen from here: perhaps in another container"
        ),
        pytest.param(BY_KEY, True, {MADE, RULE}, id="one is there"),
        pytest.param(
            BackupSettings(keep=BY_KEY.keep), True, {MADE, RULE}, id="one is there, and no key for another"
        ),
    ],
)
async def test_of_backups_it_says_only_what_is_known(
    site: Site, backup: BackupSettings, said: set[str], *, is_there: bool
) -> None:
    site.settings = Settings(backup=backup)
    if is_there:
        folder = site.folder / BACKUPS
        folder.mkdir()
        (folder / archive_name(site.settings.homeserver.server_name, NOW)).touch()
    receipt, _ = await gone(site, AWA)
    assert {one for one in (MADE, PERHAPS, NOBODY_KNOWS, RULE) if one in receipt} == said
    assert ("where a new one is made each day" in receipt) is (RULE in said)


def test_a_receipt_that_an_earlier_version_has_filed_claims_no_backup() -> None:
    leaving = Leaving(user(AWA), AWA, user(AWA), Status.LEFT.value, "", "", "")
    values = receipt_values(leaving, small().community, TakenBack(), KnownBackups(days=372), InTheirName())
    del values["backups"]
    said = " ".join(map(str, leaving_sentences(NoticeKind.LEAVING_RECEIPT, values)))
    assert PERHAPS in said
    assert MADE not in said
