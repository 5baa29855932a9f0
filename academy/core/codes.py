"""Opaque codes for addresses: 16 characters of Crockford base32, 80 random bits."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def random_code(length: int) -> str:
    """A random code of `length` characters, 5 bits each."""
    return "".join(ALPHABET[byte & 31] for byte in secrets.token_bytes(length))


def random_code16() -> str:
    """A code that cannot be guessed or counted through."""
    return random_code(16)


def normalize(code: str) -> str:
    """A code as a person may type it: lower case, dashes, O for 0, I or L for 1."""
    return code.upper().translate(_READ_AS)


def is_code16(code: str) -> bool:
    """Whether a normalized code has the right length and characters."""
    return len(code) == 16 and all(char in ALPHABET for char in code)
