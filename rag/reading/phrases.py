"""What web pages say beside their content, as whole lines, by kind: English, Indonesian, Korean, and the commonest of
German, French, Spanish and Japanese. Only words; what follows from them is decided in `furniture`.
"""

from __future__ import annotations

import re


def _lines(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_MEDIA = (
    r"facebook|twitter|linkedin|whats ?app|pinterest|reddit|telegram|tumblr|instagram|you ?tube|flipboard|messenger|"
    r"kakao ?(?:talk|story)|naver(?: blog)?|google\+|카카오톡|카카오스토리|페이스북|트위터|네이버(?: ?블로그| ?밴드)?"
)

# Lines that hardly any other text has. "ad" and "more" stand between paragraphs, the others beside or below them.
STRONG = {
    "skip": _lines(
        r"(?:skip|jump) to (?:the )?(?:main |page )?(?:content|navigation|search|main|footer|menu|article)",
        r"the body go.*",
        r"(?:본문|주메뉴|메뉴|하단|컨텐츠|콘텐츠)\S{0,3} ?(?:내용 ?)?바로 ?가기|바로가기 메뉴",
        r"(?:lewati|langsung|loncat) ke (?:konten|isi|menu).{0,30}",
        r"(?:direkt )?zum (?:haupt)?inhalt.{0,30}|aller au (?:contenu|menu).{0,30}|(?:ir|saltar) al contenido.{0,30}",
        r"本文へ(?:スキップ|移動).{0,10}",
    ),
    "path": _lines(
        r"(?:home ?page|home|beranda|홈|startseite|accueil|inicio|portada|ホーム|board index)"
        r"\s*(?:[>›»/|→\\]|::)\s*[^\W_].{0,160}(?<![.!?])",
        r"[^\W_][^>›»]{0,40}(?: ?[>›»] ?[^\W_][^>›»]{0,60}){2,6}(?<![.!?])",
    ),
    "share": _lines(
        r"(?:share|tweet|follow|like|find|save|pin|bagikan|ikuti|teilen|partager|compartir)"
        rf"(?: (?:us|this|it|me|di|ke|on|to|via|with|auf|sur|en|by))*(?: (?:{_MEDIA}|e-?mail|x))+",
        r"(?:click|tap) to (?:share|e-?mail|print|tweet).{0,60}|sharing is caring.{0,3}|\d+ ?shares?",
        r"share (?:this|the)(?: (?:article|story|post|page|with.{0,30}))?|share via.{0,20}|copy (?:link|url)",
        r".{0,200}url copied|(?:print|e-?mail|save) this (?:article|page|story|post)",
        r"(?:bagikan|sebarkan)(?: (?:artikel|berita).{0,20}| ini.{0,10})?|salin (?:tautan|link)",
        r"기사 ?공유(?:하기)?|공유하기|.{0,8}공유합니다|sns ?공유.{0,10}|url ?복사|글자 ?크기.{0,12}|기사 ?저장"
        r"|シェアする|artikel teilen",
    ),
    "subscribe": _lines(
        r"subscribe (?:to|for|now|today|here).{0,80}|sign ?up (?:to|for) (?:our|the|get|receive|updates).{0,80}",
        r"get (?:our|the) (?:free |daily |weekly )*newsletter.{0,60}|newsletter (?:sign-?up|subscription)",
        r".{0,80}\b(?:in|to) your inbox\b.{0,40}|.{0,80}\bunsubscribe (?:at )?any ?time.{0,20}",
        r"(?:enter )?your e-?mail(?: address)?|(?:start|try) (?:your |a )?free trial|already a (?:subscriber"
        r"|member)\?.{0,40}",
        r"berlangganan(?: .{0,40})?|뉴스레터 ?(?:구독|신청).{0,20}|구독 ?(?:하기|신청)|newsletter (?:abonnieren"
        r"|bestellen)",
        r"s'abonner.{0,40}|suscr[ií]bete.{0,40}",
    ),
    "more": _lines(
        r"(?:read|read ?also|also read|see also|watch|related|baca|baca juga|simak juga|lihat juga|lesen sie auch"
        r"|mehr zum thema|lire aussi|à lire aussi|lea también|te puede interesar|関連記事|관련 ?기사)"
        r"(?: more| also)?\s*[:：]\s*\S.{0,200}(?<![.;:])",
        r"read more|continue reading.{0,60}|selengkapnya|lihat selengkapnya",
    ),
    "others": _lines(
        r"(?:related|recommended|suggested|similar|trending|popular|latest|recent|featured|more|other|top|further)"
        r" (?:top |news |popular )?(?:stories|articles?|posts?|news|content|topics|reads?|links|videos?|coverage"
        r"|headlines)"
        r"(?: (?:for you|on|from|by|in) .{0,60})?",
        r"most (?:read|viewed|popular|shared|commented|watched|recent|emailed)(?: .{0,40})?|editors?['’]?s? (?:picks?"
        r"|choice)",
        r"(?:related|similar|recommended) (?:jobs|products|items|objects|questions|recipes|pages|searches|events)",
        r"you (?:may|might|could)(?: also)? (?:like|enjoy|be interested in).{0,20}|recommended for you|more for you"
        r"|more (?:from|on) .{1,60}",
        r"related (?:internet |external )?links|(?:video|berita) rekomendasi|what to read next|read (?:next|this next"
        r"|these next)|up next|don['’]t miss|(?:weekly )?hot issues?"
        r"|more like this",
        r"from (?:around )?the web|promoted (?:content|links)|trending(?: now)?|recently viewed",
        r"(?:customers|people|others|shoppers) (?:who .{0,40})?(?:also|who) (?:bought|viewed|liked|read|asked).{0,40}",
        r"(?:baca|simak|lihat) juga|(?:berita|artikel)(?: (?:terkait|terkini|terpopuler|lainnya|populer|terbaru"
        r"|pilihan))+",
        r"terpopuler|paling (?:populer|banyak dibaca)|rekomendasi untuk anda",
        r"관련 ?(?:기사|뉴스|글)|(?:가장 ?)?많이 ?본 ?(?:뉴스|기사|글)|(?:인기|최신|추천|주요) ?(?:기사|뉴스|글)"
        r"|랭킹 ?뉴스",
        r"(?:이 ?기자의 )?다른 ?기사.{0,10}|실시간 ?(?:뉴스|인기).{0,10}|(?:이전|다음) ?글.{0,120}",
        r"das könnte (?:sie|dich) auch interessieren|meistgelesen.{0,30}|verwandte (?:artikel|themen)",
        r"articles? (?:similaires|liés)|les plus lus|lo más (?:leído|visto)|noticias relacionadas",
        r"(?:人気|関連|おすすめ)(?:の)?記事|アクセスランキング",
    ),
    "comments": _lines(
        r"(?:leave|post|add|write|submit|make) (?:a |your |an? )?(?:reply|comments?).{0,60}",
        r"(?:be the first|login|log in|sign in) to (?:post a )?comment.{0,40}|\d+ (?:responses|replies) to.{0,100}",
        r"your e-?mail address will not be published.{0,80}|save my name, e-?mail.{0,80}|comments? are closed.{0,20}",
        r"(?:view|show|see|read|hide|load) (?:all |the |more )?(?:\d+ )?comments?.{0,20}|\d+ comments?"
        r"|no comments(?: yet)?",
        r"(?:tulis|beri|tinggalkan|kirim) (?:sebuah )?(?:komentar|balasan).{0,30}|alamat email anda tidak akan.{0,80}",
        r"댓글 ?(?:쓰기|달기|작성|입력|\d+개?|등록)|의견 ?쓰기|(?:einen )?kommentar (?:schreiben|verfassen)",
        r"laisser un commentaire|deja un comentario.{0,30}|コメントを(?:書く|残す|投稿).{0,10}",
    ),
    "cookies": _lines(
        r".{0,60}\b(?:we|(?:this|our) (?:web)?site|our partners)\b.{0,60}\buses?\b.{0,20}\bcookies\b.{0,400}",
        r"(?:accept|reject|allow|manage|decline) (?:all|only|necessary|essential|cookies|preferences|settings).{0,30}",
        r"cookie (?:settings|preferences|policy|notice|consent)|cookies on (?:this|the|our) .{0,40}",
        r".{0,60}situs (?:web )?ini menggunakan cookie.{0,200}|alle(?: cookies)? akzeptieren|tout accepter",
        r"aceptar (?:todas|cookies).{0,20}",
    ),
    "tags": _lines(r"(?:#[^\W\d_]\w{1,40}[\s,]*)+", r"(?:filed under|posted in)\b.{0,120}"),
    "company": _lines(
        r"(?:(?:business )?registration (?:number|no)|youth protection (?:manager|officer)|(?:발행|편집)(?:인|자"
        r"|·편집인)+"
        r"|사업자 ?등록 ?번호|등록 ?번호|등록 ?일자?|청소년 ?보호 ?책임자|통신판매(?:업)?(?: ?신고)?(?:번호)?"
        r"|발행 ?일자?)"
        r"\s*[.:：|]\s*.{1,160}"
    ),
    "site": _lines(
        r"(?:privacy|cookies?)(?: (?:policy|notice|statement|settings|center|& cookies))+|terms (?:of use|of service)",
        r"accessibility (?:statement|help)|website feedback|site ?map|advertise with us|do not sell .{0,60}|media kit",
        r"help cent(?:er|re)|editorial (?:guidelines|standards)|work with us|follow us.{0,30}",
        r"powered by .{0,40}|built with .{0,40}|tentang kami|hubungi kami|redaksi|pedoman media siber"
        r"|kebijakan privasi",
        r"syarat (?:dan|&) ketentuan|info iklan|kode etik.{0,30}|회사 ?소개|개인정보 ?(?:처리|취급) ?방침|이용 ?약관",
        r"청소년 ?보호 ?정책|광고 ?(?:문의|안내)|기사 ?제보|저작권 ?(?:정책|보호).{0,10}|이메일 ?(?:무단)? ?수집 ?거부",
        r"고객 ?센터|찾아오시는 ?길|뷰어 ?다운로드|datenschutz(?:erklärung|einstellungen)?|mentions légales",
        r"politique de confidentialité|aviso legal|política de (?:privacidad|cookies)|プライバシーポリシー|利用規約",
    ),
    "asked": _lines(
        r"(?:is|was) this (?:(?:page|article|content|information) )?(?:useful|helpful)\??.{0,20}|rate this (?:page"
        r"|article)",
        r"report (?:a|an) (?:problem|issue|error|typo) (?:with|on|in) .{0,40}|.{0,60}(?:정보|만족도).{0,30}만족하(?:십"
        r"|시).{0,10}",
        r"edit (?:this page|on github).{0,20}|this page was last (?:edited|modified|updated).{0,80}",
    ),
    "ad": _lines(
        r"advertisement(?: ?[-–:.]? ?(?:continue reading|scroll).{0,40})?|\[?광고\]?|iklan|anzeige|publicité"
        r"|publicidad",
        r"(?:article|story|content) continues (?:below|after).{0,40}"
        r"|(?:scroll )?(?:untuk )?lanjut(?:kan)? membaca.{0,40}",
        r"sponsored(?: (?:content|links?|by .{0,40}))?",
    ),
    "basket": _lines(
        r"add to (?:basket|cart|bag|wish ?list)|(?:tambah(?:kan)?|masukkan) ke keranjang|장바구니(?: ?담기)?",
        r"in den warenkorb|your (?:basket|cart|bag)(?: is empty)?",
    ),
    "top": _lines(
        r"(?:back|return|scroll|go) to (?:the )?top|kembali ke atas|맨 ?위로(?: ?가기)?|nach oben|haut de page",
        r"volver arriba|ページトップ.{0,6}|view (?:history|source)|create (?:an )?account",
        r"toggle (?:navigation|menu|search).{0,20}|(?:open|close|main|site) (?:menu|navigation|search)",
    ),
}

# Lines that may well stand in another text: furniture only where the strong signs have shown a page.
WEAK = {
    "account": _lines(
        r"(?:sign|log) ?(?:in|out|up)|join|register|(?:my )?account|masuk|daftar|로그인|로그아웃|회원가입|마이페이지",
        r"anmelden|registrieren|connexion|iniciar sesión|ログイン|会員登録|basket|cart",
    ),
    "share": _lines(
        rf"{_MEDIA}|shares?|tweet|e-?mail|print|x|line|band|rss|공유|인쇄|프린트|스크랩|cetak|drucken|imprimer|teilen",
        r"partager|compartir|i like it|like|save|follow|좋아요",
    ),
    "subscribe": _lines(r"subscribe|subscriptions?|newsletters?|구독|unsubscribe"),
    "tags": _lines(
        r"(?:related )?(?:tags?|topics?|categor(?:y|ies)|topik)\b(?:\s*:.{0,120})?|in this article:.{0,80}|태그"
    ),
    "comments": _lines(
        r"comments?|reply|post reply|quote|komentar|balas|kommentare|commentaires|comentarios|コメント|댓글|답글|신고",
    ),
    "rights": _lines(
        r".{0,80}(?:©|ⓒ|copyright \(c\)|\(c\) ?(?:19|20)\d\d|copyright (?:19|20)\d\d).{0,160}"
        r"|copyright(?: [^\s.!?]+){1,6}|.{0,100}all rights reserved.{0,60}|.{0,120}무단 ?(?:전재|복제"
        r"|배포).{0,80}",
        r".{0,40}저작권자.{0,80}|hak cipta dilindungi.{0,60}|alle rechte vorbehalten.{0,60}"
        r"|tous droits réservés.{0,60}",
    ),
    "menu": _lines(
        r"menu|전체 ?메뉴|search(?: docs)?|cari|검색|suche|rechercher|buscar|top|목록|home|beranda|홈|all articles"
        r"|전체기사",
        r"next|previous|prev|faq|(?:view|see|show|load) (?:all|more)|lihat semua|더보기",
    ),
    "site": _lines(
        r"about(?: us)?|contact(?: us)?|help|careers|jobs|press|privacy|cookies|accessibility|terms|imprint|impressum"
        r"|legal",
        r"terms (?:and|&) conditions|customer service|returns|kontak|kontakt|karir|disclaimers?|feedback|advertise"
        r"|our team",
    ),
}
