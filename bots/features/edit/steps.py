"""The steps of a guided edit that makes a new entry: one question each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bots.features.edit.draft import EditDraft
from community.core.messages import Message, msg
from community.directory.entry import EntryKind


@dataclass(frozen=True, slots=True)
class Step:
    """One question. Any of ``fields`` answers it; ``needed``: it cannot be skipped; ``is_text``: any text is valid."""

    name: str
    fields: tuple[str, ...]
    ask: Message
    needed: bool = False
    is_text: bool = False


STEPS: Mapping[EntryKind, tuple[Step, ...]] = {
    "resource": (
        Step("title", ("title",), msg("What is its title?"), needed=True, is_text=True),
        Step(
            "link",
            ("link", "file"),
            msg(
                "What is its link? It begins with https://. Or send the file here, or reply to the message that has it."
            ),
        ),
        Step("themes", ("themes",), msg("Which theme is it about, or which themes?"), needed=True),
        Step("cities", ("cities",), msg("For which {places} is it? Or say: all.")),
        Step("languages", ("languages",), msg("Which language is it in, or which languages?"), needed=True),
        Step("summary", ("summary",), msg("What is in it, in a sentence or two?"), is_text=True),
        Step(
            "kind", ("kind",), msg("What is it: a document, a tool, a guide, a video or a piece of advice?")
        ),
    ),
    "contact": (
        Step("name", ("name",), msg("What is the name of the person or desk?"), needed=True, is_text=True),
        Step(
            "function",
            ("function",),
            msg("What do they do? Such as: head of solid waste."),
            needed=True,
            is_text=True,
        ),
        Step("cities", ("cities",), msg("Which {places} are they in, or for? Or say: all.")),
        Step("themes", ("themes",), msg("Which theme, or which themes, can people ask them about?")),
        Step("languages", ("languages",), msg("Which languages do they speak?")),
        Step(
            "reach",
            ("email", "phone", "member"),
            msg(
                "How can they be reached? A phone number with + and the country's code, an e-mail address, "
                "a Matrix ID; or several of these."
            ),
        ),
        Step("hours", ("hours",), msg("At which hours can they be reached?"), is_text=True),
        Step("deputy", ("deputy",), msg("Who stands in for them? Give the name of another contact.")),
    ),
    "project": (
        Step("name", ("name",), msg("What is the project called?"), needed=True, is_text=True),
        Step("cities", ("cities",), msg("In which {places} is it?"), needed=True),
        Step("themes", ("themes",), msg("Which theme is it about, or which themes?"), needed=True),
        Step(
            "stage",
            ("stage",),
            msg("How far is it: an idea, in preparation, in pilot, running or finished?"),
            needed=True,
        ),
        Step("summary", ("summary",), msg("What is it about, in a sentence or two?"), is_text=True),
        Step("lead", ("lead",), msg("Who leads it? Give the name of a contact.")),
        Step("links", ("links",), msg("Is there a link? It begins with https://.")),
    ),
}


def step_named(kind: EntryKind, name: str) -> Step:
    """Return a step by its name. Raises KeyError where that kind has no such step."""
    return {step.name: step for step in STEPS[kind]}[name]


def next_step(draft: EditDraft) -> Step | None:
    """Return the first step that is not settled, None where all are."""
    return next((step for step in STEPS[draft.kind] if not _is_settled(step, draft)), None)


def _is_settled(step: Step, draft: EditDraft) -> bool:
    if step.name == "link" and draft.fields.get("kind") == "advice":
        return True  # advice may be no more than words
    return step.name in draft.done or any(name in draft.fields for name in step.fields)


def skipped(step: Step, draft: EditDraft) -> Mapping[str, object]:
    """Return the default fields of a step that was skipped."""
    match step.name:
        case "summary":
            return {"summary": draft.fields["title" if draft.kind == "resource" else "name"]}
        case "kind":
            return {"kind": "document"}
        case _:
            return {}
