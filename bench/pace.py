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
    """A keep-alive connection. Closed by the server, it is opened anew and sends again what was under way, as browsers do."""

    def __init__(self, address: tuple[str, int], selector: selectors.BaseSelector) -> None:
        self.address, self.selector = address, selector
        self.job: Job | None = None
        self._open()

    def _open(self) -> None:
        self.buffer = b""
        self.socket = socket.create_connection(self.address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(self.socket, selectors.EVENT_READ, self)

    def send(self, job: Job) -> None:
        """Send a request; on a line that was closed while it rested, after opening it anew."""
        self.job = job
        try:
            self.socket.sendall(job.request)
        except OSError:
            self._again()

    def _again(self) -> None:
        self.selector.unregister(self.socket)
        self.socket.close()
        self._open()
        if self.job is not None:
            self.socket.sendall(self.job.request)

    def receive(self) -> tuple[int, bytes] | None:
        """The answer once it is complete."""
        try:
            data = self.socket.recv(262_144)
        except OSError:
            data = b""
        if not data:
            self._again()
            return None
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
    idle = [_Line(address, selector) for _ in range(lines)]
    began, busy = time.perf_counter(), 0
    while waiting or busy:
        at = time.perf_counter() - began
        while waiting and idle and waiting[0][0] <= at:
            line = idle.pop()
            line.send(heapq.heappop(waiting)[2])
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
