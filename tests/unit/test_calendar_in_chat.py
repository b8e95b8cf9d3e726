"""The history, what is taken back and what is proposed of events and deadlines, as the bot says it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.features.edit import Apply, Decide, Proposal, Propose, Turn
from community.description.model import Description
from community.directory.entry import EntryChange
from tests.lib.descriptions import changed, example
from tests.lib.editing import NOW, Stage
from tests.lib.entries import added, deadline, edited, event, removed

CALL = event("call", title="Weekly call", audience={"cities": ["kigali"]}, repeat="FREQ=WEEKLY;BYDAY=TH")
MOVED = event(
    "call",
    title="Weekly call",
    audience={"cities": ["kigali"]},
    repeat="FREQ=WEEKLY;BYDAY=TH",
    changes=[{"of": "2026-12-10 10:00", "cancelled": True}],
)
TEAM = {"key": "team", "for": "city", "policy": "closed", "name": "{city}", "topic": "{city}"}
BUDGET = event("budget", title="Budget talk", rooms=["coordination"])
REPORT = deadline("report", title="Yearly report", added_by="claudine.uwase")
PETER, CLAUDINE, OUMAR = "peter.lindqvist", "claudine.uwase", "oumar.keita"


def said(turn: Turn | None) -> str:
    assert turn is not None
    return turn.reply.text


def with_teams() -> Description:
    """Return the example network with a room for each city's team."""
    rooms = [room.model_dump(mode="json", by_alias=True) for room in example().community.rooms]
    return replace(example(), community=changed(example().community, {"rooms": [*rooms, TEAM]}))


def staged(
    *changes: EntryChange, actor: str = f"@{PETER}:example.org", of: Description | None = None
) -> Stage:
    stage = Stage() if of is None else Stage(of)
    for change in changes:
        stage.change((change,), actor)
    return stage


def proposed(stage: Stage, change: EntryChange, by: str = OUMAR) -> Proposal:
    proposal = Proposal(12, 12, f"@{by}:example.org", (change,), NOW)
    stage.proposals.append(proposal)
    return proposal


def changes_of(turn: Turn | None, effect: type[Apply] | type[Propose]) -> tuple[EntryChange, ...]:
    assert turn is not None
    (found,) = turn.effects
    assert isinstance(found, effect)
    return found.changes


def test_the_history_of_an_event_is_told_by_its_name() -> None:
    stage = staged(added(CALL), edited(CALL, MOVED))
    text = said(stage.say(OUMAR, "history of Weekly call", languages=("en",)))
    assert text.splitlines()[0] == "History of Weekly call:"
    assert (
        "#2 · 23 November 2026, 08:42 · Peter Lindqvist · Single dates: 10 December 2026, 10:00: cancelled"
        in text
    )
    assert "#1 · 23 November 2026, 08:42 · Peter Lindqvist · added" in text
    french = said(stage.say(OUMAR, "historique de Weekly call", languages=("fr",)))
    assert "10 décembre 2026, 10:00\N{NO-BREAK SPACE}: annulé" in french


def test_the_latest_changes_are_of_both() -> None:
    stage = staged(added(CALL), added(REPORT))
    awa = stage.known.entry("contact", "bamako-mobility")
    assert awa is not None
    stage.change((edited(awa, awa.model_copy(update={"hours": None, "vacant": True})),), "file")
    text = said(stage.say(PETER, "history", languages=("en",)))
    for line in ("Weekly call · added", "Yearly report · added", "Awa Diallo"):
        assert line in text


def test_what_is_in_a_room_of_coordinators_alone_is_told_nobody_else() -> None:
    stage = staged(added(BUDGET), added(CALL))
    assert "Budget talk" in said(stage.say(PETER, "history of Budget talk", languages=("en",)))
    assert "I know no entry called" in said(stage.say(OUMAR, "history of Budget talk", languages=("en",)))
    assert "Budget" not in said(stage.say(OUMAR, "history", languages=("en",)))
    in_room = stage.say(PETER, "history", readers=frozenset({"coordinator", "member"}), languages=("en",))
    assert "Budget" not in said(in_room)
    assert "Weekly call" in said(in_room)
    assert "There is no change #1." in said(stage.say(OUMAR, "undo 1", languages=("en",)))


def test_a_change_of_an_event_is_shown_and_taken_back() -> None:
    stage = staged(added(CALL), edited(CALL, MOVED))
    shown = said(stage.say(PETER, "undo 2", languages=("en",)))
    assert "Change to be taken back: Weekly call" in shown
    assert "Single dates: 10 December 2026, 10:00: cancelled → –" in shown
    assert changes_of(stage.confirm(PETER), Apply) == (edited(MOVED, CALL),)
    assert stage.known.entry("event", "call") == CALL


def test_without_a_number_the_last_change_is_taken_back_that_may_be_spoken_of() -> None:
    stage = staged(added(CALL), added(BUDGET))
    alone = said(stage.say(PETER, "undo", languages=("en",)))
    assert "Budget talk" in alone
    stage.say(PETER, "cancel", languages=("en",))
    in_room = said(stage.say(PETER, "undo", readers=frozenset({"coordinator", "member"}), languages=("en",)))
    assert "Weekly call" in in_room
    assert "Budget" not in in_room


def test_what_a_lead_may_not_take_back_alone_is_proposed_and_shown_to_those_who_may() -> None:
    stage = staged(added(CALL), edited(CALL, MOVED), of=with_teams())
    stage.say(OUMAR, "undo 2", languages=("en",))
    assert changes_of(stage.confirm(OUMAR), Propose) == (edited(MOVED, CALL),)
    listed = said(stage.say(CLAUDINE, "proposals", languages=("en",)))
    assert "These are waiting for you:" in listed
    when = "Thursday, 3 December 2026, 10:00–11:30, Africa/Abidjan, every week, Thursday"
    assert f"Weekly call · {when} · Single dates: 10 December 2026, 10:00: cancelled → –" in listed
    turn = stage.say(CLAUDINE, "approve 1", languages=("en",))
    assert turn is not None
    assert [type(effect) for effect in turn.effects] == [Decide]
    assert stage.known.entry("event", "call") == CALL


def test_what_other_cities_read_as_well_a_lead_does_not_take_back_alone() -> None:
    # Without rooms of the cities' teams it is posted in that of the cohort.
    stage = staged(added(CALL), edited(CALL, MOVED))
    stage.say(CLAUDINE, "undo 2", languages=("en",))
    assert changes_of(stage.confirm(CLAUDINE), Propose) == (edited(MOVED, CALL),)


def test_a_lead_takes_back_what_is_their_own_citys_at_once() -> None:
    stage = staged(added(CALL), edited(CALL, MOVED), of=with_teams())
    stage.say(CLAUDINE, "undo 2", languages=("en",))
    assert changes_of(stage.confirm(CLAUDINE), Apply) == (edited(MOVED, CALL),)


@pytest.mark.parametrize(
    ("by", "decider", "may"), [(OUMAR, PETER, True), (PETER, PETER, False), (OUMAR, CLAUDINE, False)]
)
def test_a_deadline_for_everybody_is_the_coordinators_to_decide(by: str, decider: str, may: bool) -> None:
    stage = Stage()
    proposed(stage, added(deadline("report", title="Yearly report", remind=["1w"])), by)
    listed = said(stage.say(decider, "proposals", languages=("en",)))
    assert ("These are waiting for you:" in listed) is may
    turn = stage.say(decider, "approve 12", languages=("en",))
    assert (stage.known.entry("deadline", "report") is not None) is may
    assert turn is not None


def test_what_is_proposed_for_coordinators_alone_is_not_listed_before_others() -> None:
    stage = Stage()
    proposed(stage, added(BUDGET))
    assert "Budget talk" in said(stage.say(PETER, "proposals", languages=("en",)))
    in_room = stage.say(PETER, "proposals", readers=frozenset({"coordinator", "member"}), languages=("en",))
    assert "No proposal is waiting for you." in said(in_room)


def test_the_card_of_a_proposed_deadline_says_all_of_it() -> None:
    stage = Stage()
    report = deadline("report", title={"en": "Yearly report"}, hand_in="Two pages", remind=["1w"])
    proposal = proposed(stage, added(report))
    card = stage.skill.proposal_card(proposal, stage.person(PETER), frozenset({"coordinator"}), NOW).text
    for line in (
        "Proposal #12 by Oumar Keïta:",
        "To be added: Yearly report",
        "To be handed in: Two pages",
        "Due: 15 December 2026, 18:00",
        "For whom: the whole network",
        "Reminders: 1 week before",
    ):
        assert line in card


def test_a_removal_of_an_event_is_approved_in_words_alone() -> None:
    stage = staged(added(CALL))
    proposed(stage, removed(CALL))
    shown = stage.react_to_proposal(PETER, 12, "✅")
    assert "for a removal a reaction is not enough" in said(shown)
    stage.say(PETER, "yes 12", languages=("en",))
    assert stage.known.entry("event", "call") is None


def test_a_proposal_of_an_event_that_has_changed_since_can_only_be_declined() -> None:
    stage = staged(added(CALL))
    proposed(stage, edited(CALL, MOVED))
    stage.change((edited(CALL, CALL.model_copy(update={"cancelled": True})),), "file")
    assert "can only be declined" in said(stage.say(PETER, "approve 12", languages=("en",)))


@pytest.mark.parametrize("text", ["remove Weekly call", "change the link of Weekly call to https://x.org"])
def test_commands_that_the_directory_has_too_ask_about_what_is_in_the_calendar(text: str) -> None:
    stage = staged(added(CALL))
    turn = stage.say(PETER, text, languages=("en",))
    assert turn is not None
    assert turn.draft is not None
    assert (turn.draft.kind, turn.draft.before) == ("event", CALL)
    assert turn.effects == ()


def test_a_command_of_the_directory_alone_does_not_touch_the_calendar() -> None:
    stage = staged(added(CALL))
    turn = stage.say(PETER, "confirm Weekly call", languages=("en",))
    assert turn is not None
    assert turn.draft is None
    assert turn.effects == ()


def test_a_draft_of_an_event_survives_a_restart() -> None:
    stage = staged(added(CALL), edited(CALL, MOVED))
    stage.say(PETER, "undo 2", languages=("en",))
    draft = stage.draft(PETER)
    assert draft is not None
    assert (draft.kind, draft.before) == ("event", MOVED)
