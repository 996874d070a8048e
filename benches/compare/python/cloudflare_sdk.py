"""Cloudflare's own SDK. It does not walk the pages. cloudflare_sdk.py BASE_URL PER_PAGE ROUNDS page, or cloudflare_sdk.py version"""

import sys

import cloudflare

if sys.argv[1:] == ["version"]:
    sys.exit(print(cloudflare.__version__))
base, per_page, rounds, _ = sys.argv[1:5]
client = cloudflare.Cloudflare(api_token="token-0123456789", base_url=base)
for _ in range(int(rounds)):
    page = client.realtime_kit.meetings.get_meeting_participants(
        "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
        account_id="023e105f4ecef8ad9ca31a8372d0c353",
        app_id="14a396e7-ca44-4937-bf1f-050a69118543",
        page_no=1,
        per_page=int(per_page),
    )
print(sum(participant.id != "" for participant in page.data))
