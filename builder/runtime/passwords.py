"""Passwords and tokens: hashed so that the database gives nothing away."""

from __future__ import annotations

import hashlib

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from builder.errors import Problem

# RFC 9106's second recommended option scaled to a small server: 19 MiB, two passes (OWASP's minimum for argon2id).
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
LEAST, MOST = 10, 128
COMMON = frozenset({"1234567890", "password12", "qwertyuiop", "0123456789", "1111111111", "abcdefghij"})


def hash_password(password: str) -> str:
    return HASHER.hash(password)


def is_right(password_hash: str, password: str) -> bool:
    """Whether the password is the one that was hashed; takes as long for a wrong one."""
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def password_problems(password: str, login: str) -> list[Problem]:
    """What is wrong with a new password: length counts (NIST SP 800-63B), composition rules do not."""
    if not LEAST <= len(password) <= MOST:
        return [Problem("PASSWORD_LENGTH", "/password", {"least": LEAST, "most": MOST})]
    if password.lower() in COMMON or (login and login in password.lower()):
        return [Problem("PASSWORD_COMMON", "/password")]
    return []


def token_hash(text: str) -> str:
    """How a session or API token is kept: 256 random bits need no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()
