"""Signing: what is signed cannot be changed, made by others, or played again later."""

from __future__ import annotations

import pytest

from builder.connectors.signing import ID, SIGNATURE, TIME, WINDOW, UnsignedError, signed, verified

NOW = 1_614_265_330
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_the_published_example_holds() -> None:
    headers = signed(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, BODY)
    assert headers[SIGNATURE] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_was_signed_is_verified_with_either_secret() -> None:
    headers = signed("old", "m1", NOW, BODY)
    assert verified(("new", "old"), headers, NOW + WINDOW, BODY).id == "m1"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({ID: "m2"}, "signature"),
        ({TIME: str(NOW + 1)}, "signature"),
        ({SIGNATURE: "v1,AAAA"}, "signature"),
        ({SIGNATURE: ""}, "signature"),
        ({ID: ""}, "header"),
        ({TIME: "yesterday"}, "header"),
        ({TIME: "٣"}, "header"),
    ],
)
def test_a_changed_message_is_refused(change: dict[str, str], why: str) -> None:
    with pytest.raises(UnsignedError) as refused:
        verified(("s",), {**signed("s", "m1", NOW, BODY), **change}, NOW, BODY)
    assert refused.value.why == why


def test_another_body_or_secret_is_refused() -> None:
    headers = signed("s", "m1", NOW, BODY)
    for secrets, body in ((("s",), b"{}"), (("t",), BODY), ((), BODY), (("",), BODY)):
        with pytest.raises(UnsignedError):
            verified(secrets, headers, NOW, body)


@pytest.mark.parametrize("away", [WINDOW + 1, -WINDOW - 1])
def test_what_is_not_fresh_is_refused(away: int) -> None:
    with pytest.raises(UnsignedError) as refused:
        verified(("s",), signed("s", "m1", NOW, BODY), NOW + away, BODY)
    assert refused.value.why == "time"
