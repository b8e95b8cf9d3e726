"""Answers that only tell: the history of an entry, what waits for approval, what has gone stale. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bots.features.edit.confirmation import entry_of
from bots.features.edit.date_echo import writer
from bots.features.edit.date_fields import when_of
from bots.features.edit.draft import touches_reach
from bots.features.edit.effects import Decide, Proposal, Records, Turn
from bots.features.edit.turn_context import TurnContext
from community.core.locale_texts import locale_texts
from community.core.messages import Message, msg, nmsg
from community.core.plain_text import listed
from community.directory.changes import new_key
from community.directory.entry import (
    CalendarEntry,
    Entry,
    EntryChange,
    HistoryRow,
    directory_entries,
    is_confirmed,
    name_of,
)
from community.directory.permissions import Action, Verdict, may
from community.directory.stale import Stale, stale

AT_MOST = 10
"""Lines of a list in chat."""


def history(context: TurnContext, entry: Entry | None, rows: Iterable[HistoryRow]) -> Turn:
    """Tell who changed an entry (None: all of them), newest first."""
    told = [row for row in rows if context.may_tell_of(row.before, row.after)]
    lines = [_row(context, row, named=entry is None) for row in told[:AT_MOST]]
    if not lines:
        return context.turn([msg("Nothing was changed yet.")])
    if entry is None:
        return context.turn([msg("The latest changes:")], lines, [_HOW_TO_UNDO])
    return context.turn([msg("History of {name}:", name=context.reading.name(entry))], lines, [_HOW_TO_UNDO])


_HOW_TO_UNDO = msg("To take one back, say “undo” and its number.")


def _row(context: TurnContext, row: HistoryRow, *, named: bool) -> str:
    change = EntryChange(row.kind, row.key, row.before, row.after)
    what = _what(context, change)
    if row.undoes is not None:
        what = f"{context.translate(msg('takes back #{number}', number=row.undoes))} · {what}"
    name = f"{context.reading.name(entry_of(change))} · " if named else ""
    return f"#{row.id} · {context.day_and_time(row.at)} · {context.who(row.actor)} · {name}{what}"


def _what(context: TurnContext, change: EntryChange) -> str:
    """Return what a change did, on one line. What the readers may not see is not shown."""
    if change.after is None:
        return context.translate(msg("removed"))
    if change.before is None:
        return context.translate(msg("added"))
    found = context.reading.differences(change.before, change.after, hidden=context.hidden_in(change))
    return listed((context.reading.line(one) for one in found), context.language, apart=True)


def may_decide(context: TurnContext, proposal: Proposal) -> bool:
    """Whether the speaker may approve a proposal: all that it changes, and it is not their own."""
    return all(
        may(
            context.person,
            Action.APPROVE,
            change.before,
            context.knowledge.community,
            after=change.after,
            proposer=proposal.proposer,
        )
        is Verdict.ALLOWED
        for change in proposal.changes
    )


def proposals(context: TurnContext, records: Records) -> Turn:
    """List what waits for the speaker's approval, and what they proposed themselves."""
    told = [p for p in records.proposals if all(context.may_tell_of(c.before, c.after) for c in p.changes)]
    theirs = [p for p in told if may_decide(context, p)]
    own = [p for p in told if p.proposer == context.person.user_id]
    if not theirs and not own:
        return context.turn([msg("No proposal is waiting for you.")])
    lines = [proposal_line(context, p) for p in theirs[:AT_MOST]]
    head = [msg("These are waiting for you:")] if theirs else []
    if own:
        lines += [context.translate(msg("Your own, for somebody else to approve:"))]
        lines += [proposal_line(context, p) for p in own[:AT_MOST]]
    tail = [msg("Say “yes” or “decline” and the number.")] if theirs else []
    return context.turn(head, lines, tail)


def proposal_line(context: TurnContext, proposal: Proposal) -> str:
    """Return a proposal on one line."""
    parts = [
        part
        for c in proposal.changes
        for part in (context.reading.name(entry_of(c)), *_when(context, c), _what(context, c))
    ]
    return " · ".join((f"#{proposal.number}", context.who(proposal.proposer), *parts))


def _when(context: TurnContext, change: EntryChange) -> list[str]:
    """Return when an event or a deadline is to be, in one line: nobody decides on a date that they do not see."""
    after = change.after
    if not isinstance(after, CalendarEntry):
        return []
    return [writer(context).in_one_line(when_of(after, context))]


def proposal_card(context: TurnContext, proposal: Proposal) -> Turn:
    """Show a proposal to those who may approve it, and what a reaction does."""
    lines: list[str] = []
    for change in proposal.changes:
        hidden = context.hidden_in(change)
        lines += [_proposed(context, change)]
        if change.after is not None:
            found = context.reading.differences(change.before, change.after, hidden=hidden)
            lines += [context.reading.line(one) for one in found]
    head = msg("Proposal #{number} by {name}:", number=proposal.number, name=context.who(proposal.proposer))
    return context.turn([head], lines, [_how_to_decide(proposal)])


def _proposed(context: TurnContext, change: EntryChange) -> str:
    name = context.reading.name(entry_of(change))
    if change.after is None:
        return context.translate(msg("To be removed: {name}", name=name))
    if change.before is None:
        return context.translate(msg("To be added: {name}", name=name))
    return context.translate(msg("To be changed: {name}", name=name))


def needs_words(proposal: Proposal) -> bool:
    """Whether a reaction is not enough to approve it: something is removed, or it touches how people are reached."""
    return _removes(proposal) or any(map(touches_reach, proposal.changes))


def _removes(proposal: Proposal) -> bool:
    return any(change.after is None for change in proposal.changes)


def _how_to_decide(proposal: Proposal) -> Message:
    if not _removes(proposal) and needs_words(proposal):
        return msg(
            "Say “yes {number}” to approve it: for a phone number, an e-mail address or an account a reaction is "
            "not enough. ❌ 👎 ✖ or “decline {number}” declines it.",
            number=proposal.number,
        )
    if needs_words(proposal):
        return msg(
            "Say “yes {number}” to approve it: for a removal a reaction is not enough. ❌ 👎 ✖ or “decline {number}” "
            "declines it.",
            number=proposal.number,
        )
    return msg(
        "If it is yours to decide: ✅ 👍 ✔ or “yes {number}” approves it, ❌ 👎 ✖ or “decline {number}” declines it.",
        number=proposal.number,
    )


def decision(context: TurnContext, records: Records, *, approved: bool, number: int | None) -> Turn:
    """Approve or decline a proposal, in words. Who proposed may take it back, never approve it."""
    waiting = [p for p in records.proposals if number in (None, p.number)]
    own_entry = [p for p in waiting if may_decide(context, p) or (not approved and _is_own(context, p))]
    if number is None and len(own_entry) > 1:
        return proposals(context, records)
    if not waiting:
        return context.turn(
            [msg("That proposal is no longer waiting.") if number else msg("No proposal is waiting for you.")]
        )
    if not own_entry:
        own = any(_is_own(context, p) for p in waiting)
        return context.turn(
            [
                msg("Somebody else has to approve what you propose.")
                if own
                else msg("That is for the lead there or the coordinators to decide.")
            ]
        )
    if number is None and approved and needs_words(own_entry[0]):
        return proposal_card(context, own_entry[0])  # the word alone may have been said to another one
    return decided(context, own_entry[0], approved=approved)


def approved_by_number(context: TurnContext, records: Records, number: int) -> Turn | None:
    """Return the turn for “yes” and the number of a proposal; None where none waits that is for the speaker."""
    waiting = [p for p in records.proposals if p.number == number]
    if any(may_decide(context, p) or _is_own(context, p) for p in waiting):
        return decision(context, records, approved=True, number=number)
    return None


def _is_own(context: TurnContext, proposal: Proposal) -> bool:
    return proposal.proposer == context.person.user_id


def decided(context: TurnContext, proposal: Proposal, *, approved: bool) -> Turn:
    """Return the turn that ends a proposal. What has changed since cannot be approved any more."""
    if approved:
        changes = _still_possible(context, proposal.changes)
        if changes is None:
            return context.turn(
                [
                    msg(
                        "This entry has changed since #{number} was proposed: it can only be declined.",
                        number=proposal.number,
                    )
                ]
            )
        proposal = replace(proposal, changes=changes)
    return context.turn(
        [outcome(context, proposal, approved=approved)], effects=(Decide(proposal, approved),)
    )


def _still_possible(context: TurnContext, changes: Iterable[EntryChange]) -> tuple[EntryChange, ...] | None:
    """Return changes as they can be made now, new entries under free keys; None where an entry has changed."""
    known, possible = context.knowledge.known, []
    for change in changes:
        now, new = known.entry(change.kind, change.key), change.after
        if now == change.before:
            possible.append(change)
        elif change.before is None and new is not None:
            key = new_key(change.kind, name_of(new).text(context.language), known.keys(change.kind))
            possible.append(replace(change, key=key, after=new.model_copy(update={"key": key})))
        else:
            return None
    return tuple(possible)


def outcome(context: TurnContext, proposal: Proposal, *, approved: bool) -> Message:
    """Return what is said of a decision, to who made it and to who proposed."""
    names = listed(
        (context.reading.name(entry_of(change)) for change in proposal.changes), context.language, apart=True
    )
    if approved:
        return msg("Approved: proposal #{number}, {names}.", number=proposal.number, names=names)
    return msg("Declined: proposal #{number}, {names}.", number=proposal.number, names=names)


def _last_confirmed(context: TurnContext, old: Stale) -> Message:
    if old.confirmed is None or old.days is None or not is_confirmed(old.entry):
        return msg("nobody has confirmed it yet")
    texts = locale_texts(context.language)
    return msg("last confirmed on {day}", day=f"{texts.day(old.confirmed)} ({texts.ago(old.days)})")


def stale_list(context: TurnContext, text: str) -> Turn:
    """List what nobody has confirmed for long, of the cities, themes and kinds that ``text`` names, oldest first."""
    text_reader = context.knowledge.text_reader
    found = stale(
        directory_entries(context.knowledge.known),
        context.now.date(),
        cities=text_reader.cities(text),
        themes=text_reader.themes(text),
        kinds=text_reader.kinds(text),
    )
    if not found:
        return context.turn([msg("Everything there was confirmed within the last six months.")])
    lines = [
        f"{context.reading.name(old.entry)} · {context.translate(_last_confirmed(context, old))}"
        for old in found[:AT_MOST]
    ]
    more = len(found) - len(lines)
    rest = [nmsg("And {count} more.", "And {count} more.", count=more)] if more else []
    how = msg("Say “confirm” and the name of one that is still right.")
    return context.turn([msg("Nobody has confirmed these for a long time:")], lines, [*rest, how])
