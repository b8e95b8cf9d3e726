"""Is a message meant for the bot, and where does the reply go?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.addressing import question, reply_relation, thread_root

BOT = "@palabre:example.org"


def text(body: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, **more}


def asked(content: dict[str, Any], *, is_direct: bool = False) -> str | None:
    return question(content, bot=BOT, display_name="Palabre", is_direct=is_direct)


@pytest.mark.parametrize("body", ["!p waste", "!palabre waste", "!P: waste", "  !p, waste", "!PALABRE waste"])
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


def test_the_name_without_a_mention_does_not_ask() -> None:
    assert asked(text("Palabre is nice")) is None


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
    assert thread_root(in_thread) == "$root"
    relation = reply_relation("$asked", "$root")
    assert (relation["rel_type"], relation["event_id"], relation["is_falling_back"]) == (
        "m.thread",
        "$root",
        True,
    )
    assert reply_relation("$asked", None) == {"m.in_reply_to": {"event_id": "$asked"}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=10), children, max_size=3)
    ),
    max_leaves=10,
)
NAMES = st.sampled_from(["msgtype", "body", "m.relates_to", "m.mentions", "rel_type", "event_id"])


@given(st.dictionaries(NAMES, JSON | st.just("m.text") | st.just("!p x")), st.booleans())
def test_no_content_whatever_breaks_it(content: dict[str, Any], is_direct: bool) -> None:
    found = asked(content, is_direct=is_direct)
    assert found is None or isinstance(found, str)
    root = thread_root(content)
    assert root is None or isinstance(root, str)
