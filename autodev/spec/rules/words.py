"""English word forms: singular and plural, numbers in words, identifiers and labels. Pure and table-driven."""

from __future__ import annotations

import re
from functools import lru_cache

_IRREGULAR = {
    "person": "people", "child": "children", "man": "men", "woman": "women", "foot": "feet", "mouse": "mice",
    "quiz": "quizzes", "leaf": "leaves", "shelf": "shelves", "half": "halves", "knife": "knives", "life": "lives",
    "index": "indexes", "matrix": "matrices", "analysis": "analyses", "diagnosis": "diagnoses", "crisis": "crises",
    "status": "statuses", "bus": "buses", "gas": "gases", "lens": "lenses", "campus": "campuses", "bonus": "bonuses",
    "virus": "viruses", "hero": "heroes", "potato": "potatoes", "tomato": "tomatoes", "echo": "echoes", "criterion": "criteria",
    "todo": "todos", "photo": "photos", "video": "videos", "movie": "movies", "cookie": "cookies", "calorie": "calories",
    "address": "addresses", "class": "classes", "process": "processes", "business": "businesses", "access": "accesses",
    "expense": "expenses", "course": "courses", "house": "houses", "warehouse": "warehouses", "purchase": "purchases",
    "exercise": "exercises", "release": "releases", "response": "responses", "licence": "licences", "license": "licenses",
    "invoice": "invoices", "service": "services", "device": "devices", "price": "prices", "place": "places", "race": "races",
    "page": "pages", "message": "messages", "image": "images", "size": "sizes", "case": "cases", "phase": "phases",
    "database": "databases", "nurse": "nurses", "cache": "caches", "recipe": "recipes", "zombie": "zombies", "tie": "ties",
    "verse": "verses", "lease": "leases", "base": "bases", "horse": "horses", "phrase": "phrases", "axis": "axes",
    "employee": "employees", "attendee": "attendees", "fee": "fees", "committee": "committees", "employer": "employers",
}  # fmt: skip
_SINGULAR = {plural: singular for singular, plural in _IRREGULAR.items()}
_UNCOUNTED = frozenset(
    [
        "news",
        "series",
        "species",
        "equipment",
        "information",
        "feedback",
        "money",
        "software",
        "data",
        "stock",
        "staff",
        "inventory",
        "furniture",
        "luggage",
        "music",
        "sheep",
        "fish",
        "aircraft",
        "homework",
        "knowledge",
        "advice",
        "history",
    ]
)
_NUMBERS = {
    word: value
    for value, words in enumerate(
        ["zero,no", "one,a,an,single", "two,twice,couple", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve,dozen", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]
    )
    for word in words.split(",")
} | {"once": 1, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
     "hundred": 100, "thousand": 1000, "twenty-four": 24, "twenty-one": 21, "forty-eight": 48, "half": 0}  # fmt: skip
NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+|\d+|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    r"sixteen|seventeen|eighteen|nineteen|twenty-four|twenty-one|twenty|thirty|forty-eight|forty|fifty|sixty|seventy|eighty|"
    r"ninety|(?:a |one )?hundred|(?:a |one )?thousand|a dozen)"
)


def number(text: str) -> int | None:
    """The whole number that a word or digits say; None where they say none. "a dozen" is 12."""
    word = text.strip().lower().replace(",", "")
    if word.isascii() and word.isdigit():
        return int(word) if len(word) < 16 else None
    return _NUMBERS.get(word.removeprefix("a ").removeprefix("one ") if " " in word else word)


@lru_cache(maxsize=4096)
def singular(word: str) -> str:
    """The singular of a lower-case noun; a word that is singular already comes back as it is."""
    if word in _IRREGULAR or word in _UNCOUNTED or len(word) < 3:
        return word
    if word in _SINGULAR:
        return _SINGULAR[word]
    if word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes", "oes")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=4096)
def plural(word: str) -> str:
    """The plural of a lower-case singular noun."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _UNCOUNTED:
        return word
    if word.endswith("y") and len(word) > 1 and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def is_plural(word: str) -> bool:
    return word in _SINGULAR or (singular(word) != word)


def split_words(phrase: str) -> list[str]:
    """Lower-case ASCII words of a phrase; hyphens, slashes and apostrophes separate or vanish."""
    return re.findall(r"[a-z0-9]+", phrase.lower().replace("'s", "").replace("'", ""))


def identifier(phrase: str, *, default: str = "item") -> str:
    """A snake-case identifier for a phrase, at most 48 characters, never starting with a digit."""
    name = "_".join(split_words(phrase))[:48].strip("_")
    if not name:
        return default
    return name if name[0].isalpha() else f"n{name}"


def entity_name(phrase: str) -> str:
    """The Pascal-case singular of a noun phrase: "stock movements" is StockMovement. Empty where nothing is left."""
    words = split_words(phrase)
    if not words:
        return ""
    words[-1] = singular(words[-1])
    name = "".join(w.capitalize() for w in words)[:60]
    return name if name[0].isalpha() else f"N{name}"


def words_of(name: str) -> list[str]:
    """The lower-case words of a Pascal-case name."""
    return [w.lower() for w in re.findall(r"[A-Z][a-z0-9]*", name)]


def label(name: str) -> str:
    """A Pascal-case name as people write it: StockMovement is "stock movement"."""
    return " ".join(words_of(name))


def plural_label(name: str) -> str:
    words = words_of(name)
    return " ".join([*words[:-1], plural(words[-1])])


def plural_slug(name: str) -> str:
    return plural_label(name).replace(" ", "_")


_MOMENTS = {
    "starts": "start", "ends": "end", "begins": "beginning", "opens": "opening", "closes": "closing",
    "departs": "departure", "arrives": "arrival", "expires": "expiry",
}  # fmt: skip


def moment_label(name: str) -> str:
    """A field of time as a noun: `ends_at` → `end`, `issued_on` → `date issued`, `pickup_at` → `pickup time`."""
    stem, _, ending = name.rpartition("_")
    if not stem or ending not in {"at", "on"}:
        return name.replace("_", " ")
    words = stem.replace("_", " ")
    kind = "time" if ending == "at" else "date"
    return _MOMENTS.get(stem) or (f"{kind} {words}" if words.endswith("ed") else f"{words} {kind}")


def article(noun: str) -> str:
    low = noun.lower()
    return f"an {noun}" if low[:1] in set("aeio") or low.startswith(("un", "up")) else f"a {noun}"


def participle_base(word: str) -> list[str]:
    """Possible base verbs of a past participle: "cancelled" gives cancel; "completed" complete; "published" publish."""
    irregular = {"paid": "pay", "sent": "send", "done": "complete", "sold": "sell", "lent": "lend", "taken": "take", "begun": "begin",
                 "withdrawn": "withdraw", "written": "write", "undone": "undo", "finished": "finish", "held": "hold"}  # fmt: skip
    if word in irregular:
        return [irregular[word]]
    if word.endswith("ied"):
        return [word[:-3] + "y"]
    if not word.endswith("ed"):
        return []
    stem = word[:-2]
    forms = [stem, stem + "e"]
    if len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] != "s":
        forms.insert(0, stem[:-1])
    return forms
