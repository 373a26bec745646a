"""What is said to Sumber rather than asked of the documents: a greeting, thanks, "who are you?", "help".

Answered with a word of help in the language it was said in. An utterance counts only if every word of it is such talk:
whatever else is in it makes it a question for the documents, and none of this module's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rag.text import fold

Language = Literal["en", "id", "ko"]

LONGEST = 120  # characters; longer utterances are questions

# --- the language of a question --------------------------------------------------------------------------------------

# Letter sequences (py3langid) need more text than a question has, so function words and words of asking tell.
_IN_ENGLISH = """
a about an and any are as at be by can could did do does everything for from give had has have help how i in is it
list many me much my of on or please show summarise summarize summary tell that the their there these this those to
was were what what's when where which who whom whose why will with would you your
"""
_IN_INDONESIAN = """
ada adalah agar akan anda apa atau bagaimana bahwa bantu beri berikan berapa bisa boleh buatkan cara ceritakan dalam
dan dapat dari darimana daripada dengan di dimana dokumen gambaran hal halo ikhtisar ini isi isinya itu jelaskan jika
juga kah kamu kapan karena kasih ke kemana kenapa kepada mana mengapa mengenai menurut namun oleh pada para rangkum
rangkuman ringkas ringkasan saja saya sebuah sebutkan secara sejak semua seperti siapa soal sudah tahun telah tentang
terhadap terima tidak tolong topik tulis tuliskan untuk yaitu yang
"""
_ENGLISH, _INDONESIAN = frozenset(_IN_ENGLISH.split()), frozenset(_IN_INDONESIAN.split())
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]")


def language_of(question: str) -> Language:
    """The language a question is asked in, however short: by its function words, and by Hangul. English where unsure.

    Names tell nothing: `Who wrote 훈민정음?` is English and `NATO 설립 연도는?` is Korean.
    """
    words = [word.removesuffix("kah") for word in _WORD.findall(fold(question))]
    korean = sum(1 for word in words if _HANGUL.search(word))
    english = [at for at, word in enumerate(words) if word in _ENGLISH]
    indonesian = [at for at, word in enumerate(words) if word in _INDONESIAN]
    if korean > max(len(english), len(indonesian)):
        return "ko"
    if len(indonesian) != len(english):
        return "id" if len(indonesian) > len(english) else "en"
    return "id" if indonesian and indonesian < english else "en"  # as many of both: the one that comes first


# --- a word of help --------------------------------------------------------------------------------------------------

Topic = Literal["who", "what", "add", "private", "bye", "thanks", "greeting"]  # in order of weight

_HELP: Mapping[Language, Mapping[Topic, str]] = {
    "en": {
        "who": "I am Sumber, a program and not a person. I answer from your own documents, show the passage behind "
        "every "
        "sentence, and say so when they do not know.",
        "what": "I answer questions from your own documents, show the passage behind every sentence, and say so when "
        "they "
        "do not know. Ask about a fact, or for a summary of a document or a topic. No network is needed.",
        "add": "Put files into the corpus folder and run `sumber sync`; the list of documents shows what has been "
        "read. "
        "Texts, web pages, PDF, office files, tables, books and mail can be read.",
        "private": "I work offline: documents and questions stay on this machine, unless you set up a language model "
        "elsewhere.",
        "bye": "Goodbye. Your documents can be asked again at any time.",
        "thanks": "You are welcome. Ask me anything else about your documents.",
        "greeting": "Hello. Ask me something about your documents: I show the passage behind every sentence, and say "
        "so "
        "when they do not know.",
    },
    "id": {
        "who": "Saya Sumber, sebuah program, bukan manusia. Saya menjawab dari dokumen Anda sendiri, menunjukkan "
        "bagian "
        "yang mendasari setiap kalimat, dan berterus terang bila dokumen tidak memuat jawabannya.",
        "what": "Saya menjawab pertanyaan dari dokumen Anda sendiri, menunjukkan bagian yang mendasari setiap "
        "kalimat, dan "
        "berterus terang bila dokumen tidak memuat jawabannya. Tanyakan suatu fakta, atau mintalah ringkasan sebuah "
        "dokumen atau topik. Jaringan tidak diperlukan.",
        "add": "Taruh berkas di folder corpus lalu jalankan `sumber sync`; daftar dokumen menunjukkan apa yang telah "
        "dibaca. "
        "Teks, halaman web, PDF, berkas kantor, tabel, buku, dan surel dapat dibaca.",
        "private": "Saya bekerja luring: dokumen dan pertanyaan tetap di komputer ini, kecuali Anda memasang model "
        "bahasa "
        "di tempat lain.",
        "bye": "Sampai jumpa. Dokumen Anda dapat ditanya lagi kapan saja.",
        "thanks": "Sama-sama. Silakan tanyakan hal lain tentang dokumen Anda.",
        "greeting": "Halo. Tanyakan sesuatu tentang dokumen Anda: saya menunjukkan bagian yang mendasari setiap "
        "kalimat, "
        "dan berterus terang bila dokumen tidak memuat jawabannya.",
    },
    "ko": {
        "who": "저는 Sumber입니다. 사람이 아니라 프로그램이며, 가지고 계신 문서에서 답을 찾아 문장마다 근거가 되는 "
        "구절을 "
        "보여 드리고, 문서에 답이 없으면 없다고 말씀드립니다.",
        "what": "가지고 계신 문서에서 답을 찾아 문장마다 근거가 되는 구절을 보여 드리고, 문서에 답이 없으면 없다고 "
        "말씀드립니다. 사실을 묻거나 문서 또는 주제의 요약을 청해 보세요. 네트워크는 필요 없습니다.",
        "add": "corpus 폴더에 파일을 넣고 `sumber sync`를 실행하세요. 무엇을 읽었는지는 문서 목록에 나옵니다. "
        "텍스트, 웹 페이지, PDF, 오피스 파일, 표, 전자책, 메일을 읽을 수 있습니다.",
        "private": "저는 오프라인으로 작동합니다. 다른 곳의 언어 모델을 설정하지 않는 한 문서와 질문은 이 컴퓨터를 "
        "벗어나지 "
        "않습니다.",
        "bye": "안녕히 가세요. 언제든지 다시 물어보세요.",
        "thanks": "천만에요. 문서에 대해 더 궁금한 것이 있으면 물어보세요.",
        "greeting": "안녕하세요. 문서에 대해 물어보세요. 문장마다 근거가 되는 구절을 보여 드리고, 문서에 답이 없으면 "
        "없다고 "
        "말씀드립니다.",
    },
}

# Pieces of talk as patterns over folded words; @ is our name. Between pieces of Korean no space is needed, since it is
# spaced in many ways: its utterances are matched without any.
_ENGLISH_HELLO = r"hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)"
_ENGLISH_BEING = (
    r"(?:an? )?(?:ai|a i|artificial intelligence|robot|(?:chat ?)?bot|human(?: being)?|(?:real )?person|real|machine"
    r"|alive"
    r"|(?:large )?language model|llm|(?:computer )?program|computer|(?:chat ?)?gpt|sentient)"
)
_ENGLISH_FILES = (
    r"(?:(?:my|our|your|a|the|new|more|own|some|other|another) )*(?:pdf |word |text )?(?:documents?|docs?|files?"
    r"|pdfs?)"
)
_ENGLISH_HERE = (
    r"(?: (?:in )?here| (?:to|into|in) (?:you|@|sumber|this|(?:the|this) (?:app|corpus|library|index|chat)))?"
)
_INDONESIAN_BEING = (
    r"(?:sebuah |seorang )?(?:ai|kecerdasan buatan|robot|bot|chatbot|manusia|orang|mesin|program|komputer)"
)
_INDONESIAN_YOU = r"(?:kamu|anda|kau|engkau|kalian|@)"
_INDONESIAN_FILES = r"(?:dokumen|berkas|file|pdf)(?: (?:saya|baru|sendiri|lain|lagi))*"
_KOREAN_BEING = r"(?:ai|에이아이|인공지능|로봇|봇|챗봇|사람|인간|기계|프로그램|컴퓨터|언어모델)"
_KOREAN_YOU = r"(?:(?:너|넌|네|니|당신|그쪽|@|자네)(?:은|는|의|이|가)?)"
_KOREAN_IS = r"(?:이?야|이?니|이?냐|이?에요|예요|세요|이?신가요|인가요?|입니까|이?십니까|이?지요?|이?죠)"
_KOREAN_DO = r"(?:어|어요|니|나요|나|습니까|지|죠|는지(?:알려(?:줘|주세요))?|을까요?|ㅏ)"
_KOREAN_TELL = r"(?:(?:좀)?(?:알려|가르쳐|설명해|말해)(?:줘|줘요|주세요|주십시오|줄래|주실래요))"

_SAID: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "who": rf"(?:who|what) (?:exactly |really )?(?:are|r) (?:you|u)(?: exactly| really| anyway)?"
        rf"|who am i (?:talking|speaking|chatting) (?:to|with)|(?:what|who)(?:'s| is) (?:@|sumber)"
        rf"|tell me (?:something |a bit |more )?about (?:yourself|you|@|sumber)|introduce yourself"
        rf"|what(?:'s| is) your name|do you have a name|what should i call you"
        rf"|(?:are you|is (?:@|sumber)|am i (?:talking|speaking|chatting) (?:to|with)) (?:really "
        rf"|just )?{_ENGLISH_BEING}"
        rf"(?: or (?:just )?{_ENGLISH_BEING})?|who (?:made|built|created|wrote|developed|programmed) (?:you|@|sumber)",
        "what": r"what (?:can|do|could|else can|does|exactly can) (?:you|@|sumber) do(?: for me| here)?"
        r"|what (?:are|is) (?:you|@|sumber) (?:able to do|capable of|for|good at|good for)"
        r"|what (?:can|should|could|may) i ask(?: you)?(?: here| about)?|what can i do here"
        r"|what (?:kinds?|sorts?) of questions (?:can|may) i ask(?: you)?"
        r"|how (?:do|does) (?:you|@|sumber|this (?:app|chat|chatbot|assistant)) work"
        r"|how (?:do|can|should) i use (?:you|@|sumber|this (?:app|chat|chatbot|assistant))"
        r"|how (?:can|could) you help(?: me)?|(?:can|could|will|would) you help(?: me)?(?: out)?|help(?: me)?(?: out)?"
        r"|i need (?:some |your )?help|what are your (?:features|capabilities|abilities|functions|limits|limitations)"
        r"|what(?:'s| is) your (?:purpose|job|function)|where do your answers come from"
        r"|(?:what|which) languages (?:do|can) you (?:speak|understand|know|read)"
        r"|(?:do|can) you (?:speak|understand) (?:english|korean|indonesian|bahasa(?: indonesia)?)"
        r"|do you (?:make things up|make up answers|hallucinate|ever lie)",
        "add": rf"(?:how|where) (?:do|can|could|should|would) (?:i|we|you) (?:add|upload|import|load|put"
        rf"|index)(?: in)?"
        rf" {_ENGLISH_FILES}{_ENGLISH_HERE}|(?:can|may|could) i (?:add|upload|import"
        rf"|load) {_ENGLISH_FILES}{_ENGLISH_HERE}"
        rf"|i (?:want|would like|'d like|need) to (?:add|upload|import) {_ENGLISH_FILES}{_ENGLISH_HERE}"
        rf"|(?:what|which) (?:(?:kinds?|types?|sorts?) of )?(?:(?:file|document) )?(?:formats?|types?|files?"
        rf"|documents?)"
        rf" (?:do|can|does) (?:you|@|sumber) (?:read|support|handle|open|understand|accept)",
        "private": r"(?:do|does|can|will) (?:you|@|sumber) (?:work|run) (?:offline|locally|without (?:the "
        r"|an )?internet)"
        r"|are you (?:offline|online|local)|(?:do|does) (?:you|@|sumber) need (?:the |an )?internet(?: connection)?"
        r"|(?:is my data|are my (?:documents|files)) (?:safe|private|secure|uploaded|sent anywhere)(?: here"
        r"| with you)?"
        r"|do you (?:send|share|upload|store|keep) my (?:data|documents|files|questions)(?: anywhere)?",
        "bye": r"(?:good ?)?bye(?: bye)?(?: for now)?|see (?:you|ya)(?: later| soon| tomorrow| around)?|farewell"
        r"|good night"
        r"|have a (?:nice|good|great|lovely) (?:day|evening|night|weekend|one)|take care|talk to you (?:later|soon)"
        r"|that(?:'s| is| will be) all(?: for (?:now|today))?",
        "thanks": r"(?:many )?(?:thanks|thank you|thank u)(?: very much| so much| a lot| a million)?"
        r"(?: for (?:(?:all )?(?:your|the|that) )?(?:help|helping(?: me)?|answers?|time|everything|information))?"
        r"|thx|cheers|much appreciated|(?:i )?(?:really )?appreciate (?:it|your help|that)|(?:good|great"
        r"|nice) (?:job|work|bot)"
        r"|(?:that(?:'s| is| was) )?(?:very |really )?(?:great|perfect|awesome|helpful|excellent|wonderful)|well done",
        "greeting": rf"{_ENGLISH_HELLO}|howdy|greetings|morning|how are you(?: doing)?(?: today)?|how(?:'s"
        rf"| is) it going"
        r"|how do you do|what's up|(?:it's )?(?:nice|pleased|good) to meet you",
        "filler": r"there|everyone|everybody|again|sumber|@|please|ok|okay|oh|well|so|and|my friend|friend|no|yes"
        r"|yeah|then",
    },
    "id": {
        "who": rf"(?:siapa|siapakah) (?:sebenarnya )?{_INDONESIAN_YOU}(?: ini| sebenarnya| itu)?"
        rf"|{_INDONESIAN_YOU} (?:ini |itu )?(?:siapa|apa)(?: sebenarnya| sih| ya)?|apa(?:kah)? itu @|@ itu apa"
        rf"|siapa(?:kah)? nama(?:mu| {_INDONESIAN_YOU})|nama(?:mu| {_INDONESIAN_YOU}) siapa|perkenalkan diri(?:mu"
        rf"| anda)?"
        rf"|ceritakan tentang (?:diri )?(?:dirimu|{_INDONESIAN_YOU})"
        rf"|(?:apakah |apa )?{_INDONESIAN_YOU} (?:ini "
        rf"|itu )?(?:adalah )?{_INDONESIAN_BEING}(?: atau {_INDONESIAN_BEING})?(?: ya)?"
        rf"|siapa(?:kah)? (?:yang )?(?:membuat|menciptakan|mengembangkan) ?{_INDONESIAN_YOU}"
        rf"|siapa(?:kah)? pembuat(?:mu| anda)",
        "what": rf"(?:apa(?:kah)?|hal apa) (?:saja )?(?:yang )?(?:bisa|dapat) {_INDONESIAN_YOU} (?:lakukan|bantu"
        rf"|kerjakan)"
        rf"|{_INDONESIAN_YOU} (?:bisa|dapat) (?:apa|melakukan apa|bantu apa|membantu apa)(?: saja)?"
        rf"|(?:bisa )?apa saja kemampuan(?:mu| anda)"
        rf"|apa (?:saja )?(?:fungsi|kegunaan|tugas|fitur|kemampuan)(?:mu|nya| {_INDONESIAN_YOU})"
        rf"|bisa apa (?:saja )?{_INDONESIAN_YOU}"
        rf"|apa (?:saja )?yang (?:bisa|dapat|boleh) (?:saya )?(?:saya )?tanyakan|bagaimana cara kerja(?:mu"
        rf"| {_INDONESIAN_YOU})"
        rf"|bagaimana (?:cara(?:nya)? )?(?:menggunakan|memakai) (?:{_INDONESIAN_YOU}|aplikasi ini)"
        rf"|bagaimana {_INDONESIAN_YOU} bekerja"
        rf"|bantuan|tolong|bantu(?:lah)? (?:saya|aku)|tolong bantu(?: saya| aku)?|(?:bisa|bisakah"
        rf"|dapatkah) {_INDONESIAN_YOU}"
        rf" (?:bantu|membantu|tolong)(?: saya| aku|ku)?|saya (?:butuh|perlu) bantuan|bisa (?:bantu|tolong)(?: saya)?"
        rf"|bahasa apa (?:saja )?yang {_INDONESIAN_YOU} (?:mengerti|pahami|kuasai)"
        rf"|(?:apakah |bisakah )?{_INDONESIAN_YOU} (?:bisa )?(?:berbahasa|bahasa) (?:indonesia|inggris|korea)",
        "add": rf"(?:bagaimana|gimana) (?:cara(?:nya)? )?(?:saya )?(?:bisa |dapat )?(?:menambah(?:kan)?|tambah"
        rf"|mengunggah|unggah"
        rf"|memasukkan|upload|mengupload|menaruh) {_INDONESIAN_FILES}(?: (?:ke|di) (?:sini|@|aplikasi ini))?"
        rf"|(?:cara )(?:menambah(?:kan)?|mengunggah|memasukkan|upload) {_INDONESIAN_FILES}(?: (?:ke|di) (?:sini|@))?"
        rf"|(?:bisakah saya|(?:apakah )?saya (?:bisa|boleh)) (?:menambah(?:kan)?|mengunggah|memasukkan"
        rf"|upload) {_INDONESIAN_FILES}"
        rf"|di ?mana saya (?:bisa )?(?:menaruh|menambahkan|mengunggah) {_INDONESIAN_FILES}"
        rf"|(?:file|berkas|dokumen|format) apa (?:saja )?yang (?:bisa|dapat) {_INDONESIAN_YOU} baca",
        "private": rf"(?:apakah )?{_INDONESIAN_YOU} (?:bisa |dapat )?(?:bekerja|berjalan"
        rf"|dipakai)? ?(?:secara )?(?:offline|luring"
        rf"|tanpa internet)|(?:apakah )?{_INDONESIAN_YOU} (?:butuh|perlu|memerlukan|membutuhkan) (?:koneksi )?internet"
        rf"|apakah (?:data|dokumen|berkas) saya aman",
        "bye": r"sampai (?:jumpa|nanti|besok|ketemu|bertemu)(?: lagi| nanti| besok)?|selamat tinggal|dadah?|dah"
        r"|bye(?: bye)?"
        r"|selamat (?:tidur|jalan)|(?:itu|sekian|cukup) (?:saja|dulu)(?: dulu)?",
        "thanks": r"(?:terima ?kasih|makasih|trims|trimakasih|tengkyu|thanks|thank you)(?: banyak)?"
        r"(?: (?:atas|untuk) (?:bantuan|jawaban)(?:nya|mu| anda)?)?|mantap|bagus sekali|sangat membantu|hebat",
        "greeting": rf"halo|hallo|hai|hei|{_ENGLISH_HELLO}|selamat (?:pagi|siang|sore|malam|datang)|pagi|permisi"
        rf"|salam(?: kenal)?"
        rf"|ass?alamu ?'?alaikum|apa kabar(?:nya|mu| {_INDONESIAN_YOU})?(?: hari ini)?|bagaimana kabar(?:mu|nya"
        rf"| {_INDONESIAN_YOU})",
        "filler": r"semua(?:nya)?|semua|ya|yah|dong|sih|deh|kak|pak|bu|mas|mbak|@|oke|ok|baik|baiklah|lagi|tolong"
        r"|kawan|teman",
    },
    "ko": {
        "who": rf"{_KOREAN_YOU}?(?:도대체|대체)?(?:누구|뭐하는(?:애|거|프로그램|사람)|뭐|무엇){_KOREAN_IS}"
        rf"|{_KOREAN_YOU}누구"
        rf"|{_KOREAN_YOU}?(?:이름|성함|정체)(?:은|이)?(?:뭐|무엇|어떻게){_KOREAN_IS}|이름(?:은|이)?어떻게되(?:세요"
        rf"|나요|십니까)"
        rf"|자기소개(?:해)?(?:줘|주세요|해봐|부탁해요?|부탁드립니다)?|@(?:은|는|이|가)?(?:뭐|무엇|누구){_KOREAN_IS}"
        rf"|{_KOREAN_YOU}(?:진짜|정말|혹시)?{_KOREAN_BEING}{_KOREAN_IS}(?:{_KOREAN_BEING}{_KOREAN_IS})?"
        rf"|(?:혹시)?{_KOREAN_BEING}(?:이세요|이신가요|인가요|이에요|이야|이니|입니까)"
        rf"|(?:누가|누구가){_KOREAN_YOU}?(?:를|을)?(?:만들었|개발했){_KOREAN_DO}|누가(?:너|당신|@)(?:를|을)(?:만들었"
        rf"|개발했){_KOREAN_DO}",
        "what": rf"{_KOREAN_YOU}?(?:뭘|뭐|뭐를|무엇을|무얼|어떤것을|어떤일을|무슨일을)(?:도와줄수|도와주실수|할수"
        rf"|해줄수|하실수)있{_KOREAN_DO}"
        rf"|{_KOREAN_YOU}?(?:뭘|뭐|무엇을)할줄(?:알아요?|아니|아나요|압니까)|{_KOREAN_YOU}?(?:뭘|뭐"
        rf"|무엇을)(?:물어보면|물어볼수|물어봐도)"
        rf"(?:돼요?|되나요|됩니까|있{_KOREAN_DO})|(?:@|이앱|이챗봇)?(?:은|는|을|를)?어떻게(?:사용|이용|작동)(?:해요?"
        rf"|하나요|합니까|하는거야|하면돼요?)"
        rf"|(?:사용법|이용법|사용방법|기능)(?:이|은|을)?(?:뭐{_KOREAN_IS}|무엇{_KOREAN_IS}|{_KOREAN_TELL})?|도움말?"
        rf"|도움이필요해요?"
        rf"|(?:나?좀|저좀|나를|저를)?도와(?:줘|줘요|주세요|주십시오|줄래|줄수있어요?|주실수있나요|주시겠어요)"
        rf"|(?:무슨|어떤)(?:언어|말)(?:를|을)?(?:할수있|알아듣|이해하){_KOREAN_DO}|한국어(?:를|도)?(?:할수있"
        rf"|할줄알아|이해하|되)(?:{_KOREAN_DO}|요)?",
        "add": rf"(?:새|제|내|다른)?(?:문서|파일|pdf|자료)(?:은|는|을|를)?(?:여기에|@에)?(?:어떻게"
        rf"|어디에(?:서)?)(?:추가|업로드|등록)"
        rf"(?:해요?|하나요|합니까|하니|하죠|할수있{_KOREAN_DO}|하면돼요?|하면되나요)"
        rf"|(?:새|제|내|다른)?(?:문서|파일|pdf|자료)(?:은|는|을|를)?(?:어떻게|어디에(?:서)?)(?:올려요?|올리나요"
        rf"|넣어요?|넣나요|올립니까|넣습니까)"
        rf"|(?:어떻게|어디에(?:서)?)(?:새|제|내)?(?:문서|파일|자료)(?:을|를)?(?:추가|업로드|등록)(?:해요?|하나요"
        rf"|합니까|할수있{_KOREAN_DO})"
        rf"|(?:문서|파일|자료)(?:를|을)?(?:추가|업로드|등록)(?:하는)?(?:방법|법)(?:이|을|은)?(?:뭐{_KOREAN_IS}"
        rf"|무엇{_KOREAN_IS}|{_KOREAN_TELL})?"
        rf"|(?:어떤|무슨)(?:파일|문서|형식)(?:을|를)?읽을수있{_KOREAN_DO}",
        "private": rf"(?:{_KOREAN_YOU})?오프라인(?:에서|으로)?(?:도)?(?:작동|동작|사용|실행)(?:해요?|하나요|합니까"
        rf"|되나요|돼요?|가능해요?|가능한가요)"
        rf"|인터넷(?:이|은)?(?:없이|없어도)(?:도)?(?:작동|동작|사용)(?:해요?|하나요|되나요|돼요?|가능한가요)"
        rf"|인터넷(?:이|은)?필요(?:해요?|한가요|합니까)"
        rf"|내?(?:제)?(?:데이터|문서|자료)(?:는|가|은)?안전(?:해요?|한가요|합니까)",
        "bye": r"안녕히(?:계세요|가세요|계십시오|가십시오)|잘(?:가|있어|자)요?|또(?:봐|만나|올게|봬)요?"
        r"|다음에(?:또)?(?:봐|만나|봬|뵙겠습니다)요?"
        r"|바이(?:바이)?|수고하세요|(?:좋은|즐거운)(?:하루|밤|주말)(?:되세요|보내세요|보내)|이만(?:갈게|가볼게)요?",
        "thanks": r"(?:정말|너무|대단히|진짜|도와줘서|도와주셔서|알려줘서|알려주셔서|답변)?(?:고마워요?|고맙습니다"
        r"|감사합니다|감사해요?|감사드립니다|ㄱㅅ|땡큐)"
        r"|수고(?:하셨습니다|하셨어요|했어요?)|(?:아주|정말)?(?:좋아요|좋네요|훌륭해요?|훌륭하네요|완벽해요?"
        r"|잘했어요?)|도움이(?:됐|되었|많이됐)(?:어요?|습니다)",
        "greeting": rf"안녕(?:하세요|하십니까|하신가요)?|하이|헬로우?|여보세요|{_ENGLISH_HELLO}|좋은(?:아침|오후"
        rf"|저녁)(?:이에요|입니다|이야)?"
        r"|반가워요?|반갑습니다|처음뵙겠습니다|(?:오늘)?(?:잘지내|어떻게지내)(?:요|니|세요|나요|십니까|셨어요)?"
        r"|만나서반가워요?|만나서반갑습니다",
        "filler": r"네|예|응|아|음|오|그래요?|좋아|@(?:아|야|님)?|저기요?|여러분|모두|thanks|ok|오케이",
    },
}


@dataclass(frozen=True, slots=True)
class _Talk:
    """One language's talk: a whole utterance is courtesy, at most one matter, and courtesy again."""

    language: Language
    pattern: re.Pattern[str]

    def topic(self, utterance: str) -> Topic | None:
        match = self.pattern.fullmatch(utterance.replace(" ", "") if self.language == "ko" else f"{utterance} ")
        said = match.groupdict() if match else {}
        topics = (topic for topic in _HELP[self.language] if any(said.get(f"{topic}{n}") for n in ("", "1", "2")))
        return next(topics, None)


def _talk(language: Language, said: Mapping[str, str]) -> _Talk:
    end = "" if language == "ko" else " "
    said = {name: piece.replace(" ", "") if language == "ko" else piece for name, piece in said.items()}

    def any_of(names: str, number: str) -> str:
        return "|".join(f"(?P<{name}{number}>{said[name]})" for name in names.split())

    courtesies = [rf"(?:(?:{any_of('bye thanks greeting filler', n)}){end})*" for n in ("1", "2")]
    matter = rf"(?:(?:{any_of('who what add private', '')}){end})?"
    return _Talk(language, re.compile(courtesies[0] + matter + courtesies[1]))


_TALKS = tuple(_talk(language, said) for language, said in _SAID.items())
_BETWEEN = re.compile(r"[^\w\s'\"@<>/\\+=$%&#]+|_")  # punctuation and pictures; quotation marks make a word a thing


def word_of_help(question: str) -> str | None:
    """What to say to small talk or to a question about Sumber itself, in its language; None for any other question."""
    if len(question) > LONGEST:
        return None
    # With a capital it is our name; Indonesians write `sumber` for any source.
    utterance = " ".join(_BETWEEN.sub(" ", fold(re.sub("Sumber", "@", question))).split())
    for talk in _TALKS:
        topic = talk.topic(utterance)
        if topic:
            return _HELP[talk.language][topic]
    return None
