"""Memory, file descriptors and objects do not leak."""

from __future__ import annotations

import os
import unittest
from typing import Optional

from .service import Request, Response
from .support import ServiceTestCase, run

PROGRAM = """
import gc, os, sys
from libparticipants import Client, ParticipantsError
from tests.service import MEETING, TOKEN

def kilobytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024

def descriptors():
    return len(os.listdir("/proc/self/fd"))

def work(client):
    client.get_participants(*MEETING)
    client.get_participants_page(*MEETING, per_page=100)
    for participant in client.iter_participants(*MEETING):
        pass
    next(client.iter_participants(*MEETING))
    client.iter_participants(*MEETING).total_count
    client.iter_participants(*MEETING)
    with client.child() as child:
        child.get_participants_page(*MEETING)
    absent = client.iter_participants("absent", *MEETING[1:])
    for bad in (
        lambda: client.get_participants("a", "b", "c"),
        lambda: client.get_participants("absent", *MEETING[1:]),
        lambda: absent.total_count,
        lambda: next(absent),
    ):
        try:
            bad()
        except ParticipantsError:
            pass

# There must be no reference cycles: only they need the garbage collector.
gc.disable()

settings = dict(base_url=sys.argv[1], proxy="", max_retries=0, per_page=100)
before = descriptors()
client = Client(TOKEN, **settings)
for _ in range(30):
    work(client)
warm = kilobytes()
for _ in range(200):
    work(client)
print("grown by", kilobytes() - warm, "KiB")
client.close()
print("descriptors left", descriptors() - before)

del client
for _ in range(20):
    Client(TOKEN, **settings).get_participants(*MEETING)
warm = kilobytes()
for _ in range(200):
    Client(TOKEN, **settings).get_participants(*MEETING)
print("grown by", kilobytes() - warm, "KiB")
print("descriptors left", descriptors() - before)
ours = ("Handle", "ClientHandle", "Client", "Config", "Participants", "ParticipantIterator", "NotFoundError")
print("objects left", len([thing for thing in gc.get_objects() if type(thing).__name__ in ours]))
"""

CYCLE = """
import gc, sys
from libparticipants import Client
from tests.service import MEETING, TOKEN

for number in range(50):
    client = Client(TOKEN, base_url=sys.argv[1], proxy="")
    participants = client.iter_participants(*MEETING)
    next(participants)
    if number % 2:
        client.close()
    cycle = [client, participants]
    cycle.append(cycle)
    if number % 3:
        cycle.reverse()
    del client, participants, cycle
    gc.collect()
print("well")
"""

#: In KiB. If the program leaked its lists, the JSON alone of 200 of them would be 5 MB, and a round makes three.
MAX_GROWTH = 2 * 1024


@unittest.skipUnless(os.path.isdir("/proc/self/fd"), "there is no /proc here")
class Leaks(ServiceTestCase):
    @unittest.skipIf("RTK_SANITIZE" in os.environ, "AddressSanitizer keeps freed memory")
    def test_calls_and_clients_leak_nothing(self) -> None:
        service = self.serve(100, answer=self.absent)
        lines = run(PROGRAM, service.base_url).splitlines()
        self.assertEqual(
            [line for line in lines if "left" in line], ["descriptors left 0", "descriptors left 0", "objects left 0"]
        )
        growths = [int(line.split()[2]) for line in lines if "grown" in line]
        self.assertEqual(len(growths), 2)
        self.assertLess(max(growths), MAX_GROWTH)

    def test_reference_cycles_are_collected_in_any_order(self) -> None:
        self.assertEqual(run(CYCLE, self.serve(3).base_url), "well\n")

    def absent(self, request: Request) -> Optional[Response]:
        return Response(404, "x" * 50_000) if "/absent/" in request.path else None
