"""The peer: requests and json, one page after another. requests_json.py BASE_URL PER_PAGE ROUNDS all|page|session, or requests_json.py version

all and page ask with requests.get, as most programs do; session keeps the connection.
"""

import json
import sys

import requests

PATH = "/accounts/023e105f4ecef8ad9ca31a8372d0c353/realtime/kit/14a396e7-ca44-4937-bf1f-050a69118543/meetings/182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e/participants"
HEADERS = {"Authorization": "Bearer token-0123456789", "Accept": "application/json"}

if sys.argv[1:] == ["version"]:
    sys.exit(print(requests.__version__))
base, per_page, rounds, mode = sys.argv[1:5]
get = requests.Session().get if mode == "session" else requests.get
for _ in range(int(rounds)):
    everyone, page_no, more = [], 1, True
    while more:
        answer = get(base + PATH, params={"page_no": page_no, "per_page": per_page}, headers=HEADERS)
        answer.raise_for_status()
        page = json.loads(answer.content)
        everyone += page["data"]
        page_no += 1
        more = mode != "page" and len(everyone) < page["paging"]["total_count"]
print(sum(participant["id"] != "" for participant in everyone))
