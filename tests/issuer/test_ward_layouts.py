"""The ward's own layout by a setting: the composer sets it, the clerk reads it, and every replica has the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from madoguchi.certificate.layout import LayoutRefusedError
from madoguchi.certificate.reading import Reader
from madoguchi.errors import MadoguchiError
from madoguchi.issuer.checks import issuer_checks
from madoguchi.issuer.serve import typesetter_of
from madoguchi.runtime.config import config_fingerprint, refuse_stranger
from madoguchi.runtime.fonts import find_fonts
from madoguchi.wire.codec import decode_plain
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, World

CARD = HANAKO.addressee_number
FILE = "taxation-2026.toml"
TEXT = resources.files("madoguchi.certificate").joinpath("layouts", FILE).read_text("utf-8")
OWN = TEXT.replace('id = "taxation-2026/2"', 'id = "taxation-2026/mihon-1"').replace('text = "備考"', 'text = "備 考"')
"""Another name, another word in front of the remarks."""


@pytest.fixture
def layouts(tmp_path: Path) -> Path:
    directory = tmp_path / "layouts"
    directory.mkdir()
    directory.joinpath(FILE).write_text(OWN, "utf-8")
    return directory


@pytest.fixture
def ward(world: World, layouts: Path) -> Iterator[World]:
    """The composer is the ward's, as `serve` makes it."""
    config, kit = world.kit.config("issuer-1", database=world.database, layouts=layouts), world.kit
    world.kit = replace(kit, typesetter=typesetter_of(config))
    yield world
    world.kit = kit


async def test_a_paper_of_the_wards_own_layout_is_set_and_read(ward: World, layouts: Path) -> None:
    assert OWN.count("備 考") == 1
    replica, card = await ward.replica(layouts=layouts), ward.kit.card()
    await ward.open(replica, HANAKO, cards={CARD: card})
    answer = await replica.issue(ward.street.visit(card).request)
    assert isinstance(answer, Issued)
    (page,) = Reader(find_fonts(), replica.parts.config.own_layouts()).read(answer.pdf)
    assert (page.layout, page.name) == ("taxation-2026/mihon-1", HANAKO.name)
    assert ward.street.issuance(answer).versions.layout == "taxation-2026/mihon-1"
    assert answer.page_description is not None
    described = decode_plain(answer.page_description)
    assert isinstance(described, dict)
    assert described["layout"] == "taxation-2026/mihon-1"


@pytest.mark.parametrize("clerks", [None, OWN.replace("備 考", "備　考")])
async def test_the_clerk_believes_its_own_layouts_alone(ward: World, layouts: Path, clerks: str | None) -> None:
    """A page of a layout that the clerk does not have, or has otherwise, is not released."""
    if clerks is not None:
        layouts.joinpath(FILE).write_text(clerks, "utf-8")
    replica, card = await ward.replica(layouts=None if clerks is None else layouts), ward.kit.card()
    await ward.open(replica, HANAKO, cards={CARD: card})
    visit = ward.street.visit(card)
    assert ward.street.reason(await replica.issue(visit.request)) == "try_later"
    assert await ward.refusal_of(visit) == "issuer.clerk_stopped"


def test_replicas_have_the_same_layouts_wherever_they_lie(world: World, layouts: Path, tmp_path: Path) -> None:
    elsewhere = layouts.rename(tmp_path / "elsewhere")
    layouts.mkdir()
    layouts.joinpath(FILE).write_text(OWN, "utf-8")
    config = world.kit.config("issuer-1", database=world.database, layouts=layouts)
    other = world.kit.config("issuer-1", database=world.database, layouts=elsewhere)
    none = world.kit.config("issuer-1", database=world.database)
    assert config_fingerprint(config) == config_fingerprint(other) != config_fingerprint(none)
    refuse_stranger(config, party="issuer")
    layouts.joinpath(FILE).write_text(OWN.replace("備 考", "備　考"), "utf-8")
    with pytest.raises(MadoguchiError, match=r"runtime\.stranger"):
        refuse_stranger(config, party="issuer")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            'id = "taxation-2026/mihon-1"',
            'id = "taxation-2026/2"',
            r"taxation-2026\.toml line 4: id taxation-2026/2 ",
        ),
        ('"@pension_income"', '"@pensoin_income"', r"taxation-2026\.toml line \d+: there is no value pens"),
    ],
)
async def test_a_wrong_layout_refuses_the_start_with_file_and_line(
    world: World, layouts: Path, old: str, new: str, what: str
) -> None:
    assert old in OWN
    layouts.joinpath(FILE).write_text(OWN.replace(old, new), "utf-8")
    config = world.kit.config("issuer-1", database=world.database, layouts=layouts)
    with pytest.raises(LayoutRefusedError, match=what):
        typesetter_of(config)
    looks = {check.name: check.look for check in issuer_checks(config, clock=world.clock)}
    with pytest.raises(LayoutRefusedError, match=what):
        await looks["layouts"]()
