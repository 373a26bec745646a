"""Invented pages written after the first rules stood, and left as first written. Marked as in `pages_copied`.

On first sight .961 of their lines of content stayed and .783 of their furniture went; the rules were then mended for
whole kinds of pages, so this is no longer what they score.
"""

from __future__ import annotations

INDONESIAN_OFFICE = """
- Langsung ke konten utama
- Pemerintah Kabupaten Lembayung
- Profil
- Layanan Publik
- Berita
- Pengumuman
- Galeri
- PPID
- Beranda / Pengumuman
+ Jadwal Vaksinasi Hewan Ternak Tahun 2022
+ Diterbitkan: 7 Februari 2022
+ Dibaca 512 kali
+ Dinas Peternakan Kabupaten Lembayung akan memvaksinasi sapi dan kerbau di sembilan kecamatan mulai 14 Februari.
+ Peternak diminta membawa kartu ternak dan menyiapkan tempat yang teduh.
+ Jadwal per kecamatan:
+ 1. Kecamatan Batu Ampar, 14 Februari
+ 2. Kecamatan Wanasari, 16 Februari
+ 3. Kecamatan Telaga, 18 Februari
+ Vaksinasi tidak dipungut biaya. Informasi lebih lanjut dapat diperoleh di kantor kecamatan.
- Bagikan ke Facebook
- Bagikan ke WhatsApp
- Pengumuman Lainnya
- Hasil Seleksi Tenaga Penyuluh
- Penutupan Jalan Lingkar Selatan
- Kontak
- Jl. Melati No. 4, Lembayung
- Telepon: (0299) 123456
- Peta Situs
- Hak Cipta © 2022 Pemerintah Kabupaten Lembayung
"""

KOREAN_BLOG = """
- 본문 바로가기
- 나무와 톱밥
- 블로그 내 검색
- 홈
- 태그
- 방명록
- 목공 일기
+ 호두나무 의자 등받이를 휘는 법
+ 나무아재 2021. 5. 12. 21:30
+ 지난주에 의자 등받이 살을 다섯 개 휘었다. 두 개는 부러졌고 세 개는 살아남았다.
+ 증기 상자는 합판으로 만들었다. 물은 끓기 시작한 뒤 사십 분 동안 계속 끓여야 한다.
+ 준비한 것
+ - 두께 12mm 호두나무 살
+ - 증기 상자와 주전자
+ - 휨틀과 죔쇠 여섯 개
+ 틀에 물린 다음에는 사흘을 기다렸다. 하루 만에 풀었던 살은 도로 펴졌다.
+ 다음에는 물푸레나무로 해 볼 생각이다.
- 좋아요 12
- 공유하기
- 게시글 관리
- 구독하기
- '목공 일기' 카테고리의 다른 글
- 대패 날 가는 순서 (3)
- 서랍이 뻑뻑할 때 (0)
- 관련글
- 댓글 2
- 이름
- 비밀번호
- 등록
- 최근글
- 인기글
- Powered by Tistory
"""

UNIVERSITY = """
- Skip to main content
- Alderbrook University
- Study
- Research
- Campus life
- Alumni
- Give
- Search
- Home » News » 2018
+ Students build a kiln that fires on straw
+ 21 June 2018
+ Three students of the ceramics department have built a kiln that reaches 1,100 degrees on pressed straw alone.
+ It took them two winters. The first kiln cracked, the second filled the yard with smoke.
+ “The trick is to let the straw burn from above,” says Odile Ferran, who is in her final year.
+ The kiln is open to visitors
+ Visitors can see a firing on the first Saturday of each month, between ten and four.
+ The drawings are free to use, and a primary school in the next valley has already built a small copy.
+ Media contact: Press Office, press@alderbrook.example
- Share this story
- More news
- Rector opens new boathouse
- Library extends its hours before exams
- Rare moth found behind the physics building
- Contact us
- Vacancies
- Freedom of information
- Modern slavery statement
- © Alderbrook University
"""

RECIPES = """
- Spoon & Ember
- Recipes
- Techniques
- Shop
- Log In
- Save Recipe
- Print
- Jump to Recipe
+ Barley soup with smoked plums
+ By Hana Weiss
+ Updated: November 2, 2020
+ This is the soup that my aunt made on the first cold evening. It is thick and a little sour.
+ Smoked plums are sold in Czech and Polish shops. If you find none, use prunes and a pinch of smoked paprika.
+ Ingredients
+   • 200 g pearl barley
+   • 8 smoked plums
+   • 1 onion
+   • 1.5 litres vegetable stock
+ Method
+ 1. Soak the barley for an hour and drain it.
+ 2. Fry the onion in butter until it is soft.
+ 3. Add barley, plums and stock and simmer for 50 minutes.
+ Notes
+ The soup keeps for three days in the fridge.
- Did you make this recipe?
- Rate this recipe
- Leave a comment
- You May Also Like
- Rye dumplings in five steps
- Pickled pears for the pantry
- What to cook when nobody is hungry
- Sign up for our newsletter
- Follow us on Instagram
- Privacy Policy
- All Rights Reserved
"""

MAGAZINE = """
- The Longshore Review
- Current Issue
- Archive
- Podcast
- Subscribe
- Sign In
- ESSAYS
+ The Clockmaker Who Would Not Set the Town Clock
+ For eleven years the clock in Varnholt was six minutes slow. One man knew why.
+ By Tobias Rehn
+ April 3, 2015
+ In the spring of 1958 the town council of Varnholt received a letter of one line. It said that the clock would stay as
  it was until the bridge was repaired, and it was signed by the only man who had a key to the tower.
+ Nobody had promised him a bridge. But his brother had drowned at the ford, and he had decided that the town, which
  liked to be on time, should be late until it remembered.
- ADVERTISEMENT
+ The council wrote back. He did not answer. Trains left without their passengers, and in the third year the railway put
  up a clock of its own, which the children of the town were told not to look at.
+ “It was a kind of mourning,” his niece told me. “We set our watches by it too. It seemed rude not to.”
+ When the bridge opened in 1969 he climbed the tower in the night. In the morning the clock was right, and he had gone.
+ Tobias Rehn is the author of two books about rivers.
- More from The Longshore Review
- The Island That Moved Its Post Office
- A small community discovers that an address is a promise, and what happens when nobody keeps it.
- Paula Strand
- Letters From a Lighthouse Cat
- We asked our readers about animals with jobs. They wrote back in great numbers.
- Ilse Moor
- Get the best of the Review in your inbox every Sunday.
- Your email
- Submit
- Masthead
- Media Kit
- Terms of Service
- © 2015 Longshore Media. All rights reserved.
"""

QUESTIONS = """
- Log in
- Sign up
- Home
- Questions
- Tags
- Users
+ How do I stop my compost heap from smelling?
+ Asked 4 years, 2 months ago
+ Viewed 12k times
+ My heap is mostly kitchen waste and it has started to smell like rotten eggs. I turn it once a month. What can I do?
- compost
- odour
- Share
- Follow
+ 2 Answers
+ The smell comes from a lack of air. Mix in torn cardboard or dry leaves until a squeezed handful gives no water.
+ Turn it every week at first. After a month you can go back to turning it rarely.
- Share
- Follow
+ If you have a shredder, twigs work even better than cardboard because they keep the heap open.
- Add a comment
- Your Answer
- Post Your Answer
- Not the answer you're looking for? Browse other questions tagged compost odour
- Related
- Can I compost citrus peel?
- Why are there no worms in my heap?
- Hot Network Questions
- Is a tomato plant a vine?
- Terms of Service
- Cookie Settings
"""

KOREAN_ECONOMY = """
- 메뉴 바로가기
- 본문 바로가기
- 2022.11.08 (화)
- 속보
- 증권
- 부동산
- 산업
- 국제
- 오피니언
- HOME > 산업 > 중소기업
+ 바닷물로 키운 버섯, 일본 수출길 열렸다
+ 동해버섯, 3년 연구 끝에 첫 수출 계약
+ 이서준 기자
+ 승인 2022.11.08 09:15
+ 댓글 0
- 기사공유하기
- 페이스북
- 카카오톡
- 이 기사를 공유합니다
+ 동해버섯이 재배한 송이버섯. 사진=동해버섯
+ 강원도의 작은 농업회사 동해버섯이 바닷물을 섞은 배지에서 키운 버섯을 일본에 수출한다.
+ 회사는 8일 오사카의 식품 유통회사와 연간 40톤 규모의 공급 계약을 맺었다고 밝혔다.
+ 윤하늘 대표는 "소금기가 있는 배지에서는 곰팡이가 덜 생긴다"며 "농약을 쓸 일이 없다"고 설명했다.
+ 회사는 내년 상반기에 재배동 두 곳을 더 지을 계획이다.
- 저작권자 © 파도경제 무단전재 및 재배포 금지
- 이서준 기자
- 다른기사 보기
- 인기기사
- 1
- 금리 또 오르나, 은행권 긴장
- 2
- 전세 계약 전에 꼭 확인할 다섯 가지
- 매체소개
- 기사제보
- 광고문의
- 제호 : 파도경제
- 등록번호 : 강원 아00456
- 발행·편집인 : 서도윤
- Copyright © 2022 파도경제. All rights reserved. mail to desk@pado.example
"""

CHARITY = """
- Donate now
- Menu
- What we do
- Get involved
- About us
- Stories
- Home | Stories | Press releases
+ PRESS RELEASE
+ River Watch counts 4,000 eels in restored Meddle brook
+ Date: 9 May 2023
+ Location: Thornby
+ Volunteers of River Watch counted 4,012 young eels in the Meddle brook this April, eight times as many as in 2019.
+ Three weirs were removed from the brook in 2020. Since then, eels have been able to reach the upper ponds again.
+ “We stood in cold water for nine nights, and every night there were more,” says Petra Hollis, who led the count.
+ The count was paid for by the Thornby Water Fund.
+ Notes to editors
+ River Watch is a charity founded in 1994. It has 2,300 members.
+ Photographs are available on request.
+ ENDS
- Share this page
- Latest stories
- A day with the otter team
- Why we stopped stocking trout
- Stay in touch
- First name
- Email address
- Sign up
- Registered charity number 1122334
- Website by Fernlight Studio
"""

JOBS = """
- Find jobs
- Company reviews
- Salaries
- Sign in
- Employers / Post Job
- Jobs > Bakery > Night shift
+ Baker (night shift)
+ Kestrel Bread Works
+ Port Arden
+ Full-time
+ Posted 3 days ago
+ We are looking for a baker who likes quiet. You will make sourdough and rye from ten at night until six.
+ What you will do
+   • mix and shape 300 loaves a night
+   • look after two stone ovens
+   • train one apprentice
+ What we offer
+   • 17.50 an hour
+   • 28 days of leave
+ No certificate is needed. Show us a loaf.
- Apply now
- Save job
- Report job
- Similar jobs
- Pastry cook, Harbour Hotel
- Delivery driver, early shift
- People also searched
- Career advice
- Browse jobs
- Terms
- Privacy
- © 2024 Jobfinder
"""

INDONESIAN_BLOG = """
- Skip to content
- Catatan Si Tukang Kebun
- Home
- Tentang
- Arsip
+ Cara Menanam Vanili di Pekarangan Sempit
+ Posted on 23 Maret 2019 by Bu Tini
+ Vanili tidak butuh lahan luas. Yang dibutuhkan hanyalah tiang panjat, naungan, dan kesabaran tiga tahun.
+ Bibit
+ Pilih stek sepanjang satu meter dari tanaman yang belum pernah berbunga. Simpan di tempat teduh selama seminggu.
+ Menanam
+ Lubang cukup sedalam telapak tangan. Tutup dengan serasah, jangan dengan tanah yang padat.
+ Bunga vanili harus diserbuki dengan tangan pada pagi hari sebelum pukul sepuluh.
- Share this:
- Twitter
- Facebook
- Like this:
- Like
- Loading...
- Related
- Pupuk dari Kulit Pisang
- Mengusir Bekicot Tanpa Racun
- Tinggalkan Balasan
- Alamat email Anda tidak akan dipublikasikan.
- Navigasi pos
- Previous Post
- Next Post
- Cari
- Arsip
- Maret 2019
- Januari 2019
- Blog di WordPress.com.
"""

MUSEUM = """
- Plan your visit
- What's on
- Collection
- Shop
- Tickets
- EN
- DE
- Collection » Objects » Instruments
+ Travelling barometer
+ Object number: 1931-0088
+ Maker: Johann Kessler
+ Date: about 1790
+ Material: walnut, brass, glass, mercury
+ The barometer folds into a case no longer than an arm. Kessler sold eleven of them, and this is the only one whose
  glass tube is unbroken.
+ It belonged to a surveyor who carried it over the Alps four times. His notes of the air pressure are written inside
  the lid.
+ On display in room 14
- Download image
- Add to my collection
- Related objects
- Pocket sundial
- Surveyor's chain
- Opening hours
- Tuesday to Sunday, 10–17
- Newsletter
- Press
- Imprint
- Back to top
"""

SUPPORT = """
- Skip to Main Content
- Support
- Products
- Downloads
- Community
- Sign In
- Support > Printers > Paper
+ The printer pulls several sheets at once
+ Article ID: 48213
+ Last updated: 2022-01-17
+ Applies to: Norva P20, Norva P22
+ If the printer pulls more than one sheet, the paper is usually damp or the rollers are dirty.
+ Before you start
+ Switch the printer off and wait until it is cold.
+ Clean the rollers
+ 1. Open the rear door.
+ 2. Wipe the two grey rollers with a damp cloth that leaves no fluff.
+ 3. Let them dry for ten minutes.
+ If the problem remains, fan the paper and load no more than 80 sheets.
- Was this article helpful?
- Yes
- No
- Related articles
- The printer prints blank pages
- How to change the toner
- Still need help?
- Contact support
- Legal
- Trademarks
- Copyright 2022 Norva. All rights reserved.
"""

SECOND = {
    "Indonesian office": INDONESIAN_OFFICE,
    "Korean blog": KOREAN_BLOG,
    "university": UNIVERSITY,
    "recipes": RECIPES,
    "magazine": MAGAZINE,
    "questions": QUESTIONS,
    "Korean economy": KOREAN_ECONOMY,
    "charity": CHARITY,
    "jobs": JOBS,
    "Indonesian blog": INDONESIAN_BLOG,
    "museum": MUSEUM,
    "support": SUPPORT,
}
