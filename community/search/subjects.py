"""What cities work on, and the words for it in four languages: a thesaurus of municipal subjects. Data.

A subject is a list of topics; the first holds its general names, by which a community's theme is recognised as being
about it. A topic is one thing under all its names: who asks for a *lixeira* finds what is filed under *landfill*.
Names are separated by commas; case, accents and plurals do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing under its names in each language."""

    en: str
    fr: str
    pt: str
    ar: str

    @property
    def by_language(self) -> Mapping[str, tuple[str, ...]]:
        """The names per language code."""
        texts = {"en": self.en, "fr": self.fr, "pt": self.pt, "ar": self.ar}
        return {code: tuple(name.strip() for name in text.split(",")) for code, text in texts.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """The names in all languages."""
        return tuple(name for names in self.by_language.values() for name in names)


_WASTE = (
    Topic(
        "waste, garbage, rubbish, trash, refuse, litter, solid waste, household waste, "
        "waste management, dustbin, cleanliness, cleansing, street cleaning",
        "déchets, ordures, déchets solides, ordures ménagères, poubelles, détritus, immondices, "
        "propreté urbaine, "
        "gestion des déchets, salubrité, propreté, hygiène publique",
        "resíduos, lixo, resíduos sólidos, detritos, gestão de resíduos, limpeza urbana, lixos, "
        "limpeza, limpeza pública",
        "نفايات, النفايات الصلبة, قمامة, مخلفات, زبالة, القاذورات, إدارة النفايات, النظافة, فضلات, الأزبال",
    ),
    Topic(
        "waste collection, garbage collection, refuse collection, garbage trucks, bins",
        "collecte des déchets, collecte des ordures, ramassage des ordures, "
        "enlèvement des ordures, pré-collecte, "
        "bennes, bacs à ordures",
        "recolha de lixo, coleta de lixo, recolha de resíduos, coleta de resíduos, contentores de lixo",
        "جمع النفايات, جمع القمامة, حاويات القمامة, حاويات",
    ),
    Topic(
        "recycling, recycle, sorting, waste sorting, recyclables, circular economy",
        "recyclage, recycler, tri, tri sélectif, tri des déchets, valorisation, centre de tri, "
        "économie circulaire",
        "reciclagem, reciclar, triagem, recolha seletiva, coleta seletiva, separação do lixo, "
        "economia circular",
        "تدوير, إعادة التدوير, إعادة تدوير, رسكلة, فرز, فرز النفايات, الاقتصاد الدائري",
    ),
    Topic(
        "compost, composting, organic waste, biowaste, food waste",
        "compost, compostage, composter, déchets organiques, biodéchets",
        "compostagem, composto, compostar, resíduos orgânicos",
        "سماد, كومبوست, تسميد, التسميد, النفايات العضوية, السماد العضوي",
    ),
    Topic(
        "landfill, dumpsite, dump, dumping, dump site, illegal dumping",
        "décharge, décharges, décharge sauvage, dépotoir, dépôts sauvages, centre d'enfouissement, "
        "enfouissement",
        "aterro, aterro sanitário, lixeira, lixão",
        "مكب, مكب النفايات, مطمر, المطمر, مطرح, المطرح, مفرغة, المزبلة",
    ),
    Topic(
        "plastic, plastics, plastic bags, single-use plastic",
        "plastique, plastiques, sachets plastiques, sacs plastiques",
        "plástico, plásticos, sacos de plástico, sacolas plásticas",
        "بلاستيك, البلاستيك, أكياس البلاستيك, الأكياس البلاستيكية",
    ),
    Topic(
        "waste pickers, waste picker, scavengers",
        "récupérateurs, chiffonniers, trieurs informels",
        "catadores, catador, catadores de lixo",
        "جامعو النفايات, النباشون",
    ),
)
_MOBILITY = (
    Topic(
        "mobility, transport, transportation, urban mobility, transit, public transport, commuting",
        "mobilité, transport, transports, mobilité urbaine, transports en commun, "
        "transports publics, déplacements",
        "mobilidade, transporte, transportes, mobilidade urbana, transporte público, transportes públicos, "
        "deslocações",
        "تنقل, التنقل الحضري, نقل, مواصلات, النقل العام, النقل الحضري, وسائل النقل, النقل العمومي",
    ),
    Topic(
        "traffic, road traffic, congestion, traffic jam, traffic jams",
        "circulation, trafic, embouteillages, bouchons, congestion",
        "trânsito, tráfego, engarrafamento, engarrafamentos, congestionamento",
        "مرور, حركة المرور, حركة السير, السير, ازدحام, الازدحام, الاختناقات المرورية",
    ),
    Topic(
        "bus, buses, minibus, minibuses, bus lanes, bus rapid transit, brt",
        "bus, autobus, minibus, car rapide, couloirs de bus, voies de bus",
        "autocarro, autocarros, ônibus, chapa, chapas, machimbombo, corredor de autocarros",
        "حافلة, حافلات, باص, باصات, ميني باص, ممرات الحافلات",
    ),
    Topic(
        "bicycle, bicycles, bike, bikes, cycling, cyclists, cycle lanes, cycle paths, bike lanes",
        "vélo, vélos, bicyclette, cyclistes, cyclable, cyclables, pistes cyclables",
        "bicicleta, bicicletas, ciclovia, ciclovias, ciclistas",
        "دراجة, دراجات, الدراجات الهوائية, مسار الدراجات, مسارات الدراجات",
    ),
    Topic(
        "taxi, taxis, motorcycle taxis, motorcycle taxi, moto taxi, boda boda, boda-boda, okada, "
        "shared taxis, "
        "tricycles, motorcycles",
        "taxi, taxis, taxi-moto, taxis-motos, moto-taxi, motos-taxis, zémidjan, zémidjans, "
        "taxis collectifs, motos",
        "táxi, táxis, mototáxi, moto-táxi, moto-táxis, txopela, txopelas, motos",
        "سيارات الأجرة, تاكسي, سيارة أجرة, دراجات نارية, الدراجات النارية",
    ),
    Topic(
        "pedestrians, pedestrian, walking, sidewalk, sidewalks, pavements, footpaths",
        "piétons, piéton, marche à pied, trottoir, trottoirs",
        "pedestres, peões, peão, andar a pé, calçadas, passeios",
        "مشاة, المشاة, المشي, الأرصفة, رصيف",
    ),
    Topic(
        "road safety, road accidents, crashes",
        "sécurité routière, accidents de la route",
        "segurança rodoviária, segurança viária, acidentes de viação",
        "السلامة الطرقية, السلامة المرورية, حوادث السير, حوادث المرور",
    ),
    Topic(
        "roads, road maintenance, potholes, streets",
        "routes, voirie, voiries, nids-de-poule, chaussée",
        "estradas, vias, ruas, buracos",
        "طرق, الطرقات, طرقات, شوارع",
    ),
)
_LAND = (
    Topic(
        "land, land management, land administration, land rights, land use, land tenure, land issues",
        "foncier, terres, gestion foncière, terrain, terrains, foncière, droits fonciers, "
        "affaires foncières, domanial",
        "terra, terras, terrenos, terreno, solo urbano, gestão fundiária, fundiário, fundiária, "
        "uso da terra, "
        "posse da terra, direito à terra, gestão de terras",
        "أراضي, أرض, عقار, عقاري, العقارات, العقاري, إدارة الأراضي, الوعاء العقاري, ملكية الأراضي, "
        "استخدام الأراضي",
    ),
    Topic(
        "cadastre, cadaster, land registry, land registries, land register, land registration",
        "cadastre, cadastral, registre foncier, registres fonciers, immatriculation foncière",
        "cadastro, cadastro predial, registo predial, registo de terras, registro de imóveis, cadastral",
        "السجل العقاري, المسح العقاري, مسح الأراضي, السجلات العقارية, تسجيل الأراضي, التسجيل العقاري",
    ),
    Topic(
        "land title, land titles, land use rights, right to land,  title deed, title deeds, property titles",
        "droit d'usage, droits d'usage, titre foncier, titres fonciers, titre de propriété, titres de propriété",
        "direito de uso da terra, direitos de uso da terra, título de propriedade, títulos de propriedade, "
        "título de terra, títulos de terra, duat",
        "حق استعمال الأرض, حقوق استعمال الأرض, سند الملكية, سندات الملكية, صك الملكية, رسم عقاري, الرسوم العقارية",
    ),
    Topic(
        "plots, plot, parcels, parcel, land plots, subdivision",
        "parcelle, parcelles, parcellaire, lotissement, lotissements",
        "parcela, parcelas, talhão, talhões, loteamento, loteamentos, lotes",
        "قطعة أرض, قطع الأراضي, تجزئة, تجزئات",
    ),
    Topic(
        "street addressing, addressing, street names, house numbers, house numbering",
        "adressage, adressage des rues, noms de rues, numérotation",
        "endereçamento, toponímia, nomes de ruas, numeração",
        "عنونة, العنونة, ترقيم الشوارع, تسمية الشوارع",
    ),
)
_TAXES = (
    Topic(
        "tax, taxes, taxation, local taxes, local revenue, revenue, municipal revenue, revenue collection, "
        "own-source revenue, fiscal",
        "impôt, impôts, taxe, taxes, fiscalité, fiscal, recettes, recouvrement, impôts locaux, "
        "taxes locales, "
        "fiscalité locale, recettes locales, recettes fiscales, contributions",
        "imposto, impostos, taxa, taxas, fiscalidade, receitas, tributos, arrecadação, impostos locais, "
        "receitas próprias, receita, cobrança de impostos, tributação",
        "ضريبة, ضرائب, الضرائب المحلية, جباية, رسوم, الرسوم المحلية, إيرادات, الإيرادات المحلية, مداخيل, "
        "الجبايات المحلية, تحصيل الضرائب",
    ),
    Topic(
        "property tax, property taxes, rates, property rates, land tax",
        "taxe foncière, taxes foncières, impôt foncier, taxe d'habitation",
        "imposto predial, ipra, iptu, imposto sobre imóveis",
        "ضريبة العقار, الضريبة على العقار, الضريبة على العقارات, الضريبة على المباني, الضريبة على الأملاك, "
        "الضريبة العقارية, الضرائب العقارية, ضريبة الأملاك",
    ),
    Topic(
        "business permits, business licences, business licenses, trade licence, market fees",
        "patente, patentes, taxes de marché, taxes des marchés, licences commerciales",
        "licenças comerciais, taxas de mercado, taxas dos mercados, alvará, alvarás",
        "رخص تجارية, رسوم الأسواق, الرخص التجارية",
    ),
)
_LOANS = (
    Topic(
        "loan, loans, lend, lends, lending, lender, borrow, borrowing, credit, bank, money",
        "prêt, prêts, prêter, prête, emprunt, emprunts, emprunter, crédit, crédits, banque, argent",
        "empréstimo, empréstimos, emprestar, empresta, crédito, créditos, banco, dinheiro",
        "قرض, قروض, إقراض, يقرض, تقرض, اقتراض, ائتمان, بنك, مصرف, المال, أموال",
    ),
)
_COSTS = (
    Topic(
        "how much, cost, costs, costing, price, prices, pricing, tariff, tariffs, fee, fees",
        "coût, coûts, coûte, coûtent, coûter, prix, tarif, tarifs, tarification, redevance, redevances",
        "custo, custos, custa, custam, custar, preço, preços, tarifa, tarifas",
        "كلفة, تكلفة, تكاليف, سعر, أسعار, تعريفة",
    ),
)
_FESTIVALS = (
    Topic(
        "festival, festivals, event, events, celebration",
        "festival, festivals, fête, fêtes, événement, événements",
        "festival, festivais, festa, festas, evento, eventos",
        "مهرجان, مهرجانات, تظاهرة, احتفال",
    ),
)
_TRANSLATION = (
    Topic(
        "translation, translations, translate, translator, translators, interpreter, interpreters, "
        "interpreting",
        "traduction, traductions, traduire, traducteur, traductrice, interprète, interprètes, interprétariat",
        "tradução, traduções, traduzir, tradutor, tradutora, intérprete, intérpretes, interpretação",
        "ترجمة, الترجمة, ترجم, يترجم, مترجم, مترجمة, مترجمون, ترجمان",
    ),
)
_BUDGET = (
    Topic(
        "budget, finance, municipal finance, local finance, funding, accounting, financing",
        "budget, finances, finances locales, finances municipales, financement, comptabilité",
        "orçamento, finanças, finanças municipais, finanças locais, financiamento, contabilidade",
        "ميزانية, مالية, المالية المحلية, المالية البلدية, تمويل, محاسبة, موازنة",
    ),
)
_WATER = (
    Topic(
        "water, drinking water, water supply, safe water, potable water, water points, boreholes",
        "eau, eaux, eau potable, approvisionnement en eau, adduction d'eau, bornes-fontaines, "
        "forages, forage",
        "água, águas, água potável, abastecimento de água, fontanários, furos de água",
        "ماء, مياه, مياه الشرب, الماء الصالح للشرب, إمدادات المياه, آبار",
    ),
    Topic(
        "sanitation, sewage, sewerage, wastewater, latrines, toilets, faecal sludge, fecal sludge, wash",
        "assainissement, eaux usées, égouts, latrines, toilettes, boues de vidange",
        "saneamento, esgotos, esgoto, latrinas, águas residuais, lamas fecais, sanitários",
        "صرف صحي, الصرف الصحي, تطهير, مراحيض, المراحيض, مجاري, المياه العادمة",
    ),
)
_LEAKS = (
    Topic(
        "leak, leaks, leakage, leaking",
        "fuite, fuites, fuite d'eau, fuites d'eau",
        "fuga, fugas, vazamento, vazamentos, fugas de água",
        "تسرب, تسربات, تسريب, تسريبات, تسرب المياه",
    ),
)
_DRAINAGE = (
    Topic(
        "floods, flood, flooding, drainage, stormwater, storm drains",
        "inondation, inondations, drainage, eaux pluviales, caniveaux",
        "inundações, inundação, cheias, drenagem, enchentes, águas pluviais",
        "فيضانات, فيضان, تصريف المياه, مياه الأمطار, السيول",
    ),
)
_STORMS = (
    Topic(
        "cyclone, cyclones, storm, storms, hurricane, hurricanes",
        "cyclone, cyclones, tempête, tempêtes, ouragan, ouragans",
        "ciclone, ciclones, tempestade, tempestades, furacão, furacões",
        "إعصار, أعاصير, عاصفة, عواصف",
    ),
    Topic(
        "shelter, shelters, evacuation",
        "abri, abris, refuge, évacuation",
        "abrigo, abrigos, evacuação",
        "ملجأ, ملاجئ, إخلاء, مأوى",
    ),
)
_QUAKES = (
    Topic(
        "earthquake, earthquakes, seismic",
        "tremblement de terre, tremblements de terre, séisme, séismes, sismique",
        "terramoto, terremoto, sismo, sismos, sísmico",
        "زلزال, زلازل",
    ),
    Topic(
        "fire, fires, wildfire, wildfires, forest fires, firefighters, fire brigade",
        "incendie, incendies, feux de forêt, feu, pompiers",
        "incêndio, incêndios, fogo, fogos, fogos florestais, bombeiros",
        "حريق, حرائق, حرائق الغابات, إطفاء, رجال الإطفاء",
    ),
)
_HEALTH = (
    Topic(
        "health, public health, healthcare, health care, medical, wellbeing",
        "santé, santé publique, soins, médical, sanitaire",
        "saúde, saúde pública, cuidados de saúde, médico",
        "صحة, الصحة العامة, صحي, الرعاية الصحية, صحية, الصحة العمومية",
    ),
    Topic(
        "health centre, health centres, health center, health centers, clinics, clinic, hospital, "
        "hospitals, nurses",
        "centre de santé, centres de santé, clinique, hôpital, hôpitaux, dispensaire, infirmiers",
        "centro de saúde, centros de saúde, clínica, hospital, hospitais, posto de saúde, enfermeiros",
        "مركز صحي, مراكز صحية, المراكز الصحية, مستوصف, مستشفى, مستشفيات, عيادة",
    ),
    Topic(
        "vaccination, vaccines, vaccine, immunization, immunisation",
        "vaccination, vaccin, vaccins, vacciner",
        "vacinação, vacina, vacinas",
        "تطعيم, التطعيم, لقاح, لقاحات, تلقيح, التلقيح",
    ),
    Topic(
        "malaria, mosquitoes",
        "paludisme, malaria, moustiques",
        "malária, paludismo, mosquitos",
        "ملاريا, الملاريا, بعوض",
    ),
    Topic("cholera", "choléra", "cólera", "كوليرا"),
    Topic(
        "epidemics, disease, diseases, outbreak",
        "épidémies, maladies, maladie",
        "epidemias, doenças, doença",
        "أوبئة, وباء, أمراض",
    ),
    Topic(
        "hygiene, food hygiene, handwashing",
        "hygiène, lavage des mains",
        "higiene",
        "نظافة صحية, النظافة الصحية",
    ),
)
_HOUSING = (
    Topic(
        "housing, resettlement, affordable housing, social housing, rent, dwelling, dwellings",
        "logement, logements, habitat, logement social, logements sociaux, loyer, hébergement, "
        "relogement, rénovation de logements",
        "habitação, reassentamento, habitações, moradia, moradias, habitação social, alojamento, "
        "casas, renda",
        "سكن, الإسكان, إسكان, مساكن, سكن اجتماعي, السكن الاجتماعي, سكنى, إيجار",
    ),
    Topic(
        "slums, slum, informal settlements, informal settlement, slum upgrading",
        "bidonvilles, bidonville, quartiers précaires, quartiers informels, habitat précaire",
        "bairros informais, favelas, favela, assentamentos informais, musseques, caniço",
        "أحياء عشوائية, عشوائيات, العشوائيات, السكن غير اللائق, مدن الصفيح, دور الصفيح",
    ),
)
_CLIMATE = (
    Topic(
        "climate, climate change, climate action, global warming, adaptation, resilience, carbon, emissions",
        "climat, climatique, changement climatique, changements climatiques, réchauffement, "
        "adaptation, résilience, "
        "carbone, émissions",
        "clima, climático, mudanças climáticas, alterações climáticas, aquecimento global, "
        "adaptação, resiliência, "
        "carbono, emissões",
        "مناخ, مناخي, تغير المناخ, التغير المناخي, التغيرات المناخية, الاحتباس الحراري, التكيف, "
        "كربون, انبعاثات, "
        "الصمود, العمل المناخي",
    ),
    Topic(
        "carbon budget, carbon budgets",
        "budget carbone, budgets carbone",
        "orçamento de carbono",
        "ميزانية الكربون",
    ),
    Topic(
        "heat, heat wave, heatwave, heatwaves, extreme heat",
        "chaleur, canicule, vague de chaleur, îlots de chaleur",
        "calor, onda de calor, ondas de calor",
        "حرارة, موجة الحر, موجات الحر",
    ),
)
_ENVIRONMENT = (
    Topic(
        "environment, environmental, ecology, biodiversity, nature, pollution, conservation",
        "environnement, environnemental, écologie, biodiversité, nature, pollution",
        "ambiente, meio ambiente, ambiental, ecologia, biodiversidade, natureza, poluição",
        "بيئة, بيئي, التنوع البيولوجي, طبيعة, تلوث, التلوث",
    ),
    Topic(
        "green spaces, green space, parks, park, trees, tree planting, gardens, reforestation, "
        "urban forestry",
        "espaces verts, espace vert, parcs, parc, arbres, jardins, reboisement, plantation d'arbres",
        "espaços verdes, áreas verdes, parques, parque, árvores, jardins, arborização, reflorestamento",
        "مساحات خضراء, المساحات الخضراء, حدائق, حديقة, أشجار, تشجير, التشجير",
    ),
    Topic(
        "air quality, air pollution, clean air",
        "qualité de l'air, pollution de l'air",
        "qualidade do ar, poluição do ar",
        "جودة الهواء, تلوث الهواء, نوعية الهواء",
    ),
    Topic(
        "coast, coastal, beach, beaches, erosion, mangroves",
        "littoral, plage, plages, érosion, mangroves",
        "costa, costeira, praia, praias, erosão, mangal, mangais",
        "ساحل, شاطئ, شواطئ, تعرية",
    ),
)
_DIGITAL = (
    Topic(
        "digital, digital services, ict, information technology, e-government, egovernment, online services, "
        "digitalization, digitalisation, digitization, smart city, technology, informatics, computing",
        "numérique, numériques, informatique, services numériques, services en ligne, digital, "
        "digitalisation, "
        "numérisation, démarches en ligne, ville intelligente, dématérialisation, "
        "administration électronique, tic",
        "digital, digitais, serviços digitais, informática, serviços em linha, serviços online, "
        "digitalização, "
        "governo eletrónico, governo eletrônico, cidade inteligente, tecnologia, tecnologias",
        "رقمي, رقمية, رقمنة, الرقمنة, خدمات رقمية, الخدمات الإلكترونية, إلكتروني, إلكترونية, معلوماتية, "
        "المعلوماتية, تكنولوجيا, الحكومة الإلكترونية, التحول الرقمي, المدينة الذكية, التقنية",
    ),
    Topic(
        "software, app, apps, mobile app, website, websites, web site",
        "logiciel, logiciels, application, applications, application mobile, site web, site internet",
        "software, aplicação, aplicações, aplicativo, aplicativos, site, sítio web, página web, "
        "programa informático",
        "برنامج حاسوب, برمجيات, تطبيق, تطبيقات, موقع إلكتروني, الموقع الإلكتروني",
    ),
    Topic(
        "open data, data, databases, statistics",
        "données ouvertes, open data, données, statistiques, base de données",
        "dados abertos, dados, estatísticas, base de dados",
        "بيانات مفتوحة, البيانات المفتوحة, بيانات, إحصاءات, المعطيات",
    ),
    Topic(
        "internet, connectivity, wifi, wi-fi",
        "internet, connectivité, wifi",
        "internet, conectividade, wifi",
        "إنترنت, الإنترنت, واي فاي",
    ),
    Topic(
        "gis, mapping, maps, geographic information",
        "sig, cartographie, cartes, géomatique",
        "sig, cartografia, mapas, mapeamento",
        "خرائط, نظم المعلومات الجغرافية, رسم الخرائط",
    ),
)
_CIVIL = (
    Topic(
        "civil registration, civil registry, birth certificate, birth certificates, civil status, "
        "birth registration",
        "état civil, acte de naissance, actes de naissance, extrait de naissance, état-civil",
        "registo civil, registro civil, certidão de nascimento, certidões",
        "الحالة المدنية, السجل المدني, شهادة الميلاد, شهادات الميلاد, عقد الازدياد",
    ),
)
_ENERGY = (
    Topic(
        "energy, electricity, power supply, renewable energy, renewables, energy efficiency",
        "énergie, énergies, électricité, énergies renouvelables, efficacité énergétique, énergétique",
        "energia, luz elétrica, falta de luz, corte de luz, energias, eletricidade, electricidade, "
        "energias renováveis, eficiência energética",
        "طاقة, الطاقة, كهرباء, الكهرباء, الطاقات المتجددة, الطاقة المتجددة, النجاعة الطاقية",
    ),
    Topic(
        "solar, solar panels, solar power",
        "solaire, panneaux solaires, photovoltaïque",
        "solar, painéis solares, fotovoltaico",
        "شمسية, الطاقة الشمسية, ألواح شمسية",
    ),
    Topic(
        "street lighting, street lights, streetlights, public lighting, lighting",
        "éclairage public, éclairage, lampadaires",
        "iluminação pública, iluminação, candeeiros",
        "إنارة, الإنارة العمومية, إضاءة الشوارع, الإنارة العامة",
    ),
)
_EDUCATION = (
    Topic(
        "education, schools, school, teaching, pupils, students, literacy",
        "éducation, école, écoles, enseignement, scolaire, élèves, alphabétisation",
        "educação, escola, escolas, ensino, alunos, escolar, alfabetização",
        "تعليم, التعليم, مدرسة, مدارس, المدارس, تربية, تلاميذ",
    ),
    Topic(
        "training, courses, capacity building, workshops",
        "formation, formations, renforcement des capacités",
        "formação, capacitação, cursos",
        "تدريب, التدريب, تكوين, التكوين, بناء القدرات",
    ),
)
_PLANNING = (
    Topic(
        "urban planning, planning, town planning, city planning, urbanism, spatial planning, "
        "urban development, zoning",
        "urbanisme, planification urbaine, aménagement, aménagement urbain, aménagement du territoire, "
        "développement urbain, plan d'urbanisme",
        "urbanismo, planeamento urbano, planejamento urbano, ordenamento, ordenamento do território, "
        "desenvolvimento urbano, planeamento",
        "تخطيط, التخطيط الحضري, التخطيط العمراني, تعمير, التعمير, عمران, تهيئة, التهيئة العمرانية, "
        "التنمية الحضرية",
    ),
    Topic(
        "building permits, building permit, construction permits, planning permission",
        "permis de construire, permis de construction",
        "licença de construção, licenças de construção, alvará de construção",
        "رخصة البناء, رخص البناء, تراخيص البناء",
    ),
    Topic(
        "public spaces, public space, public squares",
        "espaces publics, espace public, places publiques",
        "espaços públicos, espaço público, praças",
        "فضاءات عمومية, الفضاءات العامة, الأماكن العامة, ساحات",
    ),
)
_PARTICIPATION = (
    Topic(
        "participation, citizen participation, citizen engagement, governance, local governance, "
        "participatory "
        "budget, participatory budgeting, democracy, transparency, civic engagement, community engagement",
        "participation, participation citoyenne, gouvernance, gouvernance locale, "
        "budget participatif, démocratie, "
        "concertation, transparence, citoyenneté, participatif",
        "participação, participação cidadã, governação, governança, orçamento participativo, democracia, "
        "transparência, cidadania",
        "مشاركة, مشاركة المواطنين, المشاركة المواطنة, حوكمة, الحكامة, الحوكمة المحلية, الميزانية التشاركية, "
        "الموازنة التشاركية, ديمقراطية, شفافية",
    ),
)
_ECONOMY = (
    Topic(
        "economy, economic development, local economic development, employment, jobs, business, "
        "entrepreneurship, "
        "startups",
        "économie, développement économique, emploi, emplois, entreprises, entrepreneuriat, économique",
        "economia, desenvolvimento económico, desenvolvimento econômico, emprego, empregos, empresas, "
        "empreendedorismo",
        "اقتصاد, التنمية الاقتصادية, تشغيل, توظيف, شغل, فرص العمل, مقاولات, ريادة الأعمال",
    ),
)
_MARKETS = (
    Topic(
        "markets, market, traders, street vendors, vendors, commerce, trade, informal trade",
        "marché, marchés, commerçants, vendeurs de rue, vendeurs ambulants, commerce, commerces",
        "mercado, mercados, vendedores, vendedores ambulantes, comércio, comerciantes",
        "سوق, أسواق, الأسواق, تجار, باعة متجولون, الباعة المتجولين, تجارة",
    ),
)
_FOOD = (
    Topic(
        "food, agriculture, urban agriculture, farming, urban farming, food security, nutrition",
        "alimentation, agriculture, agriculture urbaine, maraîchage, sécurité alimentaire, nutrition",
        "alimentação, agricultura, agricultura urbana, segurança alimentar, hortas, nutrição",
        "غذاء, زراعة, الزراعة الحضرية, الأمن الغذائي, فلاحة, تغذية",
    ),
)
_MEALS = (
    Topic(
        "canteen, canteens, school meals, school feeding, school lunches",
        "cantine, cantines, cantines scolaires, restauration scolaire, repas scolaires",
        "cantina, cantinas, merenda escolar, refeições escolares, refeitório, refeitórios",
        "مطعم مدرسي, مطاعم مدرسية, المطاعم المدرسية, الإطعام المدرسي",
    ),
)
_SAFETY = (
    Topic(
        "safety, security, police, crime, crime prevention, public safety, violence",
        "sécurité, sûreté, police, criminalité, prévention, sécurité publique, insécurité, violences",
        "segurança, polícia, criminalidade, segurança pública, prevenção, violência",
        "أمن, الأمن, شرطة, سلامة, جريمة, الجريمة, عنف",
    ),
)
_RISKS = (
    Topic(
        "disaster, disasters, risk, risks, disaster risk, risk management, emergency, emergencies, "
        "civil protection, "
        "crisis",
        "catastrophe, catastrophes, risque, risques, gestion des risques, urgences, "
        "protection civile, pompiers, crise",
        "catástrofe, desastres, desastre, risco, riscos, gestão de riscos, emergência, "
        "proteção civil, bombeiros, "
        "crise",
        "كوارث, كارثة, مخاطر, إدارة المخاطر, طوارئ, الحماية المدنية, الوقاية المدنية, أزمة",
    ),
    *_QUAKES,
    *_STORMS,
)
_INCLUSION = (
    Topic(
        "inclusion, gender, women, equality, disability, disabilities, social affairs, "
        "accessibility, social services",
        "inclusion, genre, femmes, égalité, handicap, affaires sociales, accessibilité, action sociale",
        "inclusão, género, gênero, mulheres, igualdade, deficiência, ação social, acessibilidade",
        "إدماج, نوع اجتماعي, النوع الاجتماعي, مرأة, المرأة, نساء, مساواة, إعاقة, الشؤون الاجتماعية",
    ),
)
_YOUTH = (
    Topic(
        "youth, young people, children, childhood, teenagers",
        "jeunesse, jeunes, enfants, enfance",
        "juventude, jovens, crianças, infância",
        "شباب, الشباب, أطفال, طفولة",
    ),
)
_MIGRATION = (
    Topic(
        "migration, migrants, refugees, displaced people",
        "migration, migrations, migrants, réfugiés, déplacés",
        "migração, migrações, migrantes, refugiados, deslocados",
        "هجرة, مهاجرين, مهاجرون, لاجئين, لاجئون, نازحين",
    ),
)
_CULTURE = (
    Topic(
        "culture, cultural, heritage, museums, arts, music, library, libraries",
        "culture, culturel, patrimoine, musées, arts, bibliothèque, bibliothèques",
        "cultura, cultural, património, patrimônio, museus, artes, biblioteca, bibliotecas",
        "ثقافة, ثقافي, تراث, متاحف, فنون, مكتبة, مكتبات",
    ),
    Topic(
        "street art, murals, mural, graffiti",
        "art urbain, art de rue, fresques murales, graffitis",
        "arte urbana, arte de rua, murais, grafíti",
        "فن الشارع, جداريات, الجداريات",
    ),
)
_TOURISM = (
    Topic(
        "tourism, tourists, visitors, hotels",
        "tourisme, touristes, touristique, hôtels",
        "turismo, turistas, turístico, hotéis",
        "سياحة, سياح, سياحي, فنادق",
    ),
)
_SPORT = (
    Topic(
        "sport, sports, football, stadium",
        "sport, sports, football, stade, sportif",
        "desporto, esporte, desportos, futebol, estádio",
        "رياضة, كرة القدم, ملعب, ملاعب",
    ),
)
_PROCUREMENT = (
    Topic(
        "procurement, tenders, tender, contracts, public procurement, purchasing",
        "marchés publics, appels d'offres, appel d'offres, passation de marchés, commande publique, achats",
        "contratação pública, compras públicas, concursos públicos, concurso público, licitação, licitações",
        "صفقات عمومية, الصفقات العمومية, مناقصات, المشتريات, مناقصة, طلبات العروض",
    ),
)
_COMMUNICATION = (
    Topic(
        "communication, communications, media, press, public relations, newsletter",
        "communication, médias, presse, relations publiques",
        "comunicação, média, imprensa, relações públicas",
        "تواصل, اتصال, الإعلام, الصحافة, العلاقات العامة",
    ),
)
_STAFF = (
    Topic(
        "human resources, hr, staff, personnel, recruitment",
        "ressources humaines, rh, personnel, recrutement",
        "recursos humanos, rh, pessoal, recrutamento",
        "موارد بشرية, الموارد البشرية, موظفين, توظيف الموظفين",
    ),
)
_LAW = (
    Topic(
        "legal, law, legal affairs, regulations, bylaws",
        "juridique, droit, affaires juridiques, réglementation",
        "jurídico, direito, assuntos jurídicos, regulamentos, posturas",
        "قانوني, قانون, الشؤون القانونية, تشريعات",
    ),
)

SUBJECTS: Mapping[str, tuple[Topic, ...]] = {
    "waste": _WASTE,
    "mobility": _MOBILITY,
    "land": _LAND,
    "taxes": _TAXES,
    "budget": _BUDGET,
    "costs": _COSTS,
    "festivals": _FESTIVALS,
    "loans": _LOANS,
    "translation": _TRANSLATION,
    "water": (*_WATER, *_LEAKS),
    "drainage": _DRAINAGE,
    "health": _HEALTH,
    "housing": _HOUSING,
    "climate": _CLIMATE,
    "environment": _ENVIRONMENT,
    "digital": _DIGITAL,
    "civil": _CIVIL,
    "energy": _ENERGY,
    "education": _EDUCATION,
    "planning": _PLANNING,
    "participation": _PARTICIPATION,
    "economy": _ECONOMY,
    "markets": _MARKETS,
    "food": (*_FOOD, *_MEALS),
    "safety": _SAFETY,
    "risks": _RISKS,
    "inclusion": _INCLUSION,
    "youth": _YOUTH,
    "migration": _MIGRATION,
    "culture": _CULTURE,
    "tourism": _TOURISM,
    "sport": _SPORT,
    "procurement": _PROCUREMENT,
    "communication": _COMMUNICATION,
    "staff": _STAFF,
    "law": _LAW,
}
"""Topics per subject. The general names of a subject come first in it."""
