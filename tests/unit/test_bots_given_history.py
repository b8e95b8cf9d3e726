"""Earlier keys go to the signed devices of a pinned identity, once their owner has come, and to nobody else."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from bots.encryption.history_sharing import AFTER_JOINING, BUNDLE_TYPES, DEVICES_FOR, REUSED_FOR
from bots.errors import HistoryNotUploaded, HistoryNotWritten
from matrix.errors import Forbidden, MatrixRequestError
from matrix.ids import UserId
from tests.lib.given_history import AWA, BOT, GivingBot
from tests.lib.machines import ROOM

BEN = UserId("@ben:x")


@pytest.fixture
def bot(tmp_path: Path) -> GivingBot:
    return GivingBot(tmp_path)


async def joined(bot: GivingBot) -> None:
    """Let the bot see that Awa has joined, and the time pass after which she is given the keys."""
    await bot.history.due([bot.person()])
    bot.passes(AFTER_JOINING)


async def test_some_seconds_after_joining_each_signed_device_is_sent_the_bundle_in_both_forms(
    bot: GivingBot,
) -> None:
    phone, session = bot.device("PHONE"), bot.said()
    assert not await bot.is_due(bot.person())
    bot.passes(AFTER_JOINING)
    assert await bot.is_due(bot.person())
    assert await bot.history.give(bot.person()) == 1
    received = bot.received(phone)
    assert [kind for kind, _ in received] == list(BUNDLE_TYPES)
    for _, payload in received:
        assert payload["sender_device_keys"] == bot.machine.own.signed_device_keys
        assert payload["content"]["room_id"] == ROOM
        bundle = bot.opened(payload["content"]["file"])
        assert ([key["session_id"] for key in bundle["room_keys"]], bundle["withheld"]) == ([session], [])
    assert not await bot.is_due(bot.person())


async def test_a_device_that_is_signed_later_is_given_the_keys_then_and_the_others_nothing_again(
    bot: GivingBot,
) -> None:
    phone, laptop = bot.device("PHONE"), bot.device("LAPTOP", signed=False)
    bot.said()
    await joined(bot)
    assert await bot.history.give(bot.person()) == 1
    assert (len(bot.received(phone)), bot.received(laptop)) == (2, [])
    bot.passes(timedelta(hours=20))
    bot.sign("LAPTOP")
    assert await bot.is_due(bot.person())
    assert await bot.history.give(bot.person()) == 1
    sent = list(bot.server.sent)
    assert len(bot.received(laptop)) == 2
    bot.server.sent += sent
    assert bot.received(phone) == []


async def test_while_no_device_is_signed_nobody_is_given_anything(bot: GivingBot) -> None:
    bot.device("PHONE", signed=False)
    bot.said()
    await joined(bot)
    assert not await bot.is_due(bot.person())
    assert await bot.history.give(bot.person()) == 0
    assert (bot.server.sent, bot.server.files) == ([], {})


async def test_a_device_of_another_identity_than_the_pinned_is_given_nothing(bot: GivingBot) -> None:
    bot.directory.reset[AWA] = 1
    bot.device("STRANGE")
    bot.said()
    await joined(bot)
    assert await bot.history.give(bot.person()) == 0
    assert bot.server.sent == []
    assert await bot.history.give(bot.person(reset=1)) == 1


async def test_who_gets_no_keys_of_what_is_said_now_gets_none_of_what_was_said(bot: GivingBot) -> None:
    bot.device("PHONE")
    bot.said()
    await joined(bot)
    bot.readers = {BOT}
    assert await bot.history.give(bot.person()) == 0
    assert (bot.server.sent, bot.server.files) == ([], {})


async def test_who_is_taken_out_of_the_room_while_the_file_is_uploaded_gets_nothing(bot: GivingBot) -> None:
    bot.device("PHONE")
    bot.said()
    await joined(bot)
    bot.server.meanwhile = bot.readers.clear
    assert await bot.history.give(bot.person()) == 0
    assert (bot.server.sent, len(bot.server.files)) == ([], 1)


async def test_a_device_that_is_gone_once_the_file_is_uploaded_gets_nothing(bot: GivingBot) -> None:
    bot.device("PHONE")
    bot.said()
    await joined(bot)

    def signed_out() -> None:
        del bot.directory.uploads[AWA, "PHONE"]
        bot.told(AWA)

    bot.server.meanwhile = signed_out
    assert await bot.history.give(bot.person()) == 0
    assert bot.server.sent == []


async def test_a_disk_without_room_for_the_file_puts_it_off_and_does_not_end_it(
    bot: GivingBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.device("PHONE")
    bot.said()
    await joined(bot)
    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(tmp_path / "full"))
        with pytest.raises(HistoryNotWritten, match="full"):
            await bot.history.give(bot.person())
    assert await bot.history.give(bot.person()) == 1


async def test_after_a_day_no_device_waits_any_more_and_nothing_is_kept_of_it(bot: GivingBot) -> None:
    bot.device("PHONE")
    bot.said()
    await joined(bot)
    await bot.history.give(bot.person())
    bot.passes(DEVICES_FOR - AFTER_JOINING - timedelta(seconds=1))
    assert not await bot.history.is_over(bot.person())
    bot.passes(timedelta(seconds=1))
    assert await bot.is_due(bot.person())
    assert await bot.history.is_over(bot.person())
    assert bot.machine.store.history.of(ROOM, AWA) is None


async def test_who_was_there_before_and_is_invited_again_is_given_them_again(bot: GivingBot) -> None:
    bot.device("PHONE")
    bot.said()
    await joined(bot)
    await bot.history.give(bot.person())
    bot.passes(timedelta(hours=1))
    again = bot.person(invited=bot.now)
    assert not await bot.is_due(again)
    bot.passes(AFTER_JOINING)
    assert await bot.is_due(again)
    assert await bot.history.give(again) == 1


async def test_one_file_serves_all_who_come_while_nothing_is_added(bot: GivingBot) -> None:
    bot.readers.add(BEN)
    bot.device("PHONE")
    bot.device("OTHER", user=BEN)
    bot.said()
    await joined(bot)
    await bot.history.due([bot.person(BEN)])
    bot.passes(AFTER_JOINING)
    await bot.history.give(bot.person())
    await bot.history.give(bot.person(BEN))
    assert len(bot.server.files) == 1


@pytest.mark.parametrize("change", ["a session", "time"])
async def test_another_file_is_made_where_something_was_added_or_the_first_is_old(
    bot: GivingBot, change: str
) -> None:
    bot.device("PHONE")
    bot.said()
    await joined(bot)
    await bot.history.give(bot.person())
    if change == "a session":
        bot.said()
    else:
        bot.passes(REUSED_FOR)
    bot.device("LAPTOP")
    await bot.history.give(bot.person())
    assert len(bot.server.files) == 2


async def test_where_there_is_nothing_to_hand_on_nothing_is_sent_and_nothing_owed(bot: GivingBot) -> None:
    bot.device("PHONE")
    bot.said(shared=False)
    await joined(bot)
    assert await bot.history.give(bot.person()) == 1
    assert (bot.server.sent, bot.server.files) == ([], {})
    assert not await bot.is_due(bot.person())


@pytest.mark.parametrize("errcode", ["M_USER_LIMIT_EXCEEDED", "M_TOO_LARGE"])
async def test_while_the_homeserver_takes_no_file_that_is_said_and_it_stays_owed(
    bot: GivingBot, errcode: str
) -> None:
    phone = bot.device("PHONE")
    bot.said()
    await joined(bot)
    bot.server.failures = [MatrixRequestError(errcode, 403, "upload")]
    with pytest.raises(HistoryNotUploaded, match=errcode):
        await bot.history.give(bot.person())
    assert await bot.is_due(bot.person())
    assert await bot.history.give(bot.person()) == 1
    assert len(bot.received(phone)) == 2


async def test_a_homeserver_that_takes_no_files_at_all_is_not_asked_to(bot: GivingBot) -> None:
    bot.device("PHONE")
    bot.said()
    await joined(bot)
    bot.server.largest = 0
    with pytest.raises(HistoryNotUploaded):
        await bot.history.give(bot.person())


async def test_any_other_refusal_is_what_it_is(bot: GivingBot) -> None:
    bot.device("PHONE")
    bot.said()
    await joined(bot)
    bot.server.failures = [Forbidden("M_FORBIDDEN", 403, "upload")]
    with pytest.raises(Forbidden):
        await bot.history.give(bot.person())


async def test_the_bundle_is_no_larger_than_the_homeserver_takes(bot: GivingBot) -> None:
    phone = bot.device("PHONE")
    for _ in range(20):
        bot.said()
    await joined(bot)
    bot.server.largest = 4_000
    await bot.history.give(bot.person())
    (file,) = bot.server.files.values()
    assert len(file) <= 4_000
    assert 5 <= len(bot.opened(bot.received(phone)[0][1]["content"]["file"])["room_keys"]) < 20


async def test_the_bot_ignores_bundles_that_it_is_sent(bot: GivingBot) -> None:
    """Whoever sends one could have it read words under anybody's name; and it is asked in before there is history."""
    phone = bot.device("PHONE")
    introduce = bot.directory.query([BOT])
    phone.devices.learn(introduce, [BOT])
    (device,) = phone.devices.of(BOT)
    phone.olm.begin([device], bot.directory.claim(bot.machine), bot.now)
    before = dict(bot.machine.store.rooms())
    for kind in BUNDLE_TYPES:
        content = phone.olm.encrypt(device, kind, {"room_id": ROOM, "file": {"url": "mxc://x/evil"}}, bot.now)
        event = {"type": "m.room.encrypted", "sender": AWA, "content": content}
        taken = bot.machine.to_device.take([event], bot.now)
        assert (taken.keys, taken.refused) == (0, ())
    assert dict(bot.machine.store.rooms()) == before
    assert bot.machine.to_device.arrived == set()
