"""The periods that a question names, in four languages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.words import words
from community.search.asides import is_aside
from community.search.dates import period_in

TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("nouveautés depuis lundi", "2026-11-23", None),
        ("new since Monday", "2026-11-23", None),
        ("desde segunda-feira", "2026-11-23", None),
        ("منذ يوم الإثنين", "2026-11-23", None),
        ("since Tuesday", "2026-11-17", None),
        ("depuis deux semaines", "2026-11-10", None),
        ("منذ أسبوعين", "2026-11-10", None),
        ("since 3 October", "2026-10-03", None),
        ("since the 3rd of October 2025", "2025-10-03", None),
        ("depuis le 1er septembre", "2026-09-01", None),
        ("desde 3 de outubro", "2026-10-03", None),
        ("منذ ٣ أكتوبر", "2026-10-03", None),
        ("since 2026-10-01", "2026-10-01", None),
        ("depuis le 1/10/2026", "2026-10-01", None),
        ("depuis décembre", "2025-12-01", None),
        ("desde o mês passado", "2026-10-01", None),
        ("depuis le début de l'année", "2026-01-01", None),
        ("منذ بداية الشهر", "2026-11-01", None),
        ("since yesterday", "2026-11-23", None),
        ("منذ أمس", "2026-11-23", None),
        ("this month", "2026-11-01", "2026-11-30"),
        ("cette semaine", "2026-11-23", "2026-11-29"),
        ("desta semana", "2026-11-23", "2026-11-29"),
        ("هذا الأسبوع", "2026-11-23", "2026-11-29"),
        ("la semaine dernière", "2026-11-16", "2026-11-22"),
        ("o mês passado", "2026-10-01", "2026-10-31"),
        ("الشهر الماضي", "2026-10-01", "2026-10-31"),
        ("ces trois derniers mois", "2026-08-24", "2026-11-24"),
        ("in the last 30 days", "2026-10-25", "2026-11-24"),
        ("nos últimos 30 dias", "2026-10-25", "2026-11-24"),
        ("projects finished in 2025", "2025-01-01", "2025-12-31"),
        ("documents from 2024", "2024-01-01", "2024-12-31"),
        ("وثائق سنة 2024", "2024-01-01", "2024-12-31"),
        ("em outubro de 2025", "2025-10-01", "2025-10-31"),
        ("from March to June 2026", "2026-03-01", "2026-06-30"),
        ("entre le 1er et le 15 novembre", "2026-11-01", "2026-11-15"),
        ("du 1er au 15 novembre", "2026-11-01", "2026-11-15"),
        ("de 1 a 15 de novembro", "2026-11-01", "2026-11-15"),
        ("from 1 to 15 November", "2026-11-01", "2026-11-15"),
        ("من 1 إلى 15 نوفمبر", "2026-11-01", "2026-11-15"),
        ("le premier novembre", "2026-11-01", "2026-11-01"),
        ("primeiro de novembro", "2026-11-01", "2026-11-01"),
        ("في فاتح نوفمبر", "2026-11-01", "2026-11-01"),
        ("وثائق الأسابيع الثلاثة الأخيرة", "2026-11-03", "2026-11-24"),
        ("من البارح", "2026-11-23", None),
        ("guides from the first project", None, None),
        ("before 2026", None, "2025-12-31"),
        ("avant le 3 mai", None, "2026-05-02"),
    ],
)
def test_a_period_is_read(text: str, since: str | None, until: str | None) -> None:
    period = period_in(words(text), TUESDAY)
    found = (period.since and period.since.isoformat(), period.until and period.until.isoformat())
    assert found == (since, until)


@pytest.mark.parametrize(
    "text",
    [
        "who can help, maybe in Kigali",
        "waste in Kigali",
        "le marché de Lagos",
        "the day after tomorrow we march",
        "plan 2030",
        "since when",
        "99/99/2026",
        "depuis toujours",
    ],
)
def test_what_is_no_period_is_left_alone(text: str) -> None:
    period = period_in(words(text), TUESDAY)
    assert not period
    assert not period.used


SAID = """
since depuis desde منذ before avant in en em في last dernier passado الماضي this ce هذا week semaine mois شهر month day
jours 3 31 2026 10 99 0 0000 monday lundi segunda feira الاثنين march mars outubro أكتوبر the le de two deux start début
""".split()


@given(
    st.lists(st.sampled_from(SAID), max_size=12),
    st.dates(min_value=date(1950, 1, 1), max_value=date(2150, 1, 1)),
)
def test_any_words_on_any_day_give_a_period_or_none(said: list[str], today: date) -> None:
    period = period_in(words(" ".join(said)), today)
    assert period.used <= frozenset(range(len(said)))
    if period.since is not None and period.until is not None:
        assert period.since <= period.until


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("events in January", "2027-01-01", "2027-01-31"),
        ("quels événements en janvier ?", "2027-01-01", "2027-01-31"),
        ("eventos em janeiro", "2027-01-01", "2027-01-31"),
        ("ما هي الفعاليات في يناير", "2027-01-01", "2027-01-31"),
        ("events in November", "2026-11-01", "2026-11-30"),
        ("deadlines on 3 December", "2026-12-03", "2026-12-03"),
        ("échéances du 1er décembre", "2026-12-01", "2026-12-01"),
        ("meetings on Monday", "2026-11-30", "2026-11-30"),
        ("réunions de la semaine prochaine", "2026-11-30", "2026-12-06"),
        ("eventos da semana que vem", "2026-11-30", "2026-12-06"),
        ("مواعيد الشهر القادم", "2026-12-01", "2026-12-31"),
        ("deadlines tomorrow", "2026-11-25", "2026-11-25"),
        ("documents published in January", "2026-01-01", "2026-01-31"),
        ("documents on events in January", "2026-01-01", "2026-01-31"),
        ("le 29 novembre", "2025-11-29", "2025-11-29"),
        ("em 29 de novembro", "2025-11-29", "2025-11-29"),
        ("يوم 29 نوفمبر", "2025-11-29", "2025-11-29"),
        ("on the 29th of November", "2025-11-29", "2025-11-29"),
    ],
)
def test_what_is_asked_for_says_whether_a_month_is_to_come(text: str, since: str, until: str) -> None:
    period = period_in(words(text), TUESDAY)
    assert (str(period.since), str(period.until)) == (since, until)


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("since yesterday our trucks are broken: who can help?", True),
        ("Depuis hier nos camions sont en panne. Y a-t-il un guide ?", True),
        ("our bus broke down yesterday, any guide on buses", True),
        ("desde ontem estamos sem água: há um guia?", True),
        ("منذ أمس لا ماء في الحي، هل عندكم دليل؟", True),
        ("since yesterday, what is new?", False),
        ("what is new since yesterday?", False),
        ("guides on waste since January, please", False),
        ("our documents since January", False),
        ("quoi de neuf dans notre bibliothèque depuis lundi ?", False),
    ],
)
def test_a_day_that_only_tells_what_happened_is_no_filter(text: str, is_told: bool) -> None:
    said = words(text)
    assert is_aside(text, said, period_in(said, TUESDAY).used) is is_told
