"""What both imports do with a plan: require the one that was asked for, note it in the audit, give it as JSON."""

from __future__ import annotations

from datetime import datetime

from community.core.messages import Message, Translator, msg
from community.exchange.plan import ImportPlan, change_dict
from community.storage import NewAuditEntry
from palabre_cli.errors import CommandError
from palabre_cli.stored import actor


def require_plan(plan: ImportPlan, digest: str | None, changed: Message, *, force: bool) -> None:
    """Find out that a plan is the one with ``digest``, where one was said, and removes no more than is allowed.

    ``changed`` says that it is another one now. ``force``: it may remove as much as it will.

    Raises:
        CommandError: it is not, or it does.
    """
    if digest is not None and digest != plan.digest:
        raise CommandError(changed, msg("Look at it again, then say {digest}.", digest=plan.digest))
    if plan.excess is not None and not force:
        raise CommandError(
            msg("{excess}: that is too much to go unasked.", excess=plan.excess),
            msg("If it is meant, say it again with --force."),
        )


def audit_entry(plan: ImportPlan, action: str, subject: str, at: datetime) -> NewAuditEntry:
    """Return what the audit says of a plan that was carried out."""
    detail = f"{plan.count('+')} added, {plan.count('~')} changed, {plan.count('-')} removed"
    return NewAuditEntry(
        at=at, actor=actor(), action=action, subject=subject, detail=detail, digest=plan.digest
    )


def plan_dict(plan: ImportPlan, translate: Translator) -> dict[str, object]:
    """Return a plan as values that JSON has."""
    return {
        "digest": plan.digest,
        "changes": [change_dict(change, translate.language) for change in plan.changes],
        "notes": [translate(note) for note in plan.notes],
        "excess": None if plan.excess is None else translate(plan.excess),
        "summary": {"add": plan.count("+"), "change": plan.count("~"), "remove": plan.count("-")},
    }
