"""Carrying out what was decided. Each thing is done once, however often it is tried: a process may die in between."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import assert_never

import structlog

from bots.addressing import LONGEST_ANSWER
from bots.encryption import EncryptedClient
from bots.encryption.media import attachment, seal
from bots.errors import NotEncrypted
from bots.outcome import Address, Deliver, Effect, Outcome
from bots.requested import Requested, address_of, address_to_payload
from bots.saying import Saying
from bots.skill import Count, PassOn, Reply
from bots.skills import SkillSet
from bots.skills.editing import Apply, Decide, Propose
from bots.skills.editing.draft import KEPT_FOR
from bots.skills.identity import AcceptIdentity, not_brought
from bots.skills.privacy import ExportData, Forget
from bots.skills.removal import RemoveFromSafeRoom
from bots.skills.rendering import LARGEST, reply_of, size
from community.core.errors import EntryConflict
from community.core.messages import msg
from community.core.plain_text import clean
from community.description.person import Person
from community.directory.entry import EntryChange
from community.jobs.notices import Notice, NoticeKind
from community.jobs.removals import SafeRemoval
from community.jobs.requested import PassedQuestion, ProposedChange
from community.storage import Draft, JobState, NewAuditEntry, Store
from matrix.client_api import ClientApi
from matrix.ids import RoomId, UserId

log = structlog.get_logger()

_SHORTER = (LONGEST_ANSWER, 10_000, 5000, 2000, 1000, 500)
"""Letters of a coordinator's answer that are brought to the asker: as many of what was looked at as an event holds."""
_AGAIN = 50
"""Changes of an entry among which one that was made before a crash is looked for."""


_FORGOTTEN = msg("somebody who has asked to be forgotten")


class Doing:
    """The bot's hands."""

    def __init__(
        self,
        client: EncryptedClient,
        api: ClientApi,
        store: Store,
        skills: SkillSet,
        saying: Saying,
        requested: Requested,
    ) -> None:
        self._client = client
        self._api = api
        self._store = store
        self._skills = skills
        self._saying = saying
        self._requested = requested
        self._people = requested.people

    async def carry_out(self, event_id: str, outcome: Outcome) -> None:
        """Do all of it, for the event that it was decided for.

        Raises:
            PalabreError: something was not done; done again, what was is not done twice.
        """
        reply = outcome.reply
        for effect in outcome.effects:
            reply = await self._do(event_id, effect, outcome, reply)
        sent = await self._saying.say(f"reply/{event_id}", outcome.to, reply, outcome.marks)
        if outcome.is_turn:
            await self._keep_draft(outcome, sent)

    async def count(self, outcome: Outcome) -> None:
        """Count what was asked: once it is dealt with, so that it is rather not counted than twice."""
        for effect in outcome.effects:
            if isinstance(effect, Count):
                for topic in effect.topics:
                    await self._store.counts.add(topic, outcome.at.date(), effect.answered)

    async def drop_old_drafts(self, now: datetime) -> None:
        """Drop the drafts that nobody can go on with any more; for as long again it is said that they are gone.

        Raises:
            StoreError: the database failed.
        """
        await self._store.drafts.delete_older(now - 2 * KEPT_FOR)

    async def _do(  # noqa: C901 - one case an effect
        self, event_id: str, effect: Effect, outcome: Outcome, reply: Reply
    ) -> Reply:
        """Do one thing; return the reply, another where it could not be done."""
        match effect:
            case Apply(changes, undoes):
                return await self._apply(changes, undoes, outcome, reply)
            case Propose():
                await self._propose(event_id, effect, outcome)
            case Decide():
                return await self._decide(effect, outcome, reply)
            case PassOn():
                return await self._pass_on(event_id, effect, outcome, reply)
            case Deliver():
                return await self._deliver(effect, outcome, reply)
            case ExportData():
                return await self._export(outcome, reply)
            case Forget():
                await self._forget(event_id, outcome)
            case RemoveFromSafeRoom(room_key, user_id):
                by = outcome.to.user_id
                await self._store.jobs.file(SafeRemoval(room_key, user_id, by), at=outcome.at)
            case AcceptIdentity():
                return await self._accept_identity(effect, outcome, reply)
            case Count():
                pass  # when all is dealt with
            case _:
                assert_never(effect)
        return reply

    async def _keep_draft(self, outcome: Outcome, sent: str) -> None:
        to, drafts = outcome.to, self._store.drafts
        if outcome.draft is None:
            await drafts.delete(to.room_id, to.conversation, to.user_id)
            return
        await drafts.put(
            Draft(
                room_id=to.room_id,
                conversation=to.conversation,
                user_id=to.user_id,
                content=outcome.draft.to_json(),
                event_id=sent,
                at=outcome.at,
            )
        )

    # --- the directory ----------------------------------------------------------------------------------------

    async def _apply(
        self, changes: Sequence[EntryChange], undoes: int | None, outcome: Outcome, reply: Reply
    ) -> Reply:
        try:
            await self._change(changes, undoes, outcome)
        except EntryConflict:
            return self._changed_meanwhile(outcome)
        return reply

    async def _change(self, changes: Sequence[EntryChange], undoes: int | None, outcome: Outcome) -> None:
        actor, at = outcome.to.user_id, outcome.at
        try:
            await self._store.entries.change(changes, actor=actor, at=at, undoes=undoes)
        except EntryConflict:
            if not await self._is_done(changes, actor, at):
                raise
            return
        noted = [
            NewAuditEntry(at=at, actor=actor, action="change-entry", subject=f"{change.kind}/{change.key}")
            for change in changes
        ]
        await self._store.audit.add(noted)
        await self._skills.refresh(self._store)

    async def _is_done(self, changes: Sequence[EntryChange], actor: str, at: datetime) -> bool:
        """Whether these very changes were made before the process ended."""
        for change in changes:
            rows = await self._store.entries.history(change.kind, change.key, limit=_AGAIN)
            same = (row for row in rows if (row.actor, row.at) == (actor, at))
            if not any((row.before, row.after) == (change.before, change.after) for row in same):
                return False
        return True

    def _changed_meanwhile(self, outcome: Outcome) -> Reply:
        person = self._people.get(outcome.to.user_id)
        if person is None:
            return outcome.reply
        return self._skills.editing.changed_meanwhile(outcome.language, person, outcome.at)

    async def _propose(self, event_id: str, effect: Propose, outcome: Outcome) -> None:
        proposed = ProposedChange(
            **address_to_payload(outcome.to),
            changes=tuple(effect.changes),
            cities=tuple(effect.to_cities),
            undoes=effect.undoes,
            word=event_id,
        )
        await self._store.jobs.file(proposed, at=outcome.at)
        await self._requested.post()

    async def _decide(self, effect: Decide, outcome: Outcome, reply: Reply) -> Reply:
        proposal, approved = effect.proposal, effect.approved
        if approved:
            try:
                await self._change(proposal.changes, proposal.undoes, outcome)
            except EntryConflict:
                approved, reply = False, self._changed_meanwhile(outcome)
        request = next(
            (r for r in await self._store.jobs.pending(ProposedChange.KIND) if r.id == proposal.id), None
        )
        if request is None:
            return reply
        proposer = self._people.get(proposal.proposer)
        if proposer is not None and proposer.user_id != outcome.to.user_id:
            told = self._told(effect, proposer, outcome.at, approved=approved)
            await self._bring(f"decided/{request.idempotency_key}", address_of(request.payload), told)
        state, reason = JobState.DONE, (None if approved else "declined")
        await self._store.jobs.end(proposal.id, state, at=outcome.at, reason=reason)
        return reply

    def _told(self, effect: Decide, proposer: Person, at: datetime, *, approved: bool) -> Reply:
        """Return what a proposer is told: the decision, or that it came too late."""
        editing = self._skills.editing
        if effect.approved and not approved:
            return editing.changed_meanwhile(
                self._skills.translator(proposer.languages).language, proposer, at
            )
        return editing.decided(effect.proposal, proposer, at, approved=approved)

    # --- questions that are passed on -------------------------------------------------------------------------

    async def _pass_on(self, event_id: str, effect: PassOn, outcome: Outcome, reply: Reply) -> Reply:
        if self._requested.coordinators is None:
            translate = self._skills.translator([effect.language])
            nobody = msg("I have no room in which the coordinators would read it: please ask one of them.")
            return reply_of([translate(nobody)], [], [], translate.language)
        passed_on = PassedQuestion(
            **address_to_payload(outcome.to),
            question=effect.question,
            language=effect.language,
            place=self._requested.place(outcome.to.room_id),
            word=event_id,
        )
        await self._store.jobs.file(passed_on, at=outcome.at)
        await self._requested.post()
        return reply

    async def _deliver(self, effect: Deliver, outcome: Outcome, reply: Reply) -> Reply:
        payload = effect.payload
        to, translate = address_of(payload), self._skills.translator([payload["language"]])
        asker = self._people.get(to.user_id)
        if asker is not None and self._requested.identities.is_changed(asker.user_id):
            # The question waits: it is answered again once it is known who gets the answer.
            return not_brought(asker.name, asker.username, self._skills.translator([outcome.language]))
        by = self._people.get(effect.by)
        name = clean(effect.by if by is None else by.name)
        head = msg(
            "{name} answers your question “{question}”:", name=name, question=clean(payload["question"])
        )
        whole = _brought(translate(head), effect.text)
        brought = to.user_id in self._people and await self._bring(
            f"answer/{effect.request}/{to.event_id}", to, whole
        )
        await self._store.jobs.end(effect.request, JobState.DONE, at=outcome.at)
        if brought:
            return reply
        sentence = msg("I cannot bring it any more: who asked is no longer there, or I am not.")
        translate = self._skills.translator([outcome.language])
        return reply_of([translate(sentence)], [], [], translate.language)

    async def _bring(self, key: str, to: Address, reply: Reply) -> bool:
        """Say something where somebody asked; return whether they can read it there."""
        room = self._client.rooms.get(RoomId(to.room_id))
        if self._requested.identities.is_changed(to.user_id):
            return False
        if room is None or room.members.get(UserId(to.user_id)) != "join":
            return False
        try:
            await self._saying.say(key, to, reply)
        except NotEncrypted:
            return False
        return True

    # --- privacy ----------------------------------------------------------------------------------------------

    async def _export(self, outcome: Outcome, reply: Reply) -> Reply:
        user_id = outcome.to.user_id
        about = await self._store.about(user_id, self._username(user_id))
        content = json.dumps(about, indent=2, ensure_ascii=False, default=str).encode()
        sealed = seal(content, secrets.token_bytes)
        url = await self._api.upload_media(sealed.ciphertext)
        name = f"palabre-{outcome.at:%Y-%m-%d}.json"
        return replace(reply, files=(attachment(sealed, url, name=name, media_type="application/json"),))

    async def _forget(self, event_id: str, outcome: Outcome) -> None:
        user_id = outcome.to.user_id
        await self._requested.tell_forgotten(event_id, user_id)
        await self._store.forget(user_id, self._username(user_id), self._requested.translator(_FORGOTTEN))
        self._skills.forget(user_id)
        await self._skills.refresh(self._store)

    # --- identities -------------------------------------------------------------------------------------------

    async def _accept_identity(self, effect: AcceptIdentity, outcome: Outcome, reply: Reply) -> Reply:
        user_id, by = effect.user_id, outcome.to.user_id
        accepted = await self._store.identities.accept(user_id, effect.master_key, by=by, at=outcome.at)
        await self._requested.identities.refresh()
        if not accepted:
            translate = self._skills.translator([outcome.language])
            said = msg(
                "It has changed again meanwhile, so I have accepted nothing. Speak to them, then begin again."
            )
            return reply_of([translate(said)], [], [], translate.language)
        told = Notice(NoticeKind.IDENTITY_ACCEPTED, user_id, effect.master_key, {})
        await self._store.jobs.file(told, at=outcome.at)
        return reply

    def _username(self, user_id: str) -> str:
        person = self._people.get(user_id)
        return user_id[1:].partition(":")[0] if person is None else person.username


def _brought(head: str, answer: str) -> Reply:
    """Return a coordinator's answer as it is brought to who asked, shortened where an event could not hold it."""
    replies = (_quoting(head, answer, most) for most in _SHORTER)
    return next((reply for reply in replies if size(reply) <= LARGEST), _quoting(head, answer, _SHORTER[-1]))


def _quoting(head: str, answer: str, most: int) -> Reply:
    shown = answer if len(answer) <= most else f"{answer[: most - 1].rstrip()}…"
    lines = [clean(line, longest=most) for line in shown.splitlines() if line.strip()]
    return Reply(
        "\n\n".join([head, "\n".join(lines)]),
        f"<p>{escape(head)}</p><blockquote>{'<br>'.join(map(escape, lines))}</blockquote>",
    )
