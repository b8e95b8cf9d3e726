"""The verifications that are under way with one device of ours, and how many there may be. Pure but for drawing keys.

Who may ask for one is decided before (`bots.verifying`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.encryption.sas import EphemeralKey, Party
from bots.encryption.verification import (
    PATIENCE,
    Requested,
    Verification,
    VerificationStep,
    requested,
    started,
    taken,
)
from bots.encryption.verification_events import (
    Code,
    Kind,
    Outgoing,
    VerificationEvent,
    VerificationId,
    cancelling,
)

MOST_OF_A_PERSON = 3
"""The most verifications of one person at once: each of another device."""
MOST = 100
"""The most at once."""
ANSWERS_AN_HOUR = 30
"""The most requests, and messages of verifications that are not under way, that one person is answered in an hour."""
START_AFTER = timedelta(seconds=20)
"""For so long the start is left to them; then we start, for apps that wait for the other side to."""
AHEAD = timedelta(minutes=5)
"""A request that is from so far ahead is not heard (spec, "m.key.verification.request")."""
ALL_DEVICES = "*"
_REMEMBERED = 1_000
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has come of an event, or of the time: what is to be sent, and the verifications that have changed."""

    out: tuple[Outgoing, ...] = ()
    changed: tuple[Verification, ...] = ()


class Verifications:
    """What is under way. ``ours`` is our side, ``draw`` makes an ephemeral key."""

    def __init__(self, ours: Party, draw: Callable[[], EphemeralKey] = EphemeralKey) -> None:
        self._ours = ours
        self._draw = draw
        self._running: dict[VerificationId, Verification] = {}
        self._over: OrderedDict[VerificationId, datetime] = OrderedDict()
        self._answered: dict[str, list[datetime]] = {}

    @property
    def running(self) -> tuple[Verification, ...]:
        """Those under way, the oldest first."""
        return tuple(self._running.values())

    def has(self, identity: VerificationId) -> bool:
        """Whether a verification is under way."""
        return identity in self._running

    def may_open(self, event: VerificationEvent, now: datetime) -> bool:
        """Whether an event may open a verification: only then it is worth asking the homeserver for their device."""
        if (
            not event.opens
            or event.from_device is None
            or event.id in self._running
            or event.id in self._over
        ):
            return False
        return _is_of_now(event, now) and len(self._answers(event.id.user_id, now)) < ANSWERS_AN_HOUR

    def take(self, event: VerificationEvent, theirs: Party | None, now: datetime) -> Outcome:
        """Return what comes of an event. ``theirs``: the device that it names, needed where it opens a verification."""
        running = self._running.get(event.id)
        if running is not None:
            return self._stepped(running, taken(running, event, self._draw))
        if event.id in self._over or event.kind in (Kind.CANCEL, Kind.DONE):
            return Outcome()
        if not event.opens:
            return self._refused(event, ALL_DEVICES, Code.UNKNOWN_TRANSACTION, now)
        return self._opened(event, theirs, now)

    def _opened(self, event: VerificationEvent, theirs: Party | None, now: datetime) -> Outcome:
        if event.from_device is None or not _is_of_now(event, now):
            self._note_over(event.id, now)
            return Outcome()
        if theirs is None:
            return self._refused(event, event.from_device, Code.INVALID_MESSAGE, now)
        of_person = [each for each in self._running.values() if each.id.user_id == event.id.user_id]
        same = [each for each in of_person if each.theirs.device_id == theirs.device_id]
        if same:
            # Which of them the person has before them is not known (spec, "General key verification error handling").
            over = [self._stepped(each, each.ended(Code.UNEXPECTED_MESSAGE)) for each in same]
            return _joined(*over, self._refused(event, theirs.device_id, Code.UNEXPECTED_MESSAGE, now))
        if len(of_person) >= MOST_OF_A_PERSON or len(self._running) >= MOST:
            return self._refused(event, theirs.device_id, Code.USER, now)
        if not self._may_answer(event.id.user_id, now):
            self._note_over(event.id, now)
            return Outcome()
        step = requested(event, self._ours, theirs, now, self._draw)
        return self._stepped(step.verification, step)

    def look(self, now: datetime) -> Outcome:
        """Cancel what has taken too long, and start what they have not started. To be called every few seconds."""
        self._forget_old(now)
        late = [each for each in self._running.values() if each.out_of_time(now)]
        due = [
            each
            for each in self._running.values()
            if each.state == Requested() and each not in late and abs(now - each.begun) >= START_AFTER
        ]
        over = [self._stepped(each, each.ended(Code.TIMEOUT)) for each in late]
        return _joined(*over, *(self._stepped(each, started(each, self._draw)) for each in due))

    def _stepped(self, before: Verification, step: VerificationStep) -> Outcome:
        after = step.verification
        if after.is_over:
            self._running.pop(after.id, None)
            self._note_over(after.id, after.begun)
        else:
            self._running[after.id] = after
        return Outcome(step.out, () if after == before else (after,))

    def _refused(self, event: VerificationEvent, device_id: str, code: Code, now: datetime) -> Outcome:
        """Cancel what does not begin. Nobody is told so more often than they are answered."""
        self._note_over(event.id, now)
        if not self._may_answer(event.id.user_id, now):
            return Outcome()
        return Outcome((cancelling(event.id, device_id, code),))

    def _may_answer(self, user_id: str, now: datetime) -> bool:
        times = self._answers(user_id, now)
        if len(times) >= ANSWERS_AN_HOUR:
            return False
        self._answered[user_id] = [*times, now]
        return True

    def _answers(self, user_id: str, now: datetime) -> list[datetime]:
        return [at for at in self._answered.get(user_id, ()) if abs(now - at) < _HOUR]

    def _note_over(self, identity: VerificationId, now: datetime) -> None:
        self._over[identity] = now
        while len(self._over) > _REMEMBERED:
            self._over.popitem(last=False)

    def _forget_old(self, now: datetime) -> None:
        for identity, at in list(self._over.items()):
            if abs(now - at) >= 2 * PATIENCE:
                del self._over[identity]
        for user_id, times in list(self._answered.items()):
            if all(abs(now - at) >= _HOUR for at in times):
                del self._answered[user_id]


def _is_of_now(event: VerificationEvent, now: datetime) -> bool:
    """Whether a request is neither old nor from far ahead; one that does not say when counts as new."""
    if event.said_at is None:
        return True
    milliseconds = now.timestamp() * 1000 - event.said_at
    return -AHEAD / _MILLISECOND <= milliseconds <= PATIENCE / _MILLISECOND


_MILLISECOND = timedelta(milliseconds=1)


def _joined(*outcomes: Outcome) -> Outcome:
    return Outcome(
        tuple(out for each in outcomes for out in each.out),
        tuple(one for each in outcomes for one in each.changed),
    )
