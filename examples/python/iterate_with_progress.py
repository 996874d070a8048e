"""Counts the participants of a meeting by preset, with a progress bar. Needs tqdm: ``pip install tqdm``.

Needs CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, REALTIMEKIT_APP_ID and MEETING_ID in the environment. To try it
without Cloudflare, start a look-alike of the service with ``cargo run --example service`` and export what it prints.
"""

import os
import sys
from collections import Counter

from libparticipants import Client, ParticipantsError
from tqdm import tqdm


def variable(name: str) -> str:
    return os.environ.get(name, "").strip() or sys.exit(f"{name} is not set")


def main() -> None:
    presets: Counter[str] = Counter()
    try:
        with Client() as client:
            participants = client.iter_participants(
                variable("CLOUDFLARE_ACCOUNT_ID"), variable("REALTIMEKIT_APP_ID"), variable("MEETING_ID")
            )
            # The total requests the first page, which the iterator keeps.
            for participant in tqdm(participants, total=participants.total_count, unit=" participants"):
                presets[participant.preset_name or "-"] += 1
    except ParticipantsError as error:
        sys.exit(str(error))
    for preset, count in presets.most_common():
        print(f"{count:6}  {preset}")


if __name__ == "__main__":
    main()
