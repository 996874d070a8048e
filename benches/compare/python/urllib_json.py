"""The peer: urllib and json, one page after another. urllib_json.py BASE_URL PER_PAGE ROUNDS all|page

It accepts gzip, which urllib leaves to its caller.
"""

import gzip
import json
import sys
import urllib.request

PATH = "/accounts/023e105f4ecef8ad9ca31a8372d0c353/realtime/kit/14a396e7-ca44-4937-bf1f-050a69118543/meetings/182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e/participants"
HEADERS = {"Authorization": "Bearer token-0123456789", "Accept": "application/json", "Accept-Encoding": "gzip"}

base, per_page, rounds, mode = sys.argv[1:5]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for _ in range(int(rounds)):
    everyone, page_no, more = [], 1, True
    while more:
        request = urllib.request.Request(f"{base}{PATH}?page_no={page_no}&per_page={per_page}", headers=HEADERS)
        with opener.open(request) as answer:
            body = answer.read()
            page = json.loads(gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body)
        everyone += page["data"]
        page_no += 1
        more = mode == "all" and len(everyone) < page["paging"]["total_count"]
print(sum(participant["id"] != "" for participant in everyone))
