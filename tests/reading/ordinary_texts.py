"""Invented texts that nobody copied from a page, each with something that pages have too. None may lose a line."""

from __future__ import annotations

LETTER = """
Port Arden, 3 May 2021

Dear Mrs Holm,

thank you for your letter about the boathouse. I have spoken to the harbour office.

They will repair the roof in June. Until then, please keep the door locked.

Contact: boathouse@arden.example
Phone: 0123 456

Yours sincerely,
Ewan Drage

Copyright of the drawings remains with the office.
"""

NOTES = """
TODO
- menu for Saturday
- call Ingrid
- print tickets
- search for the blue folder

Share
Email
Print

Ideas
the clock could strike thirteen
more rain
"""

RECIPE = """
Barley soup

Ingredients
200 g barley
1 onion
stock

Related recipes: rye dumplings, pickled pears

Soak the barley for an hour. Fry the onion until it is soft, then add everything else.

Serves
4
"""

POEM = """
Home

The boat comes home.
The boat goes out.
The gulls subscribe to every tide
And read the harbour, line by line.

Menu of the sea:
salt,
salt,
and salt.
"""

MINUTES = """
Minutes of the board, 12 March 2024

Present: Holm, Drage, Ferran

1. Website
The contact form is broken. The link to the privacy policy leads nowhere.

2. Newsletter
Subscribe button moves to the top
Comments are closed from April

3. Any other business
None

Next meeting
9 April 2024
"""

README = """
quern
=====

Quern grinds grain registries into plain files. See also: mill, sieve.

Install
-------
pip install quern

Contents
--------
* Getting started
* Guide
* FAQ
* Contact

Contributing
------------
Report a bug with the output of quern --version. Leave a comment in the issue if you want to help.

License
-------
Copyright (c) 2021 the Quern contributors. All rights reserved.
"""

TABLE = """
name;kind;price
watering can;garden;34.90
hemp twine;garden;4.20
kneeling mat;garden;12.00
newsletter;print;0
contact;service;0
login;service;0
"""

CHAT = """
[09:01] Moira: are you on the ferry?
[09:02] Ewan: not yet
[09:02] Ewan: share your location
[09:03] Moira: ok
Reply
[09:05] Moira: like this?
[09:06] Ewan: 2 comments
[09:06] Ewan: the bus is late. And it rains.
"""

LYRICS = """
Read more, read more, my darling
Follow me on the road
Follow me on the road

Back to top, back to top
The hill is steep
Follow me on the road
"""

CODE = """
#!/bin/sh
#include the settings
menu() {
    echo "Home > News > Local"
    echo "Sign in"
    echo "Privacy policy"
}

# Copyright (c) 2020 the authors. All rights reserved.
menu
search
"""

LAW = """
Article 1
Scope

(1) This act applies to private wells.
(2) It does not apply to wells of the railway.

Article 2
Cookies

The office may sell biscuits at hearings. The price is set each year.

Article 3
Privacy

(1) Nobody may look into a well without leave of its owner.
"""

INTERVIEW = """
Interview with Berta Holm, recorded 4 June 1911

Q: How did you come to the light?
A: By boat.

Q: Were you afraid of the storms?
A: Only of the first one. After that I knew what the tower could bear.

Q: Related to that, did you ever think of leaving?
A: Home is where the oil is.

Comments

She laughed for a long time after the last answer. Then she showed me the lamp.
"""

GLOSSARY = """
Words of the web shop team

Add to basket
Advertisement
Back to top
Most read
Privacy policy
Related articles
Share on Facebook
Sign in

Each of these is a label in our shop. They are translated by Tuesday.
"""

TIMETABLE = """
Ferry Port Arden - Brannock Island

Monday
07:40
16:15

Saturday
09:00
18:30

No service on 25 December
Contact
0123 456
"""

MAIL = """
From: Petra Hollis
To: Odile Ferran
Subject: eels
Date: Tue, 9 May 2023 10:12:00 +0200

Hi Odile,

we counted 4,012 eels. The press release goes out today, please have a look at it before noon and tell me
whether the numbers for 2019 are right; I took them from the old report and the other half from memory, and
you know how good that is. If anything is wrong, write to me or call, I am at the brook until four and then
in the office.

Best
Petra

--
River Watch | Thornby | www.river.example
Unsubscribe
"""

INDONESIAN = """
Surat untuk Ibu

Beranda rumah sudah selesai dicat. Warnanya biru seperti laut.

Daftar belanja:
- beras
- gula
- komentar tetangga (gratis)

Baca juga: surat minggu lalu

Salam,
Tini
"""

KOREAN = """
회의록 2023년 8월 14일

참석: 김다온, 이서준

1. 홈
누리집 첫 화면을 바꾸기로 했다. 검색 상자를 위로 옮긴다.

2. 목록
- 공유
- 댓글
- 로그인

다음 회의는 9월 4일이다.
"""

LINKS = """
Things to read on the train

Home > Settings > General is where the train mode hides.

Read more: the long essay on clocks
Read more: the short one on bridges

All of these are on the tablet. The charger is in the blue bag.
"""

ORDINARY = {
    "letter": LETTER,
    "notes": NOTES,
    "recipe": RECIPE,
    "poem": POEM,
    "minutes": MINUTES,
    "read me": README,
    "table": TABLE,
    "chat": CHAT,
    "lyrics": LYRICS,
    "code": CODE,
    "law": LAW,
    "interview": INTERVIEW,
    "glossary": GLOSSARY,
    "timetable": TIMETABLE,
    "mail": MAIL,
    "Indonesian letter": INDONESIAN,
    "Korean minutes": KOREAN,
    "links": LINKS,
}
