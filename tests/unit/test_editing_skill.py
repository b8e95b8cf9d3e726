"""The editing skill beside its dialogues: what readers may see, what is asked of the store, words at random."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.skill import Asked, Quoted
from bots.skills.editing import Apply, Decide, Draft, EditingSkill, Propose, Turn, Wanted
from bots.skills.editing.commands import command
from bots.skills.help import skill as help_skill
from community.asking.lexicon import lexicon_of
from community.editing.known import Known
from community.messages import Message, translator
from tests.lib.editing import CATALOGUES, LANGUAGES, NOW, Stage

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
    stage.react("peter.lindqvist", "✅")
    assert "+223" not in said(stage.say("peter.lindqvist", "undo", readers=ROOM))


def test_history_shows_a_room_only_what_all_of_it_may_see() -> None:
    stage = guarded()
    stage.say("peter.lindqvist", PHONE, readers=COORDINATOR)
    stage.react("peter.lindqvist", "✅")
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
    stage.react("oumar.keita", "✅")
    (proposal,) = stage.proposals
    reader = stage.person("peter.lindqvist")
    assert "+223 11 22 33 44" in stage.skill.proposal_card(proposal, reader, COORDINATOR, NOW).text
    assert "+223" not in stage.skill.proposal_card(proposal, reader, ROOM, NOW).text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("history", Wanted(history=True)),
        ("history of Awa Diallo", Wanted(history_of=("contact", "bamako-mobility"))),
        ("history of nobody at all", Wanted()),
        ("undo", Wanted(own_history=True)),
        ("undo 3", Wanted(row=3)),
        ("proposals", Wanted(proposals=True)),
        ("approve 3", Wanted(proposals=True)),
        ("who do I ask about waste in Kigali?", Wanted()),
        (PHONE, Wanted()),
    ],
)
def test_the_store_is_asked_for_what_is_needed_alone(text: str, wanted: Wanted) -> None:
    stage = Stage()
    asked = Asked(text, stage.person("peter.lindqvist"), is_direct=True, now=NOW)
    assert stage.skill.wants(asked, None) == wanted


def test_nothing_is_asked_for_in_the_middle_of_an_edit() -> None:
    stage = Stage()
    stage.say("peter.lindqvist", "add resource")
    asked = Asked("history", stage.person("peter.lindqvist"), is_direct=True, now=NOW)
    assert stage.skill.wants(asked, stage.draft("peter.lindqvist")) == Wanted()


def test_somebody_elses_draft_is_not_ones_own() -> None:
    stage = Stage()
    stage.say("awa.diallo", "confirme Awa Diallo")
    draft = stage.draft("awa.diallo")
    asked = Asked("oui", stage.person("oumar.keita"), is_direct=False, now=NOW)
    assert stage.skill.hear(asked, draft) is None


def test_a_language_without_a_catalogue_is_answered_in_the_bots_own() -> None:
    stage = Stage()
    community = stage.description.community
    skill = EditingSkill(community, lexicon_of(community), stage.known, {"fr": translator("fr", CATALOGUES)})
    asked = Asked("add resource", stage.person("peter.lindqvist"), is_direct=True, now=NOW)
    assert "titre" in said(skill.hear(asked, None))


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten() -> None:
    stage = Stage()
    stage.say("peter.lindqvist", PHONE)
    stage.say("awa.diallo", "confirm Awa Diallo", languages=("en",))
    stage.react("awa.diallo", "✅")
    turn = stage.react("peter.lindqvist", "✅")
    assert turn is not None
    assert turn.effects == ()
    assert "meanwhile" in turn.reply.text


def test_two_new_entries_of_one_title_get_two_keys() -> None:
    stage = Stage()
    text = 'add guide "Sorting" https://example.org/{} about waste in Kigali in English'
    for who, number in (("peter.lindqvist", 1), ("mariam.coulibaly", 2)):
        stage.say(who, text.format(number), languages=("en",))
        stage.say(who, "skip", languages=("en",))
    stage.react("peter.lindqvist", "✅")
    stage.react("mariam.coulibaly", "✅")
    assert {"sorting", "sorting-2"} <= stage.known.keys("resource")


def test_none_takes_a_value_away() -> None:
    stage = Stage()
    assert "–" in said(stage.say("peter.lindqvist", "change the phone of Awa Diallo to none"))
    stage.react("peter.lindqvist", "✅")
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
@pytest.mark.parametrize("message", [help_skill._GO_ON[2], *help_skill._KEEP[:3]], ids=str)
def test_what_help_says_is_understood(message: Message, language: str) -> None:
    phrases = quoted_phrases(message, language)
    assert phrases
    for phrase in phrases:
        heard = command(phrase.replace("…", "Awa Diallo"), language)
        assert heard is not None, phrase
        assert heard.language == language


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
CONFIRMING = re.compile(r"(?i)\s*(yes|oui|remove|approve|decline.*|✅)\s*")


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_words_at_random_change_nothing_without_being_confirmed(steps: list[tuple[str, str, str]]) -> None:
    stage = Stage()
    quoted = Quoted("@x:example.org", {"body": "https://example.org/q"})
    for who, text, how in steps:
        before = len(stage.history)
        turn = play(stage, who, text, how, quoted)
        effects = () if turn is None else turn.effects
        assert all(isinstance(effect, Apply | Propose | Decide) for effect in effects)
        if effects and how == "say":
            assert CONFIRMING.fullmatch(text) or turn is None or len(stage.history) == before
        check_agreement(stage)


def play(stage: Stage, who: str, text: str, how: str, quoted: Quoted) -> Turn | None:
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
    replayed = Known.of(stage.description.directory)
    for row in reversed(stage.history):
        assert replayed.entry(row.kind, row.key) == row.before
        replayed.take(row.kind, row.key, row.after)
    assert {(e.key, type(e)): e for e in replayed} == {(e.key, type(e)): e for e in stage.known}
    assert all(Draft.from_json(text).to_json() == text for text in stage.drafts.values())
