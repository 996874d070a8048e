"""This library's Python package. ours.py BASE_URL PER_PAGE ROUNDS all|page [CONNECTIONS]"""

import sys

from libparticipants import Client

MEETING = (
    "023e105f4ecef8ad9ca31a8372d0c353",
    "14a396e7-ca44-4937-bf1f-050a69118543",
    "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
)

base, per_page, rounds, mode = sys.argv[1:5]
connections = int(sys.argv[5]) if len(sys.argv) > 5 else None
with Client("token-0123456789", base_url=base, per_page=int(per_page), max_connections=connections, proxy="") as client:
    for _ in range(int(rounds)):
        if mode == "page":
            everyone = client.get_participants_page(*MEETING, page_no=1, per_page=int(per_page))
        else:
            everyone = client.get_participants(*MEETING)
        count = sum(participant.id != "" for participant in everyone)
print(count)
