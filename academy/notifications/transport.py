"""Handing a letter over: to an SMTP server, or into a folder while none is configured. Knows no database."""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from academy.notifications.rules import Answer, Outcome, is_address, one_line, outcome_of_code

SECONDS = 20  # for each answer of the server; all of them together stay below CLAIM_HOLDS
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What goes out, with the address it goes to."""

    code: str
    email: str
    name: str
    subject: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Post:
    """Where letters are handed in."""

    url: str
    folder: Path
    sender: str
    sender_name: str


def compose(envelope: Envelope, post: Post) -> EmailMessage:
    """The e-mail. Its Message-ID comes from the ledger's code, so that a second copy can be recognized."""
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = Address(display_name=one_line(post.sender_name), addr_spec=post.sender)
    mail["To"] = Address(display_name=one_line(envelope.name, 80), addr_spec=envelope.email)
    mail["Subject"] = one_line(envelope.subject)
    mail["Date"] = format_datetime(envelope.at)
    mail["Message-ID"] = f"<{envelope.code}@{post.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(envelope.body)
    return mail


def hand_over(envelope: Envelope, post: Post) -> Answer:
    """Hand one letter over and say what became of it. Never raises for what a server or an address may do."""
    if not is_address(envelope.email):
        return Answer(Outcome.REFUSED, "address refused before sending")
    mail = compose(envelope, post)
    return _by_smtp(mail, envelope.email, post) if post.url else _into_folder(mail, envelope.code, post.folder)


def eml_path(folder: Path, code: str) -> Path:
    """Where the letter of a code is kept while no mail server is configured."""
    return folder / f"{code}.eml"


def _into_folder(mail: EmailMessage, code: str, folder: Path) -> Answer:
    path = eml_path(folder, code)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".tmp")
        draft.write_bytes(mail.as_bytes())
        draft.replace(path)
    except OSError as error:
        return Answer(Outcome.LATER, repr(error))
    return Answer(Outcome.SENT, path.name)


def _by_smtp(mail: EmailMessage, to: str, post: Post) -> Answer:
    """Connect, send, leave. Only an error after the content went out leaves the outcome open."""
    try:
        server = _connected(post.url)
    except smtplib.SMTPResponseException as error:
        return _said(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return Answer(Outcome.LATER, repr(error))
    try:
        return _conversation(server, mail, to, post.sender)
    finally:
        server.close()


def _connected(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=SECONDS)
    try:
        server.ehlo_or_helo_if_needed()
        if parts.scheme != "smtps" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif parts.scheme != "smtps" and parts.username and host not in LOOPBACK:
            raise smtplib.SMTPNotSupportedError("the server offers no encryption: the password is not sent")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _conversation(server: smtplib.SMTP, mail: EmailMessage, to: str, sender: str) -> Answer:
    needs_utf8 = not to.isascii()
    if needs_utf8 and not server.has_extn("smtputf8"):
        return Answer(Outcome.REFUSED, "the server takes ASCII addresses only")
    policy = SMTP_POLICY.clone(utf8=True) if needs_utf8 else SMTP_POLICY
    try:
        for code, words in (server.mail(sender, ["SMTPUTF8"] if needs_utf8 else []), server.rcpt(to)):
            if outcome_of_code(code) is not Outcome.SENT:
                return _said(code, words)
    except (OSError, smtplib.SMTPException) as error:
        return Answer(Outcome.LATER, repr(error))
    return _content(server, mail.as_bytes(policy=policy))


def _content(server: smtplib.SMTP, content: bytes) -> Answer:
    try:
        return _said(*server.data(content))
    except smtplib.SMTPDataError as error:  # the server did not even want the content
        return _said(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return Answer(Outcome.UNKNOWN, repr(error))


def _said(code: int, words: bytes | str) -> Answer:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return Answer(outcome_of_code(code), one_line(f"{code} {text}", 400))
