"""Which backups are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.description.backups import archive_name, moment_of
from community.description.settings import KeepSettings
from palabre_cli.backup.retention import kept

MOMENTS = st.sets(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 - the zone is added
        lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
    ),
    max_size=60,
)
RULES = st.builds(KeepSettings, days=st.integers(1, 8), weeks=st.integers(0, 5), months=st.integers(0, 13))


@given(MOMENTS, RULES)
def test_the_newest_is_kept_and_no_more_than_the_rule_says(
    moments: set[datetime], rule: KeepSettings
) -> None:
    left = kept(moments, rule)
    assert left <= moments
    assert not moments or max(moments) in left
    assert len(left) <= rule.days + rule.weeks + rule.months


@given(MOMENTS, RULES)
def test_what_was_kept_is_kept_again(moments: set[datetime], rule: KeepSettings) -> None:
    left = kept(moments, rule)
    assert kept(left, rule) == left


@given(MOMENTS, RULES)
def test_thinning_out_after_each_backup_leaves_what_thinning_out_once_leaves(
    moments: set[datetime], rule: KeepSettings
) -> None:
    there: frozenset[datetime] = frozenset()
    for moment in sorted(moments):
        there = kept(there | {moment}, rule)
    assert there == kept(moments, rule)


@given(MOMENTS, RULES)
def test_each_of_the_last_days_and_months_with_a_backup_has_one(
    moments: set[datetime], rule: KeepSettings
) -> None:
    left = kept(moments, rule)
    days = sorted({moment.date() for moment in moments})[-rule.days :]
    assert set(days) <= {moment.date() for moment in left}
    months = sorted({(moment.year, moment.month) for moment in moments})
    assert set(months[len(months) - rule.months :]) <= {(moment.year, moment.month) for moment in left}


def test_a_backup_each_day_for_two_years_leaves_twenty_one_at_most() -> None:
    begin = datetime(2025, 1, 1, 3, tzinfo=UTC)
    daily = [begin + timedelta(days=number) for number in range(730)]
    left = sorted(kept(daily, KeepSettings()), reverse=True)
    assert left[:7] == daily[:-8:-1]
    assert 7 + 11 <= len(left) <= 7 + 4 + 12
    assert (left[0] - left[-1]).days > 300


@given(MOMENTS, st.sampled_from(["palabre.localhost", "example.org:8448"]))
def test_a_name_says_when_and_of_which_homeserver(moments: set[datetime], server: str) -> None:
    for moment in moments:
        name = archive_name(server, moment)
        assert "/" not in name
        assert moment_of(name, server) == moment
        assert moment_of(name, f"not-{server}") is None


@pytest.mark.parametrize(
    "name",
    [
        "palabre-palabre.localhost-2026-11-29T1200000Z.tar.age",
        "palabre-palabre.localhost-2026-13-29T120000Z.tar.age",
        "palabre-palabre.localhost-2026-11-29T120000Z.tar",
        ".palabre-palabre.localhost-2026-11-29T120000Z.tar.age.part",
        "palabre-palabre.localhost-2026-11-29T120000Z-copy.tar.age",
        "photos.tar.age",
    ],
)
def test_other_files_are_no_backups(name: str) -> None:
    assert moment_of(name, "palabre.localhost") is None
