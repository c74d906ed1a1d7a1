"""SCRAM: what a server keeps of a password (RFC 5802)."""

import hashlib
import hmac

HASHES = {1: "sha256", 2: "sha512"}
"""Hash functions by the number that a mechanism has on the wire and in records."""


class NoPassword(Exception):
    """An empty salted password, from which no keys can be made."""


def stored_keys(mechanism: int, salted_password: bytes) -> tuple[bytes, bytes]:
    """(stored key, server key): they verify the password's owner, but do not tell it. NoPassword."""
    if not salted_password:
        raise NoPassword
    name = HASHES[mechanism]
    client_key = hmac.digest(salted_password, b"Client Key", name)
    return hashlib.new(name, client_key).digest(), hmac.digest(salted_password, b"Server Key", name)
