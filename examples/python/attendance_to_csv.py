"""Who was in a meeting, as attendance.csv. Needs CLOUDFLARE_API_TOKEN, ACCOUNT_ID, APP_ID and MEETING_ID in the environment."""

import csv
import os

from libparticipants import Client

with Client() as client, open("attendance.csv", "w", newline="", encoding="utf-8") as file:
    rows = csv.writer(file)
    rows.writerow(["id", "name", "created_at", "updated_at"])
    for p in client.iter_participants(os.environ["ACCOUNT_ID"], os.environ["APP_ID"], os.environ["MEETING_ID"]):
        rows.writerow([p.id, p.name, p.created_at, p.updated_at])
