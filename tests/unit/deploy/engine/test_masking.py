"""No secret that is in use leaves the engine, however it is written."""

import base64
import json
import shlex

from hypothesis import assume, given
from hypothesis import strategies as st

from yiwang.core.vault.secret import MASK, Secret
from yiwang.deploy.engine.masking import Masking

# The mask itself is no leak, nor is a part of it.
secret_texts = st.text(min_size=1, max_size=40).filter(lambda text: text.strip("\n") and set(text) - {"*", "\n"})


@given(st.lists(secret_texts, min_size=1, max_size=3), st.text(), st.text())
def test_a_masked_text_holds_no_secret(texts: list[str], before: str, after: str) -> None:
    masking = Masking(map(Secret, texts))

    masked = masking.mask(before + texts[0] + after)

    # What stood around a secret may, with the mask between, happen to spell a very short one again.
    assume(all(len(text.strip("\n")) > 1 for text in texts))
    assert all(text not in masked.replace(MASK, "") or text in before + after for text in texts)
    assert MASK in masked
    assert not masking.is_clear(before + texts[0] + after)


@given(secret_texts.filter(lambda text: len(text.strip("\n")) >= 8))
def test_a_secret_in_disguise_is_masked(text: str) -> None:
    whole = text.strip("\n")
    masking = Masking([Secret(text)])

    for disguise in (
        shlex.quote(whole),
        json.dumps(whole),
        json.dumps(whole, ensure_ascii=False),
        base64.b64encode(text.encode("utf-8", "surrogateescape")).decode(),
    ):
        assert MASK in masking.mask(f"x {disguise} y")


@given(st.text())
def test_without_secrets_a_text_stays_as_it_is(text: str) -> None:
    assert Masking().mask(text) == text
    assert Masking([Secret("")]).mask(text) == text


def test_each_line_of_a_key_is_masked_in_a_diff() -> None:
    masking = Masking([Secret("-----BEGIN KEY-----\nAAAABBBBCCCC\nDDDDEEEEFFFF\n-----END KEY-----\n")])

    assert masking.mask("+AAAABBBBCCCC\n+DDDDEEEEFFFF\n") == f"+{MASK}\n+{MASK}\n"


def test_a_secret_that_holds_another_is_masked_whole() -> None:
    assert Masking([Secret("horse"), Secret("correct horse battery")]).mask("correct horse battery") == MASK


def test_plain_data_is_masked_in_keys_and_values() -> None:
    masking = Masking([Secret("horse")])

    assert masking.mask_value({"a horse": ["horse", 1, None]}) == {f"a {MASK}": [MASK, 1, None]}
