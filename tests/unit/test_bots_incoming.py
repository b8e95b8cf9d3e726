"""What is read from the content of an event: is it meant for the bot, what does it refer to, which file is in it?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.context.incoming import IncomingMessage, incoming_message, reply_relation
from bots.encryption import Received
from matrix.ids import EventId, RoomId, UserId

BOT = "@palabre:example.org"


def text(body: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, **more}


def read(content: dict[str, Any]) -> IncomingMessage:
    return incoming_message(Received(RoomId("!r"), EventId("$m"), UserId("@a:b"), content, 0))


def asked(content: dict[str, Any], *, is_direct: bool = False) -> str | None:
    return read(content).question(BOT, "Palabre", is_direct=is_direct)


@pytest.mark.parametrize(
    "body",
    [
        "!p waste",
        "!palabre waste",
        "!P: waste",
        "  !p, waste",
        "!PALABRE waste",
        "! p waste",
        "! palabre: waste",
    ],
)
def test_the_prefix_asks(body: str) -> None:
    assert asked(text(body)) == "waste"


@pytest.mark.parametrize("body", ["waste", "!pa waste", "!please waste", "say !p waste", "p waste"])
def test_talk_between_people_is_not_for_the_bot(body: str) -> None:
    assert asked(text(body)) is None


def test_the_prefix_alone_is_a_question() -> None:
    assert asked(text("!p")) == ""


@pytest.mark.parametrize("body", ["Palabre: waste", "@palabre:example.org waste", "palabre, waste", "waste"])
def test_a_mention_asks(body: str) -> None:
    assert asked(text(body, **{"m.mentions": {"user_ids": [BOT]}})) == "waste"


@pytest.mark.parametrize(
    ("body", "question"),
    [
        ("!pqui contacter ?", "qui contacter ?"),
        ("!palabrequi contacter ?", "qui contacter ?"),
        ("!pWho is it?", "Who is it?"),
        ("!pمن المسؤول؟", "من المسؤول؟"),
        ("!poui", "oui"),
    ],
)
def test_the_prefix_may_touch_the_first_word(body: str, question: str) -> None:
    assert asked(text(body)) == question


@pytest.mark.parametrize(
    ("body", "question"),
    [
        ("@palabre waste", "waste"),
        ("@Palabre, waste", "waste"),
        ("@palabre:example.org waste", "waste"),
        ("Palabre, waste", "waste"),
        ("palabre : waste", "waste"),
        ("Palabre، waste", "waste"),
        ("Bonjour @palabre, qui contacter ?", "Bonjour qui contacter ?"),
        ("Qui contacter pour les déchets, @palabre ?", "Qui contacter pour les déchets?"),
    ],
)
def test_the_name_is_a_call_without_a_mention(body: str, question: str) -> None:
    assert asked(text(body)) == question


@pytest.mark.parametrize(
    "body",
    [
        "Palabre is nice",
        "We ask Palabre, then",
        "mail@palabre waste",
        "@palabres waste",
        "@palabre:elsewhere.org waste",
        "@palabre-provisioner waste",
        "Palabres, palabres",
    ],
)
def test_to_speak_of_it_is_not_to_call_it(body: str) -> None:
    assert asked(text(body)) is None


@pytest.mark.parametrize(
    ("body", "question"),
    [
        ("Qui contacter, Palabre, pour les déchets ?", "Qui contacter pour les déchets ?"),
        ("Does @palabre:example.org know who deals with waste?", "Does know who deals with waste?"),
        ("من المسؤول، Palabre؟", "من المسؤول؟"),
        ("Palabre", ""),
    ],
)
def test_a_mention_asks_wherever_it_stands(body: str, question: str) -> None:
    assert asked(text(body, **{"m.mentions": {"user_ids": [BOT]}})) == question


def test_in_a_direct_message_everything_asks() -> None:
    assert asked(text("waste"), is_direct=True) == "waste"
    assert asked(text("!p waste"), is_direct=True) == "waste"


def test_notices_edits_and_media_never_ask() -> None:
    assert asked({**text("!p waste"), "msgtype": "m.notice"}, is_direct=True) is None
    edit = {"rel_type": "m.replace", "event_id": "$e"}
    assert asked(text("* !p waste", **{"m.relates_to": edit}), is_direct=True) is None
    assert asked({"msgtype": "m.image", "body": "!p"}, is_direct=True) is None


def test_a_quoted_message_is_not_part_of_the_question() -> None:
    reply = {"m.in_reply_to": {"event_id": "$e"}}
    assert asked(text("> <@a:b> !p land\n\n!p waste", **{"m.relates_to": reply})) == "waste"


def test_a_reply_stays_in_its_thread() -> None:
    in_thread = text("x", **{"m.relates_to": {"rel_type": "m.thread", "event_id": "$root"}})
    assert read(in_thread).relation.thread == "$root"
    relation = reply_relation("$asked", "$root")
    assert (relation["rel_type"], relation["event_id"], relation["is_falling_back"]) == (
        "m.thread",
        "$root",
        True,
    )
    assert reply_relation("$asked", None) == {"m.in_reply_to": {"event_id": "$asked"}}


def test_what_a_thread_names_for_old_clients_is_not_replied_to() -> None:
    falls_back = {"rel_type": "m.thread", "event_id": "$root", "is_falling_back": True}
    message = read(text("x", **{"m.relates_to": {**falls_back, "m.in_reply_to": {"event_id": "$e"}}}))
    assert (message.relation.reply, message.refers_to) == (None, "$root")


def test_a_file_has_a_caption_where_its_body_is_not_its_name() -> None:
    file = {"url": "mxc://h/f", "key": {"k": "K"}, "iv": "I", "hashes": {"sha256": "S"}}
    plan = {
        "msgtype": "m.file",
        "body": "the plan",
        "filename": "plan.pdf",
        "file": file,
        "info": {"size": 7},
    }
    message = read(plan)
    assert message.caption == "the plan"
    assert message.file is not None
    assert (message.file.name, message.file.size, message.file.secret) == ("plan.pdf", 7, "K")
    assert read({**plan, "body": "plan.pdf"}).caption == ""
    assert read({**plan, "file": None}).caption is None


def test_only_the_bots_marks_are_kept_and_only_as_text() -> None:
    marks = read(text("x", **{"org.palabre.request": "7", "org.palabre.keeps": 7, "other": "x"})).marks
    assert marks == {"org.palabre.request": "7"}


THREAD = {"rel_type": "m.thread", "event_id": "$root"}
REPLY = {"m.in_reply_to": {"event_id": "$e"}}


def in_clear(content: dict[str, Any], relation: Any) -> IncomingMessage:
    """Read a message whose relation stands beside its ciphertext only."""
    ids = RoomId("!r"), EventId("$m"), UserId("@a:b")
    return incoming_message(Received(*ids, content, 0, clear_relation=relation))


@pytest.mark.parametrize("relation", [THREAD, REPLY, {**THREAD, **REPLY}])
def test_a_relation_in_clear_places_an_answer_and_means_nothing(relation: dict[str, Any]) -> None:
    message = in_clear(text("x"), relation)
    assert (message.refers_to, message.replies_to, message.in_thread) == (None, None, None)
    assert message.relation.thread == relation.get("event_id")
    assert message.relation.is_clear


@pytest.mark.parametrize("relation", [THREAD, REPLY])
def test_a_relation_that_was_encrypted_is_its_senders_whatever_stands_in_clear(
    relation: dict[str, Any],
) -> None:
    said = {**text("x"), "m.relates_to": relation}
    message = in_clear(said, {"rel_type": "m.thread", "event_id": "$elsewhere"})
    assert message == read(said)
    assert message.refers_to in ("$root", "$e")
    assert not message.relation.is_clear


def test_a_relation_in_clear_takes_no_words_out_of_a_message() -> None:
    assert in_clear(text("> yes\nno"), REPLY).text == "> yes\nno"
    assert read(text("> yes\nno", **{"m.relates_to": REPLY})).text == "no"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=10), children, max_size=3)
    ),
    max_leaves=10,
)
NAMES = st.sampled_from(
    ["msgtype", "body", "m.relates_to", "m.mentions", "rel_type", "event_id", "file", "info", "filename"]
)


@given(st.dictionaries(NAMES, JSON | st.just("m.text") | st.just("!p x")), st.booleans())
def test_no_content_whatever_breaks_it(content: dict[str, Any], is_direct: bool) -> None:
    found = asked(content, is_direct=is_direct)
    assert found is None or isinstance(found, str)
    message = read(content)
    for value in (message.text, message.caption, message.refers_to):
        assert value is None or isinstance(value, str)
    assert all(isinstance(user, str) for user in message.mentions)


@given(st.dictionaries(NAMES, JSON | st.just("m.text")), JSON)
def test_whatever_stands_in_clear_changes_neither_words_nor_what_they_refer_to(
    content: dict[str, Any], relation: Any
) -> None:
    message, alone = in_clear(content, relation), read(content)
    assert (message.refers_to, message.body, message.mentions) == (
        alone.refers_to,
        alone.body,
        alone.mentions,
    )
    assert message.text in (alone.text, None)  # None: it says that it is an edit, which is not answered
