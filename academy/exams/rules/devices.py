"""Which machine may write into an attempt, and the code with which another one goes on. Pure."""

import secrets
from datetime import timedelta
from hashlib import sha256

DEVICE_COOKIE = "exam_device"
CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5  # wrong codes, then the code is used up
CODE_LENGTH = 8


def device_mark(secret: str) -> str:
    """What an attempt keeps of a machine's secret; "" for a machine that has none."""
    return sha256(f"exam-device:{secret[:64]}".encode()).hexdigest() if secret else ""


def may_write(held_by: str, device: str) -> bool:
    """Whether a machine may write: the one that is bound to the attempt, or any while none is."""
    return held_by in ("", device)


def new_code() -> str:
    """Eight digits, which can be read out."""
    return f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}}"


def code_mark(attempt_id: int, typed: str) -> str:
    """What is kept of a code, however it was typed."""
    digits = "".join(char for char in typed[:40] if char.isdecimal())
    return sha256(f"exam-resume:{attempt_id}:{digits}".encode()).hexdigest()


def spoken(code: str) -> str:
    """A code in two groups."""
    return f"{code[:4]} {code[4:]}"
