from pathlib import Path

import msgspec
import pytest

from madoguchi.card import JpkiCard, PinWrongError, load_card, save_card
from tests.jpki.authorities import PIN, card


def test_the_counter_survives(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    save_card(card(), path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(PinWrongError):
        JpkiCard(load_card(path)).verify_pin(bytearray(b"0000"))
    dialect = JpkiCard(load_card(path))
    assert dialect.tries_left() == 2
    dialect.verify_pin(bytearray(PIN.encode()))
    assert JpkiCard(load_card(path)).tries_left() == 3
    assert [each.name for each in tmp_path.iterdir()] == ["card.json"]


def test_the_same_card_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    before = card()
    save_card(before, path)
    after = load_card(path)
    assert after.certificate == before.certificate
    assert after.contents.private_key.private_numbers() == before.contents.private_key.private_numbers()


@pytest.mark.parametrize("change", [{"version": 2}, {"pin_tries": 4}, {"pin_tries": -1}, {"extra": 1}, {"pin": "MTI="}])
def test_a_file_that_is_no_card_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "card.json"
    save_card(card(), path)
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | change))
    with pytest.raises(ValueError, match=r"card file|four digits|unknown field"):
        load_card(path)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "card.json"
    save_card(card(), path)
    before = path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        save_card(card(pin="9999"), path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["card.json"]
