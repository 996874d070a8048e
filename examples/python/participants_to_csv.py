"""Writes everyone who was added to a meeting to participants.csv.

Needs CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, REALTIMEKIT_APP_ID and MEETING_ID in the environment.
"""

import csv
import os

from libparticipants import Client, ParticipantsError

try:
    ids = [os.environ[name] for name in ("CLOUDFLARE_ACCOUNT_ID", "REALTIMEKIT_APP_ID", "MEETING_ID")]
    with Client() as client:
        everyone = client.get_participants(*ids)
except KeyError as variable:
    raise SystemExit(f"{variable.args[0]} is not set") from None
except ParticipantsError as error:
    raise SystemExit(error) from None

with open("participants.csv", "w", newline="", encoding="utf-8") as file:
    rows = csv.writer(file)
    rows.writerow(["id", "custom_participant_id", "name", "created_at"])
    rows.writerows([p.id, p.custom_participant_id, p.name, p.created_at] for p in everyone)
