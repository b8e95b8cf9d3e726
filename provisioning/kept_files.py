"""Tells the coordinators of files that have mistakes, and so stay as they were applied last: once, while it is so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import structlog

from community.core.errors import Problem
from community.description.load import CONFIG_FILES
from community.jobs.notices import COORDINATORS, NOTICE, Notice, NoticeKind
from community.storage import Store

log = structlog.get_logger()


async def tell_of_kept_files(store: Store, kept: Mapping[str, tuple[Problem, ...]], *, at: datetime) -> None:
    """Log and file what there is to tell of the problems of files that are ``kept``.

    A file that was mended is told of again when it has mistakes again.

    The notice names the file and the line alone: what stands there may be somebody's telephone number.

    Raises:
        StoreError: the database failed; the next look tries again.
    """
    for name in CONFIG_FILES:
        problems = kept.get(name)
        if problems:
            line = str(problems[0].place.line)
            log.warning("file_kept", file=name, line=line, problems=len(problems))
            notice = Notice(NoticeKind.FILE_KEPT, COORDINATORS, name, {"file": name, "line": line})
            await store.jobs.file(notice, at=at)
        else:
            over = {"kind": NoticeKind.FILE_KEPT.value, "occasion": name}
            await store.jobs.withdraw(NOTICE, over, at=at)
            await store.jobs.revoke(NOTICE, over, at=at)
