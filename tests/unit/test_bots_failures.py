"""Where our own code fails over a message or a reaction, its sender is told, once; what passes is tried again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bots.context.feature import (
    NOT_ANSWERED,
    Feature,
    FeatureHandlers,
    Handler,
    Precedence,
    ReactionHandler,
    Setting,
)
from bots.context.message import MessageContext, OverheardMessage, ReactionContext, Reply
from bots.context.sources import Sources
from bots.encryption import Reacted, Received
from bots.runtime import Runtime
from community.core.errors import StoreError
from community.core.messages import CHAT_LANGUAGES, Message, msg, translator
from community.description.person import Person
from community.storage import Store
from matrix.errors import HomeserverUnreachable
from matrix.ids import EventId
from tests.lib.asking import CATALOGUES
from tests.lib.bot_runtime import (
    AWA,
    COORDINATION,
    DIRECT,
    OUTSIDER,
    PETER,
    Homeserver,
    batch,
    runtime,
    said,
    take,
)

SECRET = "zeppelins over the harbour"
FULL = StoreError(msg("The disk is full."))
OWN = msg("The weather could not be told.")


class Failing(Handler[MessageContext, None]):
    """Fails as often as there are errors, then answers; so with reactions and what it overhears."""

    def __init__(self, errors: list[Exception]) -> None:
        self._errors = errors

    async def load(self, context: Any, sources: Sources) -> None:  # noqa: ARG002
        if self._errors and isinstance(self._errors[0], (StoreError, HomeserverUnreachable)):
            raise self._errors.pop(0)

    def handle(self, context: Any, records: None) -> Any:  # noqa: ARG002
        if self._errors:
            raise self._errors.pop(0)
        return None if isinstance(context, OverheardMessage) else Reply("sunny", "<p>sunny</p>")


class FailingReactions(ReactionHandler[None]):
    def __init__(self, errors: list[Exception]) -> None:
        self._handler = Failing(errors)

    async def load(self, context: ReactionContext, sources: Sources) -> None:
        await self._handler.load(context, sources)

    def handle(self, context: ReactionContext, records: None) -> Reply:
        reply: Reply = self._handler.handle(context, records)
        return reply


def weather(errors: list[Exception], *, apology: Message = NOT_ANSWERED, overhears: bool = False) -> Feature:
    class Handlers(FeatureHandlers):
        def __init__(self, _setting: Setting) -> None:
            pass

        @property
        def messages(self) -> Sequence[tuple[Precedence, Failing]]:
            return ((Precedence.QUESTION, Failing(errors)),)

        @property
        def reactions(self) -> FailingReactions:
            return FailingReactions(errors)

        @property
        def overheard(self) -> Any:
            return Failing(errors) if overhears else None

    return Feature("weather", Handlers, guarded=False, apology=apology)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(f"sqlite+aiosqlite:///{tmp_path}/palabre.db") as opened:
        awa = Person(AWA, "awa", "Awa", "lead", None, (), ("en",))
        await opened.people.replace([awa, Person(PETER, "peter", "Peter", "coordinator", None, (), ("fr",))])
        yield opened


def bot(homeserver: Homeserver, store: Store, folder: Path, feature: Feature) -> Runtime:
    talking = runtime(homeserver, store, folder, features=(feature,))
    talking._handler._pauses = (0.0, 0.0)
    return talking


def bodies(homeserver: Homeserver) -> list[str]:
    return [content["body"] for _, content in homeserver.sent]


async def test_a_question_over_which_we_stumble_is_apologised_for_once_and_is_in_no_log(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    talking = bot(homeserver, store, tmp_path, weather([ValueError(SECRET)]))
    with capture_logs() as logs:
        await take(talking, batch(said(SECRET, "$1"), said("and now?", "$2")))
    assert bodies(homeserver) == [str(NOT_ANSWERED), "sunny"]
    assert homeserver.sent[0][1]["m.relates_to"] == {"m.in_reply_to": {"event_id": "$1"}}
    assert homeserver.sent[0][1]["m.mentions"] == {"user_ids": [AWA]}
    assert homeserver.dealt_with == ["$1", "$2"]
    assert [(line["event"], line["feature"], line["kind"]) for line in logs] == [
        ("answer_failed", "weather", "ValueError")
    ]
    assert SECRET not in str(logs)
    assert talking._handler._counts == {"failed": 1, "apologised": 1}


async def test_the_apology_of_the_next_process_is_the_same_event(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    for _ in range(2):
        talking = bot(homeserver, store, tmp_path, weather([ValueError(SECRET)]))
        await take(talking, batch(said("weather", "$1")))
    (first, _), (second, _) = homeserver.sent
    assert first == second


async def test_a_feature_has_a_sentence_of_its_own(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    talking = bot(homeserver, store, tmp_path, weather([KeyError(SECRET)], apology=OWN))
    await take(talking, batch(said("weather", "$1")))
    assert bodies(homeserver) == [str(OWN)]


async def test_what_passes_is_tried_again_and_answered(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    talking = bot(homeserver, store, tmp_path, weather([FULL, FULL]))
    await take(talking, batch(said("weather", "$1")))
    assert bodies(homeserver) == ["sunny"]
    assert talking._handler._counts == {"tried_again": 2}


async def test_what_does_not_pass_is_apologised_for(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    talking = bot(homeserver, store, tmp_path, weather([FULL] * 3))
    with capture_logs() as logs:
        await take(talking, batch(said("weather", "$1")))
    assert bodies(homeserver) == [str(NOT_ANSWERED)]
    assert [line["event"] for line in logs] == ["answer_put_off", "answer_put_off", "answer_failed"]
    assert talking._handler._counts == {"tried_again": 2, "failed": 1, "apologised": 1}


async def test_where_the_homeserver_goes_away_the_message_is_read_again(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    away = HomeserverUnreachable("http://127.0.0.1:8008")
    talking = bot(homeserver, store, tmp_path, weather([away]))
    with pytest.raises(HomeserverUnreachable):
        await take(talking, batch(said("weather", "$1")))
    talking = bot(homeserver, store, tmp_path, weather([ValueError(SECRET)]))
    homeserver.is_away = True
    with pytest.raises(HomeserverUnreachable):
        await take(talking, batch(said("weather", "$1")))
    assert homeserver.dealt_with == []
    homeserver.is_away = False
    await take(talking, batch(said("weather", "$1")))
    assert bodies(homeserver) == ["sunny"]


async def test_a_reply_that_cannot_be_sent_is_tried_again_and_does_not_stop_the_bot(
    store: Store, tmp_path: Path
) -> None:
    homeserver = Homeserver()
    homeserver.is_refusing = True
    talking = bot(homeserver, store, tmp_path, weather([]))
    with capture_logs() as logs:
        await take(talking, batch(said("weather", "$1")))
    assert [line["event"] for line in logs] == [
        "answer_put_off",
        "answer_put_off",
        "answer_failed",
        "not_apologised",
    ]
    assert homeserver.dealt_with == ["$1"]
    assert talking._handler._counts == {"tried_again": 2, "failed": 1}


async def test_a_reaction_over_which_we_stumble_is_apologised_for(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    errors: list[Exception] = []
    talking = bot(homeserver, store, tmp_path, weather(errors))
    await take(talking, batch(said("weather", "$1")))
    errors.append(ValueError(SECRET))
    for event_id, target in (("$2", "$reply1"), ("$3", "$nothing of ours")):
        await talking._hear([Reacted(DIRECT, EventId(event_id), AWA, EventId(target), "✅")])
    assert bodies(homeserver)[1:] == [str(NOT_ANSWERED)]
    assert homeserver.sent[1][1]["m.relates_to"] == {"m.in_reply_to": {"event_id": "$reply1"}}


@pytest.mark.parametrize(
    ("content", "is_told"),
    [
        ({"body": "!p weather"}, True),
        ({"body": "I think so", "m.relates_to": {"m.in_reply_to": {"event_id": "$post"}}}, True),
        ({"body": "I think so", "m.relates_to": {"m.in_reply_to": {"event_id": "$theirs"}}}, False),
        ({"body": "I think so", "m.relates_to": {"rel_type": "m.thread", "event_id": "$theirs"}}, False),
    ],
)
async def test_in_a_room_only_who_speaks_to_the_bot_is_told_in_their_language(
    store: Store, tmp_path: Path, content: dict[str, Any], is_told: bool
) -> None:
    homeserver = Homeserver()
    for event_id, sender in (("$post", homeserver.user_id), ("$theirs", OUTSIDER)):
        earlier = {"msgtype": "m.text", "body": "earlier"}
        homeserver.earlier[event_id] = Received(COORDINATION, EventId(event_id), sender, earlier, 0)
    talking = bot(homeserver, store, tmp_path, weather([ValueError(SECRET)], overhears=True))
    heard = Received(COORDINATION, EventId("$1"), PETER, {"msgtype": "m.text", **content}, 0)
    await take(talking, batch(heard))
    told = translator("fr", CATALOGUES)(NOT_ANSWERED)
    assert bodies(homeserver) == ([told] if is_told else [])
    assert talking._handler._counts["failed"] == 1


async def test_nobody_unknown_is_told_anything(store: Store, tmp_path: Path) -> None:
    homeserver = Homeserver()
    await take(
        bot(homeserver, store, tmp_path, weather([ValueError(SECRET)])),
        batch(said("weather", "$1", sender=OUTSIDER)),
    )
    assert homeserver.sent == []


@pytest.mark.parametrize("language", [code for code in CHAT_LANGUAGES if code != "en"])
def test_the_apology_is_in_the_languages_of_the_chat(language: str) -> None:
    assert translator(language, CATALOGUES)(NOT_ANSWERED) != NOT_ANSWERED.msgid
