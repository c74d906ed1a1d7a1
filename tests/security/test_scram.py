"""What is kept of a password, against the example of RFC 7677."""

from base64 import b64decode
from hashlib import pbkdf2_hmac

import pytest

from kafkapy.security.scram import NoPassword, stored_keys


def test_the_keys_verify_the_example_of_the_rfc() -> None:
    salt = b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    stored_key, server_key = stored_keys(1, pbkdf2_hmac("sha256", b"pencil", salt, 4096))
    assert stored_key == b64decode("WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=")
    assert server_key == b64decode("wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")


def test_keys_are_as_long_as_the_hash() -> None:
    assert [len(key) for mechanism in (1, 2) for key in stored_keys(mechanism, b"x")] == [32, 32, 64, 64]


def test_nothing_can_be_made_of_no_password() -> None:
    with pytest.raises(NoPassword):
        stored_keys(1, b"")
