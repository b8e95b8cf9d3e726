"""Says what of another program's calendar was left out. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from community.core.messages import Message, nmsg


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many dates were left out: what is over; what came from it once and is gone there; private ones; tasks done.

    ``own``: those that the other calendar has from this one. ``elsewhere``: those that came from a third one first and
    are otherwise there.
    """

    past: int
    missing: int
    private: int
    done: int
    own: int
    elsewhere: int


def left_out_notes(left: LeftOut) -> Iterator[Message]:
    """Yield what there is to say."""
    counted = (
        (left.past, _past),
        (left.missing, _missing),
        (left.private, _private),
        (left.done, _done),
        (left.own, _own),
        (left.elsewhere, _elsewhere),
    )
    yield from (said(count) for count, said in counted if count)


def _past(count: int) -> Message:
    return nmsg(
        "{count} date is over and was left out: --past takes it in too",
        "{count} dates are over and were left out: --past takes them in too",
        count=count,
    )


def _missing(count: int) -> Message:
    return nmsg(
        "{count} date that came from this calendar is in it no longer, and stays: --remove-missing removes it",
        "{count} dates that came from this calendar are in it no longer, and stay: --remove-missing removes them",
        count=count,
    )


def _private(count: int) -> Message:
    return nmsg(
        "{count} date is marked as private there, and was left out",
        "{count} dates are marked as private there, and were left out",
        count=count,
    )


def _done(count: int) -> Message:
    return nmsg(
        "{count} task is done already, and was left out",
        "{count} tasks are done already, and were left out",
        count=count,
    )


def _own(count: int) -> Message:
    return nmsg(
        "{count} date is from this calendar itself, and was left out",
        "{count} dates are from this calendar itself, and were left out",
        count=count,
    )


def _elsewhere(count: int) -> Message:
    return nmsg(
        "{count} date came from another calendar first, and stays as that one has it",
        "{count} dates came from another calendar first, and stay as that one has them",
        count=count,
    )
