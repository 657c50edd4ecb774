"""One composer for all tests of the room: reading the font takes a third of a second."""

from __future__ import annotations

import pytest

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.fonts import IPAMJ


@pytest.fixture(scope="session")
def composer() -> Composer:
    if not IPAMJ.exists():
        pytest.skip("fonts-ipamj-mincho is not installed")
    return Composer()
