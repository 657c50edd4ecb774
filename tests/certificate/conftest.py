"""One composer for all tests of the room: reading the font takes a third of a second."""

from __future__ import annotations

import pytest

from madoguchi.certificate.compose import Composer


@pytest.fixture(scope="session")
def composer() -> Composer:
    return Composer()
