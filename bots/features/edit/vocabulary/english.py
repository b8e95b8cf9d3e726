"""The words of editing in English. Data only."""

from bots.features.edit.vocabulary.command_words import CommandWords

ENGLISH = CommandWords(
    add=r"(?:add|create|register)",
    new=r"new",
    articles=r"(?:(?:a|an|the|new|another) )*",
    nouns={
        "resource": ("resource", None),
        "document": ("resource", "document"),
        "tool": ("resource", "tool"),
        "guide": ("resource", "guide"),
        "video": ("resource", "video"),
        "advice": ("resource", "advice"),
        "contact": ("contact", None),
        "person": ("contact", "person"),
        "desk": ("contact", "desk"),
        "project": ("project", None),
    },
    save=r"(?:save|keep|store|add) (?:this|that|it)",
    as_a=r"as (?:a |an |the )?",
    remove=r"(?:remove|delete)",
    confirm=r"confirm",
    still=r"(?P<x>.*?) ?\b(?:is |are )?still (?:right|correct|valid|true|up to date)",
    fields={
        "phone": r"phone number|telephone number|phone|telephone|number",
        "email": r"e-?mail address|e-?mail|mail",
        "hours": r"opening hours|hours",
        "function": r"function|job|position",
        "name": r"name",
        "title": r"title",
        "summary": r"summary|description",
        "link": r"link|url|address",
        "languages": r"languages?",
        "cities": r"city|cities",
        "themes": r"themes?|topics?",
        "stage": r"stage|phase|status",
        "deputy": r"deputy",
        "lead": r"lead|leader",
        "results": r"results?",
        "partners": r"partners?",
        "kind": r"kind|type",
    },
    change=r"(?:change|update|correct|set|fix) (?:the )?",
    of=r"(?:of|for) (?:the )?",
    to=r" to | ?: | ?= |: ",
    now_is=(
        r"(?:the )?(?P<field>{fields}) of (?P<x>.+?) is now (?P<value>.+)",
        r"(?P<x>.+?)'s (?P<field>{fields}) is now (?P<value>.+)",
        r"(?:change |update )?my (?P<field>{fields}) (?:is now|to) (?P<value>.+)",
        r"my new (?P<field>{fields}) is (?P<value>.+)",
        r"(?P<x>.+?)'s new (?P<field>{fields}) is (?P<value>.+)",
        r"(?:the )?new (?P<field>{fields}) of (?P<x>.+?) is (?P<value>.+)",
        r"(?:change|update|correct|set) (?P<x>.+?)'s (?P<field>{fields}) to (?P<value>.+)",
    ),
    stages={
        "idea": r"idea",
        "preparation": r"preparation|prepared|being prepared|planning",
        "pilot": r"pilot|piloting",
        "running": r"running|under way|underway|ongoing|started",
        "finished": r"finished|completed?|done|over",
    },
    stage_of=(
        (
            r"(?:my|our) project (?:is|has) (?:now )?(?:moved to |entered |in |at |an |the |a ){0,4}"
            r"(?P<stage>{stages})(?: stage| phase)?"
        ),
        (
            r"(?:the |my |our )?project (?P<x>.+?) (?:is|has) (?:now )?"
            r"(?:moved to |entered |in |at |an |the |a ){0,4}(?P<stage>{stages})(?: stage| phase)?"
        ),
        (
            r"(?:mark|set|move|put) (?:the |my |our )?project (?P<x>.+?) (?:as |to |into |in )"
            r"(?:in |the |an ){0,4}(?P<stage>{stages})(?: stage| phase)?"
        ),
        r"(?P<x>.+?) (?:is|has) now (?:in |at |an |the |a ){0,4}(?P<stage>{stages})(?: stage| phase)?",
    ),
    deputy=r"(?P<x>.+?) is (?:now )?(?:the |a )?deputy (?:of|for|to) (?P<y>.+)",
    history=(
        r"(?:show (?:me )?)?(?:the )?history (?:of|for) (?:the )?(?P<x>.+)|who (?:has )?changed"
        r" (?P<x2>.+)"
    ),
    history_alone=r"(?:show (?:me )?)?(?:the )?(?:history|latest changes|last changes|recent changes)",
    undo=r"(?:undo|revert)(?: (?:my |the )?(?:last )?(?:change|edit)| that| it)?",
    proposals=r"(?:(?:list|show) (?:me )?)?(?:the )?(?:pending |open )?proposals",
    approve=r"(?:i )?(?:approve|accept)",
    decline=r"(?:i )?(?:decline|reject|refuse|withdraw)",
    stale=(
        r"stale|nobody (?:has )?confirmed|unconfirmed|not (?:been )?confirmed|(?:to|must) be confirmed"
        r"|needs? confirming|out of date|outdated|obsolete|(?:not|no longer) up to date"
    ),
)
