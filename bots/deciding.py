"""What comes of something heard: the skills are asked in turn, and nothing is done yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from bots.addressing import LONGEST_ANSWER, PREFIX, mentioned, question, replied_to, thread_root
from bots.conversations import MARK
from bots.encryption import EncryptedClient, Reacted, Received
from bots.hearing import Heard, Hearing
from bots.outcome import Address, Deliver, Outcome
from bots.requested import REQUEST, Requested, proposals_of
from bots.safe_rooms import SafeRooms
from bots.skill import AGREED, Asked, Count, Quoted
from bots.skills import SkillSet
from bots.skills.editing import Draft, Proposal, Records, Turn, Wanted
from bots.skills.editing.words import reaction
from bots.skills.identity import Pinned, held_reply, held_tail
from bots.skills.removal import SafePlace
from bots.skills.rendering import reply_of
from community.accounts.identities import Standing
from community.core.messages import msg
from community.core.plain_text import clean
from community.description.person import Person
from community.description.rooms import NO_ROLE, safe_space
from community.directory.entry import HistoryRow
from community.jobs.requested import PassedQuestion, ProposedChange
from community.storage import Draft as KeptDraft
from community.storage import Job, Store
from matrix.ids import UserId

log = structlog.get_logger()

KEEPS = "org.palabre.keeps"
"""Key of the event id of an answer that a reaction begins an entry from, in the content of what says so."""
LOOKED_THROUGH = 500
"""Changes among which one's own last, or one of a number, is looked for."""
LISTED = 20
_KEEP_THIS = {"en": "save this", "fr": "garde ça", "pt": "guarda isto", "ar": "احفظ هذا"}


class Deciding:
    """Asks the skills what comes of a message or a reaction."""

    def __init__(
        self,
        client: EncryptedClient,
        store: Store,
        hearing: Hearing,
        skills: SkillSet,
        requested: Requested,
        safe_rooms: SafeRooms,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._store = store
        self._hearing = hearing
        self._skills = skills
        self._requested = requested
        self._safe_rooms = safe_rooms
        self._people = hearing.people
        self._now = now

    # --- messages -------------------------------------------------------------------------------------------

    async def message(self, message: Received) -> Outcome | None:
        """Return what comes of a message, None where it is not for the bot."""
        standing = self._hearing.standing(message)
        answer = await self._answer(message)
        if answer is not None:
            return answer if standing is Standing.PINNED else self._held(standing, answer.to)
        heard = await self._hearing.heard(message)
        if heard is None:
            return None
        root = thread_root(message.content)
        to = Address(message.room_id, message.event_id, message.sender, root, heard.asked.conversation)
        if standing is not Standing.PINNED:
            return await self._public(heard.asked, heard.draft, to, standing)
        return await self._decided(heard, to)

    async def _public(
        self, asked: Asked, kept: KeptDraft | None, to: Address, standing: Standing
    ) -> Outcome | None:
        """Return what comes of something said by who may be somebody else: what anybody may see, and no more."""
        draft = _draft_of(kept)
        wants = (
            self._skills.privacy.answer(asked) is not None
            or self._skills.identity.is_meant(asked)
            or self._skills.removal.is_meant(asked, self._safe_places(), self._names())
        )
        if wants or await asyncio.to_thread(self._skills.edited, asked, draft, Records()) is not None:
            return self._held(standing, to)
        reply = await asyncio.to_thread(self._skills.answer, as_nobody(asked))
        if any(not isinstance(effect, Count) for effect in reply.effects):
            return self._held(standing, to)
        said = replace(reply, effects=())
        if asked.is_direct:
            translate = self._skills.translator(asked.person.languages)
            said = held_tail(said, standing, asked.person, translate)
        return Outcome(said, to, asked.now, reply.effects)

    def _held(self, standing: Standing, to: Address) -> Outcome | None:
        """Return the reply to what is not done because it may be somebody else who wants it."""
        person = self._people.get(to.user_id)
        if person is None:
            return None
        translate = self._skills.translator(person.languages)
        reply = held_reply(standing, person, translate)
        return Outcome(reply, to, self._now(), language=translate.language)

    async def _decided(self, heard: Heard, to: Address) -> Outcome:
        asked = heard.asked
        wish = self._skills.privacy.answer(asked)
        if wish is not None:
            self._skills.interrupted(asked)
            return Outcome(wish.reply, to, asked.now, wish.effects, language=wish.language)
        removal = self._skills.removal.answer(asked, self._safe_places(), self._names())
        if removal is not None:
            self._skills.interrupted(asked)
            return Outcome(removal.reply, to, asked.now, removal.effects, language=removal.language)
        accepting = self._skills.identity.answer(asked, self._pinned(to, is_direct=asked.is_direct))
        if accepting is not None:
            self._skills.interrupted(asked)
            if accepting.effects and to.user_id not in self._hearing.identities.pins:
                # Whoever has no identity of their own vouches for nobody's.
                translate = self._skills.translator(asked.person.languages)
                return Outcome(held_reply(Standing.UNKNOWN_DEVICE, asked.person, translate), to, asked.now)
            return Outcome(accepting.reply, to, asked.now, accepting.effects, language=accepting.language)
        draft = _draft_of(heard.draft)
        records = await self._records(self._skills.editing.wants(asked, draft), asked.person)
        # Off the loop: a question over a large directory takes some milliseconds.
        turn = await asyncio.to_thread(self._skills.edited, asked, draft, records)
        if turn is not None:
            return _turned(turn, to, asked, heard.draft)
        reply = await asyncio.to_thread(self._skills.answer, asked)
        return Outcome(replace(reply, effects=()), to, asked.now, reply.effects)

    def _safe_places(self) -> list[SafePlace]:
        spaces = self._hearing.spaces()
        gates = [(safe, spaces.get(safe_space(safe.key))) for safe in self._safe_rooms.current]
        return [
            SafePlace(safe, None if gate is None else frozenset(gate.members) - self._hearing.own)
            for safe, gate in gates
        ]

    def _names(self) -> dict[UserId, str]:
        return {UserId(person.user_id): person.name for person in self._people.values()}

    def _pinned(self, to: Address, *, is_direct: bool) -> Pinned:
        room = self._requested.coordinators
        is_private = is_direct or (room is not None and room.room_id == to.room_id)
        pins, roles = self._hearing.identities.pins, self._requested.asking.roles
        return Pinned(pins, self._people, roles, is_private)

    async def _records(self, wanted: Wanted, person: Person) -> Records:
        entries = self._store.entries
        if wanted.proposals:
            return Records(proposals=await self._proposals())
        if wanted.history_of is not None:
            return Records(await entries.history(*wanted.history_of, limit=LISTED))
        if wanted.history:
            return Records(await entries.history(limit=LISTED))
        if wanted.own_history:
            return Records(await entries.history(actor=person.user_id, limit=LOOKED_THROUGH))
        row = None if wanted.row is None else await entries.history_row(wanted.row)
        return Records(() if row is None else await self._with_undoing(row))

    async def _with_undoing(self, row: HistoryRow) -> tuple[HistoryRow, ...]:
        """Return a change and those that may have taken it back."""
        rows = await self._store.entries.history(row.kind, row.key, limit=LOOKED_THROUGH)
        return tuple(r for r in rows if row.id in (r.id, r.undoes)) or (row,)

    async def _proposals(self) -> tuple[Proposal, ...]:
        return tuple(one for _, one in proposals_of(await self._store.jobs.pending(ProposedChange.KIND)))

    # --- a coordinator's answer -------------------------------------------------------------------------------

    async def _answer(self, message: Received) -> Outcome | None:
        """Return what comes of a coordinator's first answer to a question that was passed on, None for all else."""
        person, room = self._people.get(message.sender), self._requested.coordinators
        if person is None or person.role not in self._requested.asking.roles:
            return None
        if room is None or message.room_id != room.room_id:
            return None
        me = self._client.user_id
        text = question(message.content, bot=me, display_name="", is_direct=True, longest=LONGEST_ANSWER)
        body = str(message.content.get("body"))
        if not text or PREFIX.match(body) or mentioned(message.content) - {me}:
            return None
        request = await self._asked_in(message)
        if request is None:
            return None
        conversation = await self._hearing.conversations.of(message, is_direct=False)
        to = Address(
            message.room_id, message.event_id, message.sender, thread_root(message.content), conversation
        )
        deliver = Deliver(request.id, request.payload, text, message.sender)
        translate = self._skills.translator(person.languages)
        asker = self._people.get(request.payload["user_id"])
        name = clean(request.payload["user_id"] if asker is None else asker.name)
        said = [
            msg("I have brought your answer to {name}.", name=name),
            msg("React with ✅ to keep it as a new entry."),
        ]
        reply = reply_of([translate(one) for one in said], [], [], translate.language)
        return Outcome(
            reply,
            to,
            self._now(),
            (deliver,),
            language=translate.language,
            marks={KEEPS: message.event_id},
        )

    async def _asked_in(self, message: Received) -> Job | None:
        """Return the question that waits and that a message answers, None without one.

        In a thread under it coordinators may talk among themselves: only what replies to it, or is said to us, is
        brought to who asked.
        """
        refers_to = replied_to(message.content)
        if self._client.user_id in mentioned(message.content):
            refers_to = refers_to or thread_root(message.content)
        post = None
        if refers_to is not None:
            post = await self._hearing.conversations.read_back(message.room_id, refers_to)
        if post is None or post.sender != self._client.user_id:
            return None
        return await self._pending(PassedQuestion.KIND, post)

    async def _pending(self, kind: str, post: Received) -> Job | None:
        """Return the request that a post of ours shows, None where it waits no more."""
        number = post.content.get(REQUEST)
        if not isinstance(number, str):
            return None
        waiting = await self._store.jobs.pending(kind)
        return next((request for request in waiting if str(request.id) == number), None)

    # --- reactions --------------------------------------------------------------------------------------------

    async def reaction(self, reacted: Reacted) -> Outcome | None:
        """Return what comes of a reaction, None where it means nothing here.

        Reactions are not encrypted: the homeserver could make one. What takes something away asks for a word.
        """
        outcome, standing = await self._of_reaction(reacted), self._hearing.standing(reacted)
        if outcome is None or standing is Standing.PINNED:
            return outcome
        return self._held(standing, outcome.to)

    async def _of_reaction(self, reacted: Reacted) -> Outcome | None:
        agreed = reaction(reacted.key)
        where = self._hearing.where(reacted.room_id, reacted.sender)
        if agreed is None or where is None:
            return None
        post = await self._hearing.conversations.read_back(reacted.room_id, reacted.target)
        if post is None or post.sender != self._client.user_id:
            return None
        conversation = str(post.content.get(MARK, post.event_id))
        to = Address(reacted.room_id, post.event_id, reacted.sender, thread_root(post.content), conversation)
        where = replace(where, conversation=conversation)
        turn = await self._reacted(reacted, post, where, to)
        if turn is not None or not agreed:
            return turn
        if isinstance(post.content.get(KEEPS), str):
            return await self._keep(post, where, to)
        if not self._hearing.conversations.is_newest(post.event_id, conversation, reacted.sender):
            return None
        reply = await asyncio.to_thread(self._skills.agreed, replace(where, text=AGREED))
        return None if reply is None else Outcome(replace(reply, effects=()), to, where.now, reply.effects)

    async def _reacted(self, reacted: Reacted, post: Received, where: Asked, to: Address) -> Outcome | None:
        """Return what comes of a reaction to a draft or a proposal."""
        editing, now = self._skills.editing, where.now
        kept = await self._store.drafts.by_event(reacted.room_id, post.event_id)
        draft = _draft_of(kept)
        if kept is not None and draft is not None:
            turn = editing.react(draft, where.person, reacted.key, now)
            return None if turn is None else _turned(turn, to, where, kept)
        request = await self._pending(ProposedChange.KIND, post)
        proposal = next((one for _, one in proposals_of([request] if request is not None else [])), None)
        if proposal is None:
            return None
        turn = editing.react_to_proposal(proposal, where.person, reacted.key, now)
        return None if turn is None else _turned(turn, to, where, None)

    async def _keep(self, post: Received, where: Asked, to: Address) -> Outcome | None:
        """Begin an entry from an answer that was brought to somebody."""
        answer = await self._hearing.conversations.read_back(post.room_id, str(post.content[KEEPS]))
        if answer is None:
            return None
        language = self._skills.translator(where.person.languages).language
        asked = replace(where, text=_KEEP_THIS[language], quoted=Quoted(answer.sender, answer.content))
        kept = await self._store.drafts.get(to.room_id, to.conversation, to.user_id)
        return await self._decided(Heard(asked, kept), to)


def as_nobody(asked: Asked) -> Asked:
    """Return a question as somebody without a role would ask it there, in a conversation of their own."""
    return replace(
        asked,
        person=replace(asked.person, role=NO_ROLE, city=None),
        readers=asked.readers | {NO_ROLE},
        conversation=f"public/{asked.conversation}",
        quoted=None,
    )


def _draft_of(kept: KeptDraft | None) -> Draft | None:
    """Return a draft as it was kept; one that an older Palabre has written otherwise is none."""
    if kept is None:
        return None
    try:
        return Draft.from_json(kept.content)
    except (ValueError, LookupError, TypeError) as error:
        log.warning("draft_unreadable", kind=type(error).__name__)
        return None


def _turned(turn: Turn, to: Address, asked: Asked, kept: KeptDraft | None) -> Outcome:
    """Return an editing turn's outcome. In a room a guided edit goes on in a thread."""
    if turn.draft is not None and not asked.is_direct and to.thread is None:
        to = replace(to, thread=to.event_id)
    has_draft = turn.draft is not None or kept is not None
    return Outcome(
        turn.reply, to, asked.now, turn.effects, is_turn=has_draft, draft=turn.draft, language=turn.language
    )
