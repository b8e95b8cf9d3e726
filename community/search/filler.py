"""Words that say nothing of what is asked, per language. Data.

``LIGHT`` words (articles,
short prepositions) may stand anywhere inside a name or a phrase; ``FILLER`` words are
politeness and grammar. ``IN`` are those after which a place may be named; behind those of ``LOCATIVE``
an unknown word is an unknown place.
"""

from __future__ import annotations

from collections.abc import Mapping

from community.core.words import words

LIGHT = frozenset(
    """
    le la les un une des du de d l au aux et ou en a y the an of to in on at for and or o os as um uma
    uns umas do da
    dos das no na nos nas ao aos e em para pelo pela num numa com with sur dans pour
    في من على عن الى مع او و ل ب وفي ومن وعن وعلى والى ومع وما وماذا وهل وهي وهو قد
    """.split()
)
LOCATIVE = frozenset("in at a au dans em no na في ب".split())
IN = LOCATIVE | frozenset("into from en de du des chez vers do da para of d من الى الي".split())

NOT = frozenset("hor hors not except excluding sauf hormi pa excepto exceto غير ليس عدا".split())
"""Stems behind which the next thing is said not to be meant."""

FILLER: Mapping[str, str] = {
    "fr": """
    grand grande grands grandes petit petite petits petites gros grosse grosses
    dessus viens arriver arrive avance chez collegue collegues debute commence rejoint rejoindre soit comment
    cordiale bcp beaucoup desole pardon deranger derange aimerait souhaite souhaiterais souhaitons auriez aurais
    sachant gentil gentille stp mem
    le la les un une des du de d l au aux et ou est sont etes etre sera serait soit que quoi quel quelle
    quels quelles
    quand pourquoi pour sur dans avec sans chez par en ce cet cette ces cela ca mon ma
    mes notre nos
    votre vos son sa ses leur leurs je j tu t il elle on nous vous ils elles y a t-il me te se s m n ne
    pas plus moins
    cherche cherchons chercher recherche trouver trouve voir avoir puis puisse peux peut pouvez pourrais
    pourriez
    pourrait peuvent besoin svp stp sil plait plaît merci bonjour salut bonsoir coucou moi toi lui eux
    donne donner
    donnez donnes dis dites montre montrer montrez existe existent quelqu quelqu'un quelqun quelque
    quelques occupe
    occupent charge chargee charges matiere propos sujet sujets concernant concerne ville villes voudrais
    voulais
    veux veut voulons aimerais ci savoir sais sait connaitre connais connaissez connait dire demander demande
    question questions aide aider aidez moyen faut dois doit devons devrais adresser tourner
    parler gere gerer gerent traite traiter travaille travaillent travailler suit suivent possible
    serais seriez avez ai as avons ont etait fait faire font faites liste lister toutes tous tout toute
    autre autres
    ici alors donc aussi bien bon tres trop si oui non svp cordialement cher chere madame monsieur equipe
    reseau
    niveau cote domaine rapport lien autour relatif relatifs relative relatives dispo disponible disponibles
    actuellement aujourd hui maintenant vite urgent peu beaucoup juste meme entre afin ainsi quid est-ce
    parmi
    demain matin soir week end
    seulement uniquement rien que
    par
    organiser organise organisent connaissent
    sauf hormis
    comme detail details information informations info infos renseignement renseignements probleme problemes chaque
    plusieurs aucun aucune selon contre vers sous toujours jamais souvent surtout ensemble deja lors
    lorsque parce car puisque tandis cependant assez moins tant tel telle tels telles
    suis sommes etais etait
    dont ou lequel laquelle lesquels lesquelles celui celle ceux celles vient viennent mettre
    encore envoie envoyer envoyez ecris ecrire ecrivez appelle appeler appelez
    """,
    "en": """
    wrote written author write writing send sending
    item items level levels related
    big large small huge great
    him hers theirs sorry bother please could somebody advance cheers ok okay well hope doing fine thx ty pl
    guys kind regards mind
    wondering wonder able willing new here joined join starting started colleague colleagues help helps helping us
    the a an of to in on at for and or is are am was were be been being what which where why when
    with by from
    this that these those my our your his her their its i you he she we they it me us them can could
    would should may
    might must do does did doing done need needs want wants wanted find finding ask asking about
    regarding concerning
    please pls show me any some there have has had get gets give tell know knows knowing responsible
    charge handle
    handles handling city cities town towns s m t re ve ll d be would like looking look search searching
    thank thanks
    hello hi hey dear urgently asap question questions deal deals dealing work works working talk speak
    to if so not
    no yes also too very much many more less all every each other others anyone anybody someone somebody
    everyone
    everything something anything here then than just only one ones network team currently now today
    available list
    us up out into over under near between among related relating relation matter matters topic topics
    subject area
    field people's take takes care let make made help see got going go come comes via per vs etc kindly
    whether right
    best good whose located based currently whats what's who's where's how's im i'm id i'd id thing things
    tomorrow tonight morning
    only ones run
    organise organize organising organizing understands
    except excluding
    details detail information info problem problems issue issues happening happen happens please going already still
    ever never always often perhaps maybe really quite rather while because though although
    around about across along behind both either neither nor few several most least same such own enough
    stuff else exist exists turn guy guys folks
    """,
    "pt": """
    relacionado relacionada relacionados relacionadas
    grandes pequeno pequena pequenos pequenas
    temos tenho tens sou gostava gostaria somos cheguei acabei chegar desculpe desculpem incomodar comecei
    colega colegas agradeco
    antecipadamente avanço obg pfv pf pls vosso vossa vossos vossas nisso disso respeito tenha tenham
    o a os as um uma uns umas de do da dos das em no na nos nas por pelo pela pelos pelas para pra com
    sem sobre ao
    aos à às e ou é sao são ser estar está estão esta estao este esse essa isso isto aquele aquela que
    qual quais
    quando quantos porque porquê onde meu minha meus minhas nosso nossa seu sua seus suas eu tu
    ele ela nós nos
    vós eles elles elas você vocês me te se lhe nao não mais menos muito muita pouco procuro procurar
    procurando
    encontrar achar ver ter posso pode podem poderia podia preciso precisa precisamos quero queria
    queremos gostaria
    favor obrigado obrigada olá ola oi bom boa dia tarde há ha tem têm existe existem algum alguma
    alguns algumas
    alguém alguem trata tratar tratam cuida cuidar cuidam encarregado encarregada cidade cidades
    município saber sabe sei conhecer conhece dizer diga dizem mostrar mostra mostre mostrem dar dê dá
    perguntar
    amanhã amanha manhã
    escrevo escrever escrevemos envio enviar mando mandar ligo ligar lhes
    só so apenas somente falo perceba perceber entenda
    por
    organizar organiza percebe percebem entende
    exceto excepto
    detalhe detalhes informacao informação informacoes informações problema problemas cada varios vários nenhum
    nenhuma
    contra sempre nunca talvez ja ainda tal tais tanto tanta outros mesmo mesma mesmos mesmas ser sido
    pergunta perguntas falar devo deve devemos assunto assuntos tema matéria relativo relativos relativa
    relativas
    acerca ajuda ajudar lista listar listem todos todas todo toda outro outra outros outras aqui lá agora
    hoje então também bem se sim rede equipa equipe disponível disponíveis trabalha trabalham trabalhar
    ocupa ocupam
    faz fazer fazem dirigir atualmente caro cara senhor senhora já só entre etc gere gerem
    """,
    "ar": """
    كبير كبيرة صغير صغيرة كبرى صغرى
    بها به منها منه لديها لديه انا أنا نحن جزيلا جزيل مقدما وصلت التحقت انضممت موظف موظفة بلدية بلديتي زميل
    زميلة زملاء عفوا آسف اسف اعتذر الإزعاج
    بدي عايز عاوز محتاج محتاجة ابغى أبغى شو ايش إيش وين فين كيف مين لمين حضرتكم سلام تحية تحياتي لطفا
    في من على عن الى إلى مع هل ما ماذا هو هي هم هذا هذه ذلك تلك التي الذي الذين اين أين متى لماذا كم
    اي أي أية او
    أو و ثم لا نعم ان إن أن كان كانت يكون تكون لدي لدينا عندي عندنا لديكم لنا لي له لها لهم عند حول بخصوص
    بشأن يخص تخص
    يتعلق المتعلقة المتعلق متعلقة الخاصة الخاص خاصة خاص اريد أريد نريد ابحث أبحث نبحث احتاج أحتاج نحتاج
    اعرف أعرف معرفة
    يمكن يمكنني يمكنك ممكن استطيع أستطيع اود أود ارجو أرجو رجاء فضلك شكرا مرحبا السلام عليكم اهلا أهلا
    صباح مساء الخير
    يوجد توجد هناك يعمل تعمل يعملون المدينة مدينة مدن المدن بعض كل جميع غير فقط ايضا أيضا الآن الان اليوم
    موضوع مجال
    اعطني أعطني اعطيني أعطيني اخبرني أخبرني أرني ارني اظهر أظهر عرض اعرض ممن لمن الموجودة الموجود
    المتوفرة المتاحة قائمة
    اسأل أسأل سؤال يهتم تهتم يعنى المعني المعنية يتولى تتولى المكلف المكلفة مكلف الشبكة شبكة فريق احد أحد
    شيء
    غدا مساء صباحا
    عنه عنها عنهم انظم أنظم تنظيم ننظم
    ليس ليست عدا
    اكتب أكتب ارسل أرسل اراسل أراسل اتصل أتصل
    معلومات تفاصيل مشكلة مشاكل دائما ابدا أبدا ربما ايضا حتى لكن بل اذا إذا عندما حيث كما لان لأن بسبب
    يجب علي ينبغي اجد أجد نجد اتوجه أتوجه الجهة جهة لو سمحت بالنسبة فيما ضمن داخل لدى بين
    """,
}
"""Words that are passed over, by language: they also tell in which language somebody writes."""


def filler_of(code: str) -> frozenset[str]:
    """Return the folded filler words of a language."""
    return frozenset(found for word in FILLER[code].split() for found in words(word))


WHOLE_WORDS = """
manger mange boire dormir comer beber dormir eat drink sleep
cause causes place places temps time times jour jours journee annee annees heure heures monde pays partie
parties point
points fois chose choses homme hommes mot mots main mains vie vies eux mere pere frere soeur ami amis famille maison
table porte fille fils tete nuit matin soir semaine mois argent livre livres lettre loi lois roi reine guerre
paix mort
raison suite force forme groupe groupes ordre moment moyen moyens nombre nom noms part parts prix sens sorte
type types
valeur voix vue vues voiture voitures chat chien cheval livraison course courses recette recettes cuisine meteo
year years day days week weeks hour hours world country countries part parts point points thing things man men woman
word words hand hands life lives friend friends family house door night morning month months money book books letter
king queen war peace death reason force form forms group groups order moment number numbers name names sense sort type
value voice view views car cars cat dog horse course courses recipe kitchen song songs game games team teams player
party parties paper papers pizza price prices rate rates rain rains snow sun star stars moon sea lake mountain forest
causa causas lugar lugares tempo tempos hora horas mundo pais paises parte partes ponto pontos vez vezes coisa coisas
homem homens mulher palavra palavras mao maos vida vidas amigo amigos familia porta noite manha tarde semana dinheiro
livro livros carta cartas lei leis rei rainha guerra paz morte razao forca forma formas grupo grupos ordem momento
numero nome nomes sentido tipo tipos valor voz vista vistas carro carros gato cao cavalo curso receita cozinha jogo
jogos chuva neve sol estrela lua mar montanha floresta preco lista listas nota notas carro prato pratos
contract contrat contrato parking marking walking packing banking parting mailing weather restaurant
restaurants hotel
ciel sky blue bleu president recipe football match pizza coffee cafe bitcoin stock
married marriage mariage divorce visa passport passeport passaporte airport aeroport aeroporto
"""
"""Whole words that stand a slip away from one of ours, and never mean it."""
