"""The words of editing in Portuguese. Data only."""

from bots.features.edit.vocabulary.command_words import CommandWords

PORTUGUESE = CommandWords(
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
            r"(?:em |na |no |para |a |uma ){0,4}(?P<stage>{stages})"
        ),
        (
            r"(?:o )?(?:meu |nosso )?projec?to (?P<x>.+?) (?:esta|foi|e|passou|entrou) (?:agora )?"
            r"(?:em |na |no |para |a |uma ){0,4}(?P<stage>{stages})"
        ),
        (
            r"(?:pass(?:ar|a|e)|coloc(?:ar|a)|coloque|marc(?:ar|a)|marque) (?:o )?(?:meu |nosso )?projec?to"
            r" (?P<x>.+?) (?:para|em|como) (?:em |a ){0,4}(?P<stage>{stages})"
        ),
        r"(?P<x>.+?) (?:esta|foi|e) agora (?:em |na |no |uma ){0,4}(?P<stage>{stages})",
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
