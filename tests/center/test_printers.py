"""Which copy warning a kiosk's printer gets, and that replicas cannot differ in it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from madoguchi.center.config import CenterConfig
from madoguchi.center.marks import Marks
from madoguchi.center.printers import Printers, PrinterSection
from madoguchi.errors import MadoguchiError
from madoguchi.paper.copywarning import CopyWarning, front_layer
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.paper.screens import Screen
from madoguchi.runtime.config import (
    ConfigProblem,
    Database,
    config_fingerprint,
    load_config,
    refuse_stranger,
    write_config,
)
from madoguchi.runtime.fonts import find_fonts
from madoguchi.wire.transaction import Sheet
from tests.center.world import OPERATOR, OTHER_OPERATOR, World

KIOSK, OTHER_KIOSK = bytes(16), bytes(range(16))
FINE = PrinterSection(background_percent=9.3, operators=(OPERATOR,))
COARSE = PrinterSection(background_percent=10.8, word_dots=(4, 4), kiosks=(OTHER_KIOSK.hex(),))
DATABASE = Database(url="postgresql:///none")


def test_a_kiosk_before_its_operator_before_the_default() -> None:
    printers = Printers({"fine": FINE, "coarse": COARSE})
    assert printers.warning(operator=OPERATOR, kiosk=KIOSK).background == Screen(width=1, height=2, percent=9.3)
    assert printers.warning(operator=OPERATOR, kiosk=OTHER_KIOSK).word == Screen(width=4, height=4, percent=10.4)
    assert printers.warning(operator=OTHER_OPERATOR, kiosk=KIOSK) == CopyWarning()
    assert printers.every == {CopyWarning(), FINE.warning, COARSE.warning}
    assert Printers({}).every == {CopyWarning()}


@pytest.mark.parametrize("claim", ["operators", "kiosks"])
def test_two_models_for_one_kiosk_are_no_configuration(claim: str, world: World, tmp_path: Path) -> None:
    who = {"operators": [OPERATOR], "kiosks": [KIOSK.hex()]}[claim]
    both = {"one": {claim: who}, "two": {claim: who, "background_percent": 9.3}}
    config = world.center_config("center-1", database=DATABASE)
    file = tmp_path / "center.toml"
    write_config(config, file)
    assert load_config(file, CenterConfig).printers == {}
    plain = msgspec.toml.decode(file.read_bytes())
    plain["printers"] = both
    file.write_bytes(msgspec.toml.encode(plain))
    with pytest.raises(ConfigProblem, match=f"{claim} of two models"):
        load_config(file, CenterConfig)


@pytest.mark.parametrize("wrong", [{"background_percent": 50.0}, {"word_dots": (0, 3)}, {"kiosks": ("shop",)}])
def test_what_no_printer_prints_is_no_configuration(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, PrinterSection)


def test_the_setting_is_part_of_what_replicas_share(world: World) -> None:
    config = world.center_config("center-1", database=DATABASE)
    changed = msgspec.structs.replace(config, printers={"fine": FINE})
    assert config_fingerprint(changed) != config_fingerprint(config)
    refuse_stranger(config, party="center")
    with pytest.raises(MadoguchiError, match="stranger"):
        refuse_stranger(changed, party="center")


async def test_the_marks_are_made_for_the_printer_of_the_kiosk() -> None:
    font = find_fonts()[0]
    marks = Marks(font, Printers({"fine": FINE}))
    front = SealedFront(front_code=b"front code", page_description=b"page description")
    sheet = Sheet(copy=1, page=1, pages=1, paper_number=bytes(16), page_digest=bytes(32))
    for operator, warning in ((OPERATOR, FINE.warning), (OTHER_OPERATOR, CopyWarning())):
        (made,) = await marks.of_sheets((sheet,), (front,), operator=operator, kiosk=KIOSK)
        assert made.front == front_layer(warning, font)
