"""Prints everyone who was added to a meeting, as a table.

Needs CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, REALTIMEKIT_APP_ID and MEETING_ID in the environment. To try it
without Cloudflare, start a look-alike of the service with ``cargo run --example service`` and export what it prints.
"""

import os
import sys

from libparticipants import Client, ParticipantsError


def variable(name: str) -> str:
    return os.environ.get(name, "").strip() or sys.exit(f"{name} is not set")


def main() -> None:
    try:
        with Client() as client:
            everyone = client.get_participants(
                variable("CLOUDFLARE_ACCOUNT_ID"), variable("REALTIMEKIT_APP_ID"), variable("MEETING_ID")
            )
    except ParticipantsError as error:
        sys.exit(str(error))
    print(f"{'id':36}  {'created':24}  {'name':24}  preset")
    for p in everyone:
        print(f"{p.id:36}  {p.created_at_text or '-':24}  {p.name or '-':24}  {p.preset_name or '-'}")
    complete = "everyone" if everyone.is_complete else "perhaps not everyone"
    print(f"\n{len(everyone)} participants of {everyone.total_count}: {complete}")


if __name__ == "__main__":
    try:
        main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the output, such as head, has closed it. Discards the rest, so that the flush at the
        # interpreter's exit does not fail too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
