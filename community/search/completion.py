"""What a follow-up takes from the question before. Pure."""

from __future__ import annotations

from dataclasses import replace

from community.search.asked import Question


def merged_with(question: Question, previous: Question) -> Question:
    """Return the question with what it does not name itself taken from the previous one."""
    if previous.about is not None:
        # A relation or detail asked of one entry ("his deputy?") does not carry over to the next question.
        previous = replace(previous, relation=None, fields=frozenset())
    kinds = question.kinds or previous.kinds
    same = kinds == previous.kinds
    base = (
        previous
        if same
        else replace(
            previous,
            roles=frozenset(),
            role_words=(),
            stages=frozenset(),
            resource_kinds=frozenset(),
            languages=frozenset(),
            fields=frozenset(),
            relation=None,
            leading=False,
        )
    )
    if question.roles and not question.has_subject:
        base = replace(
            base, rest=(), content=(), spoken=()
        )  # another role is asked for, so not the person named before
    base = replace(
        base,
        page=0,
        about=None,
        there=None,
        instead_of=(),
        aside=(),
        follows=True,
        other_role=bool(question.roles),
        kinds=kinds,
        language=question.language,
    )
    for names in _TOGETHER:
        if any(getattr(question, name) for name in names) and (question.has_subject or "themes" not in names):
            base = replace(base, **{name: getattr(question, name) for name in names})
    return replace(
        base,
        content=tuple(dict.fromkeys((*question.content, *_kept(question, base.content)))),
        subject_words=tuple(dict.fromkeys((*question.subject_words, *_kept(question, base.subject_words)))),
        spoken=tuple(dict.fromkeys((*question.spoken, *_kept(question, base.spoken)))),
        relation=question.relation or base.relation,
        excluded=question.excluded or base.excluded,
    )


_TOGETHER = (
    (
        "themes",
        "loose",
        "joined",
        "topics",
        "rest",
        "beside",
        "behind_who",
        "ordinary",
        "theme_words",
        "theme_named",
        "guesses",
    ),
    ("cities", "countries", "places"),
    ("roles", "role_words", "leading"),
    ("languages",),
    ("stages",),
    ("resource_kinds", "kind_words"),
    ("since", "until", "newest"),
    ("fields",),
)
"""Fields that are replaced together: if a follow-up names a new subject, nothing of the old one is kept, and so on."""


def _kept(question: Question, said_before: tuple[str, ...]) -> tuple[str, ...]:
    return () if question.has_subject else said_before
