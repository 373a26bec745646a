"""Invented pages written last, for what the rules had still missed: a bar to share between headline and text, dates
that say "4 hours ago", a box in the middle of the text. Marked as in `pages_copied`."""

from __future__ import annotations

BROADCASTER = """
- Accessibility links
- Skip to content
- Your account
- Notifications
- Home
- News
- Weather
- Radio
- Watch Live
- UK
- Business
- Tech
+ Village gets its only phone box back
+ 4 hours ago
+ Nell Prosser
+ South West correspondent
- Share
- Save
+ Parish of Thornby
+ The box was stolen in 2019 and found in a barn last month
+ A red phone box that vanished from a village green five years ago has been put back by the man who bought it.
+ Dan Fell, 61, paid £900 for the box at a farm sale. He said he had no idea where it came from.
+ "When I saw the number plate inside I felt sick," he said.
+ The parish council has offered to pay him back.
- Get in touch
- Tell us which stories we should cover in your region
- More on this story
- Stolen bell returned after forty years
- Library bus saved by knitters
- Related internet links
- Thornby Parish Council
- Top stories
- Storm warning for the coast
- Live. Ministers meet over ferry strike
- Features
- The woman who maps hedges
- Elsewhere
- Terms of Use
- Cookies
- Contact
"""
INDONESIAN_PORTAL = """
- KOMPASNUSA
- News
- Megapolitan
- Tekno
- Otomotif
- Bola
- Login
- Home
- Megapolitan
+ Warga Kampung Sawah Tanam Mangrove di Bekas Tambak
+ Kompasnusa, 12/08/2021, 07:45 WIB
+ Penulis: Dimas Arya
+ Editor: Lestari
- Lihat Foto
+ Warga menanam bibit mangrove di Kampung Sawah, Sabtu (7/8/2021). (Kompasnusa/Dimas Arya)
+ KAMPUNG SAWAH, KOMPASNUSA - Sebanyak 200 warga Kampung Sawah menanam 5.000 bibit mangrove di bekas tambak udang.
+ Kepala desa mengatakan penanaman dilakukan agar rumah warga tidak lagi terendam saat air pasang.
- BACA JUGA: Tambak Udang Terbengkalai Jadi Taman Burung
+ "Dulu ombak berhenti di sini. Sekarang ombak sampai ke dapur," ujar Saodah, warga RT 03.
+ Penanaman berikutnya dijadwalkan pada bulan Oktober.
- Dapatkan update berita pilihan setiap hari dari Kompasnusa. Mari bergabung di grup Telegram.
- Video Rekomendasi
- TAG:
- mangrove
- banjir rob
- Berita Terkait
- Nelayan Keluhkan Pukat Harimau
- Kantor Desa Pindah ke Balai RW
- Terkini Lainnya
- Polisi Tilang 40 Odong-odong
- Jadwal Vaksin Hari Ini
- Lihat Semua
- Ketentuan Penggunaan
- Copyright 2021 Kompasnusa. All Rights Reserved.
"""
MINISTRY = """
- Ministry of Inland Waters
- Sitemap
- Contact Us
- A- A A+
- About the Ministry
- Legislation
- Publications
- Media Centre
- Media Centre > Speeches
+ Speech by the Minister at the Opening of Lock 14
+ 17 June 2016
+ Thank you all for coming to the canal on such a wet morning.
+ When this lock closed in 1988, the barges went away and the inns closed after them.
+ Today the first barge in twenty-eight years will pass. It carries gravel, and I am told also a piano.
+ We have spent nine million on this lock. That is less than one kilometre of motorway.
+ Thank you.
- Print this page
- Email this page
- Next speech
- Previous speech
- Last Updated: 20 June 2016
- Copyright Ministry of Inland Waters
- Site best viewed in a modern browser
"""
KOREAN_PORTAL = """
- 검색어를 입력하세요
- 뉴스
- 연예
- 스포츠
- 날씨
- 구독
- MY뉴스
- 언론사별
+ "비 오면 학교 못 가요" 섬마을 아이들의 징검다리
+ 입력2021.07.03. 오전 8:02
+ 수정2021.07.03. 오후 1:15
+ 정하람 기자
- 추천 35
- 댓글 12
- 본문 요약봇
- 텍스트 음성 변환 서비스 사용하기
- 글자 크기 변경하기
- SNS 보내기
+ 전남의 한 섬마을 아이들은 비가 오면 학교에 가지 못한다. 징검다리가 물에 잠기기 때문이다.
+ 마을에는 초등학생이 네 명 산다. 학교는 개울 건너편에 있다.
+ [사진] 물에 잠긴 징검다리. 정하람 기자
+ 군은 올해 안에 다리를 놓겠다고 했지만 공사는 아직 시작되지 않았다.
+ 주민 최복순(72) 씨는 "약속만 세 번째"라고 말했다.
+ 정하람 기자 haram@news.example
- Copyright ⓒ 새벽일보. All rights reserved. 무단 전재 및 재배포 금지.
- 이 기사는 언론사에서 사회 섹션으로 분류했습니다.
- 구독자 1.2만
- 새벽일보 언론사홈 바로가기
- 새벽일보 주요뉴스
- 등대지기의 마지막 겨울
- 사과값 왜 이렇게 올랐나
- 이 기사를 추천합니다
- 기사 섹션 분류 안내
- 많이 본 뉴스
- 로그인
- 전체서비스
- 서비스안내
"""
GUIDE = """
- Products
- Solutions
- Docs
- Changelog
- Sign in
- Get started
- Docs / Guides / Backups
+ Restore a backup
+ This guide shows how to restore a backup of your Marrow project to a new region.
+ Prerequisites
+ You need the owner role and a backup that is not older than 30 days.
+ 1. List the backups
+ marrow backups list --project demo
+ 2. Start the restore
+ marrow backups restore 2023-05-01 --region north
+ A restore takes about one minute for each gigabyte. The old project keeps running while it lasts.
+ 3. Check the result
+ Open the new project and compare the number of records.
- Was this helpful?
- Suggest edits
- Table of contents
- Prerequisites
- List the backups
- Start the restore
- Check the result
- Company
- Blog
- Careers
- Legal
- Privacy
- Status
- © 2023 Marrow Labs, Inc.
"""
LOCAL_PAPER = """
- Advertisement
- The Daily Plum
- E-Edition
- Obituaries
- Classifieds
- Subscribe $1 for 6 months
- 58°
- Featured
- Top Story
+ Mill pond to be drained for the first time since 1931
+ By Alma Rooke arooke@plum.example
+ Oct 12, 2018 Updated Oct 13, 2018
- Facebook
- Twitter
- Email
- Print
- Save
+ The mill pond at Corley will be drained next week so that engineers can look at the dam.
+ Alma Rooke / The Daily Plum
+ CORLEY - Nobody alive has seen the bottom of the mill pond. Next week everybody can.
+ The town expects to find the bell of the first church, a delivery van and some thousands of golf balls.
+ Divers looked for the bell in 1974 and gave up because of the mud.
- Be the first to know
- Get local news delivered to your inbox!
- Sign up!
- * I understand and agree that registration on or use of this site constitutes agreement to its user agreement.
+ Residents may watch from the bridge. Parking is at the school.
- Tags
- Pond
- Dam
- 0 Comments
- Subscribe
- Notify of
- Most Popular
- Goat elected again
- Two bakeries, one recipe, no winner
- Sites & Partners
- Services
- © Copyright 2018 The Daily Plum, 1 Main Street, Corley | Terms of Use | Privacy Policy
- Powered by BLOX Content Management System.
"""
THIRD = {
    "broadcaster": BROADCASTER,
    "Indonesian portal": INDONESIAN_PORTAL,
    "ministry": MINISTRY,
    "Korean portal": KOREAN_PORTAL,
    "guide": GUIDE,
    "local paper": LOCAL_PAPER,
}
