"""Personal data: encrypted columns, blind indexes for looking it up, and masks for showing it."""

import hmac
import os
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

from academy.config import settings

_NONCE_BYTES = 12
_DOT = "•"


@lru_cache(maxsize=8)
def _key(purpose: str, secret: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=b"academy", info=purpose.encode()).derive(secret.encode())


def seal(plain: bytes) -> bytes:
    """Encrypt with AES-256-GCM under the installation's secret."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_key("sealed", settings().secret)).encrypt(nonce, plain, None)


def unseal(sealed: bytes) -> bytes:
    """Decrypt what `seal` made; raises cryptography's InvalidTag when it was altered or the secret changed."""
    return AESGCM(_key("sealed", settings().secret)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)


class SealedText(TypeDecorator[str]):
    """A text column that the database sees only encrypted."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else seal(value.encode())

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else unseal(bytes(value)).decode()


def blind_index(value: str) -> str:
    """A keyed hash by which an encrypted value can be found and kept unique. 64 hex characters."""
    return hmac.digest(_key("blind index", settings().secret), value.encode(), "sha256").hex()


def mask_id_number(value: str | None) -> str:
    """370000••••••••1892: county and the last four stay."""
    return f"{value[:6]}{_DOT * (len(value) - 10)}{value[-4:]}" if value and len(value) > 10 else _DOT * len(value or "")


def mask_mobile(value: str | None) -> str:
    """199••••1892."""
    return f"{value[:3]}{_DOT * (len(value) - 7)}{value[-4:]}" if value and len(value) > 7 else _DOT * len(value or "")


def mask_name(value: str) -> str:
    """A name with its second character covered: 孙＊婷, 李＊. Names are not split into family and given name."""
    return f"{value[:1]}＊{value[2:]}" if len(value) > 2 else f"{value[:1]}＊"
