"""Requests at given moments, whatever the server does meanwhile: an open load, unlike `bench.client.run`.

A crowd does not wait for its neighbours. So an answer's time counts from the moment at which its request was due, the wait
for a free connection included.
"""

import heapq
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count

Follow = Callable[[int, bytes], Iterable["Job"]]


@dataclass(frozen=True, slots=True)
class Job:
    """A request, how many seconds after the beginning it is due, its name, and what follows from its answer (status, head)."""

    due: float
    request: bytes
    name: str
    follow: Follow | None = None


@dataclass
class Paced:
    """Times by name, in seconds from the due moment; and every status that was not wanted."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: dict[str, dict[int, int]] = field(default_factory=dict)

    def note(self, job: Job, seconds: float, status: int) -> None:
        """One answer more."""
        self.seconds.setdefault(job.name, []).append(seconds)
        of_name = self.statuses.setdefault(job.name, {})
        of_name[status] = of_name.get(status, 0) + 1

    def percentile(self, name: str, share: float) -> float:
        """Seconds within which that share of the answers came."""
        times = sorted(self.seconds[name])
        return times[min(len(times) - 1, int(share * len(times)))]


class _Line:
    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.job: Job | None = None

    def receive(self) -> tuple[int, bytes] | None:
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return None
        lowered = head.lower() + b"\r\n"
        at = lowered.find(b"content-length:")
        if at >= 0 and len(rest) < int(lowered[at + 15 : lowered.find(b"\r\n", at)]):
            return None
        self.buffer = b""
        return int(head[9:12]), head


def run(address: tuple[str, int], jobs: Iterable[Job], *, lines: int = 64) -> Paced:
    """Send every job when it is due, over at most so many connections; jobs that follow are added."""
    found, tie = Paced(), count()
    waiting = [(job.due, next(tie), job) for job in jobs]
    heapq.heapify(waiting)
    selector = selectors.DefaultSelector()
    idle = [_Line(address) for _ in range(lines)]
    for line in idle:
        selector.register(line.socket, selectors.EVENT_READ, line)
    began, busy = time.perf_counter(), 0
    while waiting or busy:
        at = time.perf_counter() - began
        while waiting and idle and waiting[0][0] <= at:
            line = idle.pop()
            line.job = heapq.heappop(waiting)[2]
            line.socket.sendall(line.job.request)
            busy += 1
        pause = max(waiting[0][0] - at, 0) if waiting and idle else 1.0
        for key, _ in selector.select(pause):
            line = key.data
            answer = line.receive()
            job = line.job
            if answer is None or job is None:
                continue
            now, (status, head) = time.perf_counter() - began, answer
            found.note(job, now - job.due, status)
            for more in job.follow(status, head) if job.follow else ():
                heapq.heappush(waiting, (max(more.due, now), next(tie), more))
            line.job = None
            idle.append(line)
            busy -= 1
    for line in idle:
        line.socket.close()
    return found
