"""Words, sentences, numbers and names of a text, as pure functions. The only module that imports a stemmer."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import regex
import snowballstemmer

Span = tuple[int, int]  # code-point offsets: start, end

# English and Indonesian words that carry no topic: indexed, but a question asks with them only if it has no others.
_STOPPED = """
a about after all also am an and any are as at be because been before being between both but by can could did do
does doing done down during each few for from further had has have having he her here hers him his how i if in into
is it its itself just kind let many may me might more most much must my no nor not now of off on once only or other
our out over own please same say shall she should so some sort such than that the their them then there these they
this those through to too under until up upon us very was we were what when where which while who whom whose why
will with would you your tell know there's what's who's ada adalah agar akan antara apa apakah atas atau bagaimana
bagi bahwa berapa bisa boleh dalam dan dapat dari dengan di dia dimana guna hal hingga ia ini itu jadi juga kah kami
kapan karena ke kenapa kepada kita lah maka mana mengapa mereka namun nya oleh pada para per saat saja sampai sangat
saya sebagai sebuah secara sedang sejak seperti serta siapa suatu sudah tahun telah tentang terhadap tersebut tidak
untuk yaitu yakni yang
"""
STOP_WORDS = frozenset(_STOPPED.split())

_WORD = re.compile(r"[^\W_]+(?:[.,'’/+&-][^\W_]+)*")
# Marks on letters, save those that make another letter of a kana, and characters that cannot be seen.
_MARK = regex.compile(r"[[\p{M}--[\u3099\u309a]]\p{Cf}]", regex.V1)
_UNSEEN = regex.compile(r"\p{Cf}")
_FOOTNOTE = re.compile(r"(?<=[\d.])[⁰¹²³⁴-⁹]+")  # 2017² is the year 2017 with a note
_PART = re.compile(r"[.,'’/+&-]")
_BIGRAM_SCRIPT = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")
SHORTEST_INDONESIAN = 5  # letters; a shorter word has no room for a root and an affix
# Korean particles and endings that follow a noun of two syllables or more. What is left gives the bigrams, so that a
# word meets itself with another particle: KorQuAD hit@1 .908 to .932.
_PARTICLE = re.compile(
    r"(?<=[\uac00-\ud7a3]{2})(?:에서는|에서도|으로는|으로서|으로써|에게서|이라고|이라는|에서|에게|으로|라고|라는|까지|부터|처럼"
    r"|보다|이나|이며|이고|이다|하고|하여|했다|한다|하는|은|는|이|가|을|를|의|에|로|와|과|도|만)$"
)
_own = threading.local()  # a stemmer keeps the word it is at, so each thread needs its own


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The word's stem by Snowball, case folded, British and American spelling levelled.

    What the English stemmer (Porter 2) leaves goes through the Indonesian one: `dibangun` and `pembangunan` meet
    (IDK-MRC hit@1 .876 to .900), and English words lose nothing by it.
    """
    if not hasattr(_own, "english"):
        _own.english, _own.indonesian = snowballstemmer.stemmer("english"), snowballstemmer.stemmer("indonesian")
    found = str(_own.english.stemWord(_american(word.casefold())))
    if len(found) >= SHORTEST_INDONESIAN and found.isascii() and found.isalpha():
        found = str(_own.indonesian.stemWord(found))
    return found


_AFTER_OUR = r"(?:s|ed|ings?|able|ably|al|ful|hoods?|ites?|less|ly)?"
_AFTER_ISE = r"(?:e|es|ed|ing|ation|ations|er|ers)"
# How words begin, and how they end, in British and in American spelling. Applied alike to documents and questions, so a
# wrong turn (promise, promize) does no harm.
_BEGUN = """
aluminium/aluminum anaem/anem anaesth/anesth artefact/artifact counsellor/counselor defenc/defens diarrhoea/diarrhea
encyclopaed/encycloped foetal/fetal foetus/fetus grey/gray gynaecol/gynecol haem/hem jewellery/jewelry jeweller/jeweler
judgement/judgment leukaem/leukem licenc/licens manoeuvr/maneuver mould/mold odour/odor oesoph/esoph oestr/estr
offenc/offens orthopaed/orthoped paediatr/pediatr plough/plow practis/practic pretenc/pretens sceptic/skeptic
skilful/skillful sulph/sulf tyre/tire wilful/willful
"""
_BEGINNINGS = [tuple(pair.split("/")) for pair in _BEGUN.split()]
_BRITISH = [
    (re.compile(r"(?<=[a-z]{2}t)re(?=s?$)"), "er"),  # centre, metre
    (re.compile(r"(?<=[a-z]b)(?<!timb)re(?=s?$)"), "er"),  # fibre
    (re.compile(rf"(?<=[a-z]{{3}})our(?={_AFTER_OUR}$)"), "or"),  # labour, neighbourhoods
    (re.compile(rf"is(?={_AFTER_ISE}$)"), "iz"),  # organisation
    (re.compile(r"(?<=[a-z]ly)s(?=(?:e|es|ed|ing|er|ers)$)"), "z"),  # analyse
    (re.compile(r"mme(?=s?$)"), "m"),  # programme
    (re.compile(r"ogue(?=s?$)"), "og"),  # dialogue
]
_AMERICAN = [
    (re.compile(r"(?<=[a-z]{2}t)er(?=s?$)|(?<=[a-z]b)er(?=s?$)"), "re"),
    (re.compile(rf"(?<=[a-z]{{3}})or(?={_AFTER_OUR}$)"), "our"),
    (re.compile(rf"iz(?={_AFTER_ISE}$)"), "is"),
    (re.compile(r"(?<=[a-z]ly)z(?=(?:e|es|ed|ing|er|ers)$)"), "s"),
    (re.compile(r"(?<=gra)m(?=s?$)"), "mme"),
    (re.compile(r"og(?=s?$)"), "ogue"),
]


def _american(word: str) -> str:
    if not word.isascii():
        return word
    for british, american in _BEGINNINGS:
        if word.startswith(british):
            word = american + word[len(british) :]
    for pattern, replacement in _BRITISH if len(word) > 4 else ():
        word = pattern.sub(replacement, word)
    return word


def other_spelling(word: str) -> str:
    """An English word as it would be spelt across the Atlantic, in small letters; "" where that is no different.

    It need not be a word: `winter` gives `wintre`.
    """
    word = word.casefold()
    american = _american(word)
    if american != word:
        return american
    others = [british + word[len(own) :] for british, own in _BEGINNINGS if word.startswith(own)]
    others += [pattern.sub(replacement, word) for pattern, replacement in _AMERICAN]
    return next((british for british in others if british != word and _american(british) == word), "")


def fold(text: str) -> str:
    """Text for comparing: compatibility forms, case, quotes and dashes levelled, white space single."""
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()
    text = text.translate(str.maketrans("‘’ʼ“”‐‑‒–—−", "'''\"\"------"))
    return " ".join(text.split())


_REFERENCE = re.compile(r"(?<=[.!?,;:)\"'”’…])(?:\[\^?\d{1,3}\])+|\s?(?:\[\^?\d{1,3}\])+(?=[.!?\s]*$)")


def without_references(text: str) -> str:
    """A sentence without the numbered references of its own document, `like this.[12]`: they are not ours."""
    return _REFERENCE.sub("", text)


_MARKUP = [  # of Markdown, and the tags that it allows
    (re.compile(r"!\[[^\[\]]*\]\([^()\s]*(?:(?:\s[^()]*)?\)|$)"), ""),  # a picture, such as the badge of a project
    (re.compile(r"\[([^\[\]]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s[^()]*)?\)"), r"\1"),
    (re.compile(r"</?(?:abbr|a|b|br|code|div|em|i|img|kbd|p|small|span|strong|sub|sup|u)\b[^<>]*>", re.IGNORECASE), ""),
    (re.compile(r"(?<![\w*])(\*\*?)(?=[^\s*])([^*]*[^\s*])\1(?![\w*])"), r"\2"),
    (re.compile(r"^\s*`{3,}[\w-]*\s|\s*`{3,}\s*$"), ""),
    (re.compile(r"(?<!`)(`{1,2})(?!`)([^`]+)\1(?!`)"), r"\2"),
]


def without_markup(text: str) -> str:
    """A sentence as Markdown would show it: `**see** [the fares](fares.md)` says "see the fares"."""
    for pattern, kept in _MARKUP:
        text = pattern.sub(kept, text)
    return text


def as_said(quote: str) -> str:
    """A quote as an answer says it: in one line, without the markup and the references of its document."""
    return " ".join(without_references(without_markup(" ".join(quote.split()))).split())


def terms(text: str) -> list[str]:
    """The search terms of a text, in order, repeats kept.

    Words are stemmed; a compound or a number with separators gives itself and its parts (`e-government`, `4.7`);
    Hangul, Kana and Han give character bigrams, since Korean split on spaces loses 12 points of hit@1 to bigrams.
    """
    found: list[str] = []
    for word in _WORD.findall(plain_letters(text)):
        if _BIGRAM_SCRIPT.search(word):
            found.extend(_mixed_script(word))
            continue
        parts = _PART.split(word)
        if len(parts) == 1:
            found.append(stem(word))
        elif parts[-1] == "s" and len(parts) == 2:  # Korea's
            found.append(stem(parts[0]))
        else:
            found.append(_joined(word, parts))
            found.extend(stem(part) for part in parts)
    return found


def plain_letters(text: str) -> str:
    """Text in lower case and compatibility forms, without accents, as the lexical index keeps it."""
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKC", _FOOTNOTE.sub("", text)).casefold()
    return unicodedata.normalize("NFC", _MARK.sub("", unicodedata.normalize("NFD", folded)))


def _joined(word: str, parts: list[str]) -> str:
    """A compound as one term: `e-government` and `egovernment` meet, `1,500` and `1500` too, `4.7` and `47` do not."""
    return plain_number(word).replace(".", "_") if _NUMBER.fullmatch(word) else stem("".join(parts))


def _mixed_script(word: str) -> list[str]:
    pieces: list[str] = []
    position = 0
    for match in _BIGRAM_SCRIPT.finditer(word):
        pieces.extend(stem(part) for part in _PART.split(word[position : match.start()]) if part)
        run = _PARTICLE.sub("", match.group()) if match.end() == len(word) else match.group()
        pieces.extend([run[i : i + 2] for i in range(len(run) - 1)] or [run])
        position = match.end()
    pieces.extend(stem(part) for part in _PART.split(word[position:]) if part)
    return pieces


_STOP_STEMS = frozenset(stem(word) for word in STOP_WORDS) | STOP_WORDS | {"s", "t", "re", "ll", "ve", "d", "m"}


def content_terms(text: str) -> list[str]:
    """The terms that carry the topic of a question, in order, each once; empty where there are none."""
    return [term for term in dict.fromkeys(terms(text)) if term not in _STOP_STEMS]


def latin_share(text: str) -> float:
    """The share of Latin letters among the letters of a text, 0 to 1; 1 where it has no letters.

    all-MiniLM-L6-v2 was trained on English: what is not Latin it barely distinguishes.
    """
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return 1.0
    return sum(1 for char in letters if char < "\u0250" or "\u1e00" <= char <= "\u1eff") / len(letters)


# --- sentences -------------------------------------------------------------------------------------------------------

_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“‘])(?:mr|mrs|ms|dr|prof|st|sr|jr|gen|col|lt|sgt|capt|rev|hon|gov|sen|rep|pres|vs|al|inc|ltd|co"
    r"|corp|dept|est|approx|ed|eds|cf|e\.g|i\.e|a\.m|p\.m|u\.s|u\.k|u\.n|jl|bpk|drs|ir|tgl"
    r"|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|[a-z])\.$",
    re.IGNORECASE,
)
_BEFORE_NUMBER = re.compile(r"\b(?:no|nos|fig|figs|vol|pp|p|ch|sec|art|par|hlm|nr)\.$", re.IGNORECASE)
_END = re.compile(
    r"(?:(?<![.!?…؟۔।॥])[.!?…؟۔।॥]+(?:\[\d{1,3}\]|[\"'”’»)\]¹²³⁰-⁹])*|[。！？]+[」』”’）]*)(?=\s|$|(?<=[。！？」』”’）]))"
)
_ITEM = re.compile(r"\s*(?:[-*+•·▪◦‣–]|\d{1,3}[.)]|[a-zA-Z][.)]|\[\d+\]|#{1,6}|\||>)\s")
_FENCE = ("```", "~~~")  # what a line begins with that opens or closes code in Markdown
_WRAPPED = 45  # columns; a shorter line that does not end a sentence stands by itself (headings, menus, verse)


def sentences(text: str) -> list[Span]:
    """The sentences of a text as spans without surrounding white space, in order, never overlapping.

    Paragraphs, list items, table rows and short lines end a sentence, as well as its punctuation. Lines broken for
    width are joined. Everything but white space is in exactly one span.
    """
    spans: list[Span] = []
    for start, end in blocks(text):
        spans.extend(_split_block(text, start, end))
    return spans


def blocks(text: str) -> list[Span]:
    """Stretches of text that no sentence crosses."""
    found: list[Span] = []
    start = 0
    previous = ""
    for line in re.finditer(r"[^\n\x85\u2028\u2029]*(?:[\n\x85\u2028\u2029]|$)", text):
        if line.start() and _breaks(previous, line.group()):
            found.append((start, line.start()))
            start = line.start()
        previous = line.group()
    found.append((start, len(text)))
    return found


def _breaks(before: str, after: str) -> bool:
    """Whether a new block begins with the line after, rather than a line broken for width going on."""
    before, item = before.strip(), bool(_ITEM.match(after))
    after = after.strip()
    if not before or not after or item or before.startswith(("#", "|", *_FENCE)) or after.startswith(_FENCE):
        return True
    goes_on = after[0].islower() and not before.endswith((":", ".", "!", "?"))
    return not goes_on and (_width(before) < _WRAPPED or _is_heading(before))


def _width(line: str) -> int:
    """Columns that a line takes: Hangul, Kana and Han are twice as wide as other letters."""
    return len(line) + sum(len(run) for run in _BIGRAM_SCRIPT.findall(line))


def _is_heading(line: str) -> bool:
    """Whether a line reads like a headline: no full stop, and nearly every long word capitalised."""
    long_words = [word for word in line.split() if len(word) > 3]
    capitals = sum(1 for word in long_words if word[0].isupper() or word[0].isdigit())
    return line[-1] not in ".,;!?" and len(long_words) > 1 and capitals >= 0.8 * len(long_words)


def _split_block(text: str, start: int, end: int) -> list[Span]:
    spans = []
    begin = start
    for match in _END.finditer(text, start, end):
        if match.end() > begin and _ends_sentence(text, begin, match, end):
            spans.append((begin, match.end()))
            begin = match.end()
    spans.append((begin, end))
    return [trimmed for span in spans if (trimmed := _trim(text, *span))[0] < trimmed[1]]


def _ends_sentence(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    rest = text[match.end() : min(end, match.end() + 40)].lstrip()
    if not rest or match.group()[0] in "。！？":
        return True
    if rest[0].islower():  # "Yahoo! is", a quotation that the sentence goes on after
        return False
    if match.group() != ".":
        return True
    before = text[max(begin, match.start() - 12) : match.start() + 1]
    if _ITEM_NUMBER.fullmatch(before) or (rest[0].isdigit() and _BEFORE_NUMBER.search(before)):
        return False
    return not _ABBREVIATION.search(before)


_ITEM_NUMBER = re.compile(r"\s*\d{1,3}\.")


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


# --- names and numbers -----------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_IN_WORDS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen twenty
"""
SPELLED = {word: str(value) for value, word in enumerate(_IN_WORDS.split())}
_UPPER = "[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĘĚĞĢĪĮİĶĻŁŃŇŌŐŒŘŚŞŠŤŪŮŰŲŹŻŽА-ЯЁ]"
_NAME = re.compile(rf"\b{_UPPER}[\w’'-]*(?:\s+(?:(?:of|the|and|de|van|al|bin)\s+)*{_UPPER}[\w’'-]*)*")


def numbers(text: str) -> set[str]:
    """The numbers of a text as plain digits: thousands separators gone, small ones in words counted too."""
    found = {plain_number(match) for match in _NUMBER.findall(unicodedata.normalize("NFKC", _FOOTNOTE.sub("", text)))}
    found |= {SPELLED[word] for word in re.findall(r"[a-z]+", text.casefold()) if word in SPELLED}
    return found


def plain_number(number: str) -> str:
    """A number as it is written, in plain digits: `1,500` and `1500`, `4,7` and `4.7` meet."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        return number.replace(",", "")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", number):
        return number.replace(".", "")
    return number.replace(",", ".")


def name_spans(text: str) -> list[Span]:
    """The spans of the proper names of a text: runs of capitalised words, stop words at their head left out."""
    found = []
    for match in _NAME.finditer(text):
        start, end = match.span()
        while (
            start < end
            and (word := re.match(r"\S+\s*", text[start:end]))
            and word.group().strip().casefold() in STOP_WORDS
        ):
            start += word.end()
        if start < end:
            found.append((start, end))
    return found


def names(text: str) -> list[str]:
    """The proper names of a text, as they are written."""
    return [" ".join(text[start:end].split()) for start, end in name_spans(text)]
