"""Answers that only tell: the history of an entry, what waits for approval, what has gone stale. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bots.skills.editing.confirming import entry_of
from bots.skills.editing.effects import Decide, Proposal, Records, Turn
from bots.skills.editing.scene import Scene
from community.core.messages import Message, msg, nmsg
from community.directory.changes import new_key
from community.directory.entry import Entry, EntryChange, HistoryRow, name_of
from community.directory.permissions import Action, Verdict, may
from community.directory.stale import stale

AT_MOST = 10
"""Lines of a list in chat."""


def history(scene: Scene, entry: Entry | None, rows: Iterable[HistoryRow]) -> Turn:
    """Tell who changed an entry (None: all of them), newest first."""
    lines = [_row(scene, row, named=entry is None) for row in list(rows)[:AT_MOST]]
    if not lines:
        return scene.turn([msg("Nothing was changed yet.")])
    if entry is None:
        return scene.turn([msg("The latest changes:")], lines, [_HOW_TO_UNDO])
    return scene.turn([msg("History of {name}:", name=scene.reading.name(entry))], lines, [_HOW_TO_UNDO])


_HOW_TO_UNDO = msg("“undo” and a number takes a change back.")


def _row(scene: Scene, row: HistoryRow, *, named: bool) -> str:
    change = EntryChange(row.kind, row.key, row.before, row.after)
    what = _what(scene, change)
    if row.undoes is not None:
        what = f"{scene.translate(msg('takes back #{number}', number=row.undoes))}: {what}"
    name = f"{scene.reading.name(entry_of(change))}: " if named else ""
    return f"#{row.id} · {scene.day_and_time(row.at)} · {scene.who(row.actor)} · {name}{what}"


def _what(scene: Scene, change: EntryChange) -> str:
    """Return what a change did, on one line. What the readers may not see is not shown."""
    if change.after is None:
        return scene.translate(msg("removed"))
    if change.before is None:
        return scene.translate(msg("added"))
    found = scene.reading.differences(change.before, change.after, hidden=scene.hidden_in(change))
    return "; ".join(scene.reading.line(one) for one in found)


def may_decide(scene: Scene, proposal: Proposal) -> bool:
    """Whether the speaker may approve a proposal: all that it changes, and it is not their own."""
    return all(
        may(
            scene.person,
            Action.APPROVE,
            change.before,
            scene.house.community,
            after=change.after,
            proposer=proposal.proposer,
        )
        is Verdict.ALLOWED
        for change in proposal.changes
    )


def proposals(scene: Scene, records: Records) -> Turn:
    """List what waits for the speaker's approval, and what they proposed themselves."""
    theirs = [p for p in records.proposals if may_decide(scene, p)]
    own = [p for p in records.proposals if p.proposer == scene.person.user_id]
    if not theirs and not own:
        return scene.turn([msg("No proposal waits for you.")])
    lines = [proposal_line(scene, p) for p in theirs[:AT_MOST]]
    head = [msg("These wait for you:")] if theirs else []
    if own:
        lines += [scene.translate(msg("Your own, which somebody else approves:"))]
        lines += [proposal_line(scene, p) for p in own[:AT_MOST]]
    tail = [msg("Say “approve” or “decline” and the number.")] if theirs else []
    return scene.turn(head, lines, tail)


def proposal_line(scene: Scene, proposal: Proposal) -> str:
    """Return a proposal on one line."""
    parts = [f"{scene.reading.name(entry_of(c))}: {_what(scene, c)}" for c in proposal.changes]
    return f"#{proposal.id} · {scene.who(proposal.proposer)} · {'; '.join(parts)}"


def proposal_card(scene: Scene, proposal: Proposal) -> Turn:
    """Show a proposal to those who may approve it, and what a reaction does."""
    lines: list[str] = []
    for change in proposal.changes:
        hidden = scene.hidden_in(change)
        lines += [_proposed(scene, change)]
        if change.after is not None:
            found = scene.reading.differences(change.before, change.after, hidden=hidden)
            lines += [scene.reading.line(one) for one in found]
    head = msg("Proposal #{number} by {name}:", number=proposal.id, name=scene.who(proposal.proposer))
    return scene.turn([head], lines, [_how_to_decide(proposal)])


def _proposed(scene: Scene, change: EntryChange) -> str:
    name = scene.reading.name(entry_of(change))
    if change.after is None:
        return scene.translate(msg("To be removed: {name}", name=name))
    if change.before is None:
        return scene.translate(msg("To be added: {name}", name=name))
    return scene.translate(msg("To be changed: {name}", name=name))


def needs_words(proposal: Proposal) -> bool:
    """Whether a reaction is not enough to approve it: something is removed."""
    return any(change.after is None for change in proposal.changes)


def _how_to_decide(proposal: Proposal) -> Message:
    if needs_words(proposal):
        return msg(
            "Say “approve {number}” to approve it: for a removal a reaction is not enough. ❌ or “decline {number}” "
            "declines it.",
            number=proposal.id,
        )
    return msg(
        "✅ or “approve {number}” approves it, ❌ or “decline {number}” declines it, if you may.",
        number=proposal.id,
    )


def decision(scene: Scene, records: Records, *, approved: bool, number: int | None) -> Turn:
    """Approve or decline a proposal, in words. Who proposed may take it back, never approve it."""
    waiting = [p for p in records.proposals if number in (None, p.id)]
    mine = [p for p in waiting if may_decide(scene, p) or (not approved and _is_own(scene, p))]
    if number is None and len(mine) > 1:
        return proposals(scene, records)
    if not waiting:
        return scene.turn(
            [msg("That proposal does not wait any more.") if number else msg("No proposal waits for you.")]
        )
    if not mine:
        own = any(_is_own(scene, p) for p in waiting)
        return scene.turn(
            [
                msg("Somebody else has to approve what you propose.")
                if own
                else msg("The lead of the city and the coordinators decide on that.")
            ]
        )
    return decided(scene, mine[0], approved=approved)


def _is_own(scene: Scene, proposal: Proposal) -> bool:
    return proposal.proposer == scene.person.user_id


def decided(scene: Scene, proposal: Proposal, *, approved: bool) -> Turn:
    """Return the turn that ends a proposal. What has changed since cannot be approved any more."""
    if approved:
        changes = _still_possible(scene, proposal.changes)
        if changes is None:
            return scene.turn(
                [
                    msg(
                        "This has changed since #{number} was proposed: it can only be declined.",
                        number=proposal.id,
                    )
                ]
            )
        proposal = replace(proposal, changes=changes)
    return scene.turn([outcome(scene, proposal, approved=approved)], effects=(Decide(proposal, approved),))


def _still_possible(scene: Scene, changes: Iterable[EntryChange]) -> tuple[EntryChange, ...] | None:
    """Return changes as they can be made now, new entries under free keys; None where an entry has changed."""
    known, possible = scene.house.known, []
    for change in changes:
        now, new = known.entry(change.kind, change.key), change.after
        if now == change.before:
            possible.append(change)
        elif change.before is None and new is not None:
            key = new_key(change.kind, name_of(new).text(scene.language), known.keys(change.kind))
            possible.append(replace(change, key=key, after=new.model_copy(update={"key": key})))
        else:
            return None
    return tuple(possible)


def outcome(scene: Scene, proposal: Proposal, *, approved: bool) -> Message:
    """Return what is said of a decision, to who made it and to who proposed."""
    names = "; ".join(scene.reading.name(entry_of(change)) for change in proposal.changes)
    if approved:
        return msg("Approved: proposal #{number}, {names}.", number=proposal.id, names=names)
    return msg("Declined: proposal #{number}, {names}.", number=proposal.id, names=names)


def stale_list(scene: Scene, text: str) -> Turn:
    """List what nobody has confirmed for long, of the cities, themes and kinds that ``text`` names, oldest first."""
    understanding = scene.house.understanding
    found = stale(
        scene.house.known,
        scene.now.date(),
        cities=understanding.cities(text),
        themes=understanding.themes(text),
        kinds=understanding.kinds(text),
    )
    if not found:
        return scene.turn([msg("Everything there was confirmed within the last six months.")])
    lines = []
    for old in found[:AT_MOST]:
        day = scene.reading.value("confirmed", old.confirmed.isoformat())
        lines.append(
            f"{scene.reading.name(old.entry)} · {scene.translate(msg('last confirmed on {day}', day=day))}"
        )
    more = len(found) - len(lines)
    rest = [nmsg("And {count} more.", "And {count} more.", count=more)] if more else []
    how = msg("Say “confirm” and the name of one that is still right.")
    return scene.turn([msg("Nobody has confirmed these for long:")], lines, [*rest, how])
