"""The words of editing, language by language: regular expressions over folded text. Data only.

To add a language, write its `CommandWords` in a module of its own and list it in `LANGUAGES`.
"""

from bots.features.edit.vocabulary.arabic import ARABIC
from bots.features.edit.vocabulary.english import ENGLISH
from bots.features.edit.vocabulary.french import FRENCH
from bots.features.edit.vocabulary.portuguese import PORTUGUESE

LANGUAGES = {"en": ENGLISH, "fr": FRENCH, "pt": PORTUGUESE, "ar": ARABIC}
SAYABLE = frozenset(name for language in LANGUAGES.values() for name in language.fields)
"""The fields that people can name."""
POLITE_START = (
    r"(?:please,? |(?:can|could|would|will) you (?:please )?|i(?: would|'d)? (?:want|like|wish) to |i need to "
    r"|(?:s'il (?:te|vous) plait|svp|stp),? |(?:peux|pourrais)[ -]tu |(?:pouvez|pourriez)[ -]vous "
    r"|je (?:veux|voudrais|souhaite) |j'aimerais |(?:por favor),? |(?:pode|podes|poderia|podia)s? "
    r"|(?:eu )?(?:quero|queria|gostaria de) |(?:من فضلك|لو سمحت)،? |هل (?:يمكنك|تستطيع) |(?:اريد|اود) (?:ان )?)+"
)
"""What goes before a command and changes nothing in it."""
POLITE_END = r"[,،]? (?:please|s'il (?:te|vous) plait|svp|stp|por favor|من فضلك|لو سمحت)[ .!?؟]*"
