"""What `palabre doctor` says of jobs that have failed."""

from __future__ import annotations

from community.core.doctor import State
from community.jobs.findings import job_findings


def test_nothing_is_said_where_nothing_has_failed() -> None:
    assert list(job_findings({})) == []


def test_failures_are_counted_by_kind_and_are_no_fault_of_the_installation() -> None:
    (found,) = job_findings({"notice": 1, "invite": 2})
    assert found.state is State.WARNING
    assert str(found.sentence) == "3 jobs have failed in the last seven days: invite (2), notice (1)."
    assert "logs/bots.log" in str(found.remedy)
