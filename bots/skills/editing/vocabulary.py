"""The words of editing in French, English, Portuguese and Arabic: regular expressions over folded text. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from community.directory.entry import EntryKind


@dataclass(frozen=True)
class Vocabulary:
    """The words of one language, folded; each a regular expression."""

    add: str
    new: str
    articles: str
    nouns: dict[str, tuple[EntryKind, str | None]]
    save: str
    as_a: str
    remove: str
    confirm: str
    still: str
    fields: dict[str, str]
    change: str
    of: str
    to: str
    now_is: tuple[str, ...]
    stages: dict[str, str]
    stage_of: tuple[str, ...]
    deputy: str
    history: str
    history_alone: str
    undo: str
    proposals: str
    approve: str
    decline: str
    stale: str


_EN = Vocabulary(
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
            r"(?:my|our) project (?:is|has) (?:now )?(?:moved to |entered |in |at |an |the |a )*"
            r"(?P<stage>{stages})(?: stage| phase)?"
        ),
        (
            r"(?:the |my |our )?project (?P<x>.+?) (?:is|has) (?:now )?"
            r"(?:moved to |entered |in |at |an |the |a )*(?P<stage>{stages})(?: stage| phase)?"
        ),
        (
            r"(?:mark|set|move|put) (?:the |my |our )?project (?P<x>.+?) (?:as |to |into |in )"
            r"(?:in |the |an )*(?P<stage>{stages})(?: stage| phase)?"
        ),
        r"(?P<x>.+?) (?:is|has) now (?:in |at |an |the |a )*(?P<stage>{stages})(?: stage| phase)?",
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
_FR = Vocabulary(
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
            r"(?:passe |entre |en |une |un |a l'etat d'|au stade )*(?P<stage>{stages})"
        ),
        (
            r"(?:le |mon |notre )?projet (?P<x>.+?) (?:est|a) (?:maintenant |desormais )?"
            r"(?:passe |entre |en |une |un |au stade )*(?P<stage>{stages})"
        ),
        (
            r"(?:passe[rz]?|mets|mettre|marque[rz]?) (?:le |mon |notre )?projet (?P<x>.+?)"
            r" (?:en |comme |au stade |a )+(?P<stage>{stages})"
        ),
        r"(?P<x>.+?) (?:est|a) (?:maintenant|desormais) (?:en |une |un |au stade )*(?P<stage>{stages})",
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
_PT = Vocabulary(
    add=r"(?:adicion(?:ar|a|e)|acrescent(?:ar|a|e)|junt(?:ar|a|e)|cri(?:ar|a|e))",
    new=r"nov[oa]",
    articles=r"(?:(?:um|uma|o|a|novo|nova|outro|outra) )*",
    nouns={
        "recurso": ("resource", None),
        "documento": ("resource", "document"),
        "ferramenta": ("resource", "tool"),
        "guia": ("resource", "guide"),
        "video": ("resource", "video"),
        "conselho": ("resource", "advice"),
        "contacto": ("contact", None),
        "contato": ("contact", None),
        "pessoa": ("contact", "person"),
        "balcao": ("contact", "desk"),
        "projeto": ("project", None),
        "projecto": ("project", None),
    },
    save=(
        r"(?:guard(?:ar|a|e)|salv(?:ar|a|e)|conserv(?:ar|a|e)) (?:isto|isso|esta mensagem|esta)"
        r"|(?:adicion(?:ar|a|e)|acrescent(?:ar|a|e)) (?:isto|isso)"
    ),
    as_a=r"como (?:um |uma )?",
    remove=r"(?:remov(?:er|e|a)|apag(?:ar|a|ue)|elimin(?:ar|a|e))",
    confirm=r"confirm(?:ar|a|e|o)",
    still=(
        r"(?P<x>.*?) ?\b(?:ainda|continua) (?:esta |e )?(?:cert[oa]|corret[oa]|correct[oa]|valid[oa]"
        r"|atualizad[oa])"
    ),
    fields={
        "phone": r"numero de telefone|telefone|telemovel|numero",
        "email": r"endereco de e-?mail|correio eletronico|e-?mail",
        "hours": r"horarios?|horas",
        "function": r"funcao|cargo",
        "name": r"nome",
        "title": r"titulo",
        "summary": r"resumo|descricao",
        "link": r"ligacao|link|endereco|url",
        "languages": r"linguas?|idiomas?",
        "cities": r"cidades?",
        "themes": r"temas?|assuntos?",
        "stage": r"fase|etapa|estado",
        "deputy": r"adjunt[oa]|suplente|substitut[oa]",
        "lead": r"responsavel|lider",
        "results": r"resultados?",
        "partners": r"parceir[oa]s?",
        "kind": r"genero|tipo",
    },
    change=(
        r"(?:mud(?:ar|a|e)|alter(?:ar|a|e)|corrig(?:ir|e|a)|atualiz(?:ar|a|e)|actualiz(?:ar|a|e)) (?:o "
        r"|a |os |as )?"
    ),
    of=r"(?:de |do |da |dos |das )",
    to=r" para | por | ?: | ?= |: ",
    now_is=(
        (
            r"(?:o |a |os |as )?(?P<field>{fields}) (?:de |do |da )(?P<x>.+?) (?:e|esta|sao) agora"
            r" (?P<value>.+)"
        ),
        (
            r"(?:o |a |os |as )?(?:meu|minha|meus|minhas) (?P<field>{fields}) (?:e|esta|sao) agora"
            r" (?P<value>.+)"
        ),
        r"(?:mud(?:ar|a|e)|alter(?:ar|a|e)) (?:o |a )?(?:meu|minha) (?P<field>{fields}) para (?P<value>.+)",
    ),
    stages={
        "idea": r"ideia",
        "preparation": r"preparacao",
        "pilot": r"fase piloto|piloto|fase de teste",
        "running": r"curso|andamento|execucao|lancad[oa]",
        "finished": r"terminad[oa]|concluid[oa]|acabad[oa]",
    },
    stage_of=(
        (
            r"(?:o )?(?:meu|nosso) projec?to (?:esta|foi|e|passou|entrou) (?:agora )?"
            r"(?:em |na |no |para |a |uma )*(?P<stage>{stages})"
        ),
        (
            r"(?:o )?(?:meu |nosso )?projec?to (?P<x>.+?) (?:esta|foi|e|passou|entrou) (?:agora )?"
            r"(?:em |na |no |para |a |uma )*(?P<stage>{stages})"
        ),
        (
            r"(?:pass(?:ar|a|e)|coloc(?:ar|a)|coloque|marc(?:ar|a)|marque) (?:o )?(?:meu |nosso )?projec?to"
            r" (?P<x>.+?) (?:para|em|como) (?:em |a )*(?P<stage>{stages})"
        ),
        r"(?P<x>.+?) (?:esta|foi|e) agora (?:em |na |no |uma )*(?P<stage>{stages})",
    ),
    deputy=(
        r"(?P<x>.+?) (?:e|esta|passa a ser) (?:agora )?(?:o |a )?(?:adjunt[oa]|suplente|substitut[oa])"
        r" (?:de |do |da )(?P<y>.+)"
    ),
    history=(
        r"(?:mostr(?:ar|a|e) )?(?:o )?historico (?:de |do |da |dos |das )(?P<x>.+)|quem (?:mudou"
        r"|alterou) (?P<x2>.+)"
    ),
    history_alone=r"(?:o )?historico|(?:as )?ultimas (?:alteracoes|mudancas)",
    undo=(
        r"(?:desfaz(?:er)?|desfaca|anul(?:ar|a|e) (?:a )?(?:minha )?(?:ultima )?(?:alteracao"
        r"|mudanca))(?: (?:a )?(?:minha )?(?:ultima )?(?:alteracao|mudanca))?"
    ),
    proposals=r"(?:(?:listar|lista|mostrar|mostra) )?(?:as )?propostas(?: pendentes)?",
    approve=r"(?:aprov(?:ar|o|a|e)|aceit(?:ar|o|a|e))",
    decline=r"(?:recus(?:ar|o|a|e)|rejeit(?:ar|o|a|e)|retir(?:ar|o|a|e))",
    stale=(
        r"desatualizad[oa]s?|(?:por|a) confirmar|ninguem confirm\w+|nao confirmad[oa]s?"
        r"|nao est(?:a|ao) (?:atualizad[oa]s?|em dia)|obsolet[oa]s?"
    ),
)
_AR = Vocabulary(
    add=r"(?:اضف|اضافة|اضيف|نضيف|انشي)",
    new=r"جديد",
    articles=r"(?:ال)?",
    nouns={
        "مورد": ("resource", None),
        "موردا": ("resource", None),
        "وثيقة": ("resource", "document"),
        "مستند": ("resource", "document"),
        "مستندا": ("resource", "document"),
        "اداة": ("resource", "tool"),
        "دليل": ("resource", "guide"),
        "دليلا": ("resource", "guide"),
        "فيديو": ("resource", "video"),
        "نصيحة": ("resource", "advice"),
        "جهة اتصال": ("contact", None),
        "جهة الاتصال": ("contact", None),
        "شخصا": ("contact", "person"),
        "مكتبا": ("contact", "desk"),
        "مشروع": ("project", None),
        "مشروعا": ("project", None),
    },
    save=r"(?:احفظ|حفظ|احتفظ|خزن|اضف) (?:هذا|هذه|بهذا|بهذه|ذلك)",
    as_a=r"(?:كـ|ك|بصفة |باعتباره )",
    remove=r"(?:احذف|حذف|ازل)",
    confirm=r"(?:اكد|تاكيد)",
    still=r"(?P<x>.*?) ?\b(?:ما زالت|ما زال|لا تزال|لا يزال|مازال|مازالت) (?:صحيحة|صحيحا|صحيح|صالحة|صالحا)",
    fields={
        "phone": r"رقم الهاتف|رقم هاتف|الهاتف|هاتف|الرقم|رقم",
        "email": r"البريد الالكتروني|بريد|البريد|ايميل",
        "hours": r"ساعات العمل|ساعات|اوقات|دوام",
        "function": r"الوظيفة|وظيفة|منصب",
        "name": r"الاسم|اسم",
        "title": r"العنوان|عنوان",
        "summary": r"الملخص|ملخص|الوصف|وصف",
        "link": r"الرابط|رابط",
        "languages": r"اللغات|لغات|اللغة|لغة",
        "cities": r"المدن|مدن|المدينة|مدينة",
        "themes": r"المواضيع|مواضيع|الموضوع|موضوع",
        "stage": r"المرحلة|مرحلة",
        "deputy": r"النايب|نايب|نايبة",
        "lead": r"المسوول|مسوول|قايد",
        "results": r"النتايج|نتايج",
        "partners": r"الشركاء|شركاء",
        "kind": r"النوع|نوع",
    },
    change=r"(?:غير|عدل|حدث|صحح) ",
    of=r"(?:ل|لـ)?",
    to=r" الى | ?: | ?= |: ",
    now_is=(
        r"(?P<field>{fields}) (?P<x>.+?) (?:هو|هي) الان (?P<value>.+)",
        r"(?P<field>هاتف|رقم|ساعات|لغات)ي (?:هو |هي )?(?:الان|اصبح|اصبحت) (?P<value>.+)",
        r"غير (?P<field>هاتف|رقم|ساعات|لغات)ي الى (?P<value>.+)",
    ),
    stages={
        "idea": r"فكرة",
        "preparation": r"التحضير|تحضير|الاعداد|اعداد",
        "pilot": r"التجريبية|تجريبية|تجريبي|التجريب",
        "running": r"التنفيذ|جار|جاريا|جارية",
        "finished": r"انتهى|منته|منتهيا|اكتمل|مكتمل",
    },
    stage_of=(
        (
            r"مشروع(?:ي|نا) (?:هو )?(?:الان |اصبح |دخل |انتقل الى )?"
            r"(?:في |قيد |المرحلة |مرحلة |طور )*(?P<stage>{stages})(?: الان)?"
        ),
        (
            r"(?:ال)?مشروع(?:ي|نا)? (?P<x>.+?) (?:الان |اصبح |دخل |انتقل الى )?"
            r"(?:في |قيد |المرحلة |مرحلة |طور )*(?P<stage>{stages})(?: الان)?"
        ),
        r"(?P<x>.+?) (?:الان|اصبح) (?:في |قيد |المرحلة |مرحلة |طور )*(?P<stage>{stages})",
    ),
    deputy=r"(?P<x>.+?) (?:هو |هي )?(?:الان |اصبح |اصبحت )(?:هو |هي )?(?:نايبة|نايب) (?P<y>.+)",
    history=r"(?:اعرض )?(?:سجل|تاريخ) (?:تغييرات )?(?P<x>.+)|من غير (?P<x2>.+)",
    history_alone=r"السجل|سجل التغييرات|اخر التغييرات|اخر التعديلات",
    undo=(
        r"(?:تراجع|(?:الغ|الغاء) (?:اخر )?(?:تعديل|تغيير|التعديل الاخير)|تراجع عن (?:اخر )?(?:تعديل"
        r"|تغيير|التعديل|التعديل الاخير))"
    ),
    proposals=r"(?:اعرض )?(?:المقترحات|الاقتراحات|مقترحات|اقتراحات)",
    approve=r"(?:اوافق على|وافق على|اوافق|اقبل|قبول|موافقة على)",
    decline=r"(?:ارفض|رفض|اسحب)",
    stale=r"غير موكدة?|لم يوكدها? احد|[يت]حتاج الى (?:تاكيد|تحديث)|لم توكد|غير محدثة?|لم يعد محدثا",
)
LANGUAGES = {"en": _EN, "fr": _FR, "pt": _PT, "ar": _AR}
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
