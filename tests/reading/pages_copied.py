"""Invented pages as they look when all of a page is selected, copied and pasted. `+` marks what belongs to the page's
content, `-` what is furniture; a line with neither goes on with the one above."""

from __future__ import annotations

NEWS = """
- Skip to main content
- The Harbour Post
-   • News
-   • Politics
-   • Sport
-   • Weather
-   • Opinion
- Sign in
- Subscribe
- Home > News > Local
+ Ferry to Brannock Island Will Run Through the Winter
+ By Moira Kell
+ Published 12 March 2024
- Share
- Facebook
- Email
- Copy link
+ The council has agreed to pay for a daily ferry to Brannock Island between November and March, ending two winters in
  which the 340 residents depended on a weekly supply boat.
+ The new service leaves Port Arden at 07:40 and returns at 16:15. A single ticket costs £4.50.
- Advertisement
+ Councillor Ewan Drage said the decision was overdue.
+ “People were missing hospital appointments,” he said. “That cannot happen again.”
+ What the ferry carries
+   • up to 60 passengers
+   • eight cars or two lorries
+   • mail and medicine
- Read more: Harbour wall repairs delayed again
+ The contract with Skerry Lines runs until 2027 and is worth £1.2 million.
- Related stories
- Storm closes coastal road for third time this month
- New lifeboat named after fisherman's daughter
- School on Brannock wins prize for its weather station
- Most read
- 1
- Man walks length of county for charity and loses his boots on the way
- 2
- Bakery queue ends in marriage
- 3
- Council tax letters sent to the wrong town
- Comments (14)
- Sign in to comment
- About us
- Contact
- Privacy policy
- © 2024 Harbour Post Media Ltd. All rights reserved.
"""

GOVERNMENT = """
- Cookies on this site
- We use cookies to make this service work and to understand how you use it.
- Accept all
- Reject
- Menu
- Search
- Home / Guidance / Water
+ Guidance
+ Register a private well
+ From: Department for Rural Water
+ Published 4 June 2021
+ Last updated 9 January 2023
+ You must register a private well if it supplies more than one household or any business that serves food.
+ Who must register
+ The owner of the land registers the well. A tenant can do it with the owner's written agreement.
+ What you need
+   • a map that shows the well
+   • the depth in metres
+   • a test result not older than 90 days
+ What it costs
+ Registering costs 35 pounds for a household and 120 pounds for a business. You pay once every five years.
+ Send the form to the office of your district. It answers within 20 working days.
- Is this page useful?
- Yes
- No
- Report a problem with this page
- Related content
-   • Test your drinking water
-   • Apply for a drought grant
- Help
- Privacy
- Cookies
- Accessibility statement
- Terms and conditions
- Back to top
"""

INDONESIAN_NEWS = """
- BERANDA
- NASIONAL
- EKONOMI
- OLAHRAGA
- GAYA HIDUP
- Masuk
- Daftar
- Beranda › Ekonomi › Pangan
+ Harga Cabai di Pasar Sumberejo Turun Setelah Panen Raya
+ Ratna Wulandari
+ Rabu, 18 Oktober 2017 10:00 WIB
- Bagikan
- WhatsApp
- Twitter
+ Sumberejo - Harga cabai rawit di Pasar Sumberejo turun menjadi Rp 28.000 per kilogram pada hari Rabu setelah petani di
  tiga kecamatan memanen bersamaan.
+ Pekan lalu harganya masih Rp 61.000. Pedagang mengatakan pembeli kini kembali membeli dalam jumlah besar.
- Baca juga: Gudang Dingin Baru Dibangun di Pelabuhan
+ "Kalau panen bagus, kami bisa tidur nyenyak," kata Sukirman, pedagang yang sudah berjualan selama dua puluh tahun.
+ Dinas Pertanian memperkirakan harga akan tetap rendah sampai akhir November.
+ (rw/dk)
- Tag:
- cabai
- harga pangan
- Berita Terkait
- Petani Bawang Menanti Pupuk Bersubsidi
- Jalan Desa Rusak, Truk Sayur Terlambat
- Terpopuler
- Kambing Masuk Kantor Kelurahan, Pelayanan Berhenti Satu Jam
- Tim Voli Putri Juara Kabupaten
- Komentar
- Tulis komentar
- Tentang Kami
- Redaksi
- Pedoman Media Siber
- Copyright © 2017 Warta Sumberejo. All Rights Reserved
"""

KOREAN_NEWS = """
- 본문 바로가기
- 로그인
- 회원가입
- 정치
- 경제
- 사회
- 문화
- 스포츠
- 홈 > 사회 > 지역
+ 한울시, 낡은 도서관 세 곳 다시 짓는다
+ 김다온 기자
+ 입력 2017.10.18 14:03
+ 수정 2017.10.19 09:20
- 공유하기
- 글자크기
- 프린트
+ 한울시가 지은 지 40년이 넘은 공공도서관 세 곳을 2020년까지 새로 짓기로 했다고 18일 밝혔다.
+ 시는 모두 180억 원을 들여 중앙도서관과 동부도서관, 어린이도서관을 차례로 허물고 다시 짓는다.
+ 공사 기간에는 주민센터에 임시 열람실이 마련된다.
+ 박선우 시장은 "책을 읽는 곳이자 쉬는 곳으로 만들겠다"고 말했다.
+ 김다온 기자 daon@example.kr
- <저작권자 ⓒ 한울신문, 무단 전재 및 재배포 금지>
- #도서관
- #한울시
- 관련기사
- 동부도서관 지붕에서 물 새
- 어린이책 기증 1만 권 넘어
- 많이 본 뉴스
- 1
- 시장 골목 국밥집 문 닫는다
- 2
- 버스 노선 12개 바뀐다
- 댓글 0
- 회사소개
- 개인정보처리방침
- 청소년보호정책
- 발행인 : 이한결
- 등록번호 : 한울 아00123
- 주소 : 한울시 중앙로 12
"""

COMPANY_BLOG = """
- Tallow & Pike
- Products
- Pricing
- Customers
- Blog
- Log in
- Start free trial
- All posts
+ How we cut the wait at the loading dock in half
+ Ingrid Solheim
+ September 5, 2019 · 6 min read
+ Every afternoon at two o'clock, eleven trucks wanted the same three doors. We had a schedule. Nobody kept it.
+ This post is about what we changed, and about two ideas that did not work.
+ Step one: measure
+ We wrote down the arrival of every truck for a month. The median wait was 47 minutes, and the worst was over three
  hours.
+ Step two: make waiting visible
+ A screen by the gate now shows the queue. Drivers plan their breaks with it.
+ Figure 1: Waiting time before and after the screen
+ In the second month the median fell to 22 minutes. We did not buy a single new door.
- Share this post
- Tweet
- LinkedIn
- Subscribe to our newsletter
- Enter your email
- Get one email a month. Unsubscribe anytime.
- You might also like
- Five mistakes in counting pallets
- Why our forklifts have names
- Company
- About
- Careers
- Press
- Resources
- Help center
- API
- © Tallow & Pike GmbH 2019
"""

WIKI = """
- Jump to navigation
- Jump to search
- Main page
- Random article
- Recent changes
- Create account
- Log in
- Article
- Talk
- Read
- Edit
- View history
+ Copper kettle lighthouse
+ The copper kettle lighthouse is a lighthouse on the northern tip of Ansgar Reef. It was lit in 1871 and automated
  in 1964.
+ Contents
+ 1 History
+ 2 Construction
+ 3 Keepers
+ History
+ A wooden light stood on the reef from 1822. It burned twice, and the harbour board then ordered a tower of granite.
+ Construction
+ The tower is 31 metres high. Its lantern was covered in copper, which gave it the name that sailors still use.
+ Keepers
+ Years	Keeper
+ 1871–1889	Anders Holm
+ 1889–1910	Berta Holm
+ 1910–1964	several
+ Berta Holm was the first woman to keep a light on this coast.
- Categories: Lighthouses | Buildings of 1871
- This page was last edited on 3 May 2020, at 11:02.
- Privacy policy
- About this wiki
- Disclaimers
"""

SHOP = """
- Free delivery on orders over €50
- Account
- Basket (0)
- Search
- Home > Garden > Watering
+ Brookfell watering can, 9 litres
+ €34.90
+ 4.6 out of 5 stars
- Add to basket
- Add to wishlist
+ A can of galvanised steel with a brass rose that comes off for cleaning. It holds nine litres and weighs 1.4
  kilograms.
+ Details
+ Material: galvanised steel, brass
+ Height: 41 cm
+ Made in: Portugal
+ The handle is placed so that the can stays level when it is half empty.
- Customers also bought
- Hemp twine, 100 m
- €4.20
- Kneeling mat
- €12.00
- Seed tray, set of three
- €9.50
- Newsletter
- Your email address
- Sign up
- Customer service
- Returns
- Imprint
- Privacy
- Payment methods
"""

FORUM = """
- Register
- Log in
- Search
- FAQ
- Board index › Workshop › Clocks
+ Long-case clock stops every night
+ Post by pendula » Tue Feb 02, 2016 9:14 pm
+ My long-case clock runs all day and stops between two and four in the morning. The weight has not reached the floor.
+ I levelled the case twice. Any idea what I should look at next?
+ Re: Long-case clock stops every night
+ Post by oldbrass » Tue Feb 02, 2016 10:40 pm
+ Does the room get cold at night? Thick oil can be enough to stop it. Clean the pivots and oil them again, very little.
+ Re: Long-case clock stops every night
+ Post by pendula » Sun Feb 07, 2016 6:02 pm
+ That was it. It has run for five days now. Thank you!
- Quote
- Top
- Post Reply
- 3 posts • Page 1 of 1
- Return to “Clocks”
- Powered by phpBB
- Privacy | Terms
"""

DOCUMENTATION = """
- Skip to content
- Quern
- Search docs
- GitHub
-   • Getting started
-   • Guide
-   • Reference
-   • Changelog
- On this page
- Install
- Configure
- Troubleshooting
+ Running Quern behind a proxy
+ Quern talks to the grain registry over HTTPS. If your network only allows traffic through a proxy, set two variables.
+ Install
+ Download the archive and unpack it:
+ tar xf quern-2.1.tar.gz
+ cd quern-2.1
+ Configure
+ Set the address of the proxy before you start the server:
+ export QUERN_PROXY=http://proxy:3128
+ export QUERN_NO_PROXY=localhost
+ The server reads both once, when it starts. A change needs a restart.
+ Troubleshooting
+ If the log says "refused", the proxy does not know the registry. Ask whoever runs it to allow port 443.
- Edit this page
- Was this page helpful?
- Previous
- Getting started
- Next
- Mirrors
- Copyright © Quern contributors
- Built with Sphinx
"""

KOREAN_OFFICE = """
- 바로가기 메뉴
- 본문내용 바로가기
- 주메뉴 바로가기
- 누리집 안내지도
- ENGLISH
- 전체메뉴
- 민원안내
- 정보공개
- 알림마당
- 홈 > 알림마당 > 공지사항
+ 2023년 하반기 주민 자전거 교실 참가자 모집
+ 작성일 2023-08-14
+ 조회수 1,204
+ 해담군은 자전거를 처음 배우는 주민을 위해 9월부터 자전거 교실을 운영합니다.
+ 1. 기간: 2023년 9월 4일부터 10월 27일까지
+ 2. 장소: 해담천 둔치 체육공원
+ 3. 대상: 만 18세 이상 주민 40명
+ 4. 준비물: 운동화, 물
+ 신청은 8월 28일까지 체육청소년과에 전화로 하시면 됩니다. 자전거와 안전모는 군에서 빌려 드립니다.
+ 문의: 체육청소년과 031-000-1234
- 목록
- 이전글
- 다음글
- 이 페이지에서 제공하는 정보에 대하여 만족하십니까?
- 매우만족
- 보통
- 불만족
- 개인정보처리방침
- 저작권정책
- COPYRIGHT © HAEDAM COUNTY. ALL RIGHTS RESERVED.
"""

FIRST = {
    "news": NEWS,
    "government": GOVERNMENT,
    "Indonesian news": INDONESIAN_NEWS,
    "Korean news": KOREAN_NEWS,
    "company blog": COMPANY_BLOG,
    "wiki": WIKI,
    "shop": SHOP,
    "forum": FORUM,
    "documentation": DOCUMENTATION,
    "Korean office": KOREAN_OFFICE,
}


def page(marked: str) -> list[tuple[str, bool]]:
    """The lines of a page, each with whether it is content."""
    return [(line[2:], line[0] == "+") for line in marked.strip("\n").replace("\n  ", " ").split("\n")]
