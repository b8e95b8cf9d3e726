"""An event whose key comes after it is given once, encrypted, and never again."""

from nio import MegolmEvent, RoomMessageText, ToDeviceMessage
from two_clients import Client, last, room_of, run, say


async def main(a: Client, b: Client) -> bool:
    """Let B see the message before its key: the to-device request is held back until B has synced."""
    room_id = await room_of(a, b)
    heard: list[str] = []
    b.add_event_callback(
        lambda _room, event: heard.append(type(event).__name__), (RoomMessageText, MegolmEvent)
    )
    sent = a.olm.share_group_session_parallel
    held = []

    def hold(*args: object, **more: object) -> list[object]:
        held.extend(sent(*args, **more))
        return []

    a.olm.share_group_session_parallel = hold
    await say(a, room_id)
    await b.sync()
    for _who, messages in held:
        for user, devices in messages["messages"].items():
            for device, content in devices.items():
                await a.to_device(ToDeviceMessage("m.room.encrypted", user, device, content))
    await b.sync()
    await b.sync()
    event = await last(b, room_id)
    print("callbacks:", heard, "- the key is there, read from /messages it is a", type(event).__name__)
    return heard == ["MegolmEvent"] and isinstance(event, RoomMessageText)


run(main)
