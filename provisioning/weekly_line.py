"""Once a week the coordinators are told that all is well, or what is not: silence would say nothing.

What files the line is the service. Where it does not run nothing comes, and that is news too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from community.core.zones import ZoneInfo
from community.description.backups import OLD
from community.description.settings import Settings
from community.description.week_time import WeekTime
from community.jobs.job import WaitingJobs
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.jobs.planned_replies import PlannedReplyJob
from community.jobs.plans import PlanApplication
from community.jobs.room_posts import RoomPost
from community.jobs.weekly_text import Concern
from community.storage import Store
from provisioning.health import ServiceHealth

TOO_LATE = timedelta(days=2)
"""A line that could not be filed for so long is left out: the next one comes soon enough."""
LONG = timedelta(minutes=15)
"""Work that waits for nobody's word is done within seconds."""
_BEGUN = "weekly-line"
_WAITS_FOR_NOBODY = (RoomPost.KIND, PlannedReplyJob.KIND, PlanApplication.KIND)


def concerns(
    health: ServiceHealth,
    waiting: Mapping[str, WaitingJobs],
    failed: Mapping[str, int],
    *,
    least_free: int,
    newest_backup: datetime | None,
    now: datetime,
) -> dict[str, str]:
    """Return what is not well, by `Concern`, each with how many; names nobody. Pure but for the look at the disk."""
    free = health.free()
    age = timedelta() if newest_backup is None else now - newest_backup
    stuck = [kind for kind in _WAITS_FOR_NOBODY if kind in waiting and now - waiting[kind].oldest > LONG]
    found = {
        Concern.DISK: free is not None and free < least_free,
        Concern.DRIFT: health.differences.total(),
        Concern.ACCOUNTS: health.faults.total(),
        Concern.BOT_MISSING: health.bot_missing,
        Concern.LOOKS: health.reason is not None,
        Concern.WAITING: len(stuck),
        Concern.FAILED: sum(failed.values()),
        Concern.BACKUP: age.days if age > OLD else 0,
    }
    return {concern.value: str(int(count)) for concern, count in found.items() if count}


def line_of(found: Mapping[str, str], moment: datetime) -> Notice:
    """Return the notice of the week of ``moment``, on the clock of its zone."""
    kind = NoticeKind.WEEK_NOT_WELL if found else NoticeKind.WEEK_WELL
    return Notice(kind, COORDINATORS, _week(moment), found)


def _week(moment: datetime) -> str:
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02}"


async def due_since(store: Store, settings: Settings, now: datetime) -> datetime | None:
    """Return the moment of this week's line where it is due and was not filed yet, None where there is nothing to do.

    It is on the community's clock: in UTC, the lines on both sides of a change of the clocks may be of one week. An
    installation says nothing of the week in which it began, and nothing before a description was applied.

    Raises:
        StoreError: the database failed.
    """
    at = WeekTime.read(settings.weekly_line)
    applied = await store.applied.readable()
    if at is None or applied is None:
        return None
    zone = ZoneInfo(applied.community.timezone)
    moment = at.last(now, zone).astimezone(zone)
    if await store.marks.first(_BEGUN, now) > moment or now - moment > TOO_LATE:
        return None
    for one in (line_of({}, moment), line_of({Concern.DISK: "1"}, moment)):
        if await store.jobs.find(one.idempotency_key) is not None:
            return None
    return moment
