"""Secrets at rest: what opens them, what does not, and a new key while others still hold the old one."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pytest_django import Settings

from autodev.lib.crypto import KeyMissing, Keyring, Sealed, Undecipherable, keyring, make_key

ONE, TWO = "k" * 60, "q" * 60
HERE = b"credential:1"


def test_what_was_sealed_opens_with_its_key_in_its_place_only() -> None:
    ring = Keyring({1: ONE, 2: TWO}, 1)
    sealed = ring.seal("sk-ant-secret", context=HERE)
    assert sealed.number == 1
    assert b"sk-ant" not in sealed.ciphertext
    assert ring.open(sealed, context=HERE) == "sk-ant-secret"
    assert ring.seal("sk-ant-secret", context=HERE).ciphertext != sealed.ciphertext
    with pytest.raises(Undecipherable):
        ring.open(sealed, context=b"credential:2")
    with pytest.raises(Undecipherable):
        ring.open(Sealed(2, sealed.ciphertext), context=HERE)
    with pytest.raises(Undecipherable):
        Keyring({1: TWO}, 1).open(sealed, context=HERE)
    with pytest.raises(Undecipherable, match="form"):
        ring.open(Sealed(1, b"\x02" + sealed.ciphertext[1:]), context=HERE)
    with pytest.raises(Undecipherable):
        ring.open(Sealed(1, sealed.ciphertext[:5]), context=HERE)
    with pytest.raises(KeyMissing, match="3"):
        ring.open(Sealed(3, sealed.ciphertext), context=HERE)


def test_a_changed_text_does_not_open() -> None:
    ring = Keyring({1: ONE}, 1)
    sealed = ring.seal("sk-ant-secret", context=HERE)
    for place in range(len(sealed.ciphertext)):
        broken = bytearray(sealed.ciphertext)
        broken[place] ^= 1
        with pytest.raises(Undecipherable):
            ring.open(Sealed(1, bytes(broken)), context=HERE)


def test_a_keyring_does_not_print_its_keys() -> None:
    assert ONE not in repr(Keyring({1: ONE}, 1))


def test_the_highest_number_seals_unless_another_is_named(settings: Settings, tmp_path: Path) -> None:
    settings.MASTER_KEYS = {1: ONE, 3: TWO}
    assert keyring().current == 3
    settings.AUTODEV_MASTER_KEY_NUMBER = 1
    assert keyring().current == 1
    settings.AUTODEV_MASTER_KEY_NUMBER = 2
    with pytest.raises(KeyMissing):
        keyring().seal("x", context=HERE)


def test_a_key_that_another_process_made_is_known_at_once(settings: Settings, tmp_path: Path) -> None:
    settings.MASTER_KEYS = {1: ONE}
    before = keyring()
    assert make_key(tmp_path) == 2
    file = tmp_path / "master.2.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    after = keyring()
    assert (before.current, after.current) == (1, 2)
    assert after.open(before.seal("x", context=HERE), context=HERE) == "x"
    (tmp_path / "master.3.key").write_text("made meanwhile by somebody else" * 2)
    assert make_key(tmp_path) == 4
    # Given by the environment, a number is what the environment says.
    settings.MASTER_KEYS = {1: ONE, 2: TWO}
    assert keyring().keys[2] == TWO
