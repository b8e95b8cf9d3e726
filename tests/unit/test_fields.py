"""The kinds of value in a description: what they take, and what they say when they refuse."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from community.description import addresses, fields, times
from community.description.fields import Localized


def taken(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def refusal(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as raised:
        taken(kind, value)
    return str(raised.value.errors()[0]["type"])


@pytest.mark.parametrize("key", ["a", "waste", "local-taxes", "2026", "a" * 48])
def test_keys(key: str) -> None:
    assert taken(fields.Key, key) == key


@pytest.mark.parametrize(
    "key", ["", "Waste", "local_taxes", "déchets", "-a", "a-", "a--b", "a.b", "a" * 49, "a\n"]
)
def test_what_is_no_key(key: str) -> None:
    assert refusal(fields.Key, key) == "key"


@pytest.mark.parametrize("key", ["lobby", "exchange.waste", "workshop.waste.pioneers"])
def test_room_keys(key: str) -> None:
    assert taken(fields.RoomKey, key) == key


@pytest.mark.parametrize("key", ["", "a..b", ".a", "a.", "A", "#a", "a" * 161])
def test_what_is_no_room_key(key: str) -> None:
    assert refusal(fields.RoomKey, key) in ("room_key", "string_too_long")


@pytest.mark.parametrize("name", ["awa.diallo", "a", "j_p+x=y/z-1", "a" * 64])
def test_user_names(name: str) -> None:
    assert taken(fields.Username, name) == name


@pytest.mark.parametrize(
    "name", ["", "Awa", "awa diallo", "@awa", "awa:example.org", "_bridge", "é", "a" * 65]
)
def test_what_is_no_user_name(name: str) -> None:
    assert refusal(fields.Username, name) == "username"


@pytest.mark.parametrize("name", ["example.org", "localhost", "matrix.example.org:8448", "10.0.0.1"])
def test_server_names(name: str) -> None:
    assert taken(addresses.ServerName, name) == name


@pytest.mark.parametrize(
    "name", ["", "Example.org", "https://example.org", "example.org/", "@a:example.org", "a" * 231, "*.org"]
)
def test_what_is_no_server_name(name: str) -> None:
    assert refusal(addresses.ServerName, name) == "server_name"


@pytest.mark.parametrize("code", ["fr", "en", "bm", "und", "no"])
def test_languages(code: str) -> None:
    assert taken(fields.LanguageCode, code) == code


@pytest.mark.parametrize("code", ["", "f", "FR", "fr-FR", "french"])
def test_what_is_no_language(code: str) -> None:
    assert refusal(fields.LanguageCode, code) == "language"


@pytest.mark.parametrize("code", ["ml", "no", "MLI", "M1", "", "Mali"])
def test_what_is_no_country(code: str) -> None:
    assert refusal(fields.CountryCode, code) == "country"


@pytest.mark.parametrize(
    "name", ["Bamako", "africa/bamako", "UTC+1", "Africa/Nowhere", "../../etc/passwd", ""]
)
def test_what_is_no_time_zone(name: str) -> None:
    assert refusal(times.ZoneName, name) == "timezone"


def test_a_time_zone() -> None:
    offset = datetime(2026, 7, 1, tzinfo=times.zone(taken(times.ZoneName, "Africa/Kigali"))).utcoffset()
    assert offset == timedelta(hours=2)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90min", timedelta(minutes=90)),
        ("2h", timedelta(hours=2)),
        ("14 d", timedelta(days=14)),
        ("1w", timedelta(weeks=1)),
        (0, timedelta(0)),
    ],
)
def test_lengths_of_time(text: object, length: timedelta) -> None:
    assert taken(times.Offset, text) == length


@pytest.mark.parametrize(
    "text", ["", "14", 14, "-1d", "1 month", "1.5h", "99999d", "14D", None, False, [], "1d 2h"]
)
def test_what_is_no_length_of_time(text: object) -> None:
    assert refusal(times.Offset, text) == "offset"


@given(st.integers(0, 9999), st.sampled_from(["min", "h", "d", "w"]))
def test_a_length_of_time_is_written_as_it_is_read(number: int, unit: str) -> None:
    adapter: TypeAdapter[timedelta] = TypeAdapter(times.Offset)
    length = adapter.validate_python(f"{number}{unit}")
    written = adapter.dump_python(length, mode="json")
    assert len(written) <= 7
    assert adapter.validate_python(written) == length


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-02 18:00", datetime(2026, 12, 2, 18)),  # noqa: DTZ001 - wall-clock time, as described
        ("2026-12-02T18:00:30", datetime(2026, 12, 2, 18, 0, 30)),  # noqa: DTZ001
        ("2026-12-02", datetime(2026, 12, 2, 23, 59)),  # noqa: DTZ001
        ("2028-02-29", datetime(2028, 2, 29, 23, 59)),  # noqa: DTZ001
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert taken(times.LocalMoment, text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-02-29",
        "2026-13-01",
        "2026-12-02 25:00",
        "2026-12-02 18h00",
        "2026-12-02 18:00Z",
        "2026-12-02 18:00+01:00",
        "02/12/2026",
        "0001-01-01",
        "9999-12-31",
        20261202,
        None,
    ],
)
def test_what_is_no_moment(text: object) -> None:
    assert refusal(times.LocalMoment, text) == "moment"


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (addresses.Link, "https://example.org/a?b=c#d", "http://example.org"),
        (addresses.Link, "https://exemple.org/tri-à-la-source", "https://"),
        (addresses.Link, "https://example.org", "javascript:alert(1)"),
        (addresses.Link, "https://example.org/(a)", 'https://example.org/"><script>'),
        (fields.Email, "waste@city.example.org", "waste@city"),
        (fields.Email, "a.b+c@example.org", "Waste <waste@example.org>"),
        (fields.Phone, "+250 700 000 000", "0700000000"),
        (fields.Phone, "+223700000", "+223-700-OOO"),
    ],
)
def test_ways_to_reach_somebody(kind: Any, good: str, bad: str) -> None:
    assert taken(kind, good) == good
    assert refusal(kind, bad) in ("link", "email", "phone")


def test_a_text_per_language() -> None:
    waste = Localized.model_validate({"fr": "Déchets", "en": "Waste"})
    assert waste.text("en") == "Waste"
    assert waste.text("rw", "fr") == "Déchets"
    assert waste.text("rw") == "Waste"
    assert Localized.model_validate({"rw": "Imyanda", "pt": "Resíduos"}).text("ar") == "Resíduos"
    assert dict(waste) == {"fr": "Déchets", "en": "Waste"}


def test_a_plain_text_is_that_of_every_language() -> None:
    cafe = Localized.model_validate(" Café ")
    assert cafe.text("ar") == cafe.text() == "Café"


@pytest.mark.parametrize("value", [{}, "", "  ", {"fr": ""}, {"FR": "x"}, ["x"], 3, None, "x" * 2001])
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(ValidationError):
        Localized.model_validate(value)


def test_a_template_is_filled_in_each_language() -> None:
    theme = Localized.model_validate({"fr": "Déchets", "en": "Waste"})
    cohort = Localized.model_validate({"fr": "Pionnières", "pt": "Pioneiras"})
    filled = Localized.model_validate("{theme}, {cohort}").formatted(theme=theme, cohort=cohort)
    assert dict(filled) == {
        "en": "Waste, Pionnières",
        "fr": "Déchets, Pionnières",
        "pt": "Waste, Pioneiras",
    }
    assert dict(Localized.model_validate("Café").formatted()) == {"und": "Café"}


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{2,3}", fullmatch=True), st.text(min_size=1).filter(str.strip), min_size=1
    )
)
def test_there_is_always_a_text(texts: dict[str, str]) -> None:
    localized = Localized.model_validate({language: text[:2000] or "x" for language, text in texts.items()})
    assert localized.text("fr") in dict(localized).values()
    assert hash(localized) == hash(Localized(dict(localized)))


@pytest.mark.parametrize("unseen", ["\u202e", "\u2066", "\u200b", "\u200f", "\ufeff"])
def test_a_link_has_no_characters_that_show_another_one(unseen: str) -> None:
    assert taken(addresses.Link, f"https://example.org/{unseen}gpj.exe") == "https://example.org/gpj.exe"
