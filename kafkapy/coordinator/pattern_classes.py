"""Classes of characters that patterns may name, and which characters are the same but for their case."""

import string
import sys
import unicodedata
from collections.abc import Callable
from functools import lru_cache

Test = Callable[[str], bool]
"""Whether a character is meant."""

WORD = frozenset(string.ascii_letters + string.digits + "_")
_SPACE = frozenset("\t\n\f\r ")
_GRAPH = frozenset(map(chr, range(0x21, 0x7F)))
PERL_CLASSES = {"d": frozenset(string.digits), "w": WORD, "s": _SPACE}
POSIX_CLASSES = {
    "alnum": WORD - {"_"},
    "alpha": frozenset(string.ascii_letters),
    "ascii": frozenset(map(chr, range(0x80))),
    "blank": frozenset("\t "),
    "cntrl": frozenset(map(chr, [*range(0x20), 0x7F])),
    "digit": frozenset(string.digits),
    "graph": _GRAPH,
    "lower": frozenset(string.ascii_lowercase),
    "print": _GRAPH | {" "},
    "punct": frozenset(string.punctuation),
    "space": _SPACE | {"\v"},
    "upper": frozenset(string.ascii_uppercase),
    "word": WORD,
    "xdigit": frozenset(string.hexdigits),
}
CATEGORIES = """
    C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs
"""
SCRIPTS = """
    Arabic Armenian Avestan Balinese Bamum Batak Bengali Bopomofo Brahmi Braille Buginese Buhid
    Canadian_Aboriginal Carian Cham Cherokee Common Coptic Cuneiform Cypriot Cyrillic Deseret Devanagari
    Egyptian_Hieroglyphs Ethiopic Georgian Glagolitic Gothic Greek Gujarati Gurmukhi Han Hangul Hanunoo Hebrew
    Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada
    Katakana Kayah_Li Kharoshthi Khmer Lao Latin Lepcha Limbu Linear_B Lisu Lycian Lydian Malayalam Mandaic
    Meetei_Mayek Mongolian Myanmar New_Tai_Lue Nko Ogham Ol_Chiki Old_Italic Old_Persian Old_South_Arabian
    Old_Turkic Oriya Osmanya Phags_Pa Phoenician Rejang Runic Samaritan Saurashtra Shavian Sinhala Sundanese
    Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Tamil Telugu Thaana Thai Tibetan Tifinagh
    Ugaritic Unknown Vai Yi
"""
"""Those of re2j, the matcher of Apache Kafka."""
_OTHER_NAMES = {
    "ANGSTROM SIGN": "Latin",
    "CANADIAN SYLLABICS": "Canadian_Aboriginal",
    "CJK COMPATIBILITY IDEOGRAPH": "Han",
    "CJK RADICAL": "Han",
    "CJK UNIFIED IDEOGRAPH": "Han",
    "EGYPTIAN HIEROGLYPH": "Egyptian_Hieroglyphs",
    "FEMININE ORDINAL": "Latin",
    "KANGXI RADICAL": "Han",
    "KELVIN SIGN": "Latin",
    "MASCULINE ORDINAL": "Latin",
    "OHM SIGN": "Greek",
    "PHAGS-PA": "Phags_Pa",
}
"""How names of characters begin that do not begin with that of their script."""


def unicode_class(name: str) -> Test | None:
    """The characters of a general category or a script; None if there is none of that name.

    Scripts are told by the names of characters, as Python knows no more of them: letters are right, but signs
    and marks may not be.
    """
    if name == "Any":
        return lambda char: True
    if name in CATEGORIES.split():
        return lambda char: unicodedata.category(char).startswith(name) and unicodedata.category(char) != "Cn"
    if name in SCRIPTS.split():
        return lambda char: _script(char) == name
    return None


@lru_cache(maxsize=10_000)
def _script(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cn", "Co", "Cs"):
        return "Unknown"
    name = unicodedata.name(char, "").replace("IDEOGRAPH-", "IDEOGRAPH ") + " "
    if category[0] in "LMN" or category == "So":
        for start, script in _starts().items():
            if name.startswith(start):
                return script
    return "Inherited" if category == "Mn" else "Common"


@lru_cache(maxsize=1)
def _starts() -> dict[str, str]:
    by_name = _OTHER_NAMES | {script.upper().replace("_", " "): script for script in SCRIPTS.split()}
    return {name + " ": script for name, script in by_name.items()}


# -- case --------------------------------------------------------------------------------------------------


def same_but_for_case(char: str) -> frozenset[str]:
    """The character itself and all that Unicode's simple case folding makes equal to it."""
    if char.isascii():
        more = {"k": "\N{KELVIN SIGN}", "s": "\N{LATIN SMALL LETTER LONG S}"}.get(char.lower(), "")
        return frozenset({char.lower(), char.upper(), *more})
    return _orbits().get(_folded(char), frozenset(char))


def _folded(char: str) -> str:
    folded = char.casefold()
    if len(folded) > 1:
        folded = char.lower()
    return folded if len(folded) == 1 else char


@lru_cache(maxsize=1)
def _orbits() -> dict[str, frozenset[str]]:
    """Characters that are equal but for their case, by what they fold to."""
    orbits: dict[str, set[str]] = {}
    for char in map(chr, range(sys.maxunicode + 1)):
        folded = _folded(char)
        if folded != char:
            orbits.setdefault(folded, {folded}).add(char)
    return {folded: frozenset(chars) for folded, chars in orbits.items()}


def ignoring_case(test: Test) -> Test:
    """Whether the character, or one that is the same but for its case, is meant."""
    return lambda char: any(map(test, same_but_for_case(char)))
