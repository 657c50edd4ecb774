"""One real printer per test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ipp.presses import WHOLE, Press, a_press


@pytest.fixture(scope="session")
def shared_press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Press]:
    """CUPS's ippeveprinter."""
    with a_press(tmp_path_factory.mktemp("press")) as press:
        yield press


@pytest.fixture
def press(shared_press: Press) -> Press:
    """The same, which prints one sheet of every job and counts it."""
    shared_press.plan(WHOLE.format(sides=2))
    shared_press.forget()
    return shared_press
