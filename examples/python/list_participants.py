"""Everyone in a meeting, as a table.

Needs CLOUDFLARE_API_TOKEN, ACCOUNT_ID, APP_ID and MEETING_ID in the environment. To try it without Cloudflare, start a look-alike of the
service with ``cargo run --example service`` and export what it prints.
"""

import os
import sys

from libparticipants import Client, ParticipantsError


def main() -> int:
    try:
        ids = os.environ["ACCOUNT_ID"], os.environ["APP_ID"], os.environ["MEETING_ID"]
        with Client() as client:
            everyone = client.get_participants(*ids)
    except KeyError as variable:
        print(f"{variable} is not in the environment", file=sys.stderr)
        return 1
    except ParticipantsError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{'id':36}  {'created':24}  {'name':24}  preset")
    for participant in everyone:
        print(f"{participant.id:36}  {participant.created_at_text:24}  {participant.name or '-':24}  {participant.preset_name}")
    complete = "everyone" if everyone.is_complete else "perhaps not everyone: the list changed while it was read"
    print(f"\n{len(everyone)} participants of {everyone.total_count}: {complete}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
