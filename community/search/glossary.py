"""Things that are spoken of in cities, each under its names in four languages. Data.

Beside `community.search.subjects`, which says what belongs to a theme: here a word is only the same as its
translations,
    so that what is filed in one language is found in the others. One line for each thing: English | French |
Portuguese | Arabic, names separated by commas; what is indented goes on with the line before.
"""

from __future__ import annotations

from community.search.subjects import Topic

_TABLE = """
tram, trams, tramway, streetcar, light rail | tram, tramway, métro léger |
    elétrico, eléctrico, bonde, metro ligeiro | ترام, ترامواي, المترو الخفيف
metro, subway, underground | métro | metro, metropolitano | مترو
train, trains, railway, rail | train, trains, chemin de fer, ferroviaire |
    comboio, comboios, trem, ferrovia, ferroviário | قطار, قطارات, السكك الحديدية
ferry, ferries, boat, boats, water transport | ferry, bac, bateau, bateaux, navette fluviale |
    ferry, balsa, barco, barcos | عبارة, عبارات, قارب, قوارب, زوارق
station, stations, terminal, coach station, bus station | gare, gares, gare routière, terminus |
    estação, estações, terminal, paragem terminal | محطة, محطات, المحطة الطرقية
stop, stops, bus stop, bus stops | arrêt, arrêts, arrêt de bus | paragem, paragens, ponto de autocarro |
    موقف, مواقف الحافلات
driver, drivers | conducteur, conducteurs, chauffeur, chauffeurs |
    condutor, condutores, motorista, motoristas | سائق, سائقون, سائقين
truck, trucks, lorry, lorries | camion, camions | camião, camiões, caminhão, caminhões | شاحنة, شاحنات
car-free, car free, without cars, car-free day | sans voiture, sans voitures, journée sans voiture |
    sem carros, dia sem carros | بدون سيارات, يوم بدون سيارات
speed, speeds, slow, slower, speed limit, 30 km/h, 30 kmh, kmh | vitesse, vitesses, limitation de vitesse, ville 30 |
    velocidade, limite de velocidade | سرعة, السرعة
traffic light, traffic lights, signals | feu rouge, feux, feux de circulation, carrefour à feux |
    semáforo, semáforos | إشارة المرور, إشارات المرور
bridge, bridges | pont, ponts | ponte, pontes | جسر, جسور, قنطرة
parking lot, car park, car parks | stationnement, parc de stationnement, parkings |
    estacionamento, estacionamentos | موقف السيارات, مواقف السيارات
electric, electric vehicles, electric buses | électrique, électriques, véhicules électriques |
    elétrico, elétricos, veículos elétricos | كهربائي, كهربائية, المركبات الكهربائية
school, schools, pupil | école, écoles, scolaire | escola, escolas, escolar | مدرسة, مدارس, مدرسي
university, universities, research, study | université, universités |
    universidade, universidades, investigação, pesquisa | جامعة, جامعات, بحث علمي
child, children, kids | enfant, enfants | criança, crianças | طفل, أطفال, الأطفال
woman, women, girls | femme, femmes, filles | mulher, mulheres, raparigas, meninas |
    امرأة, نساء, النساء, فتيات
young, youth, young people | jeune, jeunes, jeunesse | jovem, jovens, juventude | شاب, شباب, الشباب
elderly, older people, seniors, old people | personnes âgées, aînés, seniors | idosos, terceira idade |
    المسنين, كبار السن
disabled, disability, disabilities, wheelchair, wheelchairs, accessible |
    handicap, handicapés, fauteuil roulant, accessible |
    deficiência, pessoas com deficiência, cadeira de rodas, acessível | إعاقة, ذوي الإعاقة, كرسي متحرك
resident, residents, inhabitants, citizen, citizens, neighbours |
    habitant, habitants, citoyen, citoyens, riverains |
    morador, moradores, cidadão, cidadãos, munícipes, vizinhos | سكان, السكان, مواطن, مواطنين, المواطنين
neighbourhood, neighbourhoods, neighborhood, district, districts, quarter |
    quartier, quartiers, arrondissement, arrondissements | bairro, bairros, distrito, distritos |
    حي, أحياء, الحي, الأحياء
street, streets | rue, rues | rua, ruas | شارع, شوارع, الشارع
house, houses, home, homes | maison, maisons | casa, casas | منزل, منازل, بيت, بيوت
building, buildings | bâtiment, bâtiments, immeuble, immeubles, édifice |
    edifício, edifícios, prédio, prédios | مبنى, مباني, بناية, بنايات, عمارة
collapse, collapsing, dangerous buildings, unsafe buildings, ruin, ruins |
    effondrement, s'effondrer, menaçant ruine, bâtiments dangereux |
    desabamento, colapso, desabar, ruína, em ruína | انهيار, تنهار, ينهار, آيلة للسقوط
rent, rents, renting, tenants, tenant, affordable | loyer, loyers, location, locataires, abordable |
    renda, rendas, aluguer, aluguel, inquilinos, acessível | إيجار, كراء, مستأجر, مستأجرين
renovation, renovate, renovating, refurbish, refurbishment, rehabilitation, restoration, restore,
    upgrading, upgrade |
    rénovation, rénover, réhabilitation, réhabiliter, restauration, restaurer, amélioration |
    renovação, renovar, reabilitação, reabilitar, requalificação, restauro, restaurar, melhoria |
    ترميم, تجديد, إعادة تأهيل, تأهيل
resettlement, resettle, relocation, relocate, rehousing | relogement, reloger, réinstallation, déplacement |
    reassentamento, realojamento, realojar | إعادة إسكان, إعادة الإسكان, ترحيل, إعادة توطين
insulation, insulate, energy saving, heating | isolation, isoler, économies d'énergie, chauffage |
    isolamento, isolar, poupança de energia, aquecimento | عزل, تدفئة, توفير الطاقة
cooperative, cooperatives, co-op | coopérative, coopératives | cooperativa, cooperativas | تعاونية, تعاونيات
sewer, sewers, sewage | égout, égouts | esgoto, esgotos | مجاري, المجاري
sludge, faecal, septic, pit emptying, emptying | boues, vidange, fosses, fosse septique |
    lamas, fossas, fossa séptica, despejo | الحمأة, حمأة, تفريغ, الصرف
toilet, toilets, latrine, latrines | toilettes, latrine, latrines, sanitaires |
    casa de banho, banheiro, latrina, latrinas, sanitários | مرحاض, مراحيض
standpipe, standpipes, water point, water points, tap, taps, kiosk, kiosks |
    borne-fontaine, bornes-fontaines, robinet, robinets, kiosque, kiosques |
    fontanário, fontanários, torneira, torneiras, chafariz, quiosque | حنفية, حنفيات, نقاط المياه
well, wells, borehole, boreholes, drilling | puits, forage, forages | poço, poços, furo, furos |
    بئر, آبار, حفر
tank, tanks, cistern, cisterns, rainwater, rain water, harvesting |
    citerne, citernes, réservoir, eau de pluie, récupération d'eau |
    cisterna, cisternas, tanque, tanques, água da chuva | خزان, خزانات, صهريج, مياه المطر
river, rivers, stream, streams, canal, canals |
    rivière, rivières, fleuve, canal, canaux, ruisseau, ruisseaux |
    rio, rios, ribeira, ribeiras, canal, canais, riacho | نهر, أنهار, وادي, قناة, قنوات
flood, floods, flooding, flood map | inondation, inondations, crue, crues |
    cheia, cheias, inundação, inundações, enchente | فيضان, فيضانات, الفيضانات
rain, rains, rainy season, stormwater | pluie, pluies, saison des pluies | chuva, chuvas, época das chuvas |
    مطر, أمطار, الأمطار, موسم الأمطار
basin, basins, retention, pond, ponds | bassin, bassins, rétention | bacia, bacias, retenção, lagoa |
    حوض, أحواض, تجميع المياه
desalination, sea water, seawater | dessalement, eau de mer | dessalinização, água do mar |
    تحلية, تحلية المياه, مياه البحر
sea, sea wall, coast, coastal, seafront, promenade |
    mer, digue, littoral, côtier, front de mer, corniche, promenade |
    mar, muro marítimo, dique, costa, orla, marginal | بحر, جدار بحري, ساحل, كورنيش, الواجهة البحرية
wetland, wetlands, marsh, marshes | zone humide, zones humides, marais |
    zona húmida, zonas húmidas, pântano, pântanos | مناطق رطبة, الأراضي الرطبة, مستنقع
heat, heatwave, hot, shade, cool, cooling | chaleur, canicule, ombre, fraîcheur, îlot de fraîcheur |
    calor, onda de calor, sombra, frescura | حر, حرارة, الحر, ظل, تبريد
tree, trees, planting, plant trees | arbre, arbres, plantation, planter |
    árvore, árvores, plantação, plantar | شجرة, أشجار, شجر, غرس, زراعة الأشجار
garden, gardens, gardening, park, parks, green | jardin, jardins, jardinage, parc, parcs, vert, verts |
    jardim, jardins, jardinagem, parque, parques, verde, horta, hortas | حديقة, حدائق, بستان, خضراء
wind, storm, cyclone, cyclones | vent, tempête, cyclone, cyclones | vento, tempestade, ciclone, ciclones |
    ريح, رياح, عاصفة, إعصار
warning, alert, alerts, early warning | alerte, alertes, alerte précoce |
    alerta, alertas, aviso, alerta precoce | إنذار, إنذار مبكر, تنبيه
forest, forests, forest fire | forêt, forêts | floresta, florestas | غابة, غابات
air, pollution, dust | air, pollution, poussière | ar, poluição, poeira | هواء, تلوث, غبار
sensor, sensors, meter, meters | capteur, capteurs, compteur, compteurs | sensor, sensores, contador,
    contadores |
    مستشعر, مستشعرات, عداد, عدادات
rule, rules, regulation, regulations | règle, règles, règlement, réglementation | regra, regras, regulamento,
    regulamentos | قاعدة, قواعد, لائحة, لوائح
archive, archives | archive, archives | arquivo, arquivos | أرشيف, الأرشيف
household, households, family, families | ménage, ménages, foyer, foyers, famille, familles | agregado,
    agregados,
    família, famílias, lar | أسرة, أسر, الأسر, عائلة, عائلات
comparison, compare, compared, comparing | comparaison, comparer, comparés, comparatif | comparação, comparar,
    comparados | مقارنة, مقارن
lesson, lessons, experience, learned, good practices | leçon, leçons, expérience, retour d'expérience,
    enseignements |
    lição, lições, experiência, aprendizagens, boas práticas | درس, دروس, تجربة, تجارب
survey, surveys, poll | enquête, enquêtes, sondage | inquérito, inquéritos, sondagem | استبيان, استطلاع
route, routes, itinerary, line, lines | itinéraire, itinéraires, tracé, ligne, lignes | itinerário, rota,
    rotas, linha,
    linhas | مسار, مسارات, خط, خطوط
lane, lanes, track, tracks, path, paths | voie, voies, couloir, couloirs, piste, pistes | faixa, faixas,
    pista, via | ممر,
    ممرات
crossing, crossings, junction, roundabout | passage piéton, carrefour, rond-point | passadeira, cruzamento,
    rotunda |
    معبر, تقاطع, مدارة
roof, roofs, rooftop | toit, toits, toiture | telhado, telhados, cobertura | سقف, أسقف, سطح
square, squares, plaza | place publique, places publiques | praça, praças, largo | ساحة, ساحات
vote, votes, voting | vote, voter, votes | voto, votar, votação | تصويت, التصويت
school streets, school street, walk to school | rues scolaires, rue aux écoles | ruas escolares | شوارع المدارس
handbook, toolkit, starter kit, kit | kit, mallette | kit | حقيبة
debt, debts, arrears | dette, dettes, arriérés | dívida, dívidas | دين, ديون, متأخرات
recovery, collection rate, enforcement | recouvrement, relance | cobrança, execução | تحصيل, استخلاص
jobs for women, seamstress, sewing | couture, couturières | costura, costureiras | خياطة
oil, used oil, grease | huile, huiles usagées | óleo, óleos usados | زيت, الزيوت المستعملة
straw, straws, cups, packaging | emballage, emballages, gobelets | embalagem, embalagens, copos | تغليف,
    عبوات, أكواب
noise, loud | bruit, nuisances sonores | ruído, barulho | ضوضاء, ضجيج
solar, sun, panels | solaire, soleil, panneaux | solar, sol, painéis | شمسي, شمسية, ألواح
cholera, diarrhoea | choléra, diarrhée | cólera, diarreia | كوليرا, الكوليرا
malaria, mosquito, mosquitoes, nets | paludisme, moustique, moustiques, moustiquaires |
    malária, paludismo, mosquito, mosquitos | ملاريا, بعوض
mother, mothers, maternity, birth, pregnant, midwives |
    mère, mères, maternité, accouchement, enceintes, sages-femmes |
    mãe, mães, maternidade, parto, grávidas, parteiras | أم, أمهات, أمومة, ولادة, حوامل, قابلات
ambulance, ambulances, emergency, first aid, rescue |
    ambulance, ambulances, urgence, urgences, premiers secours, secours |
    ambulância, ambulâncias, emergência, primeiros socorros, socorro |
    إسعاف, سيارات الإسعاف, طوارئ, إسعافات أولية
hospital, clinic, clinics, health home | hôpital, clinique, dispensaire, maison de santé |
    hospital, clínica, posto de saúde, casa de saúde | مستشفى, عيادة, مستوصف, دار الصحة
hand washing, handwashing, soap, wash hands | lavage des mains, se laver les mains, savon |
    lavagem das mãos, lavar as mãos, sabão | غسل اليدين, غسل الأيدي, صابون
restaurant hygiene, food safety, inspection, inspections |
    hygiène alimentaire, inspection, contrôle sanitaire | higiene alimentar, inspeção, fiscalização |
    سلامة الغذاء, تفتيش, مراقبة صحية
mental health, psychological, stress | santé mentale, psychologique | saúde mental, psicológico |
    صحة نفسية, الصحة النفسية
drugs, addiction | drogue, drogues, addiction, toxicomanie | drogas, toxicodependência | مخدرات, إدمان
violence, domestic violence, harassment | violence, violences, harcèlement | violência, assédio |
    عنف, العنف, تحرش
police, policing | police, policier, policiers | polícia, policiamento |
    شرطة, الشرطة
night, nights, at night, nightlife | nuit, nocturne, nocturnes, vie nocturne |
    noite, noturno, noturna, vida noturna | ليل, ليلي, ليلية, الليل
lamp, lamps, light, lights, lighting | lampe, lampadaire, lampadaires, lumière, éclairage |
    lâmpada, candeeiro, luzes, iluminação | مصباح, مصابيح, إنارة, ضوء
fire, fires, firefighters | incendie, incendies, feu, pompiers | incêndio, incêndios, fogo, bombeiros |
    حريق, حرائق, إطفائي
doctor, doctors, nurse, nurses | médecin, médecins, infirmier, infirmière, infirmiers | médico, médica, médicos,
    enfermeiro, enfermeira | طبيب, طبيبة, أطباء, ممرض, ممرضة
camera, cameras, cctv, surveillance | caméra, caméras, vidéosurveillance | câmara, câmaras, videovigilância |
    كاميرا, كاميرات, مراقبة بالفيديو
theft, burglary, thieves | vol, vols, cambriolage | roubo, roubos, furto | سرقة, سرقات
stall, stalls, stallholder, stallholders | étal, étals, stand, place de marché, étalage |
    banca, bancas, barraca, barracas | كشك, أكشاك, بسطة
seller, sellers, vendor, vendors, street vendors, hawkers |
    vendeur, vendeuse, vendeurs, vendeuses, ambulants |
    vendedor, vendedora, vendedores, vendedoras, ambulantes, zungueiras |
    بائع, بائعة, باعة, الباعة, البائعات
shop, shops, shopkeepers, merchants | magasin, magasins, boutique, boutiques, commerçants |
    loja, lojas, lojistas, comerciantes | متجر, متاجر, محل, محلات
licence, license, permit, permits, authorisation | permis, licence, autorisation, autorisations |
    licença, licenças, autorização, alvará | رخصة, رخص, ترخيص, تصريح
job, jobs, employment, work places, unemployed | emploi, emplois, chômage |
    emprego, empregos, desemprego | وظيفة, وظائف, شغل, بطالة
small business, enterprise, startup, startups, entrepreneurs |
    entreprise, entreprises, entrepreneurs, start-up | empresa, empresas, empreendedores, startup |
    شركات, مقاولة, مقاولات, رواد الأعمال
craft, crafts, artisans, craftsmen | artisanat, artisans | artesanato, artesãos |
    حرف, حرفيين, الصناعة التقليدية
fishing, fish, fishermen | pêche, poisson, pêcheurs | pesca, peixe, pescadores | صيد, سمك, صيادين
farm, farming, agriculture, crops | ferme, agriculture, cultures, maraîchage | quinta, agricultura, culturas |
    مزرعة, زراعة, محاصيل
chicken, chickens, poultry, livestock, animals, animal | poulet, poules, volaille, élevage, bétail, animaux |
    galinha, galinhas, frango, aves, gado, animais | دجاج, الدجاج, دواجن, ماشية, حيوانات
dog, dogs, stray dogs, cats | chien, chiens, chiens errants, chats | cão, cães, cachorro, gatos |
    كلب, كلاب, الكلاب الضالة, قطط
slaughterhouse, abattoir, meat | abattoir, abattoirs, viande | matadouro, carne | مسلخ, مجزرة, لحم
payment, payments, pay, paying, mobile money | paiement, paiements, payer, argent mobile |
    pagamento, pagamentos, pagar, dinheiro móvel | دفع, الدفع, أداء, الأداء
mobile, sms, text message | mobile, sms | móvel, sms |
    الهاتف المحمول, الجوال, رسائل قصيرة
receipts, ticket, tickets, ticketing | ticket, tickets, billet, billets, billettique, reçu, reçus |
    bilhete, bilhetes, recibo, recibos | تذكرة, تذاكر, وصل, وصولات
valuation, value, property values, appraisal | évaluation, valeur, estimation |
    avaliação, valor, avaliação de imóveis | تقييم, تقدير, قيمة
fraud, evasion, corruption | fraude, évasion, corruption | fraude, evasão, corrupção | احتيال, تهرب, فساد
tourist, tourists, tourist tax, tourism | touriste, touristes, taxe de séjour, tourisme |
    turista, turistas, taxa turística, turismo | سائح, سياح, ضريبة السياحة, سياحة
hotel, hotels, accommodation | hôtel, hôtels, hébergement | hotel, hotéis, alojamento | فندق, فنادق
register, registers, registry, registries, registration |
    registre, registres, enregistrement, immatriculation | registo, registos, registro, registros |
    سجل, سجلات, تسجيل
title, titles, deed, deeds | titre, titres, acte, actes | título, títulos, escritura | سند, سندات, رسم
transfer, transfers, inheritance, inherit | transfert, mutation, héritage, succession |
    transferência, herança, sucessão | نقل الملكية, إرث, ميراث
boundary, boundaries, survey, surveying, surveyors, measure, measuring |
    bornage, limites, levé, arpentage, géomètre, géomètres, mesurer |
    limites, levantamento, topografia, topógrafo, medir, medição | حدود, مسح, قياس, مساح
drone, drones, aerial | drone, drones, aérien | drone, drones, aéreo | درون, طائرة مسيرة, طائرات بدون طيار
satellite, satellite images, imagery | satellite, images satellite | satélite, imagens de satélite |
    أقمار صناعية, صور فضائية
map, maps, mapping | carte, cartes, cartographie | mapa, mapas, cartografia, mapeamento | خريطة, خرائط
conflict, conflicts, dispute, disputes, mediation | conflit, conflits, litige, litiges, médiation |
    conflito, conflitos, litígio, litígios, mediação | نزاع, نزاعات, خلاف, وساطة
plan, plans, planning, master plan | plan, plans, plan directeur, schéma directeur |
    plano, planos, plano diretor | مخطط, خطة, خطط, المخطط التوجيهي
permit office, one-stop shop, one-stop centre, single window | guichet unique, guichet |
    balcão único, balcão | شباك موحد, الشباك الوحيد
identity, identity cards, id card, id cards | identité, carte d'identité, cartes d'identité |
    identidade, bilhete de identidade, cartão de identidade | هوية, بطاقة الهوية, بطاقات
birth, births, birth certificate, birth certificates | acte de naissance, naissances, extrait de naissance |
    nascimento, nascimentos, certidão de nascimento |
    شهادة ميلاد, عقد ازدياد, مواليد, المواليد, ولادات
online, portal, website, web | en ligne, portail, site | em linha, online, portal, site |
    على الإنترنت, عبر الإنترنت, بوابة, موقع
app, apps, application | appli, application, applications | aplicação, app, aplicativo | تطبيق, تطبيقات
security, cybersecurity, hacking, passwords, privacy | cybersécurité, piratage, mots de passe, vie privée |
    cibersegurança, pirataria, palavras-passe, privacidade | أمن سيبراني, الأمن السيبراني, اختراق, خصوصية
artificial intelligence, chatbot | intelligence artificielle, ia, chatbot |
    inteligência artificial, ia, chatbot | ذكاء اصطناعي, الذكاء الاصطناعي
free software, open source | logiciel libre, logiciels libres | software livre, código aberto |
    برمجيات حرة, مفتوحة المصدر
complaint, complaints, report, reporting, hotline, helpline |
    plainte, plaintes, réclamation, réclamations, signalement, signaler, numéro vert |
    queixa, queixas, reclamação, reclamações, denúncia, linha verde, linha de apoio |
    شكوى, شكاوى, تبليغ, بلاغ, خط ساخن, الخط الأخضر
consultation, assembly, meeting, meetings, participatory |
    concertation, assemblée, réunion, réunions, participatif |
    consulta, assembleia, reunião, reuniões, participativo | استشارة, تشاور, جمعية, اجتماع, اجتماعات, تشاركي
volunteer, volunteers | bénévole, bénévoles, volontaire, volontaires | voluntário, voluntários |
    متطوع, متطوعين, تطوع
heritage, old buildings, historic, monuments, old town, medina |
    patrimoine, bâtiments anciens, historique, monuments, vieille ville, médina |
    património, edifícios antigos, histórico, monumentos, centro histórico, medina |
    تراث, مباني قديمة, المباني القديمة, تاريخي, آثار, المدينة القديمة, المدينة العتيقة
villa, villas | villa, villas | vivenda, vivendas, moradia | فيلا, فيلات, الفيلات
library, libraries, books, reading room | bibliothèque, bibliothèques, médiathèque | biblioteca, bibliotecas |
    مكتبة, مكتبات
museum, museums | musée, musées | museu, museus | متحف, متاحف
theatre, theater, cinema, film | théâtre, cinéma | teatro, cinema | مسرح, سينما
music, concert, concerts, art, artists, mural, murals |
    musique, concert, concerts, art, artistes, fresques, fresque |
    música, concerto, arte, artistas, murais, mural | موسيقى, حفل, فن, فنانين, جداريات
festival, festivals | festival, festivals | festival, festivais | مهرجان, مهرجانات
carnival | carnaval | carnaval | كرنفال
fair, fairs | foire, foires | feira, feiras | معرض, معارض
element, messaging, chat app, login, password, passwords, encryption key |
    messagerie, mot de passe, clé, connexion | mensagens, palavra-passe, senha, chave, início de sessão |
    مراسلة, المراسلة, كلمة السر, كلمة المرور, مفتاح, تسجيل الدخول
alert, alerts, warning, warnings, early warning | alerte, alertes, alerte précoce | alerta, alertas, aviso, avisos |
    تنبيه, تنبيهات, إنذار, الإنذار المبكر
generator, generators, generator set, genset | groupe électrogène, groupes électrogènes, générateur, générateurs |
    gerador, geradores, grupo gerador | مولد كهربائي, مولدات, مولدات كهربائية, مواتير الكهرباء
elections, election, voter lists | élection, élections, listes électorales | eleição, eleições | انتخابات, الانتخابات
wedding, weddings, marriage | mariage, mariages | casamento, casamentos | زواج, الزواج, أعراس
nursery, nurseries, childcare, kindergarten, day care | crèche, crèches, garderie, maternelle |
    creche, creches, jardim de infância | حضانة, حضانات, روضة
archive, archives, records | archive, archives | arquivo, arquivos | أرشيف, محفوظات
stairs, lift, lifts, elevator | escalier, ascenseur, ascenseurs | escada, elevador, elevadores | درج, مصعد, مصاعد
charging, charging points, chargers | recharge, bornes de recharge | carregamento, carregadores | شحن, محطات الشحن
pothole, potholes, road repair, paving, roads | nids-de-poule, voirie, chaussée, pavage, routes |
    buracos, vias, pavimentação, estradas | حفر, طرق, تعبيد, الأرصفة
pavement, pavements, sidewalk, sidewalks, footpath | trottoir, trottoirs | passeio, passeios, calçada | رصيف, أرصفة
crossing, pedestrian crossing, zebra crossing | passage piéton, passages piétons | passadeira, passadeiras |
    ممر المشاة, ممرات المشاة
eviction, evictions, demolition | expulsion, expulsions, démolition, déguerpissement | despejo, demolição |
    إخلاء السكان, هدم, ترحيل
tenant, tenants, landlord, landlords | locataire, locataires, propriétaire, bailleur | inquilino, inquilinos, senhorio |
    مستأجر, مستأجرين, مالك
well, wells, borehole, boreholes | puits, forage, forages | poço, poços, furo | بئر, آبار
sewer, sewers, septic tank, septic tanks, pit, pits | égout, fosse septique, fosses | esgoto, fossa, fossas |
    مجاري, حفرة الصرف
rat, rats, pests, insects | rat, rats, nuisibles, insectes | rato, ratos, pragas, insetos | جرذان, فئران, حشرات
smell, smells, odour | odeur, odeurs | cheiro, cheiros, odor | رائحة, روائح
parking fine, fines, penalty | amende, amendes, contravention | multa, multas | غرامة, غرامات
bill, bills, meter, meters, billing | facture d'eau, factures, compteur, compteurs |
    contador de água, contadores, faturação | فواتير, عداد, عدادات
census, survey, surveys | recensement, enquête, enquêtes | censo, recenseamento, inquérito | إحصاء, تعداد, استبيان
nutrition, breastfeeding, meals | nutrition, repas, allaitement | nutrição, refeições | تغذية, وجبات
hiv, aids, tuberculosis | vih, sida, tuberculose | vih, sida, tuberculose | السل, الإيدز, السيدا
ramadan, religion, mosque, mosques, church, churches | ramadan, religion, mosquée, mosquées, église |
    ramadão, religião, mesquita, igreja | رمضان, دين, مسجد, مساجد, كنيسة
newsletter, leaflet, leaflets, poster, posters | infolettre, dépliant, affiche, affiches | boletim, folheto, cartaz |
    نشرة, منشور, ملصق, ملصقات
travel, trips, tickets for travel, reimbursement | voyage, voyages, remboursement, frais de mission |
    viagem, viagens, reembolso | سفر, رحلات, تعويض
checklist, check list, list of checks | liste de contrôle, check-list, grille |
    lista de verificação, lista de controlo, grelha | قائمة التحقق, قائمة مراجعة, قائمة تدقيق
form, forms, template, templates | formulaire, formulaires, modèle, modèles |
    formulário, formulários, modelo, modelos | استمارة, استمارات, نموذج, نماذج
contract, contracts, agreement, charter | contrat, contrats, accord, charte |
    contrato, contratos, acordo, carta | عقد, عقود, اتفاق, ميثاق
training, trainer, course, workshop | formation, formations, formateur, atelier, ateliers |
    formação, formações, formador, oficina, workshop | تدريب, تكوين, ورشة, ورشات
meeting room, venue, rooms | salle, salles de réunion | sala, salas de reunião | قاعة, قاعات
invoice, budget, accounts, spending | facture, budget, comptes, dépenses |
    fatura, orçamento, contas, despesas | فاتورة, ميزانية, حسابات, نفقات
donor, donors, grant, grants, subsidy, subsidies, fund, funding |
    bailleur, bailleurs, subvention, subventions, fonds, financement |
    doador, doadores, subvenção, subsídio, subsídios, fundo, financiamento |
    مانح, مانحين, منحة, دعم, صندوق, تمويل
visit, visits, exchange, peer, delegation | visite, visites, échange, échanges, pairs, délégation |
    visita, visitas, intercâmbio, pares, delegação | زيارة, زيارات, تبادل, وفد
media, press, journalist, journalists, interview | médias, presse, journaliste, journalistes, interview |
    média, imprensa, jornalista, jornalistas, entrevista | إعلام, صحافة, صحفي, صحفيين, مقابلة
lawyer, legal, law, rights | juriste, avocat, juridique, droit, droits |
    jurista, advogado, jurídico, direito, direitos | محامي, قانوني, قانون, حقوق
evaluation, indicators, monitoring, figures, statistics |
    évaluation, indicateurs, suivi, chiffres, statistiques |
    avaliação, indicadores, monitorização, números, estatísticas | تقييم, مؤشرات, متابعة, أرقام, إحصائيات
interpreter, interpreting | interprète, interprètes, interprétation | intérprete, intérpretes |
    مترجم فوري, ترجمة فورية
sports, football, stadium, pitch, pitches, playground |
    sport, football, stade, terrain de sport, aire de jeux |
    desporto, futebol, estádio, campo, parque infantil | رياضة, كرة القدم, ملعب, ملاعب
pool, pools, swimming, swimming pool | piscine, piscines, natation | piscina, piscinas, natação |
    مسبح, مسابح, سباحة
cemetery, cemeteries, burial, funeral | cimetière, cimetières, funérailles |
    cemitério, cemitérios, funeral, enterro | مقبرة, مقابر, جنازة, دفن
prison, prisons | prison, prisons | prisão, prisões, cadeia | سجن, سجون
airport, airports | aéroport, aéroports | aeroporto, aeroportos | مطار, مطارات
port, harbour, harbor | port, ports | porto marítimo, portos | ميناء, موانئ
migrant, migrants, refugee, refugees | migrant, migrants, réfugié, réfugiés |
    migrante, migrantes, refugiado, refugiados | مهاجر, مهاجرين, لاجئ, لاجئين
homeless, rough sleepers | sans-abri, sdf | sem-abrigo, moradores de rua | مشردين, بلا مأوى
clothes, textile, textiles | vêtements, textile, textiles | roupa, têxtil, têxteis | ملابس, نسيج
electronic waste, e-waste, batteries | déchets électroniques, piles, batteries |
    lixo eletrónico, resíduos eletrónicos, pilhas, baterias |
    نفايات إلكترونية, النفايات الإلكترونية, بطاريات
bulky waste, bulky items, bulky, furniture, mattresses | encombrants, meubles, matelas | monos, volumosos,
    móveis, colchões |
    أثاث, النفايات الضخمة
glass, bottles, paper, cardboard, metal, scrap | verre, bouteilles, papier, carton, métal, ferraille |
    vidro, garrafas, papel, cartão, metal, sucata | زجاج, قوارير, ورق, كرتون, معدن, خردة
food scraps, kitchen waste, leftovers | restes alimentaires, épluchures, restes de cuisine |
    restos de comida, restos alimentares | بقايا الطعام, فضلات الطعام
door to door, door-to-door | porte à porte | porta a porta | من باب إلى باب, من الباب إلى الباب
beach, beaches | plage, plages | praia de mar, praias | شاطئ, شواطئ
world bank, the world bank | banque mondiale | banco mundial | البنك الدولي
african development bank, afdb | banque africaine de développement | banco africano de desenvolvimento |
    البنك الأفريقي للتنمية, بنك التنمية الأفريقي
development bank | banque de développement | banco de desenvolvimento | بنك التنمية
islamic development bank | banque islamique de développement | banco islâmico de desenvolvimento |
    البنك الإسلامي للتنمية
european investment bank, eib | banque européenne d'investissement, bei | banco europeu de investimento |
    البنك الأوروبي للاستثمار
european union, european commission | union européenne, commission européenne |
    união europeia, comissão europeia | الاتحاد الأوروبي, المفوضية الأوروبية
african union | union africaine | união africana | الاتحاد الأفريقي
united nations | nations unies, onu, agence des nations unies, agence onusienne |
    nações unidas, agência da onu, agência das nações unidas | الأمم المتحدة, وكالة أممية, وكالة الأمم المتحدة
un-habitat, un habitat | onu-habitat, onu habitat | onu-habitat, onu habitat | موئل الأمم المتحدة, الموئل, هابيتات
unesco | unesco | unesco | اليونسكو, يونسكو
unicef | unicef | unicef | اليونيسف, يونيسف, اليونيسيف
undp | pnud | pnud | برنامج الأمم المتحدة الإنمائي
world health organization | oms, organisation mondiale de la santé |
    oms, organização mundial da saúde | منظمة الصحة العالمية
ilo, international labour organization | oit, organisation internationale du travail |
    oit, organização internacional do trabalho | منظمة العمل الدولية
fao | fao | fao | الفاو, منظمة الأغذية والزراعة
unhcr | hcr, haut commissariat aux réfugiés | acnur | مفوضية اللاجئين
iom | oim, organisation internationale pour les migrations | oim | المنظمة الدولية للهجرة
afd, french development agency | afd, agence française de développement |
    afd, agência francesa de desenvolvimento | الوكالة الفرنسية للتنمية
giz, german cooperation | giz, coopération allemande | giz, cooperação alemã | الوكالة الألمانية للتعاون,
    التعاون الألماني
kfw, german development bank | kfw | kfw | بنك التنمية الألماني
usaid | usaid | usaid | الوكالة الأمريكية للتنمية
jica, japanese cooperation | jica, coopération japonaise | jica, cooperação japonesa | جايكا, التعاون الياباني
red cross | croix-rouge | cruz vermelha | الصليب الأحمر, الهلال الأحمر
uclg | cglu | cglu | المدن والحكومات المحلية المتحدة
incinerator, incineration, burning, gas, biogas | incinérateur, incinération, brûler, gaz, biogaz |
    incineradora, incineração, queima, gás, biogás | محرقة, حرق, غاز, غاز حيوي
"""


def _row(line: str) -> Topic:
    english, french, portuguese, arabic = (part.strip() for part in line.split("|"))
    return Topic(english, french, portuguese, arabic)


GLOSSARY = tuple(_row(line) for line in _TABLE.replace("\n    ", " ").strip().splitlines())
"""Each thing under its names; its number is its key."""
