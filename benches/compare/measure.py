"""What a program takes: time, memory, instructions."""

import statistics
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import NamedTuple, Optional

from build import BUILD, CURL, CURL_KEEPING, ENVIRONMENT, HERE, command


class Process(NamedTuple):
    """What one process took."""

    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: float  # megabytes


class Spread(NamedTuple):
    least: float
    median: float
    most: float

    @classmethod
    def of(cls, values):
        return cls(min(values), statistics.median(values), max(values))


class Took(NamedTuple):
    """What several took."""

    wall: Spread
    cpu: Spread
    peak: Spread


class Work(NamedTuple):
    """What a call is."""

    program: str
    per_page: int
    mode: str = "all"
    connections: Optional[int] = None
    # Over TLS: trust the system's authorities besides that of the service, which makes the file 200 kB.
    system_authorities: bool = False


class List(NamedTuple):
    """What a service sends, and how."""

    participants: int
    kind: str = "mixed"
    gzip: bool = False
    tls: bool = False
    latency_ms: int = 0


def in_turn(rounds, measures):
    """What the functions say that are the values of `measures`."""
    taken = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {name: Took(*map(Spread.of, zip(*processes))) for name, processes in taken.items()}


class Service:
    """The service of a list, and what programs take with it."""

    running = {}
    programs = {}
    seed = 1

    @classmethod
    def of(cls, *arguments, **options):
        sent = List(*arguments, **options)
        if sent not in cls.running:
            cls.running[sent] = cls(sent)
        return cls.running[sent]

    @classmethod
    def end_all(cls):
        for service in cls.running.values():
            service.process.stdin.close()
            service.process.wait()
        cls.running.clear()

    def __init__(self, sent):
        self.sent = sent
        authority = BUILD / f"authority-{len(self.running)}.pem"
        argv = [HERE / "target/release/bench-service", str(sent.participants), "--kind", sent.kind]
        argv += ["--seed", str(self.seed), "--latency", str(sent.latency_ms)]
        argv += ["--gzip"] * sent.gzip + ["--tls", str(authority)] * sent.tls
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.base = self.process.stdout.readline().strip()
        self.authority = self.authorities = None
        if sent.tls:
            system = Path(command("curl-config", "--ca")).read_text()
            authorities = authority.with_suffix(".all.pem")
            authorities.write_text(system + authority.read_text())
            self.authority, self.authorities = authority, authorities

    def connections(self):
        """How many there were before."""
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.base + "/connections") as answer:
            return int(answer.read())

    def fill(self, per_page):
        """Has the pages made that everybody will ask for."""
        self.process_took(Work(CURL, per_page))

    def process_took(self, work, calls=1):
        """A whole process that makes so many calls."""
        argv = [BUILD / "measure", *self.argv(work, calls)]
        done = subprocess.run(argv, capture_output=True, text=True, env=self.environment(work))
        if done.returncode != 0:
            sys.exit(f"{work} failed: {done.stderr}")
        self.check(work, done.stdout)
        wall, cpu, peak = map(int, done.stderr.split()[-3:])
        return Process(wall / 1e9, cpu / 1e6, peak * 1024 / 1e6)

    def call_took(self, work, calls):
        """One call, in a process that has made one before: what so many more of them add to a process, by their number."""
        one, many = self.process_took(work), self.process_took(work, 1 + calls)
        return Process((many.wall - one.wall) / calls, (many.cpu - one.cpu) / calls, many.peak)

    def calls_took(self, works, rounds, calls):
        """One call each. `calls`: how many more a process of this program makes."""
        measures = {name: lambda work=work: self.call_took(work, calls(work.program)) for name, work in works.items()}
        return in_turn(rounds, measures)

    def processes_took(self, works, rounds):
        for work in works.values():
            self.process_took(work)  # files are in memory from here on, and the service has the page
        return in_turn(rounds, {name: lambda work=work: self.process_took(work) for name, work in works.items()})

    def process_instructions(self, work, calls=1):
        out = BUILD / "callgrind.out"
        valgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}"]
        self.check(work, command(*valgrind, *self.argv(work, calls), env=self.environment(work)))
        with open(out) as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(("summary:", "totals:")))

    def call_instructions(self, work, calls=1):
        return (self.process_instructions(work, 1 + calls) - self.process_instructions(work)) / calls

    def argv(self, work, calls):
        mode = "keep" if work.program == CURL_KEEPING else work.mode
        connections = [] if work.connections is None else [str(work.connections)]
        return [*self.programs[work.program], self.base, str(work.per_page), str(calls), mode, *connections]

    def environment(self, work):
        if not self.sent.tls:
            return ENVIRONMENT
        trusted = str(self.authorities if work.system_authorities else self.authority)
        return {**ENVIRONMENT, "SSL_CERT_FILE": trusted, "REQUESTS_CA_BUNDLE": trusted}

    def check(self, work, printed):
        expected = min(work.per_page, self.sent.participants) if work.mode == "page" else self.sent.participants
        if printed.strip() != str(expected):
            sys.exit(f"{work} got {printed.strip()!r} participants instead of {expected}")
