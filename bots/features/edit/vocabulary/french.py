"""The words of editing in French. Data only."""

from bots.features.edit.vocabulary.command_words import CommandWords

FRENCH = CommandWords(
    add=r"(?:ajoute[rz]?|cree[rz]?)",
    new=r"(?:nouvel(?:le)?|nouveau)",
    articles=r"(?:(?:un|une|le|la|du|nouveau|nouvel|nouvelle|autre) |l')*",
    nouns={
        "ressource": ("resource", None),
        "document": ("resource", "document"),
        "outil": ("resource", "tool"),
        "guide": ("resource", "guide"),
        "video": ("resource", "video"),
        "conseil": ("resource", "advice"),
        "contact": ("contact", None),
        "personne": ("contact", "person"),
        "guichet": ("contact", "desk"),
        "projet": ("project", None),
    },
    save=(
        r"(?:garde[rz]?|enregistre[rz]?|sauvegarde[rz]?|conserve[rz]?)[ -](?:ca|cela|ceci|le|la)"
        r"|ajoute[rz]? (?:ca|cela|ceci)"
    ),
    as_a=r"comme (?:un |une )?",
    remove=r"(?:supprime[rz]?|retire[rz]?|efface[rz]?|enleve[rz]?)",
    confirm=r"confirme[rz]?",
    still=(
        r"(?P<x>.*?) ?\b(?:c'est |est |sont )?(?:toujours|encore) (?:juste|exacte?|valable|correcte?"
        r"|bonne?|a jour)"
    ),
    fields={
        "phone": r"numero de telephone|telephone|numero|portable",
        "email": r"adresse e-?mail|adresse electronique|e-?mail|courriel|mail",
        "hours": r"horaires?|heures",
        "function": r"fonction|poste",
        "name": r"nom",
        "title": r"titre",
        "summary": r"resume|description",
        "link": r"lien|url|adresse",
        "languages": r"langues?",
        "cities": r"villes?",
        "themes": r"themes?|sujets?",
        "stage": r"stade|phase|etape",
        "deputy": r"adjointe?|suppleante?|remplacante?",
        "lead": r"responsable|chef(?:fe)? de projet|pilote",
        "results": r"resultats?",
        "partners": r"partenaires?",
        "kind": r"genre|type",
    },
    change=(
        r"(?:change[rz]?|modifie[rz]?|corrige[rz]?|mets a jour|mettre a jour|remplace[rz]?) (?:le |la "
        r"|les |l')?"
    ),
    of=r"(?:de la |de l'|de |du |des |d')",
    to=r" en | par | a | pour | ?: | ?= |: ",
    now_is=(
        (
            r"(?:le |la |les |l')?(?P<field>{fields}) (?:de |du |d')(?P<x>.+?) (?:est|sont) (?:maintenant"
            r"|desormais) (?P<value>.+)"
        ),
        r"(?:mon|ma|mes) (?P<field>{fields}) (?:est|sont) (?:maintenant |desormais )(?P<value>.+)",
        r"(?:change[rz]?|modifie[rz]?) (?:mon|ma|mes) (?P<field>{fields}) (?:en|par) (?P<value>.+)",
        r"(?:mon|ma|mes) (?:nouveau|nouvel|nouvelle|nouveaux) (?P<field>{fields}) (?:est|sont) (?P<value>.+)",
        (
            r"(?:le |la |l')?(?:nouveau|nouvel|nouvelle) (?P<field>{fields}) (?:de |du |d')(?P<x>.+?)"
            r" est (?P<value>.+)"
        ),
    ),
    stages={
        "idea": r"idee",
        "preparation": r"preparation",
        "pilot": r"phase pilote|pilote|experimentation|phase d'essai",
        "running": r"cours|marche|lancee?|demarre|commence|service",
        "finished": r"terminee?|achevee?|finie?|fini",
    },
    stage_of=(
        (
            r"(?:mon|notre) projet (?:est|a) (?:maintenant |desormais )?"
            r"(?:passe |entre |en |une |un |a l'etat d'|au stade ){0,4}(?P<stage>{stages})"
        ),
        (
            r"(?:le |mon |notre )?projet (?P<x>.+?) (?:est|a) (?:maintenant |desormais )?"
            r"(?:passe |entre |en |une |un |au stade ){0,4}(?P<stage>{stages})"
        ),
        (
            r"(?:passe[rz]?|mets|mettre|marque[rz]?) (?:le |mon |notre )?projet (?P<x>.+?)"
            r" (?:en |comme |au stade |a ){1,4}(?P<stage>{stages})"
        ),
        r"(?P<x>.+?) (?:est|a) (?:maintenant|desormais) (?:en |une |un |au stade ){0,4}(?P<stage>{stages})",
    ),
    deputy=(
        r"(?P<x>.+?) est (?:maintenant |desormais )?(?:l'|la |le )?(?:adjointe?|suppleante?|remplacante?)"
        r" (?:de |du |d')(?P<y>.+)"
    ),
    history=(
        r"(?:montre[rz]?(?:-moi)? )?(?:l')?historique (?:de la |de |du |des |d')(?P<x>.+)|qui a"
        r" (?:change|modifie) (?P<x2>.+)"
    ),
    history_alone=r"(?:l')?historique|(?:les )?dernieres modifications|(?:les )?derniers changements",
    undo=(
        r"(?:defais|defaire|retablis|(?:annule[rz]?) (?:ma |la |cette )?(?:derniere )?(?:modification"
        r"|correction))"
    ),
    proposals=r"(?:(?:liste|montre)[rz]?(?:-moi)? )?(?:les )?propositions(?: en attente)?",
    approve=r"(?:j')?(?:approuve[rz]?|accepte[rz]?|valide[rz]?)",
    decline=r"(?:je )?(?:refuse[rz]?|rejette|rejete[rz]?|decline[rz]?|retire[rz]?)",
    stale=(
        r"perimee?s?|a (?:re)?confirmer|personne n'a confirme\w*|(?:pas|non) confirmee?s?|(?:plus|pas) a jour"
        r"|obsoletes?"
    ),
)
