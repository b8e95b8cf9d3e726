"""What `palabre doctor` finds of accounts, safe rooms and rooms without their bot. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from community.accounts.faults import AccountFault, FaultKind, said_of
from community.core.doctor import Finding, State
from community.core.errors import PalabreError
from community.core.messages import msg
from community.description.data_folder import DataFolder
from community.description.model import Description
from community.description.settings import Settings
from community.jobs.notice_text import sentences_of
from community.jobs.notices import COORDINATORS
from community.storage import AppliedCommunity, UnreadableCommunity
from provisioning.account_watch import find_faults
from provisioning.bot_absences import BotAbsence, said_of_absence
from provisioning.description_news import kept_file
from provisioning.plan import Plan
from provisioning.provisioner import open_provisioner
from provisioning.safe_notices import notices_of
from provisioning.safe_rooms import SafeRoom
from provisioning.token_renewal import PROVISIONER
from provisioning.undescribed import Undescribed


async def account_findings(config: Path, data: DataFolder, settings: Settings) -> tuple[Finding, ...]:
    """Return what there is to say by these settings; nothing where the provisioner has no account yet.

    A homeserver that is away and a session that has ended are findings too.
    """
    if not data.secret(PROVISIONER).exists():
        return ()
    try:
        async with open_provisioner(config, data, changing=False, settings=settings) as provisioner:
            made, actual = await provisioner.plan()
            found = await find_faults(provisioner, made, actual)
            remembered = await provisioner.store.applied.latest()
            described = tuple(_of_description(provisioner.description, made, remembered))
    except PalabreError as error:
        return (Finding("accounts", State.FAULT, error.sentence, error.remedy),)
    held = (AccountFault(FaultKind.ACCOUNT_HELD, user) for user in sorted(made.held))
    return (
        *described,
        *_of_accounts(found.faults),
        *_of_held(held),
        *_of_bot(made.absent),
        *_of_safe_rooms(made.safe),
        *_of_undescribed(made.undescribed),
    )


def _of_description(
    description: Description, made: Plan, remembered: AppliedCommunity | UnreadableCommunity | None
) -> Iterator[Finding]:
    """Say whether what runs is what the files say."""
    kept = {name: problems for name, problems in description.kept.items() if problems}
    for name, problems in kept.items():
        remedy = msg("“palabre check” shows every mistake. Mend the file, then run “palabre plan”.")
        yield Finding(f"description/{name}", State.WARNING, kept_file(name, problems), remedy)
    if isinstance(remembered, UnreadableCommunity):
        yield Finding("description", State.FAULT, remembered.sentence, remembered.remedy)
    elif remembered is None:
        yield Finding(
            "description",
            State.WARNING,
            msg("Nothing is remembered as applied yet: the bot goes by the files as they were at its start."),
            msg(
                "“palabre plan” shows the changes, “palabre apply” makes them and remembers what was applied."
            ),
        )
    elif made.news is not None:
        yield Finding(
            "description",
            State.WARNING,
            msg("What the files say is not applied: everything runs on what was applied last."),
            msg("“palabre plan” shows the changes, “palabre apply” makes them."),
        )
    elif not kept:
        yield Finding("description", State.OK, msg("What the files say is what was applied last."))


def _of_accounts(faults: Iterable[AccountFault]) -> Iterator[Finding]:
    found = [Finding(f"accounts/{fault.name}", State.FAULT, *said_of(fault)) for fault in faults]
    yield from found
    if not found:
        yield Finding(
            "accounts",
            State.OK,
            msg("Palabre's own accounts are sealed, and nobody unknown is in a room or administrates."),
        )


def _of_held(faults: Iterable[AccountFault]) -> Iterator[Finding]:
    """Say of whose accounts nobody has said yet whose they are: no fault, but it waits for somebody."""
    for fault in faults:
        yield Finding(f"accounts/{fault.name}", State.WARNING, *said_of(fault))


def _of_bot(absences: Iterable[BotAbsence]) -> Iterator[Finding]:
    for absence in absences:
        yield Finding(f"bot/{absence.room}", State.WARNING, *said_of_absence(absence))


def _of_undescribed(found: Iterable[Undescribed]) -> Iterator[Finding]:
    """Say what nobody has described, in the words of the plan."""
    for thing in found:
        yield Finding(f"undescribed/{thing.name}", State.WARNING, thing.sentence, thing.remedy)


def _of_safe_rooms(rooms: Iterable[SafeRoom]) -> Iterator[Finding]:
    """Say which safe rooms are thin, locked or waiting, in the words in which coordinators are told."""
    for safe in rooms:
        for notice in notices_of((safe,)):
            if notice.audience == COORDINATORS:
                sentence, remedy = sentences_of(notice)
                yield Finding(f"safe-room/{safe.room.key}/{notice.kind}", State.WARNING, sentence, remedy)
