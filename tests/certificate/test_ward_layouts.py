"""A ward's own layouts: what may stand in the directory, and what they are called."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from madoguchi import cli
from madoguchi.certificate.checking import check_layout
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.layout import LayoutRefusedError, all_layouts, layouts_digest, ward_layouts
from madoguchi.certificate.setting import Setter
from madoguchi.errors import MadoguchiError

BUILT_IN = resources.files("madoguchi.certificate").joinpath("layouts")
OWN = ('id = "taxation-2024/2"', 'id = "taxation-2024/mihon-1"')


def put(directory: Path, name: str, *changes: tuple[str, str], under: str | None = None) -> None:
    """A built-in layout into the ward's directory, with these changes."""
    text = BUILT_IN.joinpath(name).read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    directory.joinpath(under or name).write_text(text, "utf-8")


def test_a_changed_layout_stands_for_one_of_the_program(tmp_path: Path) -> None:
    put(tmp_path, "taxation-2024.toml", OWN, ('text = "備考"', 'text = "備 考"'))
    found = ward_layouts(tmp_path)
    assert found.of(kind="taxation", fiscal_year=2025).id == "taxation-2024/mihon-1"
    replaced = all_layouts().by_id("taxation-2024/2")
    assert [each for each in found.every if each.id != "taxation-2024/mihon-1"] == [
        each for each in all_layouts().every if each is not replaced
    ]


@pytest.mark.parametrize(
    ("name", "changes", "line", "what"),
    [
        ("taxation-2024.toml", (), "id = ", "id taxation-2024/2 is the built-in layout's: taxation-2024/ and a word"),
        (
            "taxation-2024.toml",
            (('id = "taxation-2024/2"', 'id = "taxation-2024/3"'),),
            "id = ",
            "id taxation-2024/3 must be taxation-2024/ and a word",
        ),
        (
            "taxation-2024.toml",
            (('id = "taxation-2024/2"', 'id = "mihon-2024/a"'),),
            "id = ",
            "id mihon-2024/a stands in for no layout of the program (payment-2019, ",
        ),
        (
            "taxation-2024.toml",
            (OWN, ("first_year = 2024", "first_year = 2025")),
            "first_year = ",
            "first_year of taxation-2024/2 is 2024, and stays so",
        ),
        (
            "taxation-2024.toml",
            (OWN, ('kind = "taxation"', 'kind = "payment"')),
            "kind = ",
            "kind of taxation-2024/2 is taxation, and stays so",
        ),
        ("frame.toml", (), "", "no `id`, and no layout beside it uses it"),
        ("taxation-2024.toml", (OWN, ("x = 18", "x = 208")), "", "is off the page"),
    ],
)
def test_what_may_not_be_is_named_with_file_and_line(
    tmp_path: Path, name: str, changes: tuple[tuple[str, str], ...], line: str, what: str
) -> None:
    put(tmp_path, name, *changes)
    with pytest.raises(LayoutRefusedError) as caught:
        ward_layouts(tmp_path)
    fault = next(fault for fault in caught.value.faults if what in fault.what)
    assert fault.place.file == name
    assert line in tmp_path.joinpath(name).read_text("utf-8").splitlines()[fault.place.line - 1]


def test_two_layouts_for_one_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "taxation-2024.toml", OWN)
    put(tmp_path, "taxation-2024.toml", (OWN[0], 'id = "taxation-2024/mihon-2"'), under="zweite.toml")
    with pytest.raises(LayoutRefusedError, match=r"zweite\.toml line 4: a second layout for taxation-2024 \(first at"):
        ward_layouts(tmp_path)


def test_furniture_of_the_ward_is_used_by_its_layouts_alone(tmp_path: Path, composer: Composer) -> None:
    put(tmp_path, "taxation-2024.toml", OWN)
    put(tmp_path, "frame.toml", ("上記のとおり相違ないことを証明します。", "上記のとおり相違ありません。"))
    found = ward_layouts(tmp_path)
    own = found.by_id("taxation-2024/mihon-1")
    assert "上記のとおり相違ありません。" in [label.text for label in own.first.labels]
    other = found.by_id("payment-2019/2")
    assert "上記のとおり相違ないことを証明します。" in [label.text for label in other.first.labels]
    check_layout(own, Setter(composer.fonts))


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("taxation-2024.toml", "/mihon-1", f"/{'m' * 16}", f"id taxation-2024/{'m' * 16} does not fit its box"),
        ("frame.toml", "282.8\nw = 34", "282.8\nw = 33", "box layout stays as the built-in frame.toml has it"),
    ],
)
def test_a_page_can_be_known_by_its_layout(
    tmp_path: Path, composer: Composer, file: str, old: str, new: str, what: str
) -> None:
    put(tmp_path, "taxation-2024.toml", OWN)
    put(tmp_path, "frame.toml")
    text = tmp_path.joinpath(file).read_text("utf-8")
    assert old in text
    tmp_path.joinpath(file).write_text(text.replace(old, new, 1), "utf-8")
    layout = ward_layouts(tmp_path).of(kind="taxation", fiscal_year=2024)
    with pytest.raises(LayoutRefusedError, match=what):
        check_layout(layout, Setter(composer.fonts))


@pytest.mark.parametrize("content", [None, "", b"\xff"])
def test_a_directory_that_cannot_be_read_is_named(tmp_path: Path, content: str | bytes | None) -> None:
    directory = tmp_path / "layouts"
    if content is not None:
        directory.mkdir()
    if isinstance(content, bytes):
        directory.joinpath("a.toml").write_bytes(content)
    with pytest.raises(MadoguchiError, match=r"certificate\.layout_invalid.*layouts"):
        ward_layouts(directory)


def test_the_digest_is_of_names_and_texts_wherever_they_lie(tmp_path: Path) -> None:
    places = [tmp_path / name for name in ("one", "other", "changed", "renamed")]
    for place in places:
        place.mkdir()
        put(place, "taxation-2024.toml", OWN)
    place.joinpath("taxation-2024.toml").rename(place / "mihon.toml")
    file = tmp_path / "changed" / "taxation-2024.toml"
    file.write_text(file.read_text("utf-8") + "\n", "utf-8")
    digests = [layouts_digest(each) for each in places]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_the_commands_take_the_wards_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, "taxation-2024.toml", OWN)
    assert cli.main(["certificate", "check-layout", str(tmp_path)]) == cli.OK
    assert "taxation-2024/mihon-1, taxation 2024-2025: well" in capsys.readouterr().out
    out = tmp_path / "a.pdf"
    asked = ["--kind", "taxation", "--year", "2025", "--record", "plain", "--layouts", str(tmp_path)]
    assert cli.main(["certificate", "preview", *asked, "--pdf", str(out)]) == cli.OK
    assert out.read_bytes().startswith(b"%PDF")
    put(tmp_path, "payment-2019.toml")
    assert cli.main(["certificate", "check-layout", str(tmp_path)]) == cli.PROBLEM
    assert "payment-2019.toml line " in capsys.readouterr().err
