"""The editing skill: keeping the directory true, by chat. Pure; `effects` says how the runtime uses it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from bots.skill import Asked, Reply
from bots.skills.editing import guided, lists, starting
from bots.skills.editing.commands import (
    Add,
    Change,
    Confirm,
    Decision,
    Deputy,
    Heard,
    History,
    ListStale,
    Proposals,
    Remove,
    Save,
    Stage,
    Told,
    Undo,
    command,
)
from bots.skills.editing.confirming import CHANGED_MEANWHILE, carry_out, show
from bots.skills.editing.draft import Draft
from bots.skills.editing.effects import Proposal, Records, Turn, Wanted
from bots.skills.editing.meant import meant
from bots.skills.editing.scene import House, Scene
from bots.skills.editing.understanding import Understanding
from bots.skills.editing.words import reaction, short_word
from community.core.messages import Message, Translator, msg
from community.description.model import Community, Visible
from community.description.person import Person
from community.directory.entry import kind_of
from community.directory.naming import Known
from community.search.lexicon import Lexicon


class EditingSkill:
    """Understands what changes the directory. ``known`` is kept in step by its owner; nothing is kept here.

    ``translators`` are by language code, the bot's own language first. ``visible`` is the directory's.
    """

    def __init__(
        self,
        community: Community,
        lexicon: Lexicon,
        known: Known,
        translators: Mapping[str, Translator],
        visible: Visible | None = None,
    ) -> None:
        understanding = Understanding(community, lexicon)
        self._house = House(community, understanding, known, translators, visible or {})

    def wants(self, asked: Asked, draft: Draft | None) -> Wanted:
        """Return what `hear` needs to know from the store to answer this; mostly nothing."""
        heard = None if _open(asked, draft) else self._command(asked)
        if heard is None:
            return Wanted()
        match heard.command:
            case History(name) if not name and asked.quoted is None:
                return Wanted(history=True)
            case History(name):
                entry = meant(self._scene(asked, heard.language), name)
                return Wanted() if isinstance(entry, Message) else Wanted((kind_of(entry), entry.key))
            case Undo(None):
                return Wanted(own_history=True)
            case Undo(number):
                return Wanted(row=number)
            case Proposals() | Decision():
                return Wanted(proposals=True)
            case _:
                return Wanted()

    def hear(self, asked: Asked, draft: Draft | None, records: Records | None = None) -> Turn | None:
        """Return what comes of a message; None where it is not for this skill (an open draft then stays)."""
        own = _open(asked, draft)
        if own is not None:
            return guided.answer(self._scene(asked, self._spoken(own.language)), own, asked.text)
        heard = self._command(asked)
        if heard is not None:
            return self._carry_out(self._scene(asked, heard.language), heard, records or Records())
        return self._too_late(asked, draft)

    def react(self, draft: Draft, reactor: Person, key: str, now: datetime) -> Turn | None:
        """Return what a reaction to a draft's message does; None for nothing: another's, another sign, too late.

        ``key`` is the annotation's (spec, ``m.reaction``). Reactions are not encrypted: a removal needs the word.
        """
        yes = reaction(key)
        if reactor.user_id != draft.user_id or draft.asking is not None or draft.is_over(now) or yes is None:
            return None
        scene = self._scene_of(reactor, self._spoken(draft.language), now)
        if not yes:
            return scene.turn([guided.CANCELLED])
        if draft.removes():
            return show(scene, draft, [guided.NEEDS_THE_WORD])
        return carry_out(scene, draft)

    def react_to_proposal(self, proposal: Proposal, reactor: Person, key: str, now: datetime) -> Turn | None:
        """Return what a reaction to a message that shows a proposal does; None from who may not decide on it."""
        yes = reaction(key)
        scene = self._scene_of(reactor, self._house.language_for(reactor), now)
        if yes is None or not lists.may_decide(scene, proposal):
            return None
        if yes and lists.needs_words(proposal):
            return lists.proposal_card(scene, proposal)
        return lists.decided(scene, proposal, approved=yes)

    def proposal_card(
        self, proposal: Proposal, reader: Person, readers: frozenset[str], now: datetime
    ) -> Reply:
        """Return a proposal as it is shown to who may approve it. ``readers``: the roles that read it."""
        scene = Scene(self._house, reader, now, self._house.language_for(reader), readers)
        return lists.proposal_card(scene, proposal).reply

    def decided(self, proposal: Proposal, reader: Person, now: datetime, *, approved: bool) -> Reply:
        """Return what its proposer is told of a decision."""
        scene = self._scene_of(reader, self._house.language_for(reader), now)
        return scene.reply([lists.outcome(scene, proposal, approved=approved)])

    def changed_meanwhile(self, language: str, person: Person, now: datetime) -> Reply:
        """Return what is said where the store refuses a change: the entry is no longer what it was."""
        return self._scene_of(person, self._spoken(language), now).reply([CHANGED_MEANWHILE])

    def _spoken(self, language: str) -> str:
        return language if language in self._house.translators else next(iter(self._house.translators))

    def _scene(self, asked: Asked, language: str) -> Scene:
        return Scene(self._house, asked.person, asked.now, language, asked.readers, asked.quoted)

    def _scene_of(self, person: Person, language: str, now: datetime) -> Scene:
        """Return a scene of which it is not known who reads: nothing that is kept from anybody is shown."""
        return Scene(self._house, person, now, language, frozenset())

    def _command(self, asked: Asked) -> Heard | None:
        preferred = self._house.language_for(asked.person)
        heard = command(asked.text, preferred)
        return None if heard is None else Heard(heard.command, self._spoken(heard.language))

    def _too_late(self, asked: Asked, draft: Draft | None) -> Turn | None:
        """Say that a draft is gone to who answers it after a day; leave every other word to other skills."""
        if draft is None or draft.user_id != asked.person.user_id or short_word(asked.text) is None:
            return None
        gone = msg(
            "That waited for more than a day and was dropped: nothing was changed. Please begin again."
        )
        return self._scene(asked, self._spoken(draft.language)).turn([gone])

    def _carry_out(self, scene: Scene, heard: Heard, records: Records) -> Turn:
        match heard.command:
            case Add(kind, what, rest):
                return starting.add(scene, kind, what, rest)
            case Save(kind, what, rest):
                return starting.save(scene, kind, what, rest)
            case Remove(name):
                return starting.remove(scene, name)
            case Confirm(name):
                return starting.confirm(scene, name)
            case Change(field, readings):
                return starting.change(scene, field, readings)
            case Stage(name, stage):
                return starting.stage(scene, name, stage)
            case Deputy(deputy, of):
                return starting.deputy(scene, deputy, of)
            case _:
                return self._tell(scene, heard.command, records)

    def _tell(self, scene: Scene, said: Told, records: Records) -> Turn:
        match said:
            case Undo(number):
                return starting.undo(scene, records, number)
            case History(name):
                return self._history(scene, name, records)
            case Proposals():
                return lists.proposals(scene, records)
            case Decision(approved, number):
                return lists.decision(scene, records, approved=approved, number=number)
            case ListStale(rest):
                return lists.stale_list(scene, rest)
            case _:
                assert_never(said)

    def _history(self, scene: Scene, name: str, records: Records) -> Turn:
        if not name and scene.quoted is None:
            return lists.history(scene, None, records.history)
        entry = meant(scene, name)
        return (
            scene.turn([entry])
            if isinstance(entry, Message)
            else lists.history(scene, entry, records.history)
        )


def _open(asked: Asked, draft: Draft | None) -> Draft | None:
    """Return the draft, where it is the speaker's own and has not waited too long."""
    if draft is None or draft.user_id != asked.person.user_id or draft.is_over(asked.now):
        return None
    return draft
