"""What every measurement on paper begins with: a generated ward, and the composer that prints for its residents."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from madoguchi.bench.certificate.codes import Codes
from madoguchi.bench.certificate.own_way import OwnWay
from madoguchi.bench.certificate.subjects import Subject, subjects, ward_records
from madoguchi.bench.certificate.ward import Ward
from madoguchi.certificate.compose import Composer
from madoguchi.issuer.serve import typesetter_of
from madoguchi.records import RecordSet
from madoguchi.runtime.clock import JST


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A ward whose certificates can be composed now."""

    records: RecordSet = field(repr=False)
    seed: int
    codes: Codes = field(repr=False)
    composer: Composer = field(repr=False)
    own: OwnWay = field(repr=False)

    def subjects(self) -> Iterator[Subject]:
        """Whose certificates are composed, from the first one, in the same order at each call."""
        return subjects(self.records, seed=self.seed)


def prepare(*, residents: int, work: Path, report: Callable[[str], None]) -> Prepared:
    """Generate so many residents under `work`, and load fonts and layouts. Some seconds.

    The seed is told before anything is made of it, so that a run that stopped can be looked into.
    """
    at, seed = datetime.now(UTC), random.randrange(2**32)  # noqa: S311 - invented people
    report(f"generating {residents:,} residents (seed {seed})")
    directory = work / "records"
    directory.mkdir()
    records = ward_records(directory, residents=residents, seed=seed, as_of=at.astimezone(JST).date())
    ward, codes = Ward(at=at), Codes()
    composer = typesetter_of(ward.config, draw=codes)
    own = OwnWay(ward, composer, codes, at=at)
    return Prepared(records=records, seed=seed, codes=codes, composer=composer, own=own)
