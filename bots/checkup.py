"""What `palabre doctor` finds, from facts alone: each finding is a state, a sentence and, where due, a remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bots.clock_findings import clock_finding, held_finding
from bots.crypto_findings import crypto_findings
from bots.device_findings import device_findings
from bots.encryption.examination import Crypto, DeviceOnServer, OnDisk, Seeds
from bots.room_findings import refusing_findings
from bots.status import BotStatus
from community.core.doctor import Finding, State
from community.core.messages import Message, msg, nmsg
from community.jobs.findings import job_findings

SYNC_WARNING = timedelta(minutes=2)
"""A sync is held open for 25 seconds; after this something is wrong."""
NAMED = 10
"""People named in a sentence; the others are counted."""


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """The homeserver's answers. ``clock`` is how far ahead its clock is; ``is_here``: whether it is on this machine."""

    device: DeviceOnServer
    clock: timedelta | None
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was found out of a bot that has an account.

    ``server`` is a sentence where the homeserver could not be asked, None where there is nothing to ask with yet.
    ``invited`` are people who wait for an invitation until they have a verified device, ``failures`` says how many jobs
    of each kind have failed of late. ``may_be_elsewhere``: whether the bot may have a data folder of its own, since the
    store, which it shares with the others, is in none.
    """

    disk: OnDisk
    server: ServerAnswer | Message | None
    status: BotStatus | None
    invited: tuple[str, ...]
    failures: Mapping[str, int]
    may_be_elsewhere: bool = False


def findings(facts: Facts | None, now: datetime) -> tuple[Finding, ...]:
    """Return what there is to say, in a fixed order; ``facts`` are None where the bot has no account."""
    if facts is None:
        sentence = msg("The bot has no account yet.")
        return (Finding("account", State.FAULT, sentence, msg("Run “palabre up” or “palabre apply” first.")),)
    return (
        *_of_device(facts),
        *_server(facts, now),
        *_of_status(facts, now),
        _people(facts),
        *job_findings(facts.failures),
    )


def _of_device(facts: Facts) -> tuple[Finding, ...]:
    """Return what there is to say of the bot's device and its files."""
    if facts.may_be_elsewhere and facts.server is None and facts.disk.seeds is Seeds.MISSING:
        return (
            Finding(
                "bot",
                State.WARNING,
                msg("The bot has never run on this data folder."),
                msg(
                    "Where it has one of its own (containers, services), ask doctor there. Otherwise start the bot."
                ),
            ),
        )
    return _seeds(facts), _recovery(facts), _crypto(facts), _running(facts)


def _seeds(facts: Facts) -> Finding:
    match facts.disk.seeds:
        case Seeds.KEPT:
            return Finding(
                "seeds", State.OK, msg("The seeds of the bot's identity are here and can be opened.")
            )
        case Seeds.MISSING:
            return Finding(
                "seeds",
                State.FAULT,
                msg("The seeds of the bot's identity are not here."),
                msg(
                    "Where the bot has a data folder of its own (containers, services), ask doctor there. Otherwise "
                    "put your copy of recovery.json into the folder identity, then start the bot again."
                ),
            )
        case Seeds.UNREADABLE:
            return Finding(
                "seeds",
                State.FAULT,
                msg("The seeds of the bot's identity cannot be opened."),
                msg("Put your copy of recovery.json into the folder identity, then start the bot again."),
            )
        case _:
            assert_never(facts.disk.seeds)


def _recovery(facts: Facts) -> Finding:
    if facts.disk.recovery_file and facts.disk.recovery_key:
        return Finding(
            "recovery",
            State.WARNING,
            msg("The recovery file identity/recovery.json is still on this machine."),
            msg("Delete it here: the recovery key, where you keep it, brings the identity back too."),
        )
    if facts.disk.recovery_file:
        return Finding(
            "recovery",
            State.WARNING,
            msg(
                "The recovery file identity/recovery.json is still on this machine alone, as far as is known."
            ),
            msg(
                "Make a recovery key with “palabre bot recovery-key”, which brings back more, or copy the file to a "
                "safe place away from this machine; then delete it here."
            ),
        )
    if facts.disk.recovery_key:
        return Finding("recovery", State.OK, msg("There is a recovery key of the bot: keep it safe."))
    return Finding(
        "recovery", State.OK, msg("The recovery file is not on this machine: keep your copy of it.")
    )


def _crypto(facts: Facts) -> Finding:
    match facts.disk.crypto:
        case Crypto.WHOLE:
            return Finding("store", State.OK, msg("The crypto store is whole."))
        case Crypto.MISSING:
            return Finding(
                "store",
                State.WARNING,
                msg("The bot's device has no crypto store."),
                msg(
                    "Start the bot: it becomes a new device under the same identity, and nobody sees a warning."
                ),
            )
        case Crypto.DAMAGED:
            return Finding(
                "store",
                State.FAULT,
                msg("The crypto store is damaged."),
                msg("Start the bot again: it becomes a new device under the same identity. Check the disk."),
            )
        case _:
            assert_never(facts.disk.crypto)


def _running(facts: Facts) -> Finding:
    if facts.disk.holder is None:
        return Finding(
            "process",
            State.WARNING,
            msg("The bot is not running."),
            msg(
                "Start it with “palabre up”; where it has a data folder of its own (containers, services), ask doctor "
                "there."
            ),
        )
    return Finding(
        "process",
        State.OK,
        msg("The bot is running and alone on its store ({holder}).", holder=facts.disk.holder),
    )


def _server(facts: Facts, now: datetime) -> Iterator[Finding]:
    match facts.server:
        case None:
            return
        case Message():
            yield Finding(
                "homeserver", State.FAULT, facts.server, msg("Start the homeserver, then ask again.")
            )
        case ServerAnswer(device, clock, is_here):
            yield clock_finding(clock, now, is_here=is_here)
            yield from device_findings(device)
        case _:
            assert_never(facts.server)


def _of_status(facts: Facts, now: datetime) -> Iterator[Finding]:
    """Say what only a running bot knows."""
    status = facts.status
    if facts.disk.holder is None or status is None:
        return
    yield _sync(status, now)
    if status.clock_doubt is not None:
        yield held_finding(status.clock_doubt)
    if status.settings_waiting:
        yield _settings(status.settings_waiting)
    if status.refusing_rooms:
        yield from refusing_findings(status.refusing_rooms)
    if status.fallback_key_unused is not None:
        yield _fallback(status)
    if status.answers.get("failed"):
        yield _failed(status.answers["failed"])
    yield from crypto_findings(status.counts)
    if status.waiting_events:
        yield Finding(
            "waiting",
            State.WARNING,
            nmsg(
                "{count} message has come whose key has not.",
                "{count} messages have come whose keys have not.",
                count=status.waiting_events,
            ),
            msg(
                "They are read when the key comes. If they grow more, ask the senders to verify their devices."
            ),
        )


def _settings(names: Sequence[str]) -> Finding:
    return Finding(
        "settings",
        State.WARNING,
        msg(
            "settings.yaml was changed, and the bot cannot take this in while it runs: {names}.",
            names=", ".join(names),
        ),
        msg("Start the bot again; all other settings that were saved hold already."),
    )


def _failed(count: int) -> Finding:
    return Finding(
        "answers",
        State.WARNING,
        nmsg(
            "The bot could not answer {count} message or reaction since it was started.",
            "The bot could not answer {count} messages or reactions since it was started.",
            count=count,
        ),
        msg(
            "Their senders were told. Look for “answer_failed” in logs/bots.log and report what stands there."
        ),
    )


def _sync(status: BotStatus, now: datetime) -> Finding:
    lag = now.timestamp() - status.synced_at if status.synced_at is not None else None
    if lag is not None and lag < SYNC_WARNING.total_seconds():
        return Finding(
            "sync",
            State.OK,
            msg("The bot has heard from the homeserver {seconds} seconds ago.", seconds=round(lag)),
        )
    return Finding(
        "sync",
        State.FAULT,
        msg("The bot has not heard from the homeserver for {seconds} seconds.", seconds=round(lag))
        if lag is not None
        else msg("The bot has not heard from the homeserver since it was started."),
        msg("Look at logs/bots.log and at the homeserver."),
    )


def _fallback(status: BotStatus) -> Finding:
    if status.fallback_key_unused:
        return Finding(
            "fallback key", State.OK, msg("An unused fallback key of the bot is on the homeserver.")
        )
    return Finding(
        "fallback key",
        State.WARNING,
        msg("The bot's fallback key has been used and is not renewed yet."),
        msg("The bot renews it within an hour; if it stays so, look at logs/bots.log."),
    )


def _people(facts: Facts) -> Finding:
    """Name the people whom the bot cannot reach. Their coordinators are told too, in their room."""
    known = facts.status.without_signed_device if facts.status is not None else {}
    people = sorted({*known, *facts.invited})
    if not people:
        return Finding("people", State.OK, msg("Everybody who may read the rooms has a verified device."))
    more = len(people) - NAMED
    names = ", ".join(people[:NAMED]) + (f" … (+{more})" if more > 0 else "")
    return Finding(
        "people",
        State.WARNING,
        nmsg(
            "{count} person has no verified device and cannot read the bot: {names}.",
            "{count} people have no verified device and cannot read the bot: {names}.",
            count=len(people),
            names=names,
        ),
        msg(
            "Ask them to open Element, Settings, Encryption, and set up recovery: that verifies their device."
        ),
    )
