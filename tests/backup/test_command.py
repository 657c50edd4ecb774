"""The commands: two people, exact media, and everything that ends by age."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from madoguchi.runtime.clock import FrozenClock, SystemClock
from madoguchi.tax.command import group
from tests.backup.house import House, events


def told(house: House, *arguments: str) -> Result:
    command, *rest = arguments
    return CliRunner().invoke(group, ["backup", command, "--config", str(house.config_file), *rest])


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("approve", "--purpose", "x", "--medium", "A", "--copies", "2"), "2 copies need 2 different media"),
        (("approve", "--purpose", "x", "--medium", "A", "--medium", "A", "--copies", "2"), "need 2 different media"),
        (("approve", "--purpose", "x\ny", "--medium", "A", "--copies", "1"), "printable characters"),
        (("approve", "--purpose", "x", "--medium", "A=B", "--copies", "1"), "without = are needed"),
        (("make", "--approval", "00", "--copy", "A=b"), "32 hexadecimal digits"),
        (("make", "--approval", "00" * 16, "--copy", "A"), "LABEL=FILE is needed"),
        (("make", "--approval", "00" * 16, "--copy", "A=b", "--copy", "A=c"), "every medium once"),
        (("expire",), "either --older-than or ids"),
        (("expire", "--older-than", "3", "00" * 16), "either --older-than or ids"),
    ],
)
def test_what_does_not_add_up_is_said_before_anything_is_asked(
    house: House, arguments: tuple[str, ...], what: str
) -> None:
    result = told(house, *arguments)
    assert result.exit_code == 2
    assert what in result.output
    assert events(house.config.url) == []


def test_expiry_by_age_takes_the_old_ones_alone(house: House) -> None:
    now = SystemClock().now()
    for name, days in (("old", 40), ("new", 1)):
        clock = FrozenClock(now - timedelta(days=days))
        house.make(asyncio.run(house.approved(name, clock=clock)), name, clock=clock)
    listed = told(house, "list").output.splitlines()
    assert [line.split(", ")[1] for line in listed] == ["key kept", "key kept"]
    assert told(house, "expire", "--older-than", "35").output.count("key destroyed in 2 stores") == 1
    assert told(house, "expire", "--older-than", "35").output == ""
    assert [line.split(", ")[1][:13] for line in told(house, "list").output.splitlines()] == [
        "key destroyed",
        "key kept",
    ]
    assert events(house.config.url).count("backup.key_destroyed") == 1


def test_a_medium_comes_back(house: House) -> None:
    made = house.make(asyncio.run(house.approved()))
    assert told(house, "returned", "--medium", "USB-1", "--by", "Sato", made.backup.hex()).output == "returned\n"
    assert told(house, "list").output.endswith("out: nothing\n")
