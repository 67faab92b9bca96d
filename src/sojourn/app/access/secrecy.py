"""Secrets that we hand out, how they are told apart, and what of them is kept.

Keys and tokens hold 256 random bits, so a plain digest keeps them; passwords are people's, so they get argon2id with
the second recommended setting of RFC 9106 (64 MiB, 3 passes).
"""

from __future__ import annotations

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

KEY_PREFIX = "sj_"
TOKEN_PREFIX = "sjs_"
HINT_CHARS = 8  # of a key, shown to tell it from others
MIN_PASSWORD_CHARS = 10
MAX_PASSWORD_CHARS = 1_000

_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)


def new_key() -> str:
    return KEY_PREFIX + secrets.token_urlsafe(32)


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def hashed(password: str) -> str:
    return _hasher.hash(password)


def is_password(password: str, kept: str) -> bool:
    """Takes as long for nobody as for somebody: give it what `nobody` returns where there is no such person."""
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def nobody() -> str:
    """What is kept of a password that is nobody's."""
    return hashed(secrets.token_urlsafe(16))
