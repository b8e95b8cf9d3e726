"""Cards: what each entry shows, to whom, in which direction; and that no name can ping, break or spoof."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.context.reply_text import LARGEST, fitting, reply_of, size
from community.core.messages import CHAT_LANGUAGES, msg, translator
from community.description.directory_model import Attachment, Contact, Directory, Project, Resource, Visible
from community.description.fields import Localized
from community.description.model import Member, Status
from community.directory.cards import STALE_AFTER, Cards, Readers
from community.directory.entry import DirectoryEntry
from community.directory.lines import Line, sentence
from community.directory.visibility import may_see
from tests.lib import descriptions
from tests.lib.asking import CATALOGUES, Asker, skills_over, talk, visible
from tests.lib.matrix_html import seen

COMMUNITY = descriptions.example().community
NOW = datetime(2026, 11, 23, 8, 42, tzinfo=UTC)
EVERYBODY = frozenset(COMMUNITY.role)
CLAUDINE = COMMUNITY.member["claudine.uwase"]
DESK = Contact(
    key="desk",
    kind="desk",
    name=Localized({"en": "Waste desk", "ar": "مكتب النفايات"}),
    function=Localized("Reports"),
    cities=("kigali",),
    email="desk@kigali.example.org",
    phone="+250 000 000 006",
    confirmed=date(2026, 9, 1),
)
FULL = Contact(
    key="claudine",
    name=Localized("Claudine Uwase"),
    function=Localized({"en": "Head of waste", "fr": "Responsable des déchets"}),
    cities=("kigali",),
    themes=("waste",),
    languages=("rw", "en"),
    member="claudine.uwase",
    email="claudine@kigali.example.org",
    phone="+250 000 000 005",
    hours=Localized("8:00 to 17:00"),
    deputy="desk",
    confirmed=date(2026, 11, 2),
)
GUIDE = Resource(
    key="guide",
    kind="guide",
    title=Localized("Sorting guide"),
    summary=Localized("Sorting at the source."),
    link="https://example.org/sorting",
    cities=("kigali", "lagos"),
    themes=("waste",),
    languages=("fr", "en"),
    added_by="claudine.uwase",
    date=date(2026, 3, 1),
    confirmed=date(2026, 9, 2),
)
COMPOST = Project(
    key="compost",
    name=Localized("Compost"),
    summary=Localized("Twelve sites."),
    cities=("kigali",),
    themes=("waste",),
    stage="pilot",
    lead="claudine",
    partners=("Isuku", "University"),
    links=("https://example.org/compost", "https://example.org/figures"),
    results=Localized("Forty tonnes."),
    updated=date(2026, 10, 12),
)
FILE = Attachment(
    name="plan.pdf",
    url="mxc://example.org/abc",
    type="application/pdf",
    size=245_000,
    secret="A" * 43,
    iv="A" * 22,
    sha256="A" * 43,
)


def cards(
    language: str = "en",
    *,
    roles: frozenset[str] = EVERYBODY,
    asker: str = "member",
    visible: Visible | None = None,
    members: tuple[Member, ...] = (CLAUDINE,),
) -> Cards:
    contacts = {contact.key: contact for contact in (DESK, FULL)}
    return Cards(
        COMMUNITY,
        {member.username: member for member in members},
        translator(language, CATALOGUES),
        "example.org",
        NOW,
        contacts.get,
        Readers(roles, asker, visible or {}),
    )


def plain(lines: tuple[Line, ...]) -> list[str]:
    return [line.plain() for line in lines]


PILL = "https://matrix.to/#/@claudine.uwase:example.org"


def test_a_contacts_card() -> None:
    lines = cards().lines(FULL)
    assert plain(lines) == [
        "Claudine Uwase · Head of waste · Kigali",
        "City lead · Rwanda (10:42 there) · Kinyarwanda, English",
        "@claudine.uwase:example.org",
        "claudine@kigali.example.org",
        "+250 000 000 005",
        "Hours: 8:00 to 17:00",
        "In their absence: Waste desk",
        "Confirmed on 2 November 2026 (3 weeks ago)",
    ]
    assert (lines[0].link, lines[3].link) == (PILL, "mailto:claudine@kigali.example.org")
    assert lines[4].link == "tel:+250000000005"
    assert lines[2].plain_only
    said = f'<strong><a href="{PILL}">Claudine Uwase</a></strong><strong> · Head of waste · Kigali</strong>'
    assert lines[0].html() == said


@pytest.mark.parametrize(
    ("function", "language", "shown"),
    [
        ("City lead for mobility", "en", "Rwanda (10:42 there)"),
        ("Référente mobilité urbaine", "fr", "Rwanda (10:42 sur place)"),
        ("Responsable des déchets", "fr", "Référent ou référente de ville · Rwanda (10:42 sur place)"),
    ],
)
def test_what_the_function_says_of_the_role_is_not_said_twice(
    function: str, language: str, shown: str
) -> None:
    contact = FULL.model_copy(update={"function": Localized(function), "languages": ()})
    who, around, *_ = (visible(line.plain()) for line in cards(language).lines(contact))
    assert (who, around) == (f"Claudine Uwase · {function} · Kigali", shown)


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        ("lundi, 8 h à 17 h", "lundi, 8_h à 17_h"),
        ("8 h 30 à 15 h", "8_h_30 à 15_h"),
        ("2 hommes", "2 hommes"),
    ],
)
def test_an_hour_is_not_torn_apart_at_the_end_of_a_line(hours: str, shown: str) -> None:
    contact = FULL.model_copy(update={"hours": Localized(hours)})
    line = cards("fr").lines(contact)[5].plain().replace("\N{NO-BREAK SPACE}", "_")
    assert line == f"Horaires_: {shown}"


def test_of_several_people_there_is_only_who_it_is_and_how_to_reach_them() -> None:
    lines = replace(cards(), is_brief=True).lines(FULL)
    assert plain(lines) == [
        "Claudine Uwase · Head of waste · Kigali",
        "@claudine.uwase:example.org",
        "claudine@kigali.example.org",
        "+250 000 000 005",
    ]


def test_a_resources_card() -> None:
    assert plain(cards().lines(GUIDE)) == [
        "Sorting guide · https://example.org/sorting",
        "Sorting at the source.",
        "guide · Kigali, Lagos · French, English · 1 March 2026",
        "Added by Claudine Uwase",
        "Confirmed on 2 September 2026 (2 months ago)",
    ]
    assert f'<a href="{PILL}">Claudine Uwase</a>' in cards().lines(GUIDE)[3].html()


@pytest.mark.parametrize(("octets", "shown"), [(1, "1 kB"), (245_000, "245 kB"), (12_400_000, "12 MB")])
def test_a_resources_file(octets: int, shown: str) -> None:
    saved = GUIDE.model_copy(update={"file": FILE.model_copy(update={"size": octets}), "link": None})
    lines = plain(cards().lines(saved))
    assert (lines[0], lines[3]) == ("Sorting guide", f"File: plan.pdf ({shown})")


def test_a_projects_card() -> None:
    lines = cards().lines(COMPOST)
    assert plain(lines) == [
        "Compost · https://example.org/compost",
        "Twelve sites.",
        "Kigali · in pilot",
        "Lead: Claudine Uwase",
        "Partners: Isuku, University",
        "Results: Forty tonnes.",
        "https://example.org/figures",
        "Updated on 12 October 2026 (1 month ago)",
    ]
    assert lines[3].html() == f'Lead: <a href="{PILL}">Claudine Uwase</a>'


def test_a_contact_without_an_account_has_its_own_role() -> None:
    alone = FULL.model_copy(update={"member": None, "role": "expert"})
    lines = cards().lines(alone)
    assert lines[0].link is None
    assert plain(lines)[:2] == [
        "Claudine Uwase · Head of waste · Kigali",
        "Expert · Rwanda (10:42 there) · Kinyarwanda, English",
    ]


def test_nothing_leads_to_who_has_left() -> None:
    left = CLAUDINE.model_copy(update={"status": Status.LEFT})
    assert PILL not in "".join(line.html() for line in cards(members=(left,)).lines(GUIDE))


@pytest.mark.parametrize(
    ("age", "is_stale"),
    [(timedelta(0), False), (STALE_AFTER, False), (STALE_AFTER + timedelta(days=1), True)],
)
def test_what_nobody_has_confirmed_for_long_says_so(age: timedelta, is_stale: bool) -> None:
    day = NOW.date() - age
    entries = (
        FULL.model_copy(update={"confirmed": day}),
        GUIDE.model_copy(update={"date": day, "confirmed": None}),
        COMPOST.model_copy(update={"updated": day}),
    )
    for entry in entries:
        assert ("out of date" in plain(cards().lines(entry))[-1]) is is_stale
    finished = COMPOST.model_copy(update={"updated": day, "stage": "finished"})
    assert "out of date" not in plain(cards().lines(finished))[-1]


# --- who may see what ---------------------------------------------------------------------------------------

SHOWN = {
    "member": "@claudine.uwase",
    "email": "claudine@kigali",
    "phone": "+250",
    "hours": "Hours:",
    "deputy": "In their absence",
}


@pytest.mark.parametrize("field", SHOWN)
@pytest.mark.parametrize(
    ("readers", "is_shown"),
    [
        ({"coordinator"}, True),
        ({"coordinator", "city-lead"}, True),
        ({"coordinator", "member"}, False),
        ({"member"}, False),
        (set(), False),
    ],
    ids=["coordinator", "coordinator and lead", "coordinator and member", "member", "unknown"],
)
@pytest.mark.parametrize("own", [True, False], ids=["own rule", "directory's rule"])
def test_a_guarded_field_is_shown_where_every_reader_may_see_it(
    field: str, readers: set[str], is_shown: bool, own: bool
) -> None:
    rule: Visible = {field: ("coordinator", "city-lead")}  # type: ignore[dict-item]
    contact = FULL.model_copy(update={"visible": rule}) if own else FULL
    rendered = cards(roles=frozenset(readers), visible={} if own else rule)
    text = "\n".join(plain(rendered.lines(contact)))
    html = "".join(line.html() for line in rendered.lines(contact))
    assert (SHOWN[field] in text) is is_shown
    assert (PILL in html) is (is_shown if field == "member" else True)
    assert all(part in text for name, part in SHOWN.items() if name != field)


def test_a_contacts_own_rule_takes_the_place_of_the_directorys() -> None:
    contact = FULL.model_copy(update={"visible": {"phone": ("member",)}})
    assert may_see("phone", contact, {"phone": ("coordinator",)}, {"member"})
    assert not may_see("phone", contact, {"phone": ("coordinator",)}, {"coordinator"})
    assert not may_see("email", contact, {"email": ()}, {"coordinator"})


def test_a_role_that_is_known_by_a_hidden_account_alone_is_hidden_too() -> None:
    rendered = cards(roles=frozenset({"member"}), visible={"member": ("coordinator",)})
    assert plain(rendered.lines(FULL))[1] == "Rwanda (10:42 there) · Kinyarwanda, English"


@pytest.mark.parametrize(
    ("asker", "readers", "kept_back"),
    [
        ("coordinator", {"coordinator", "member"}, True),
        ("coordinator", {"coordinator"}, False),
        ("member", {"coordinator", "member"}, False),
    ],
)
def test_something_is_kept_back_only_from_who_may_see_it_alone(
    asker: str, readers: set[str], kept_back: bool
) -> None:
    rule: Visible = {"phone": ("coordinator",), "hours": ("coordinator",)}
    rendered = cards(roles=frozenset(readers), asker=asker, visible=rule)
    assert rendered.keeps_back(FULL) is kept_back
    assert not rendered.keeps_back(FULL.model_copy(update={"phone": None, "hours": None}))
    assert not rendered.keeps_back(GUIDE)


# --- direction ----------------------------------------------------------------------------------------------

_ISOLATE = re.compile("[\u2066\u2068][^\u2066\u2068\u2069]*\u2069")


@pytest.mark.parametrize("entry", [FULL, GUIDE, COMPOST, DESK], ids=lambda entry: entry.key)
def test_an_arabic_card_runs_from_right_to_left(entry: DirectoryEntry) -> None:
    reply = reply_of([], [cards("ar").lines(entry)], [], "ar")
    for line in reply.text.split("\n"):
        first = next(char for char in line if char.isalpha() or char == "\u200f")
        assert first == "\u200f" or "\u0600" <= first <= "\u06ff", line
    outside = _ISOLATE.sub("", reply.text)
    bare = re.sub(r"https://\S+|[\w.]+@[\w.]+", "", outside)
    assert re.search("[A-Za-z]", bare) is None, bare
    assert "\u2066" not in _ISOLATE.sub("", reply.html)
    assert reply.html.startswith(("<p>\u200f", "<p><strong>م"))


def test_a_number_keeps_its_order_and_its_characters() -> None:
    reply = reply_of([], [cards("ar").lines(FULL)], [], "ar")
    assert "\u200f\u2066+250 000 000 005\u2069" in reply.text.split("\n")


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_pills_and_links_are_the_same_in_every_language(language: str) -> None:
    reply = reply_of([], [cards(language).lines(e) for e in (FULL, GUIDE, COMPOST)], [], language)
    assert seen(reply.html).links == [
        PILL,
        "mailto:claudine@kigali.example.org",
        "tel:+250000000005",
        "https://example.org/sorting",
        PILL,
        "https://example.org/compost",
        PILL,
        "https://example.org/figures",
    ]


def test_an_arabic_name_in_an_english_card_is_set_apart() -> None:
    arabic = DESK.model_copy(update={"name": Localized("مكتب النفايات"), "deputy": None})
    reply = reply_of([], [cards().lines(arabic)], [], "en")
    assert reply.text.startswith("\u200e\u2068مكتب النفايات\u2069 · Reports · Kigali\n")
    assert reply.html.startswith("<p>\u200e<strong>\u2068مكتب النفايات\u2069</strong><strong> · ")


def test_a_sentence_keeps_the_order_of_its_places_in_each_language() -> None:
    translate = translator("fr", CATALOGUES)
    line = sentence(
        translate, msg("Lead: {name}"), {"name": Line("<Eve> {name}", "https://example.org/?a&b")}
    )
    assert visible(line.plain()) == "Responsable : <Eve> {name} · https://example.org/?a&b"
    assert visible(line.html()) == (
        'Responsable : <a href="https://example.org/?a&amp;b">&lt;Eve&gt; {name}</a>'
    )


# --- hostile names ------------------------------------------------------------------------------------------

HOSTILE = [
    "<b onclick=x>Eve</b></a></strong></p><script>alert(1)</script>",
    "@room @ROOM hello",
    "https://matrix.to/#/@admin:example.org",
    "@admin:example.org",
    "\u202egnp.exe\u202c\u2067",
    "a\u0000b\u0007c\u001b[2J",
    "Eve\nConfirmed on 1 January 2027\n+250 999",
    "Eve\u2028Confirmed on 1 January 2027",
    "\u200b\u200d\ufeff",
    "\u3164",
    "x" * 2000,
    "\U0001f600" * 2000,
    '"' * 2000,
    "ن" * 2000,
    "Z" + "\u0301" * 1999,
    "{name} {count} %s \\n",
    "\ue000\ue001",
]
texts = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=300)).map(
    lambda text: text if text.strip() else f"{text}x"
)


def entries_named(text: str) -> tuple[DirectoryEntry, ...]:
    said = Localized(text)
    return (
        FULL.model_copy(update={"name": said, "function": said, "hours": said}),
        GUIDE.model_copy(
            update={"title": said, "summary": said, "file": FILE.model_copy(update={"name": text[:120]})}
        ),
        COMPOST.model_copy(update={"name": said, "summary": said, "results": said, "partners": (text,) * 30}),
    )


@settings(max_examples=300, deadline=None)
@given(texts, st.sampled_from(CHAT_LANGUAGES))
def test_a_hostile_name_can_neither_ping_nor_break_nor_spoof(text: str, language: str) -> None:
    hostile, honest = entries_named(text), entries_named("Eve")
    for entry, model in zip(hostile, honest, strict=True):
        lines, expected = cards(language).lines(entry), cards(language).lines(model)
        reply = reply_of([], [lines], [], language)
        found = seen(reply.html)
        assert len(reply.text.split("\n")) == len(expected)
        assert lines[-1] == expected[-1]
        assert lines[0].text
        assert found.links == seen(reply_of([], [expected], [], language).html).links
        for body in (reply.text, found.text):
            assert re.search(r"(^|\W)@room(\W|$)", body, re.IGNORECASE) is None
            assert not set(body) & set("\u202a\u202b\u202c\u202d\u202e\u2067\u0000\u0007\u001b\u200b\u2028")
            assert "@admin" not in body
            assert body.count("\u2066") + body.count("\u2068") == body.count("\u2069")


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_a_reply_stays_far_below_the_size_of_an_event(text: str, language: str) -> None:
    rendered = [cards(language).lines(entry) for entry in entries_named(text)] * 2
    reply = reply_of([], fitting(rendered), [], language)
    content = {"body": reply.text, "formatted_body": reply.html, "msgtype": "m.notice"}
    assert len(json.dumps(content)) * 4 / 3 < 45_000
    assert size(reply) <= LARGEST + 4


def test_of_a_card_that_is_too_long_the_name_and_the_day_stay() -> None:
    (entry, *_rest) = entries_named("\U0001f600" * 2000)
    (kept,) = fitting([cards().lines(entry)], limit=8_000)
    assert kept[-1].plain() == "Confirmed on 2 November 2026 (3 weeks ago)"
    assert kept[0].link == PILL
    assert size(reply_of([], [kept], [])) <= 8_000


@pytest.mark.parametrize(
    "link",
    [
        "https://matrix.to/#/@admin:example.org",
        "https://MATRIX.TO/#/%40admin:example.org",
        "https://example.org/" + "x" * 5000,
    ],
)
def test_a_link_that_would_show_as_a_person_or_burst_the_reply_is_left_out(link: str) -> None:
    lines = cards().lines(GUIDE.model_copy(update={"link": link}))
    assert lines[0] == replace(lines[0], link=None)
    project = cards().lines(COMPOST.model_copy(update={"links": (link,)}))
    assert project[0].link is None


def test_a_file_comes_with_its_card_under_a_safe_name() -> None:
    named = FILE.model_copy(update={"name": "\u202egnp @room\n.pdf"})
    kept = GUIDE.model_copy(update={"file": named, "link": None})
    example = descriptions.example()
    skills = skills_over(replace(example, directory=Directory(version=1, resources=(kept,))))
    (found,) = talk(skills, Asker(), ["sorting guide"])
    (file,) = found.files
    assert (visible(file.name), file.url, file.secret) == ("gnp @room .pdf", FILE.url, FILE.secret)
    assert "@room" not in file.name
    (nearest,) = talk(skills, Asker(), ["sorting guide for Lima in Peru"])
    assert nearest.files == ()


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://example.org/a?b=c&d=%20#e", "https://example.org/a?b=c&d=%20#e"),
        ("https://example.org/\u202egnp.exe", "https://example.org/%E2%80%AEgnp.exe"),
        ("https://example.org/@Room", "https://example.org/%40room"),
        ("https://example.org/نفايات", "https://example.org/%D9%86%D9%81%D8%A7%D9%8A%D8%A7%D8%AA"),
    ],
)
def test_a_link_is_shown_as_plain_as_it_is_sent(link: str, shown: str) -> None:
    project = COMPOST.model_copy(update={"links": ("https://example.org/", link)})
    reply = reply_of([], [cards().lines(project)], [])
    assert shown in reply.text.split("\n")
    assert shown in seen(reply.html).links


def test_an_address_cannot_leave_its_link() -> None:
    odd = FULL.model_copy(update={"email": 'a"onclick=x?bcc=all&@example.org'})
    links = seen(reply_of([], [cards().lines(odd)], []).html).links
    assert links[1] == "mailto:a%22onclick%3Dx%3Fbcc%3Dall%26@example.org"
