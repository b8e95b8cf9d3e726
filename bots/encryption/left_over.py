"""What an earlier process of the device read and did not deal with. Runs in the crypto thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bots.encryption.batch import Invitation, kept_invitation
from bots.encryption.cross_signing import Json
from bots.encryption.machine import Machine
from bots.encryption.timeline import TimelineEvent
from bots.encryption.verification_events import VerificationEvent, VerificationId


@dataclass(frozen=True, slots=True)
class LeftOver:
    """It in its parts; ``verifications`` are those that were open, each with the other side's device."""

    said: tuple[TimelineEvent, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    redactions: tuple[tuple[str, Json], ...] = ()
    verifications: tuple[tuple[VerificationId, str], ...] = ()

    def and_new(self, said: Sequence[TimelineEvent]) -> list[TimelineEvent]:
        """Return what was said before, then what is new: an event that has waited for its key may be in both."""
        ids = {reading.event["event_id"] for reading in self.said}
        return [*self.said, *(reading for reading in said if reading.event["event_id"] not in ids)]


def left_over(machine: Machine) -> LeftOver:
    """Return what was left."""
    events = machine.store.events
    return LeftOver(
        tuple(reading for reading in machine.timeline.unhandled() if reading.is_for_us),
        tuple(events.unhandled_invitations(kept_invitation)),
        tuple(machine.timeline.unhandled_redactions()),
        tuple(events.verifications()),
    )


def note_open(machine: Machine, verifications: Iterable[VerificationEvent]) -> None:
    """Note the verifications that these events open; the next commit writes that, with the sync token."""
    for event in verifications:
        if event.opens and event.from_device is not None:
            machine.store.events.put_verification(event.id, event.from_device)
