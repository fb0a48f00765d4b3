import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import assume, given
from hypothesis import strategies as st

from jiangjie.kernel.checkpoints import (
    BadCheckpoint,
    Checkpoint,
    parse_verifier_key,
    sign_checkpoint,
    verifier_key,
    verify_checkpoint,
)
from jiangjie.kernel.merkle import EMPTY_ROOT, leaf_hash

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
ROOT = leaf_hash(b"x")
NOTE = sign_checkpoint("jiangjie.example/ledger", 20852163, ROOT, KEY)

# A checkpoint of a public log of Sigstore with the signatures of three witnesses, and its key.
REKOR = """\
log2025-1.rekor.sigstore.dev
114068855
uXmV5jkyZgXN2o6QMPYIPpTwzaAdL+3IFw0SMp4JmGI=

— log2025-1.rekor.sigstore.dev zxGZFazjmbNyzy8EePBwh61DpCvLn/pkXQhgwGayQKZeQ7BxDrs3XQPZTCridH/VjPk5eL36dtHVyLyKbtQ08lT51QA=
— witness.navigli.sunlight.geomys.org o+AP4gAAAABqrBYQPMdDRNVwMGPQD9N5E3AIrptPZ6/6OcsZY1+xNfGu0CsxNM0BsXvltbFkMsY/pjOaNT0Oz8ZBHN510YN+vn8lBg==
— witness.stagemole.eu Z/euoAAAAABqrBYQ+q67WRizVAmFq6sUXpfA+eMyO+dQ7i5Ce9WBkqPvq4RZTZLR/sU1hHl/NDSzJ4mLzhmQULr0HdTJoOVl/5BACg==
— staging.witness.transparency.goog/ring-any-bells LhqNyQAAAABqrBYQ3tiCPy63VE7DlWh6263nnhFXaEodX50PL9nB7QQ+3PGAlTajdyo/D+UWY9+pAlJF6PIVmSCYfbo71E6kuj5yAw==
"""
REKOR_KEY = load_der_public_key(
    base64.b64decode("MCowBQYDK2VwAyEAt8rlp1knGwjfbcXAYPYAkn0XiLz1x8O4t0YkEhie244=")
)


def test_a_real_checkpoint_of_a_public_log_verifies():
    assert verify_checkpoint(REKOR, REKOR_KEY) == Checkpoint(
        origin="log2025-1.rekor.sigstore.dev",
        size=114068855,
        root=base64.b64decode("uXmV5jkyZgXN2o6QMPYIPpTwzaAdL+3IFw0SMp4JmGI="),
    )


def test_the_published_key_of_the_note_format_is_written_alike():
    # The example key of golang.org/x/mod/sumdb/note.
    line = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    raw = base64.b64decode(line.rpartition("+")[2])[1:]
    assert verifier_key("PeterNeumann", Ed25519PublicKey.from_public_bytes(raw)) == line


def test_the_form_of_a_note():
    lines = NOTE.split("\n")
    assert lines[:4] == [
        "jiangjie.example/ledger",
        "20852163",
        base64.b64encode(ROOT).decode(),
        "",
    ]
    assert lines[4].startswith("— jiangjie.example/ledger ")
    assert lines[5:] == [""]


@given(
    st.text(min_size=1).filter(
        lambda text: not any(c.isspace() or c == "+" or c < " " for c in text)
    ),
    st.integers(0, 10**18),
    st.binary(min_size=32, max_size=32),
)
def test_what_is_signed_is_read_back(origin, size, root):
    note = sign_checkpoint(origin, size, root, KEY)
    assert verify_checkpoint(note, PUBLIC) == Checkpoint(origin, size, root)


@given(st.integers(0, len(NOTE) - 1), st.characters())
def test_no_changed_character_passes(place, character):
    assume(NOTE[place] != character)
    with pytest.raises(BadCheckpoint):
        verify_checkpoint(NOTE[:place] + character + NOTE[place + 1 :], PUBLIC)


@given(st.text())
def test_any_text_only_our_error_comes_out(text):
    with pytest.raises(BadCheckpoint):
        verify_checkpoint(text, PUBLIC)


def resigned(body: str) -> str:
    """Any body with a signature of our key that fits it."""
    line = sign_checkpoint("jiangjie.example/ledger", 1, ROOT, KEY).split("\n")[-2]
    name, identity = line.rpartition(" ")[0], base64.b64decode(line.rpartition(" ")[2])[:4]
    return f"{body}\n{name} {base64.b64encode(identity + KEY.sign(body.encode())).decode()}\n"


# The last digit before "=" has two bits that do not count: 43 digits for 256 bits.
OTHER_SPELLING = base64.b64encode(bytes(32)).decode().replace("A=", "B=") + "\n"
ORIGIN, ROOT_LINE = "jiangjie.example/ledger\n", base64.b64encode(ROOT).decode() + "\n"


def test_extension_lines_are_kept_and_are_signed():
    note = resigned(f"{ORIGIN}5\n{ROOT_LINE}more\n")
    assert verify_checkpoint(note, PUBLIC).extensions == ("more",)
    with pytest.raises(BadCheckpoint) as refusal:
        verify_checkpoint(note.replace("more", "less"), PUBLIC)
    assert refusal.value.code == "checkpoint_signature"


def test_a_line_of_a_witness_is_left_alone():
    witness = Ed25519PrivateKey.from_private_bytes(bytes(32))
    line = sign_checkpoint("witness.example", 1, ROOT, witness).split("\n")[-2]
    assert verify_checkpoint(f"{NOTE}{line}\n", PUBLIC).size == 20852163


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (NOTE.replace("20852163", "20852164"), "checkpoint_signature"),
        (NOTE[:-1], "checkpoint_malformed"),
        (NOTE + "\n", "checkpoint_malformed"),
        (NOTE + "more\n", "checkpoint_malformed"),
        (NOTE.replace("\n", "\r\n"), "checkpoint_malformed"),
        (NOTE.replace("—", "-"), "checkpoint_malformed"),
        (NOTE.replace("— ", ""), "checkpoint_malformed"),
        (resigned(f"{ORIGIN}5\n{ROOT_LINE}a\0b\n"), "checkpoint_malformed"),
        (resigned(f"{ORIGIN}5\n{ROOT_LINE}".replace("=", "")), "checkpoint_malformed"),
        (resigned(f"{ORIGIN}5\n{OTHER_SPELLING}"), "checkpoint_malformed"),
        (NOTE.replace("20852163", "020852163"), "checkpoint_malformed"),
        (NOTE.partition("\n\n")[0] + "\n", "checkpoint_malformed"),
        (resigned(f"{ORIGIN}-1\n{ROOT_LINE}"), "checkpoint_malformed"),
        (resigned(f"{ORIGIN}5\n"), "checkpoint_malformed"),
        (resigned(f"{ORIGIN}5\nAAAA\n"), "checkpoint_malformed"),
        (resigned(f"{ORIGIN}5\n{ROOT_LINE}\nmore\n"), "checkpoint_malformed"),
        (resigned(f"other.example\n5\n{ROOT_LINE}"), "checkpoint_unsigned"),
    ],
)
def test_each_fault_has_its_code(note, code):
    with pytest.raises(BadCheckpoint) as refusal:
        verify_checkpoint(note, PUBLIC)
    assert refusal.value.code == code


def test_the_signature_of_another_key_does_not_count():
    with pytest.raises(BadCheckpoint) as refusal:
        verify_checkpoint(NOTE, REKOR_KEY)
    assert refusal.value.code == "checkpoint_unsigned"


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 0, EMPTY_ROOT),
        ("two words", 0, EMPTY_ROOT),
        ("a+b", 0, EMPTY_ROOT),
        ("two\nlines", 0, EMPTY_ROOT),
        ("a", -1, EMPTY_ROOT),
        ("a", 0, b"short"),
    ],
)
def test_what_cannot_be_read_back_is_not_signed(origin, size, root):
    with pytest.raises(ValueError, match=r"origin|tree head"):
        sign_checkpoint(origin, size, root, KEY)


def test_a_published_key_line_is_read_back_and_refused_when_altered():
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    line = verifier_key("example.org/log", key)

    assert parse_verifier_key(line).public_bytes_raw() == key.public_bytes_raw()
    with pytest.raises(BadCheckpoint) as refusal:
        parse_verifier_key(line.replace("example.org", "example.com"))
    assert refusal.value.code == "checkpoint_key"
