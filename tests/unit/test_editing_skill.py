"""The editing skill beside its dialogues: what readers may see, what is asked of the store, words at random."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.context.incoming import IncomingMessage
from bots.context.message import MessageContext
from bots.context.reply_text import LARGEST, size
from bots.features.edit import EDIT, Apply, Decide, DirectoryEditor, EditDraft, NeededRecords, Propose, Turn
from bots.features.edit.command_parser import command, field_and_value
from community.core.messages import LANGUAGES, Message, translator
from community.description.fields import Localized
from community.directory.differences import FIELDS as SHOWN_FIELDS
from community.directory.entry import EntryChange
from community.directory.naming import KnownEntries
from community.search.lexicon import lexicon_of
from community.search.word_file_tables import FIELDS as CORRECTED_FIELDS
from tests.lib.editing import CATALOGUES, NOW, Stage, quoted_message

COORDINATOR = frozenset({"coordinator"})
ROOM = frozenset({"coordinator", "member"})
PHONE = "change the phone of Awa Diallo to +223 11 22 33 44"


def said(turn: Turn | None) -> str:
    assert turn is not None
    return turn.reply.text


def guarded() -> Stage:
    """Return a network where telephone numbers are for coordinators alone."""
    stage = Stage()
    directory = stage.description.directory.model_copy(update={"visible": {"phone": ("coordinator",)}})
    return Stage(replace(stage.description, directory=directory))


def test_an_old_number_is_not_shown_to_who_may_not_see_it() -> None:
    assert "+223 00 00 00 01" in said(guarded().say("peter.lindqvist", PHONE, readers=COORDINATOR))
    assert "+223 00 00 00 01" not in said(guarded().say("peter.lindqvist", PHONE, readers=ROOM))
    assert "+223 00 00 00 01" not in said(guarded().say("peter.lindqvist", PHONE, readers=frozenset()))


def test_a_new_number_is_shown_to_who_has_just_said_it() -> None:
    shown = said(guarded().say("oumar.keita", PHONE, languages=("en",), readers=frozenset({"member"})))
    assert "+223 11 22 33 44" in shown
    assert "+223 00 00 00 01" not in shown


def test_what_an_undo_brings_back_is_not_shown_to_who_may_not_see_it() -> None:
    stage = guarded()
    stage.say("peter.lindqvist", PHONE)
    stage.confirm("peter.lindqvist")
    assert "+223" not in said(stage.say("peter.lindqvist", "undo", readers=ROOM))


def test_an_entry_that_an_undo_brings_back_shows_no_number_to_who_may_not_see_it() -> None:
    stage = guarded()
    stage.say("peter.lindqvist", "remove Awa Diallo", readers=COORDINATOR)
    stage.confirm("peter.lindqvist")
    shown = said(stage.say("oumar.keita", "undo 1", languages=("en",), readers=frozenset({"member"})))
    assert "Awa Diallo" in shown
    assert "+223" not in shown
    assert "+223" in said(stage.say("peter.lindqvist", "undo", readers=COORDINATOR))


def change_awa(stage: Stage, **changed: object) -> None:
    awa = stage.known.entry("contact", "bamako-mobility")
    assert awa is not None
    stage.change((EntryChange("contact", awa.key, awa, awa.model_copy(update=changed)),), "file")


@pytest.mark.parametrize("now", [{"visible": {"phone": ("coordinator",)}}, {"vacant": True, "phone": None}])
def test_what_has_been_hidden_since_is_not_in_the_history_either(now: dict[str, object]) -> None:
    stage = Stage()
    change_awa(stage, visible={"phone": tuple(ROOM)})
    stage.say("peter.lindqvist", PHONE, readers=ROOM)
    stage.confirm("peter.lindqvist")
    assert "+223" in said(stage.say("oumar.keita", "history", languages=("en",), readers=ROOM))
    change_awa(stage, **now)
    assert "+223" not in said(stage.say("oumar.keita", "history", languages=("en",), readers=ROOM))
    assert "+223" not in said(stage.say("oumar.keita", "undo 2", languages=("en",), readers=ROOM))


def test_who_may_confirm_an_entry_and_not_change_it_cannot_change_it_on_the_way() -> None:
    stage = Stage()
    stage.people = {**stage.people, "awa.diallo": stage.person("awa.diallo", role="member")}
    for correction, effect in ((None, Apply), ("email: other@example.org", Propose)):
        stage.say("awa.diallo", "confirm Awa Diallo", languages=("en",))
        if correction is not None:
            assert "other@" in said(stage.say("awa.diallo", correction, languages=("en",)))
        turn = stage.confirm("awa.diallo")
        assert turn is not None
        assert [type(one) for one in turn.effects] == [effect]


def test_a_hidden_number_is_not_found_out_by_adding_somebody_with_it() -> None:
    add = "add contact Somebody Else, secretary, in Bamako, waste, French, +223 00 00 00 01"
    for stage, readers, noticed in (
        (guarded(), COORDINATOR, True),
        (guarded(), frozenset({"member"}), False),
    ):
        stage.say("oumar.keita", add, languages=("en",), readers=readers)
        for answer in ("secretary", "skip", "skip"):
            text = said(stage.say("oumar.keita", answer, languages=("en",), readers=readers))
        assert "To be added" in text
        assert noticed is ("Awa Diallo" in text)


def test_history_shows_a_room_only_what_all_of_it_may_see() -> None:
    stage = guarded()
    stage.say("peter.lindqvist", PHONE, readers=COORDINATOR)
    stage.confirm("peter.lindqvist")
    assert "+223" in said(stage.say("peter.lindqvist", "history of Awa Diallo", readers=COORDINATOR))
    for text in ("history of Awa Diallo", "history"):
        shown = said(stage.say("peter.lindqvist", text, readers=ROOM))
        assert "Phone" in shown
        assert "+223" not in shown


def test_a_reaction_shows_no_more_than_its_message_did() -> None:
    stage = guarded()
    shown = said(stage.say("peter.lindqvist", "remove Awa Diallo", readers=ROOM))
    assert "+223" not in shown + said(stage.react("peter.lindqvist", "✅"))


def test_a_proposal_is_shown_without_what_its_readers_may_not_see() -> None:
    stage = guarded()
    stage.say("oumar.keita", PHONE, readers=frozenset({"member"}), languages=("en",))
    stage.confirm("oumar.keita")
    (proposal,) = stage.proposals
    reader = stage.person("peter.lindqvist")
    assert "+223 11 22 33 44" in stage.skill.proposal_card(proposal, reader, COORDINATOR, NOW).text
    assert "+223" not in stage.skill.proposal_card(proposal, reader, ROOM, NOW).text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("history", NeededRecords(history=True)),
        ("history of Awa Diallo", NeededRecords(history_of=("contact", "bamako-mobility"))),
        ("history of nobody at all", NeededRecords()),
        ("undo", NeededRecords(own_history=True)),
        ("undo 3", NeededRecords(row=3)),
        ("proposals", NeededRecords(proposals=True)),
        ("approve 3", NeededRecords(proposals=True)),
        ("who do I ask about waste in Kigali?", NeededRecords()),
        (PHONE, NeededRecords()),
    ],
)
def test_the_store_is_asked_for_what_is_needed_alone(text: str, wanted: NeededRecords) -> None:
    stage = Stage()
    asked = MessageContext(text, stage.person("peter.lindqvist"), is_direct=True, now=NOW)
    assert stage.skill.wants(asked, None) == wanted


def test_nothing_is_asked_for_in_the_middle_of_an_edit() -> None:
    stage = Stage()
    stage.say("peter.lindqvist", "add resource")
    asked = MessageContext("history", stage.person("peter.lindqvist"), is_direct=True, now=NOW)
    assert stage.skill.wants(asked, stage.draft("peter.lindqvist")) == NeededRecords()


def test_somebody_elses_draft_is_not_ones_own() -> None:
    stage = Stage()
    stage.say("awa.diallo", "confirme Awa Diallo")
    draft = stage.draft("awa.diallo")
    asked = MessageContext("oui", stage.person("oumar.keita"), is_direct=False, now=NOW)
    assert stage.skill.answer(asked, draft) is None


def test_a_language_without_a_catalogue_is_answered_in_the_bots_own() -> None:
    stage = Stage()
    community = stage.description.community
    skill = DirectoryEditor(
        community, lexicon_of(community), stage.known, {"fr": translator("fr", CATALOGUES)}
    )
    asked = MessageContext("add resource", stage.person("peter.lindqvist"), is_direct=True, now=NOW)
    assert "titre" in said(skill.answer(asked, None))


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten() -> None:
    stage = Stage()
    stage.say("peter.lindqvist", PHONE)
    stage.say("awa.diallo", "confirm Awa Diallo", languages=("en",))
    stage.confirm("awa.diallo")
    turn = stage.confirm("peter.lindqvist")
    assert turn is not None
    assert turn.effects == ()
    assert "meanwhile" in turn.reply.text


REACHING = (
    PHONE,
    "change the phone of Awa Diallo to none",
    "change the email of Awa Diallo to other@example.org",
    "add contact Somebody Else, secretary, in Bamako, waste, French, +223 44 00 00 01",
)


@pytest.mark.parametrize("text", REACHING)
@pytest.mark.parametrize("who", ["peter.lindqvist", "oumar.keita"])
def test_no_reaction_and_no_mere_yes_changes_how_somebody_is_reached(who: str, text: str) -> None:
    stage = Stage()
    stage.say(who, text, languages=("en",))
    if text.startswith("add"):
        for answer in ("secretary", "skip", "skip"):
            stage.say(who, answer, languages=("en",))
    for turn in (
        stage.react(who, "✅"),
        stage.react(who, "👍"),
        stage.say(who, "yes", languages=("en",)),
        stage.say(who, "yes 1000", languages=("en",)),
    ):
        assert turn is not None
        assert (turn.effects, stage.proposals, stage.history) == ((), [], [])
        assert "This needs “yes” and the number." in said(turn)
    assert stage.confirm(who) is not None
    if who == "oumar.keita":
        (proposal,) = stage.proposals
        for key in ("✅", "👍"):
            card = stage.react_to_proposal("peter.lindqvist", proposal.id, key)
            assert f"Say “yes {proposal.id}” to approve it" in said(card)
        assert "to approve it" in said(stage.say("peter.lindqvist", "approve"))
        assert stage.history == []
        stage.say("peter.lindqvist", f"approve {proposal.id}")
    assert len(stage.history) == 1


def test_a_correction_has_another_number_and_the_old_one_confirms_nothing() -> None:
    stage = Stage()
    stage.say("peter.lindqvist", PHONE)
    draft = stage.draft("peter.lindqvist")
    assert draft is not None
    stage.say("peter.lindqvist", "phone: +223 99 99 99 99")
    assert "number" in said(stage.say("peter.lindqvist", f"yes {draft.number}"))
    assert stage.history == []


def test_two_new_entries_of_one_title_get_two_keys() -> None:
    stage = Stage()
    text = 'add guide "Sorting" https://example.org/{} about waste in Kigali in English'
    for who, number in (("peter.lindqvist", 1), ("mariam.coulibaly", 2)):
        stage.say(who, text.format(number), languages=("en",))
        stage.say(who, "skip", languages=("en",))
    stage.confirm("peter.lindqvist")
    stage.confirm("mariam.coulibaly")
    assert {"sorting", "sorting-2"} <= stage.known.keys("resource")


def test_a_proposal_whose_entry_has_changed_can_only_be_declined() -> None:
    stage = Stage()
    stage.say("oumar.keita", PHONE, languages=("en",))
    stage.confirm("oumar.keita")
    stage.say("peter.lindqvist", "change the phone of Awa Diallo to +223 99 99 99 99")
    stage.confirm("peter.lindqvist")
    turn = stage.say("peter.lindqvist", "approve 1")
    assert turn is not None
    assert turn.effects == ()
    assert "can only be declined" in turn.reply.text
    stage.react_to_proposal("peter.lindqvist", 1, "❌")
    assert stage.proposals == []


def test_two_proposals_of_one_title_can_both_be_approved() -> None:
    stage = Stage()
    for who in ("oumar.keita", "lena.hoffmann"):
        stage.say(who, 'add guide "Sorting" https://example.org/x about waste in English', languages=("en",))
        stage.say(who, "that is all", languages=("en",))
        stage.react(who, "✅")
    for number in (1, 2):
        stage.react_to_proposal("peter.lindqvist", number, "✅")
    assert {"sorting", "sorting-2"} <= stage.known.keys("resource")


@pytest.mark.parametrize(
    ("text", "has", "hasnt"),
    [
        ("what is out of date in Matola?", "Guide to the DUAT", "Closing a landfill"),
        ("which projects has nobody confirmed?", "Everything there", "Closing a landfill"),
        ("documents that nobody confirmed about waste", "Closing a landfill", "Gbadebo"),
    ],
)
def test_what_is_stale_of_a_city_a_theme_a_kind(text: str, has: str, hasnt: str) -> None:
    shown = said(Stage().say("peter.lindqvist", text))
    assert has in shown
    assert hasnt not in shown


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("confirm the land contact in Kigali", "Éric Habimana"),
        ("the waste project in Kigali is now running", "Neighbourhood compost"),
        ("confirm the waste contact in Kigali whom I met", "Is everything still right? Claudine Uwase"),
        ("confirm the waste contact in Kigali for yachts", "I know no entry"),
        ("confirm the health contact in Matola", "I know no entry"),
    ],
)
def test_an_entry_may_be_described(text: str, has: str) -> None:
    assert has in said(Stage().say("peter.lindqvist", text))


def test_none_takes_a_value_away() -> None:
    stage = Stage()
    assert "–" in said(stage.say("peter.lindqvist", "change the phone of Awa Diallo to none"))
    stage.confirm("peter.lindqvist")
    awa = stage.known.contact("bamako-mobility")
    assert awa is not None
    assert awa.phone is None


def test_a_field_that_no_step_asks_for_can_be_corrected() -> None:
    stage = Stage()
    stage.say("peter.lindqvist", "Market compost is now running")
    assert "Ten sites" in said(stage.say("peter.lindqvist", "results: Ten sites"))


def quoted_phrases(message: Message, language: str) -> list[str]:
    text = translator(language, CATALOGUES)(message)
    return [p.strip(" \u00a0\u202f") for p in re.findall(r"[“«](.*?)[”»]", text)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message", [*EDIT.help.questions, *EDIT.help.commands], ids=str)
def test_what_help_says_is_understood(message: Message, language: str) -> None:
    phrases = quoted_phrases(message, language)
    assert phrases
    for phrase in phrases:
        heard = command(phrase.replace("…", "Awa Diallo"), language)
        assert heard is not None, phrase
        assert heard.language == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_field_is_corrected_by_the_name_that_is_shown(language: str) -> None:
    translate = translator(language, CATALOGUES)
    shown = {name: translate(SHOWN_FIELDS[name]) for name in CORRECTED_FIELDS if name in SHOWN_FIELDS}
    heard = {name: field_and_value(f"{label}: x", language) for name, label in shown.items()}
    assert heard == {name: (name, "x") for name in shown}


WORDS = st.sampled_from(
    [
        "add resource",
        "ajouter un projet",
        "أضف جهة اتصال",
        "Sorting",
        "https://example.org/x",
        "waste",
        "déchets à Kigali en français",
        "Kigali",
        "all",
        "skip",
        "back",
        "yes",
        "oui",
        "cancel",
        "remove",
        "yes 1",
        "yes 101",
        "help",
        "remove Transfer points",
        "confirm Awa Diallo",
        PHONE,
        "change the title of Market compost to Compost",
        "Market compost is now running",
        "undo",
        "history",
        "proposals",
        "approve",
        "decline 1",
        "save this",
        "city: Lagos",
        "who?",
        "\u202e<b>@room",
        "+223 11 11 11 11",
        "in pilot",
    ]
)
WHO = st.sampled_from(["peter.lindqvist", "claudine.uwase", "oumar.keita", "lena.hoffmann"])
STEPS = st.lists(
    st.tuples(
        WHO, st.one_of(WORDS, st.text(max_size=30)), st.sampled_from(["say", "say", "say", "✅", "❌", "to"])
    ),
    max_size=20,
)
CONFIRMING = re.compile(r"(?i)\s*(yes|oui|yes 1|yes 101|approve|decline.*|✅)\s*")


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_words_at_random_change_nothing_without_being_confirmed(steps: list[tuple[str, str, str]]) -> None:
    stage = Stage()
    quoted = quoted_message("@x:example.org", {"body": "https://example.org/q"})
    for who, text, how in steps:
        before = len(stage.history)
        turn = play(stage, who, text, how, quoted)
        effects = () if turn is None else turn.effects
        assert all(isinstance(effect, Apply | Propose | Decide) for effect in effects)
        if effects and how == "say":
            assert CONFIRMING.fullmatch(text) or turn is None or len(stage.history) == before
        check_agreement(stage)


def play(stage: Stage, who: str, text: str, how: str, quoted: IncomingMessage) -> Turn | None:
    match how:
        case "say":
            return stage.say(who, text, quoted=quoted if text == "save this" else None)
        case "to" if stage.proposals:
            return stage.react_to_proposal(who, stage.proposals[0].id, "✅")
        case "✅" | "❌" if who in stage.drafts:
            return stage.react(who, how)
        case _:
            return None


def check_agreement(stage: Stage) -> None:
    """Check that the entries are what the history makes of those at the beginning, and that drafts can be read."""
    replayed = KnownEntries.of(stage.description.directory, stage.description.calendar)
    for row in reversed(stage.history):
        assert replayed.entry(row.kind, row.key) == row.before
        replayed.take(row.kind, row.key, row.after)
    assert {(e.key, type(e)): e for e in replayed} == {(e.key, type(e)): e for e in stage.known}
    assert all(EditDraft.from_json(text).to_json() == text for text in stage.drafts.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_however_long_the_entries_are_an_event_can_hold_what_is_said_of_them(language: str) -> None:
    stage = Stage()
    for number in range(6):
        long = {
            "summary": Localized({"ar": f"{number} " + "نفايات " * 250}),
            "partners": ("ن" * 190,) * (number + 1),
        }
        for key in ("compost", *(p.key for p in stage.description.directory.projects)):
            project = stage.known.entry("project", key)
            if project is not None:
                after = project.model_copy(update=long)
                stage.change((EntryChange("project", key, project, after),), "file")
    for text in ("history", "proposals"):
        turn = stage.say("peter.lindqvist", text, languages=(language,))
        assert turn is not None
        assert size(turn.reply) <= LARGEST
    shown = turn_lines(stage.say("peter.lindqvist", "history", languages=(language,)))
    assert sum(line.lstrip("\u200f\u200e").startswith("#") for line in shown) == 10
    for line in shown:
        assert line.count("\u2068") + line.count("\u2066") == line.count("\u2069")


def turn_lines(turn: Turn | None) -> list[str]:
    return said(turn).splitlines()
