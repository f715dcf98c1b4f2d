"""Random passwords that devices and people can take."""

from __future__ import annotations

import secrets
import string

from yiwang.core.vault.secret import Secret

LENGTH = 20
LEAST_LENGTH = 12
# Letters and digits that look alike are left out; so are signs that a device's command line acts on
# (? asks for help, # and ! begin comments, quotes, % and \ escape).
CLASSES = (
    "".join(sorted(set(string.ascii_lowercase) - set("l"))),
    "".join(sorted(set(string.ascii_uppercase) - set("IO"))),
    "".join(sorted(set(string.digits) - set("01"))),
    "@._+=:-",
)


def generate(length: int = LENGTH) -> Secret:
    """A random password with at least one of each class of character, beginning with a letter.

    Raises:
        ValueError: the length is below 12.
    """
    if length < LEAST_LENGTH:
        raise ValueError(f"a password needs at least {LEAST_LENGTH} characters")
    everything = "".join(CLASSES)
    while True:
        text = "".join(secrets.choice(everything) for _ in range(length))
        if text[0].isalpha() and all(set(text) & set(each) for each in CLASSES):
            return Secret(text)
