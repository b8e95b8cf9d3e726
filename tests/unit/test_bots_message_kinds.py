"""Each kind of message that the bot sends: whether it notifies, and whom it mentions. A new kind must decide."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, PostForm, content_of, form_of, kind_of_notice
from community.description.directory_model import Attachment
from community.jobs.notices import NoticeKind
from tests.lib.bot_runtime import AWA, DIRECT, PETER, ROOT
from tests.lib.room_talk import MOBILITY, RoomTalk, seeded_store

TEXT, NOTICE, FILE = "m.text", "m.notice", "m.file"
FORMS = {
    # What it is: (msgtype, whether a message to one person mentions them)
    MessageKind.ANSWER: (TEXT, True),
    MessageKind.FILE: (FILE, True),
    MessageKind.PICTURE: ("m.image", False),
    MessageKind.DECIDED: (TEXT, False),
    MessageKind.SCHEDULED: (TEXT, False),
    MessageKind.REQUEST: (TEXT, True),
    MessageKind.REPORT: (TEXT, False),
    MessageKind.NOTICE: (TEXT, True),
    MessageKind.BY_THE_WAY: (NOTICE, False),
}
NOTICES = {
    NoticeKind.LET_IN: TEXT,
    NoticeKind.ONE_KEEPER: TEXT,
    NoticeKind.KEEPERS_CLOSED: TEXT,
    NoticeKind.NO_KEEPER: TEXT,
    NoticeKind.WAITS_FOR_KEEPERS: TEXT,
    NoticeKind.GATE_WATCHED: TEXT,
    NoticeKind.GATE_LET_IN: NOTICE,
    NoticeKind.GATE_LET_OUT: TEXT,
    NoticeKind.GATE_STRANGER: TEXT,
    NoticeKind.GATE_PASSED: TEXT,
    NoticeKind.GATE_UNWATCHED: TEXT,
    NoticeKind.NOT_REACHED: TEXT,
    NoticeKind.GUEST_ADMITTED: TEXT,
    NoticeKind.GUEST_REFUSED: TEXT,
    NoticeKind.GUEST_NEEDS_HOST: TEXT,
    NoticeKind.GUEST_WELCOME: TEXT,
    NoticeKind.ACCOUNT_FAULT: TEXT,
    NoticeKind.TOKEN_RENEWED: TEXT,
    NoticeKind.ACCOUNT_SEALED: TEXT,
    NoticeKind.IDENTITY_CHANGED: TEXT,
    NoticeKind.OWN_IDENTITY_CHANGED: TEXT,
    NoticeKind.IDENTITY_ACCEPTED: TEXT,
    NoticeKind.REMOVAL_FAILED: TEXT,
    NoticeKind.INVITATION_FAILED: TEXT,
    NoticeKind.INVITED_ARRIVED: NOTICE,
    NoticeKind.INVITED_STUCK: TEXT,
    NoticeKind.INVITATION_RUN_OUT: TEXT,
    NoticeKind.INVITATION_CLOSED: NOTICE,
    NoticeKind.NOT_PASSED_ON: TEXT,
    NoticeKind.NOT_READ: TEXT,
    NoticeKind.DEVICE_UNSIGNED: TEXT,
    NoticeKind.RECOVERY_KEY: TEXT,
    NoticeKind.STORE_PUT_BACK: TEXT,
    NoticeKind.KEY_BACKUP_REPLACED: TEXT,
    NoticeKind.VERIFICATION_ALARMING: TEXT,
    NoticeKind.FILE_KEPT: TEXT,
    NoticeKind.FILES_REFUSED: TEXT,
    NoticeKind.FILES_AGAIN: NOTICE,
    NoticeKind.SPACE_GRANTED: TEXT,
    NoticeKind.SPACE_REFUSED: TEXT,
    NoticeKind.SPACE_EXPIRED: TEXT,
    NoticeKind.SPACE_UNDECIDED: TEXT,
    NoticeKind.SPACE_READY: TEXT,
    NoticeKind.SPACE_LATE: TEXT,
    NoticeKind.SPACE_LEFT: TEXT,
    NoticeKind.INVITED_ARRIVED: NOTICE,
    NoticeKind.INVITED_STUCK: TEXT,
    NoticeKind.INVITATION_RUN_OUT: TEXT,
    NoticeKind.CLOCK_APART: TEXT,
    NoticeKind.CLOCK_JUMPED: TEXT,
    NoticeKind.LEAVING_RECEIPT: TEXT,
    NoticeKind.LEAVING_REFUSED: TEXT,
    NoticeKind.MEMBER_LEFT: TEXT,
    NoticeKind.WEEK_WELL: NOTICE,
    NoticeKind.WEEK_NOT_WELL: TEXT,
}
PICTURE = Attachment(
    name="a.png", url="mxc://h/a", type="image/png", size=1, secret="A" * 43, iv="A" * 22, sha256="A" * 43
)
SENDERS = {"bots/reply_sender.py", "bots/posting.py", "bots/verifying.py"}
"""The modules that have messages sent; what they send is of a kind."""


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path) as store:
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


def test_each_kind_of_message_has_decided() -> None:
    assert {kind: (form_of(kind).msgtype, form_of(kind).mentions) for kind in MessageKind} == FORMS


def test_each_kind_of_notice_has_decided() -> None:
    assert {kind: form_of(kind_of_notice(kind)).msgtype for kind in NoticeKind} == NOTICES


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("to", [AWA, None])
def test_a_message_mentions_at_most_the_one_whom_it_is_for(kind: MessageKind, to: str | None) -> None:
    content = content_of(kind, Reply("@room, everybody", "", files=(PICTURE,)), to)
    assert content["body"] == "@room, everybody"
    assert content["m.mentions"] == ({"user_ids": [AWA]} if to and FORMS[kind][1] else {})


def test_only_three_modules_send_and_only_one_chooses_how() -> None:
    senders, choosers = set(), set()
    for path in ROOT.joinpath("bots").rglob("*.py"):
        if "encryption" in path.parts:
            continue
        name, tree = str(path.relative_to(ROOT)), ast.parse(path.read_text())
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(attr="send", value=ast.Attribute(attr="_client" | "client")):
                    senders.add(name)
                case ast.Constant(value="m.notice"):
                    choosers.add(name)
                case _:
                    pass
    assert senders == SENDERS
    assert choosers == {"bots/context/message_kinds.py"}


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("!p qui contacter pour les déchets à Kigali ?", MOBILITY),
        ("merci", DIRECT),
        ("!p merci beaucoup", MOBILITY),
        ("bonjour", DIRECT),
        ("zeppelins", DIRECT),
        ("confirme Awa Diallo", DIRECT),
        ("exporte mes données", DIRECT),
    ],
)
async def test_an_answer_is_one_text_that_mentions_who_has_asked(
    room: RoomTalk, said: str, where: str
) -> None:
    content = await room.hears(said, room=where)  # type: ignore[arg-type]
    assert content is not None
    assert (content["msgtype"], content["m.mentions"]) == (TEXT, {"user_ids": [AWA]})
    texts = [each for _, each in room.homeserver.sent if each["msgtype"] == TEXT]
    assert len(texts) == 1


async def test_what_a_coordinator_is_asked_and_answers_notifies_whom_it_is_for(room: RoomTalk) -> None:
    await room.told("qui s'occupe des zeppelins à Kigali ?", room=DIRECT)
    await room.told("oui 1", room=DIRECT)
    (asked,) = [each for _, each in room.homeserver.sent if "org.palabre.request" in each]
    # In the coordinators' room it is for all of them.
    assert (asked["msgtype"], asked["m.mentions"]) == (TEXT, {})
    assert PETER not in str(asked["m.mentions"])


def test_a_post_has_no_kind_of_its_own_accord() -> None:
    with pytest.raises(TypeError):
        PostForm()  # type: ignore[call-arg]
