"""A load client that costs little: keep-alive sockets in one epoll loop, so that the server is what is measured."""

import selectors
import socket
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """One response: status, seconds from send to last byte, and the body's size."""

    status: int
    seconds: float
    size: int


@dataclass
class Load:
    """What a run of requests gave."""

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.answers) / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds within which that share of the answers came."""
        times = sorted(answer.seconds for answer in self.answers)
        return times[min(len(times) - 1, int(share * len(times)))]

    def count(self, status: int) -> int:
        """How many answers had a status."""
        return sum(answer.status == status for answer in self.answers)


def request(method: str, path: str, *, host: str = "127.0.0.1", cookie: str = "", body: bytes = b"", **headers: str) -> bytes:
    """A request as bytes; keyword arguments become headers with dashes for underscores."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept: */*"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class _Connection:
    """One keep-alive connection: sends the next request when an answer is complete."""

    def __init__(self, address: tuple[str, int], requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = requests
        self.buffer = b""
        self.sent_at = 0.0

    def send_next(self) -> bool:
        """Send the next request; False when there is none."""
        wanted = next(self.requests, None)
        if wanted is None:
            return False
        self.buffer = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(wanted)
        return True

    def receive(self) -> Answer | None:
        """Take what has arrived; the answer once it is complete."""
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = _content_length(head)
        if len(rest) < length:
            return None
        return Answer(int(head[9:12]), time.perf_counter() - self.sent_at, length)


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    if at < 0:
        return 0
    return int(lowered[at + 15 : lowered.find(b"\r\n", at) if b"\r\n" in lowered[at:] else None])


def run(address: tuple[str, int], requests: Iterable[bytes], *, at_once: int) -> Load:
    """Send every request once, `at_once` of them under way at any time."""
    load, source = Load(), iter(requests)
    selector = selectors.DefaultSelector()
    connections = [_Connection(address, source) for _ in range(at_once)]
    began = time.perf_counter()
    open_ones = 0
    for connection in connections:
        if connection.send_next():
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            open_ones += 1
    while open_ones:
        for key, _ in selector.select():
            connection = key.data
            answer = connection.receive()
            if answer is None:
                continue
            load.answers.append(answer)
            if not connection.send_next():
                selector.unregister(connection.socket)
                open_ones -= 1
    load.seconds = time.perf_counter() - began
    for connection in connections:
        connection.socket.close()
    return load


def alternate(
    address: tuple[str, int], ours: bytes, floor: bytes, *, rounds: int = 7, count: int = 300, at_once: int = 8
) -> tuple[float, float]:
    """Median rates of two requests, measured in turn so that both meet the same machine."""
    rates: tuple[list[float], list[float]] = ([], [])
    for round_number in range(rounds + 1):
        for kept, wanted in zip(rates, (ours, floor), strict=True):
            load = run(address, [wanted] * count, at_once=at_once)
            if {answer.status for answer in load.answers} != {200}:
                raise RuntimeError(f"unexpected answers: {[a.status for a in load.answers if a.status != 200][:3]}")
            if round_number:  # the first round warms up
                kept.append(load.rate)
    return statistics.median(rates[0]), statistics.median(rates[1])
