"""Which corrections of misspelt words the directory takes back. Pure."""

from __future__ import annotations

from dataclasses import replace

from community.search.asked import Question
from community.search.entry_index import EntryIndex
from community.search.meanings import Sort


def without_wrong_guesses(entries: EntryIndex, question: Question) -> Question:
    """Take back the corrections of words that the directory has as they were written.

    Such a word is searched for as it is. So is one that is near to a name in the directory, if a name or a
    detail of somebody is asked for.
    """
    if not question.guesses:
        return question
    named = bool(question.fields) or any(word in entries.words[0] for word in question.rest)
    for guess in question.guesses:
        of_place = any(meaning.sort is Sort.CITY for meaning in guess.meant)
        is_name = named and not of_place and _is_name(entries, guess.word)
        if guess.word in entries.vocabulary or is_name:
            keys = {meaning.key for meaning in guess.meant}
            question = replace(
                question,
                themes=question.themes - keys,
                cities=question.cities - keys,
                countries=question.countries - keys,
                topics=question.topics - keys,
                loose=question.loose - keys,
                roles=question.roles - keys,
                languages=question.languages - keys,
                theme_words=tuple(word for word in question.theme_words if word != guess.word),
                rest=(*question.rest, guess.word),
            )
    return question


def _is_name(entries: EntryIndex, word: str) -> bool:
    """Whether a word is in the name of a contact, or nearly."""
    similar_words = entries.vocabulary.similar_words(word)
    return any(entries.named((similar.word,)).any() for similar in similar_words)
