"""Names of places in four languages: countries, their people, and places elsewhere. From the CLDR, and a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import babel
from babel import Locale

from community.core.compiled import compiled
from community.description.times import time_zone_names

NAMES_IN = ("fr", "en", "pt", "ar")
"""The languages that questions come in."""

FROM: Mapping[str, str] = {
    "AO": "angolan, angolais, angolaise, angolano, angolana, أنغولي, أنغولية",
    "BE": "belgian, belge, belga, بلجيكي, بلجيكية",
    "BF": "burkinabe, burkinabé, burkinabè, burquinense, بوركيني",
    "BI": "burundian, burundais, burundaise, burundês, burundesa, بوروندي",
    "BJ": "beninese, béninois, béninoise, beninense, بنيني, بنينية",
    "BR": "brazilian, brésilien, brésilienne, brasileiro, brasileira, برازيلي",
    "BW": "botswanan, botswanais, botsuanês",
    "CD": "congolese, congolais, congolaise, congolês, congolesa, كونغولي, drc, rdc, kongo",
    "CF": "central african, centrafricain, centrafricaine, centro-africano",
    "CG": "congolese, congolais, congolaise, congolês, كونغولي",
    "CI": "ivorian, ivoirien, ivoirienne, marfinense, costa-marfinense, إيفواري, ivory coast, cote ivoire, ساحل العاج",
    "CM": "cameroonian, camerounais, camerounaise, camaronês, camaronesa, كاميروني",
    "CV": "cape verdean, cap-verdien, cap-verdienne, cabo-verdiano, cabo-verdiana, cape verde, cap vert, الرأس الأخضر",
    "DE": "german, allemand, allemande, alemão, alemã, ألماني",
    "DJ": "djiboutian, djiboutien, djiboutienne, djibutiano, جيبوتي",
    "DZ": "algerian, algérien, algérienne, argelino, argelina, جزائري, جزائرية",
    "EG": "egyptian, égyptien, égyptienne, egípcio, egípcia, مصري, مصرية",
    "ER": "eritrean, érythréen, érythréenne, eritreu",
    "ET": "ethiopian, éthiopien, éthiopienne, etíope, إثيوبي",
    "ES": "spanish, espagnol, espagnole, espanhol, espanhola, إسباني, إسبانية",
    "FR": "french, français, française, francês, francesa, franceses, فرنسي, فرنسية",
    "GB": "british, britannique, britânico, بريطاني, uk, england, angleterre",
    "GA": "gabonese, gabonais, gabonaise, gabonês, gabonesa, غابوني",
    "GH": "ghanaian, ghanéen, ghanéenne, ganês, ganesa, ganense, غاني, غانية",
    "GM": "gambian, gambien, gambienne, gambiano",
    "GN": "guinean, guinéen, guinéenne, guineense, غيني",
    "GW": "bissau-guinean, bissau-guinéen, guineense, guinea-bissau, guinée bissau, غينيا بيساو",
    "IT": "italian, italien, italienne, italiano, italiana, إيطالي, إيطالية",
    "KE": "kenyan, kényan, kényane, queniano, queniana, كيني, كينية",
    "KM": "comorian, comorien, comoriano",
    "LB": "lebanese, libanais, libanaise, libanês, libanesa, لبناني",
    "LR": "liberian, libérien, liberiano",
    "LS": "basotho, lésothan",
    "LY": "libyan, libyen, libyenne, líbio, ليبي",
    "MA": "moroccan, marocain, marocaine, marroquino, marroquina, مغربي, مغربية",
    "MG": "malagasy, malgache, malgaxe, مدغشقري",
    "ML": "malian, malien, malienne, maliano, maliana, malinês",
    "MR": "mauritanian, mauritanien, mauritanienne, mauritano, mauritana, موريتاني, موريتانية",
    "MU": "mauritian, mauricien, mauricienne, mauriciano",
    "MW": "malawian, malawien, malawiano",
    "MZ": "mozambican, mozambicain, mozambicaine, moçambicano, moçambicana, موزمبيقي, موزمبيقية, موزمبيق, موزامبيق",
    "NL": "dutch, néerlandais, néerlandaise, hollandais, neerlandês, holandês, هولندي",
    "NA": "namibian, namibien, namibiano",
    "NE": "nigerien, nigérien, nigérienne, nigerino, nigerina, نيجري",
    "NG": "nigerian, nigérian, nigériane, nigeriano, nigeriana, نيجيري, نيجيرية",
    "PT": "portuguese, portugais, portugaise, português, portuguesa, برتغالي, برتغالية",
    "RW": "rwandan, rwandais, rwandaise, ruandês, ruandesa, رواندي, رواندية, ruanda",
    "SD": "sudanese, soudanais, soudanaise, sudanês, سوداني",
    "SL": "sierra leonean, sierra-léonais, serra-leonês",
    "SN": "senegalese, sénégalais, sénégalaise, senegalês, senegalesa, سنغالي, سنغالية",
    "SO": "somalian, somalien, somaliano, صومالي",
    "ST": "santomean, santoméen, são-tomense, santomense, sao tome, são tomé",
    "TD": "chadian, tchadien, tchadienne, chadiano, تشادي",
    "TG": "togolese, togolais, togolaise, togolês, togolesa, توغولي",
    "TN": "tunisian, tunisien, tunisienne, tunisino, tunisina, tunisiano, تونسي, تونسية",
    "TZ": "tanzanian, tanzanien, tanzanienne, tanzaniano, tanzaniana, تنزاني, تنزانية",
    "UG": "ugandan, ougandais, ougandaise, ugandês, ugandense, أوغندي, أوغندية, uganda, ouganda",
    "ZA": "south african, sud-africain, sud-africaine, sul-africano, sul-africana, جنوب أفريقي",
    "ZM": "zambian, zambien, zambienne, zambiano, زامبي",
    "ZW": "zimbabwean, zimbabwéen, zimbabwéenne, zimbabuano, زيمبابوي",
}
"""What is of a country, and names of it that the CLDR does not have."""

REGIONS: Mapping[str, str] = {
    """west africa, western africa, west african, afrique de l'ouest, afrique occidentale, ouest-africain,
    áfrica ocidental,
    áfrica do oeste, غرب أفريقيا, أفريقيا الغربية""": "BF BJ CI CV GH GM GN GW LR ML MR NE NG SL SN TG",
    """east africa, eastern africa, east african, afrique de l'est, afrique orientale, áfrica oriental, áfrica do leste,
    شرق أفريقيا, أفريقيا الشرقية""": "BI DJ ER ET KE RW SD SO SS TZ UG",
    """north africa, northern africa, north african, afrique du nord, maghreb, norte de áfrica, áfrica do
    norte, magrebe,
    شمال أفريقيا, المغرب العربي""": "DZ EG LY MA MR TN",
    """central africa, afrique centrale, áfrica central, وسط أفريقيا, أفريقيا الوسطى""": "AO CD CF CG CM GA GQ TD",
    """southern africa, afrique australe, áfrica austral, الجنوب الأفريقي""": "AO BW LS MW MZ NA SZ ZA ZM ZW",
    """europe, european, européen, européenne, européens, européennes, europa, europeu, europeia, europeus, europeias,
    أوروبا, أوروبي, أوروبية, الأوروبية""": (
        "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LT LU LV MT NL NO PL PT RO SE SI SK"
    ),
}
"""Parts of the world by their names, and the countries in them."""

TOWNS = """
    kumasi, tamale, ibadan, kano, abuja, port harcourt, enugu, benin city, mombasa, nakuru, eldoret,
    kisumu, entebbe, jinja,
    gulu, mbarara, butare, huye, musanze, rubavu, bukavu, goma, matadi, mbuji-mayi, cotonou, parakou,
    abomey, ouidah,
    sikasso, mopti, kayes, segou, gao, tombouctou, timbuktu, bobo-dioulasso, koudougou, bouake,
    yamoussoukro, san pedro,
    korhogo, thies, saint-louis, ziguinchor, kaolack, rufisque, zinder, maradi, agadez, garoua, maroua,
    bafoussam,
    beira, nampula, matola, quelimane, pemba, benguela, huambo, lobito, praia, mindelo, rabat, casablanca,
    marrakech, marrakesh, fes, fez, tanger, tangier, agadir, meknes, oujda, kenitra, sfax, sousse,
    bizerte, gabes,
    kairouan, oran, constantine, annaba, alexandria, giza, nouadhibou, rosso, kiffa, kaedi, dodoma,
    arusha, mwanza,
    zanzibar, kitwe, ndola, livingstone, bulawayo, cape town, durban, pretoria, lyon, marseille, lille,
    bordeaux,
    toulouse, nantes, barcelona, milan, geneva, geneve, munich, hamburg, coimbra, boston, chicago,
    san francisco,
    mumbai, delhi, beijing, saint-denis, antananarivo, toamasina
"""
"""Larger towns that no time zone is named for."""


@cache
def _from_cldr() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return the names of each country by its code, and of each town that a time zone is named for."""
    # Babel reads whole languages for them.
    return compiled("places", [Path(__file__)], outside(), _named)


def _named() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    return {code: _country_names(code) for code in all_countries()}, _town_names()


def country_names(code: str) -> tuple[str, ...]:
    """Return a country's names in the languages that questions come in, and what its people are called."""
    return _from_cldr()[0].get(code) or _country_names(code)


def _country_names(code: str) -> tuple[str, ...]:
    names = [Locale(lang).territories.get(code) for lang in NAMES_IN]
    further = [name.strip() for name in FROM.get(code, "").split(",")]
    return tuple(dict.fromkeys(name for name in (*names, *further) if name))


@cache
def regions_of(code: str) -> tuple[str, ...]:
    """Return the names of the parts of the world that a country is in."""
    names = (text for text, countries in REGIONS.items() if code in countries.split())
    return tuple(" ".join(name.split()) for text in names for name in text.split(","))


def all_countries() -> Iterator[str]:
    """Give the codes of all countries."""
    yield from (code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha())


def towns() -> Mapping[str, tuple[str, ...]]:
    """Return the towns that time zones are named for: English name to its names in all our languages."""
    return _from_cldr()[1]


def outside() -> str:
    """Return what names of places depend on beside our own files: the CLDR's version, and the time zones."""
    return " ".join((babel.__version__, *sorted(time_zone_names())))


def _town_names() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    zones = {lang: Locale(lang).time_zones for lang in NAMES_IN}
    for zone in sorted(time_zone_names()):
        if "/" not in zone or zone.startswith(("Etc/", "SystemV/", "US/", "Canada/", "Antarctica/")):
            continue
        plain = zone.rsplit("/", 1)[1].replace("_", " ")
        english = zones["en"].get(zone, {}).get("city", plain)
        names = found[str(english)]
        for lang in NAMES_IN:
            names[str(zones[lang].get(zone, {}).get("city", plain))] = None
    return {english: tuple(names) for english, names in found.items()}


def elsewhere() -> Iterator[str]:
    """Give the names of places all over the world."""
    for code in all_countries():
        yield from country_names(code)
    for names in towns().values():
        yield from names
    yield from (name.strip() for name in TOWNS.split(","))
