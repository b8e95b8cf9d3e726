"""The words by which people ask: for whom, for what, in which stage, for which field. Data.

One table for each sort of meaning, ``key: phrases``, in French, English,
Portuguese and Arabic together. Phrases are
separated by commas; case, accents, plurals and the Arabic article do not matter,
nor do articles inside a phrase.
"""

from __future__ import annotations

from collections.abc import Mapping

WHO = """
qui, a qui, who, whom, whose, quem, a quem, com quem, من هو, من هي, من هم, لمن, بمن, مع من, الى من,
avec qui, who do i ask,
who to ask, whom to ask, who should i contact, who can i ask, auprès de qui, chez qui,
who should i talk to, من الذي
"""
"""Words that ask for a person where they come first; further on they are often relative ("projects which …")."""

KINDS: Mapping[str, str] = {
    "contact": """
        contact, contacts, contacter, joindre, personne, personnes, contact person, contact persons,
        point of contact,
        points of contact, interlocuteur, interlocutrice, interlocuteurs, correspondant, correspondante,
        personne
        ressource, personnes ressources, people, ppl, folks, person, persons, contacto, contactos, contato, contatos,
        contactar,
        contatar, pessoa, pessoas, reach, get in touch, whom to contact, who to contact, interlocutor,
        contact us,
        guichet, guichets, desk, desks, balcão, balcões, counter, annuaire,
        اتصل, أتصل, الاتصال, جهة الاتصال, جهات الاتصال, شخص, اشخاص, الأشخاص, نقطة الاتصال, التواصل,
        أتواصل, اتواصل, شباك,
        المخاطب, عنوان الاتصال, للاتصال, مخاطب
        """,
    "resource": """
        ressource, ressources, resource, resources, documentation, material, materials, publication,
        publications,
        recurso, recursos, materiais, material, publicação, publicações, documentação, موارد, مورد,
        مراجع, مرجع, مصادر,
        podcast, podcasts, بودكاست, form, forms, formulaire, formulaires, formulário, formulários, استمارة, استمارات,
        checklist, checklists, check-list, lista de verificação, قائمة تحقق, قائمة مراجعة,
        reading, read, lire, à lire, ler, للقراءة, lecture, lectures, bibliography
        """,
    "project": """
        projet, projets, project, projects, projeto, projetos, projecto, projectos, chantier, chantiers,
        initiative,
        initiatives, iniciativa, iniciativas, programme en cours, مشروع, مشاريع, المشروع, المشاريع,
        مبادرة, مبادرات,
        المبادرات, experimentation, expérimentation, expérimentations
        """,
}

RESOURCE_KINDS: Mapping[str, str] = {
    "document": """
        document, documents, doc, docs, paper, papers, report, reports, rapport, rapports, fiche, fiches,
        texte, textes,
        documento, documentos, relatório, relatórios, ficha, fichas, template, templates,
        modèle de document, étude,
        études, study, studies, estudo, estudos, pdf,
        وثيقة, وثائق, الوثائق, مستند, مستندات, تقرير, تقارير, ملف, ملفات, دراسة, دراسات
        """,
    "tool": """
        tool, tools, toolkit, toolkits, outil, outils, boîte à outils, ferramenta, ferramentas,
        spreadsheet, tableur,
        calculator, instrument, instrumentos, أداة, أدوات, ادوات, وسيلة
        """,
    "guide": """
        guide, guides, manuel, manuels, manual, manuals, handbook, handbooks, guideline, guidelines,
        how-to, mode
        d'emploi, guia, guias, manuais, cartilha, دليل, أدلة, ادلة, كتيب, دلائل, vade-mecum, tutorial,
        tutorials, tutoriel
        """,
    "video": """
        video, videos, film, films, movie, clip, recording, recordings, vídeo, vídeos, filme, filmes,
        enregistrement,
        replay, webinar, webinaire, فيديو, فيديوهات, فيلم, افلام, شريط, مقطع, تسجيل مصور, تسجيل فيديو,
        تسجيل صوتي
        """,
    "advice": """
        advice, tip, tips, recommendation, recommendations, conseil, conseils, astuce, astuces,
        recommandation,
        recommandations, conselho, conselhos, dica, dicas, recomendação, recomendações, نصيحة, نصائح,
        النصائح, توصية,
        توصيات, ارشادات, إرشادات, مشورة
        """,
}

STAGES: Mapping[str, str] = {
    "idea": """
        idea stage, stage of idea, phase d'idée, stade d'idée, fase de ideia, مرحلة الفكرة,
        idea, ideas, idée, idées, ideia, ideias, stage of an idea, au stade de l'idée, فكرة, أفكار,
        افكار, proposed,
        proposés, propostos, à l'état d'idée, na fase de ideia, مقترحة, مقترح
        """,
    "preparation": """
        preparation stage, preparation phase, phase de préparation, fase de preparação, مرحلة الإعداد,
        مرحلة التحضير, preparation, in preparation, being prepared, planned, preparing, en préparation, préparation,
        prévu, prévus,
        planifié, planifiés, se prépare, em preparação, preparação, planejados, planeados, planeado,
        previstos, previsto,
        upcoming, à venir, في طور الإعداد, قيد الإعداد, الإعداد, قيد التحضير, التحضير, قيد الاعداد, مخطط لها
        """,
    "pilot": """
        pilot stage, phase de test, fase de teste, مرحلة تجريبية, pilot, pilots, pilot phase, piloting, in
        pilot, pilote, pilotes, phase pilote, en phase pilote,
        en pilote, piloto,
        pilotos, fase piloto, em fase piloto, تجريبي, تجريبية, المرحلة التجريبية, التجريبي, نموذجي,
        تجريبيا, طور التجربة,
        قيد التجربة, en test, being tested, em teste
        """,
    "running": """
        running, ongoing, on-going, underway, under way, in progress, active, current, en cours,
        en cours de réalisation,
        actifs, actif, em curso, em andamento, ativos, activos, ativo, em execução,
        a decorrer,
        decorrem, قيد التنفيذ, التنفيذ, جارية, جار, الجارية, مستمرة, قائمة حاليا, النشطة, قيد الإنجاز,
        قيد الانجاز, الإنجاز,
        in execution, en exécution, being implemented, implementation
        """,
    "finished": """
        finished, completed, complete, done, closed, ended, concluded, over, terminé, terminés, terminée,
        terminées, fini,
        finis, finie, finies, achevé, achevés, achevée, achevées, clos, clôturé, clôturés, réalisé,
        réalisés, terminado,
        terminados, terminada, concluído, concluídos, concluída, concluídas, acabado, acabados,
        finalizado, finalizados,
        encerrado, encerrados, منتهي, منتهية, المنتهية, انتهت, انتهى, مكتمل, مكتملة, المكتملة, اكتملت,
        منجز, منجزة, المنجزة,
        انجزت, أنجزت
        """,
}

FIELDS: Mapping[str, str] = {
    "phone": """
        phone, phone number, number, tlf, telf, tlm, telephone, telephone number, téléphone, numéro, numéro de
        téléphone, tel,
        tél, mobile number,
        telefone, número, número de telefone, telemóvel, celular, هاتف, رقم, رقم الهاتف, الهاتف,
        رقم هاتف, تلفون, call,
        appeler, ligar, telefonar, portable, whatsapp, أتصل هاتفيا
        """,
    "email": """
        email, e-mail, mail, email address, courriel, adresse mail, adresse email, adresse électronique,
        mél, correio
        eletrónico, correio eletrônico, endereço de email, بريد, البريد, البريد الإلكتروني,
        بريد إلكتروني, ايميل, إيميل,
        الإيميل, écrire, write to, escrever, البريد الالكتروني, بريد الكتروني
        """,
    "hours": """
        hours, opening hours, office hours, horaires, heures d'ouverture, horaire, horário, horários,
        horas de
        atendimento, horário de atendimento, ساعات العمل, ساعات, أوقات العمل, مواعيد, أوقات, دوام,
        permanence, permanences
        """,
    "member": "matrix, matrix id",
    "partners": """
        partner, partners, partenaire, partenaires, parceiro, parceiros, parceira, parceiras,
        partnership, partenariat,
        parceria, شريك, شركاء, الشركاء, شراكة, partnered,
        financed by, funded by, supported by, backed by, financé par, financés par, soutenu par, appuyé par,
        financiado por, financiados por, financiado pelo, apoiado por, apoiado pelo, بتمويل من, ممول من, بدعم
        من, ممولة من
        """,
    "results": "results, outcomes, résultats, bilan, resultados, نتائج, النتائج",
}

ROLES: Mapping[str, str] = {
    "coordinator": """
        coordinates the network, coordonne le réseau, coordena a rede, ينسق الشبكة, coordinating team,
        coordinator, coordinators, coordination, coordination team, network coordinator, coordinateur,
        coordinatrice,
        coordinateurs, coordonnateur, coordonnatrice, équipe de coordination, coordenador, coordenadora,
        coordenadores,
        coordenação, equipa de coordenação, منسق, منسقة, منسقون, منسقين, المنسق, المنسقين, تنسيق,
        التنسيق, فريق التنسيق
        """,
    "city-lead": """
        city lead, city leads, lead of the city, city leader, city focal point, city coordinator,
        référent de ville,
        référente de ville, référents de ville, référent ville, référents villes, référents des villes,
        responsable de
        ville, chef de ville, point focal de la ville, líder da cidade, líderes das cidades,
        líder de cidade, líderes de
        cidade, responsável da cidade, responsável pela cidade, ponto focal da cidade,
        referente da cidade, referente de
        cidade, coordenador da cidade, مسؤول المدينة, مسؤولة المدينة, مسؤولو المدن, مسؤولي المدن,
        قائد المدينة, قادة المدن,
        منسق المدينة, مرجع المدينة, ممثل المدينة
        """,
    "member": """
        team member, team members, member, members, membre, membres, membre de l'équipe, membro, membros,
        membro da
        equipa, membro da equipe, عضو, اعضاء, أعضاء, الأعضاء, أعضاء الفريق
        """,
    "expert": """
        expert, experts, specialist, specialists, experte, expertes, spécialiste, spécialistes, perito,
        peritos, perita,
        especialista, especialistas, adviser, advisor, consultant, خبير, خبيرة, خبراء, الخبراء, الخبير,
        مختص, مختصون,
        أخصائي, مستشار
        """,
    "partner": """
        partner, partners, partenaire, partenaires, parceiro, parceiros, parceira, شريك, شركاء, الشركاء
        """,
    "guest": "guest, guests, invité, invités, convidado, convidados, ضيف, ضيوف",
    "observer": "observer, observers, observateur, observatrice, observador, observadores, مراقب, مراقبون",
    "researcher": """
        researcher, researchers, chercheur, chercheuse, chercheurs, investigador, investigadora,
        pesquisador, باحث, باحثون
        """,
    "mayor": "mayor, mayors, maire, maires, prefeito, presidente da câmara, رئيس البلدية, عمدة",
    "operator": "operator, operators, opérateur, administrateur, operador, administrador, مشغل",
}
"""What roles are called. A role of the community is one of these if its key or name is among the words."""

NOTHING: Mapping[str, str] = {
    "": """
        at what stage, what stage, which stage, quel stade, quelle phase, em que fase, que fase, في أي مرحلة,
        qu'est-ce qui, qu'est-ce que, est-ce que,
        thanks a lot, thank you a lot, a lot of, lots of, done with, carried out with, made with, fait avec,
        faits avec,
        réalisés avec, réalisé avec, menés avec, feitos com, feito com, realizados com, thanks in advance,
        merci d'avance, obrigado desde já, thank you very much, de nada, tout à fait, d'accord
        """,
}
"""Phrases without a meaning, of words that have one."""

LEADING = """
lead, leads, leader, leaders, head, manager, managers, référent, référente, référents, référentes,
responsable,
responsables, chef, cheffe, chefs, chargé de mission, chargé, chargée, point focal, points focaux,
focal point, focal
points, focal person, líder, líderes, responsável, responsáveis, referente, referentes, ponto focal,
pontos focais,
chefe, chefes, gestor, gestora, gestores, encarregado, encarregada, in charge, person in charge, officer,
officers,
مسؤول, مسؤولة, المسؤول, المسؤولة, مسؤولون, مسؤولين, المسؤولين, رئيس, رئيسة, قائد, مدير, مديرة, مسئول,
المكلف, المكلفة, مرجع,
المرجع, personne de référence, reference person, pessoa de referência, الشخص المرجعي,
mayor's representative, boss, porteur, porteuse, pilote du projet, director, directeur,
directrice, diretor
"""
"""Who has a thing in hand: asks for a person, whatever their role in the network is."""

LEADS = """
led, liderou, dirigiu, coordenou, a dirigé, قاد, قادت, قادها, قاده, أدار,
leads, lead, leading, runs, manages, heads, dirige, pilote, mène, porte, conduit, coordonne,
gère le projet, coordinates,
lidera, dirige, coordena, conduz, gere o projeto, chefia, يقود, تقود, يدير, تدير, يشرف, تشرف, ينسق, يرأس,
behind
"""
"""Verbs for having a project in hand."""

LED_BY = """
led by, run by, managed by, headed by, coordinated by, dirigé par, dirigés par, mené par, menés par,
piloté par, pilotés
par, porté par, portés par, conduit par, conduits par, coordonné par, coordonnés par, liderado por,
liderados por,
dirigido por, dirigidos por, conduzido por, conduzidos por, coordenado por, coordenados por, geridos por,
بقيادة,
يقودها, تقودها, تحت إشراف, بإشراف, يديرها, تديرها, يشرف عليها, تشرف عليها
"""

DEPUTY = """
deputy, deputies, substitute, stand-in, replacement, backup, alternate, who replaces, replaces, replace,
stands in, stand in, standing in, fills in, fill in, filling in, covers for, cover for, covering for,
adjoint, adjointe, adjoints, suppléant, suppléante, remplaçant, remplaçante, remplace, remplacer, prend le relais,
en l'absence, absence,
adjunto, adjunta, suplente, suplentes, substituto, substituta, substitui, substituir, vice, na ausência,
ausência,
نائب, نائبة, نائبه, نائبها, النائب, النائبة, نواب, بديل, البديل, ينوب, تنوب, يحل محل, غياب, معاون,
المعاون, مساعد
"""

NEWEST = """
new, newest, news, latest, recent, recently, what's new, whats new, updates, update, updated, just added,
added,
nouveau, nouveaux, nouvelle, nouvelles, nouveauté, nouveautés, quoi de neuf, récent, récents, récente,
récentes,
récemment, dernier, derniers, dernière, dernières, actualités, mis à jour, mise à jour, mises à jour,
ajouté, ajoutés,
ajoutée, ajoutées, novo, novos, nova, novas, novidade, novidades, recente, recentes, recentemente,
último, últimos,
última, últimas, atualizado, atualizados, atualizada, atualizadas, atualizações, adicionado, adicionados,
o que há de
novo, جديد, الجديد, جديدة, الجديدة, مستجدات, المستجدات, احدث, أحدث, حديث, حديثة, الحديثة, آخر, اخر,
المضافة, أضيفت, اضيفت,
المحدثة, تحديثات, التحديثات, أخبار, confirmed, confirmé, confirmés, confirmado, confirmados, published,
publié, publiés,
publiées, publicado, publicados, changed, modifié, modifiés, نشرت, المنشورة, تحديث, modified, change,
changé, mudou, تغير
"""

SPEAKING = """
speak, speaks, speaking, speakers, speaker, parle, parlent, parlant, parler, parlants, fala, falam, fale,
falem, falar, falantes,
يتحدث, تتحدث, يتحدثون, يتكلم, تتكلم, يتكلمون, الناطقين, الناطقون, متحدث, متحدثون, ناطق, written in,
rédigé en, rédigés en,
écrit en, language, langue, língua, idioma, لغة, اللغة, باللغة,
version
"""

HOW = """
how to, how do, how does, how can, how should, comment faire, comment, como, كيف, كيفية, how,
combien, quanto, كم
"""
"""Words that ask how something is done, which is rather read than asked of a person."""

MORE = """
more, show more, more please, next, further, the rest, others, go on, continue, encore, plus, la suite,
suite, suivant,
suivants, davantage, d'autres, voir plus, en voir plus, les autres, afficher plus, montre plus, mais,
mais resultados,
ver mais, mostrar mais, mostra mais, seguinte, seguintes, próximos, os outros, continua, continuar,
المزيد, مزيد, أكثر,
اكثر, التالي, الباقي, البقية, باقي, غيرها, المزيد من فضلك, اعرض المزيد, more results, plus de résultats,
who else, anyone else, qui d'autre, quem mais, من أيضا,  أظهر المزيد
"""
"""What asks for the next entries, where nothing else is said."""

AND_THEN = """
and, and in, and for, and what about, what about, how about, same for, same question for, and about, or,
and the, also,
et, et a, et en, et pour, et dans, et au, et sur, et du, et de, et les, et le, et la, et quid de, quid,
quid de, qu'en
est-il de, meme chose pour, meme question pour, pareil pour, ou, aussi, sinon, e, e em, e no, e na,
e para, e o, e a, e
os, e as, e sobre, e quanto a, quanto a, e de, ou, tambem, o mesmo para, a mesma coisa para, و, وماذا عن,
ماذا عن, وفي,
وفي, وعن, ومن, وأيضا, كذلك, وكذلك, ايضا, نفس الشيء, نفس السؤال, وبالنسبة, بالنسبة, then, alors, então,
ok and, now, but, mas, only, only the, just, just the,
seulement, uniquement, só, apenas, somente, فقط, وما, وما هي, وهل
"""
"""How a follow-up begins."""

HIS = """
his, her, hers, their, theirs, its, him, them, that person, this person, son, sa, ses, leur, leurs, lui, celui-ci,
celle-ci, seu, sua,
seus, suas, dele, dela, deles, delas, lhe, lhes, له, لها, لهم, it, cette personne, ce projet, this project,
that project, este
projeto, esse projeto, esta pessoa, هذا المشروع, هذا الشخص, they, he, she, il, elle, ele, ela, هو, هي
"""
"""Words for who or what was shown before."""

ON_THAT = """
là-dessus, dessus, à ce sujet, ce sujet, le même sujet, le même thème, même, on that, on this, about that, about
it, on it,
about this, same subject, same topic, same, sobre isso, sobre isto, nisso, disso, a respeito, mesmo tema, mesmo
assunto, isso,
في الموضوع, عن الموضوع, حول الموضوع, الموضوع, في هذا الموضوع, عنه, عنها, حوله, حولها, بشأنه, بشأنها, ذلك
"""
"""Words for what was spoken of before."""

SPEAKERS: Mapping[str, str] = {
    "fr": """
        français, française, french, francês, francesa, فرنسي, فرنسية, francophone, francophones,
        francófono, francófonos, francófona, french-speaking, فرنكوفوني, الفرنكوفونية
    """,
    "en": """
        anglais, anglaise, english, inglês, inglesa, إنجليزي, إنجليزية, anglophone, anglophones, anglófono,
        anglófonos, anglófona, english-speaking, أنجلوفوني
    """,
    "pt": """
        portugais, portugaise, portuguese, português, portuguesa, برتغالي, برتغالية, lusophone, lusophones,
        lusófono, lusófonos, lusófona, portuguese-speaking
    """,
    "ar": """
        arabe, arabes, arabic, árabe, árabes, arabophone, arabophones, arabófono, arabic-speaking, عربي,
        عربية, بالعربي
    """,
    "es": "hispanophone, hispanophones, castellano, spanish-speaking",
    "sw": "swahili, kiswahili, suaíli",
    "rw": "kinyarwanda, quiniaruanda",
    "bm": "bambara, bamanankan",
    "wo": "wolof, uolofe",
    "ha": "hausa, haoussa, haúça",
    "lg": "luganda, ganda",
    "tw": "twi, akan",
    "yo": "yoruba, yorouba, iorubá",
    "ts": "tsonga, changana, xichangana, shangaan",
    "ln": "lingala",
    "am": "amharic, amharique, amárico",
    "ff": "fula, peul, pulaar, fulani, fulfulde",
    "zgh": "amazigh, tamazight, berber, berbère, الأمازيغية, أمازيغية",
    "ber": "amazigh, tamazight, berber, berbère",
    "mg": "malagasy, malgache",
    "ig": "igbo",
    "so": "somali",
    "zu": "zulu, isizulu",
    "xh": "xhosa, isixhosa",
    "st": "sotho, sesotho",
    "ny": "chichewa, nyanja",
    "sn": "shona",
    "om": "oromo",
    "ti": "tigrinya",
    "ee": "ewe, éwé",
    "mos": "mooré, moore, mossi",
    "dyu": "dioula, jula, dyula",
    "umb": "umbundu",
    "kmb": "kimbundu",
    "vmw": "makua, macua, emakhuwa",
    "kea": "kabuverdianu, créole capverdien, crioulo cabo-verdiano, cape verdean creole, crioulo, criolo",
    "pov": "crioulo da guiné, créole de guinée-bissau",
    "af": "afrikaans",
    "dje": "zarma, djerma",
    "fon": "fon, fongbe",
    "guw": "gun, goun",
}
"""Further names of languages and of their speakers, beside those of the CLDR."""
