"""A small real SMTP server for tests: threads, sockets, and an answer that each test chooses."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Script:
    """How the server answers, and what it received."""

    rcpt: str = "250 2.1.5 OK"
    data: str = "354 go ahead"
    done: str = "250 2.0.0 queued as TEST"
    silent_after: str = ""  # the command after which the server says nothing more: HELLO, RCPT or DONE
    silent_for: float = 3.0
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    received: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        """The MAIL_URL of this server."""
        return f"smtp://127.0.0.1:{self.port}"


class _Talk(socketserver.StreamRequestHandler):
    script: Script

    def handle(self) -> None:
        self._say("220 test server")
        sender = to = ""
        for raw in self.rfile:
            line = raw.decode("utf-8").strip()
            verb = line[:4].upper()
            if verb in ("EHLO", "HELO"):
                self._answer("HELLO", "250 test server")
            elif verb == "MAIL":
                sender = line
                self._say("250 OK")
            elif verb == "RCPT":
                to = line
                self._answer("RCPT", self.script.rcpt)
            elif verb == "DATA":
                self._take(sender, to)
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 OK")

    def _take(self, sender: str, to: str) -> None:
        self._say(self.script.data)
        if not self.script.data.startswith("354"):
            return
        lines = []
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            lines.append(raw)
        self.script.envelopes.append((sender, to))
        self.script.mails.append(b"".join(lines))
        self.script.received.set()
        self._answer("DONE", self.script.done)

    def _answer(self, moment: str, words: str) -> None:
        if self.script.silent_after == moment:
            time.sleep(self.script.silent_for)
            return
        self._say(words)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed in the middle of a sentence is part of the test."""


@contextmanager
def smtp_server(**answers: object) -> Iterator[Script]:
    """Run a server that answers by the script."""
    script = Script(**answers)  # type: ignore[arg-type]
    talk = type("Talk", (_Talk,), {"script": script})
    with _Server(("127.0.0.1", 0), talk) as server:
        script.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield script
        finally:
            server.shutdown()
