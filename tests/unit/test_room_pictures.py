"""Rooms' pictures and places: the same everywhere, told apart, and saying nothing of people or of safe rooms."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise

from community.description.rooms import expand_rooms
from provisioning.drawing import SIDE, Drawing, draw
from provisioning.places import is_gate, is_same_place, place_in_space
from provisioning.topology import topology
from tests.lib.descriptions import SETTINGS, small

LOBBY = {"key": "lobby", "for": "community", "policy": "lobby", "name": "L", "topic": "L"}
TALK = {
    "key": "talk",
    "for": "community",
    "policy": "safe",
    "who": [{"roles": ["coordinator"], "may": ["moderate"]}],
    "name": "T",
    "topic": "T",
}


def parts(png: bytes) -> dict[bytes, bytes]:
    """Return the parts of a PNG file by kind, each of which must be whole."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", png[at + 8 + length : at + 12 + length])
        assert check == zlib.crc32(kind + content)
        found[kind] = content
        at += 12 + length
    return found


def test_a_picture_is_a_small_png_that_is_the_same_each_time() -> None:
    drawing = Drawing("waste", "workshop", "pioneers")
    png = draw(drawing)
    assert draw(Drawing("waste", "workshop", "pioneers")) == png
    assert len(png) < 2_000
    found = parts(png)
    assert struct.unpack(">II", found[b"IHDR"][:8]) == (SIDE, SIDE)
    assert len(zlib.decompress(found[b"IDAT"])) == SIDE * (SIDE + 1)


def test_theme_kind_and_cohort_each_make_another_picture() -> None:
    one = Drawing("waste", "workshop", "pioneers")
    others = [
        Drawing("mobility", "workshop", "pioneers"),
        Drawing("waste", "exchange", "pioneers"),
        Drawing("waste", "workshop", "second"),
        Drawing("waste", "workshop"),
    ]
    assert len({draw(each) for each in (one, *others)}) == 5


def test_white_can_be_read_on_every_ground() -> None:
    for name in map(str, range(60)):
        red, green, blue = parts(draw(Drawing(name, "a")))[b"PLTE"][:3]
        assert 1.05 / (luminance(red, green, blue) + 0.05) >= 4.5


def luminance(*colour: int) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [(c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in colour]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def test_every_room_has_a_picture_of_keys_alone() -> None:
    community = small().community
    keys = {part for room in expand_rooms(community) for part in room.key.split(".")} | {community.key}
    for room in topology(community, SETTINGS).rooms.values():
        assert room.drawing is not None
        assert {room.drawing.colour, room.drawing.pattern, room.drawing.ring or community.key} <= keys


def test_the_lobby_is_first_and_spaces_come_after_rooms() -> None:
    listed = {room.key: place_in_space(room) for room in expand_rooms(small().community)}
    assert min(listed, key=listed.__getitem__) == "lobby"
    in_order = ["lobby", "announcements", "cafe", "space.cohort.pioneers", "space.theme.waste"]
    assert all(listed[one] < listed[other] for one, other in pairwise(in_order))
    assert all(len(order) <= 50 and order.isascii() for order in listed.values())


def test_the_place_of_a_safe_room_does_not_name_it() -> None:
    rooms = topology(small(rooms=[LOBBY, TALK]).community, SETTINGS).rooms
    listed = [
        (child, content["order"])
        for room in rooms.values()
        for (kind, child), content in room.state.items()
        if kind == "m.space.child" and (is_gate(child) or child == "talk")
    ]
    assert len(listed) == 2
    assert all("talk" not in order for _child, order in listed)


def test_a_key_that_changes_moves_nothing_and_another_group_does() -> None:
    before = {"via": ["a"], "suggested": False, "order": "2exchange.waste"}
    assert is_same_place(before, {**before, "order": "2exchange.refuse"})
    assert not is_same_place(before, {**before, "order": "3exchange.waste"})
    assert not is_same_place({"via": ["a"], "suggested": False}, before)
    assert not is_same_place(before, {**before, "via": ["b"], "order": "2exchange.refuse"})
