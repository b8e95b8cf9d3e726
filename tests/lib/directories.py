"""Any directory at all, with the texts that files are known to get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st

from community.description.directory_model import Attachment, Contact, Directory, Project, Resource
from community.description.fields import Localized

HOSTILE = (
    *(
        "no",
        "Yes",
        "on",
        "NULL",
        "~",
        "true",
        "18:30",
        "0123",
        "0x1F",
        "1e5",
        ".inf",
        "2026-10-14",
        "=",
        "<<",
        "-",
    ),
    *(
        "- a",
        "# not a comment",
        "a # b",
        "a: b",
        "a:",
        "[x]",
        "{x: y}",
        "*x",
        "&x",
        "!x",
        "%x",
        "`x`",
        "|",
        ">",
        "?",
    ),
    *(
        '"',
        "'",
        "''",
        "a'b",
        '"a',
        "a\nb",
        "a\n\n  b\n- c",
        "a\tb",
        "a\rb",
        "a\r\nb",
        "a\\nb",
        "\\",
        "---",
        "...",
    ),
    *(
        "a|b",
        "a;b",
        "a\\|b",
        "\\;",
        "a,b",
        ",",
        "a | b",
        "=1+1",
        "+223 00",
        "-1",
        "@room",
        "'=1+1",
        "''=1",
        "'tis",
    ),
    *(
        "\u202eevil",
        "\u200f",
        "a\x00b",
        "\x1b[2J",
        "\ufeffa",
        "a\u2028b",
        "\x85a",
        "e\u0301",
        "😀👩🏽\u200d🚒",
    ),
    *("قسم النفايات: الجمع، والفرز", "يُدِير", "Dépôt à ciel ouvert : « tri »", "x" * 119, "a" + " b" * 59),
    *("<b>x</b>", "sep=;", "(nobody)"),
)

_WORD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
texts = st.one_of(
    st.sampled_from(HOSTILE), _WORD, st.text(st.sampled_from("ab '\"|;\\,=+-@\n\r\t#:"), min_size=1)
).filter(lambda text: len(text.strip()) > 0 and len(text) <= 120)
keys = st.from_regex(r"[a-z0-9]{1,3}(-[a-z0-9]{1,3})?", fullmatch=True)
languages = st.sampled_from(("fr", "en", "pt", "ar", "no", "bm", "und"))
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
localized = st.dictionaries(languages, texts, min_size=1, max_size=3).map(Localized)
words = st.dictionaries(languages, st.lists(texts, max_size=3).map(tuple), max_size=3)
usernames = st.sampled_from(("awa.diallo", "=x", "-1", "+a/b", "0123", "no"))
emails = st.sampled_from(("a@b.org", "=1@b.org", "+x'@b.org", "'@b.c", "-a|b;c@d.e", "a\x01@b.c"))
links = st.sampled_from(
    ("https://example.org/a", "https://example.org/?q=a;b|c#d", "https://e.org/\\x,y'", "https://é.org/\x02")
)
guarded = st.sampled_from(("member", "email", "phone", "hours", "deputy"))


def several(values: st.SearchStrategy[Any], *, least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, min_size=least, max_size=3).map(tuple)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


visible = st.dictionaries(guarded, several(keys), max_size=3)

contacts = st.builds(
    Contact,
    key=keys,
    kind=st.sampled_from(("person", "desk")),
    name=localized,
    function=localized,
    cities=several(keys),
    themes=several(keys),
    languages=several(st.sampled_from(("fr", "no", "bm"))),
    role=maybe(keys),
    member=maybe(usernames),
    email=maybe(emails),
    phone=maybe(st.sampled_from(("+223 00 00 00 01", "+2230000000"))),
    hours=maybe(localized),
    deputy=maybe(keys),
    visible=visible,
    vacant=st.booleans(),
    words=words,
    confirmed=days,
)
attachments = st.builds(
    Attachment,
    name=texts,
    url=st.just("mxc://example.org/a_B-1"),
    type=st.just("text/csv"),
    size=st.integers(0, 10**9),
    secret=st.just("-" + "A" * 42),
    iv=st.just("+" + "/" * 21),
    sha256=st.just("+" + "b" * 42),
)
resources = st.builds(
    Resource,
    key=keys,
    kind=st.sampled_from(("document", "tool", "guide", "video", "advice")),
    title=localized,
    summary=localized,
    link=maybe(links),
    file=maybe(attachments),
    cities=several(keys),
    themes=several(keys, least=1),
    languages=several(st.sampled_from(("fr", "no", "bm")), least=1),
    words=words,
    added_by=maybe(usernames),
    date=days,
    confirmed=maybe(days),
)
projects = st.builds(
    Project,
    key=keys,
    name=localized,
    summary=localized,
    cities=several(keys, least=1),
    themes=several(keys, least=1),
    stage=st.sampled_from(("idea", "preparation", "pilot", "running", "finished")),
    lead=maybe(keys),
    partners=several(texts),
    links=several(links),
    results=maybe(localized),
    words=words,
    updated=days,
)


def _by_key(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[Sequence[Any]]:
    return st.lists(entries, max_size=3, unique_by=lambda entry: entry.key).map(tuple)


directories = st.builds(
    Directory,
    version=st.just(1),
    visible=visible,
    contacts=_by_key(contacts),
    resources=_by_key(resources),
    projects=_by_key(projects),
)
