"""What a program takes: time, memory, instructions."""

import statistics
import subprocess
import sys
import urllib.request
from typing import NamedTuple, Optional

from build import BUILD, CURL_KEEPING, ENVIRONMENT, RAW, command


class Took(NamedTuple):
    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: float  # megabytes


class Work(NamedTuple):
    """What a call is."""

    program: str
    per_page: int
    mode: str = "all"
    connections: Optional[int] = None


def in_turn(rounds, measures):
    """Medians of what the functions say that are the values of `measures`."""
    taken = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {name: Took(*map(statistics.median, zip(*times))) for name, times in taken.items()}


class Service:
    """The service with so many participants and so much latency, and what programs take with it."""

    running = {}
    programs = {}

    @classmethod
    def of(cls, participants, latency_ms=0):
        key = participants, latency_ms
        if key not in cls.running:
            cls.running[key] = cls(*key)
        return cls.running[key]

    @classmethod
    def end_all(cls):
        for service in cls.running.values():
            service.process.stdin.close()
            service.process.wait()
        cls.running.clear()

    def __init__(self, participants, latency_ms):
        self.participants = participants
        argv = [BUILD / "service", str(participants), str(latency_ms)]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.base = self.process.stdout.readline().strip()

    def connections(self):
        """How many there were before."""
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.base + "/connections") as answer:
            return int(answer.read())

    def fill(self, per_page):
        """Has the pages made that everybody will ask for."""
        self.process_took(Work(RAW, per_page))

    def process_took(self, work, calls=1):
        """A whole process that makes so many calls."""
        done = subprocess.run(
            [BUILD / "measure", *self.argv(work, calls)], capture_output=True, text=True, env=ENVIRONMENT
        )
        if done.returncode != 0:
            sys.exit(f"{work} failed: {done.stderr}")
        self.check(work, done.stdout)
        wall, cpu, peak = map(int, done.stderr.split()[-3:])
        return Took(wall / 1e9, cpu / 1e6, peak * 1024 / 1e6)

    def calls_took(self, works, rounds, calls):
        """One call each, in a process that has made one before. `calls`: how many more a process of this program makes."""
        ones = {(name, 1): lambda work=work: self.process_took(work) for name, work in works.items()}
        more = {
            (name, 2): lambda work=work: self.process_took(work, 1 + calls(work.program))
            for name, work in works.items()
        }
        took, each = in_turn(rounds, {**ones, **more}), {}
        for name, work in works.items():
            one, many, n = took[name, 1], took[name, 2], calls(work.program)
            each[name] = Took((many.wall - one.wall) / n, (many.cpu - one.cpu) / n, many.peak)
        return each

    def process_instructions(self, work, calls=1):
        out = BUILD / "callgrind.out"
        valgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}"]
        self.check(work, command(*valgrind, *self.argv(work, calls), env=ENVIRONMENT))
        with open(out) as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(("summary:", "totals:")))

    def call_instructions(self, work, calls):
        return (self.process_instructions(work, 1 + calls) - self.process_instructions(work)) / calls

    def argv(self, work, calls):
        mode = "keep" if work.program == CURL_KEEPING else work.mode
        connections = [] if work.connections is None else [str(work.connections)]
        return [*self.programs[work.program], self.base, str(work.per_page), str(calls), mode, *connections]

    def check(self, work, printed):
        expected = min(work.per_page, self.participants) if work.mode == "page" else self.participants
        if printed.strip() != str(expected):
            sys.exit(f"{work} got {printed.strip()!r} participants instead of {expected}")
