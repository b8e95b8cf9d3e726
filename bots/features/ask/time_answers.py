"""What of the directory answers a question when something is: no contact does. Pure."""

from __future__ import annotations

from dataclasses import replace

from community.core.words import words
from community.description.directory_model import Contact
from community.search.answer import Answer
from community.search.asked import Question
from community.search.time_asked import asks_when


def asks_when_alone(question: Question, text: str) -> bool:
    """Whether a question asks for a time, and neither for somebody nor for a detail that contacts have."""
    return not (question.who or question.fields or question.follows) and asks_when(words(text))


def without_contacts(answer: Answer) -> Answer:
    """Return an answer without contacts: they answer no question when something is."""
    kept = tuple(entry for entry in answer.entries if not isinstance(entry, Contact))
    return replace(answer, entries=kept, total=answer.total - len(answer.entries) + len(kept))
