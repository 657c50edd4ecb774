"""The ward that issues in a measurement: its configuration and its key, and who certifies."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Final

import msgspec

from madoguchi import __version__
from madoguchi.certificate.facts import Authority, Facts, Heading, PrintSettings, SheetFacts
from madoguchi.certificate.fronting import front_code_body
from madoguchi.deployment.plan import Plan
from madoguchi.deployment.ward_settings import issuer_sections
from madoguchi.issuer.composing import authority_on
from madoguchi.issuer.config import DataKeys, IssuerConfig
from madoguchi.paper.frontcode import FRONT_CODE
from madoguchi.paper.number import new_paper_number
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.config import Listen, TlsFiles, Topology, TrustFiles
from madoguchi.statement import FileKey, KeyRow, Role, Signer

_NOWHERE: Final = Path("/nonexistent")
"""Of files that a serving process would have, and a measurement without network and database has not."""
_DAYS_VALID: Final = 365 * 86_400


class Ward:
    """The dummy ward as an issuing server sees itself, with one signing key for everything."""

    def __init__(self, *, at: datetime) -> None:
        plan = Plan()
        self.config = _config(plan)
        self.signer = Signer(
            key=FileKey.generate(), party="issuer", code=plan.ward.code, name="issuer-1", environment=plan.environment
        )
        self.keys = _OneKey(self.signer, since=epoch(at))

    def heading(self, certificate_number: str, *, day: date) -> Heading:
        """What every certificate of a day is told besides the person's rows."""
        paper, term = self.config.paper, authority_on(self.config.paper.authorities, day)
        return Heading(
            certificate_number=certificate_number,
            issued_on=day,
            authority=Authority(
                ward=self.config.ward.name.ja, title=term.title, name=term.name, seal_text=term.seal_text
            ),
            settings=PrintSettings(
                show_current_address=paper.show_current_address,
                show_sex=paper.show_sex,
                show_fixed_sum_reduction=paper.show_fixed_sum_reduction,
            ),
        )

    def sheets(self, facts: Facts, *, pages: int) -> tuple[SheetFacts, ...]:
        """One copy: paper numbers, and the signed front code of each page."""
        return tuple(self._sheet(facts, page=page, pages=pages) for page in range(1, pages + 1))

    def _sheet(self, facts: Facts, *, page: int, pages: int) -> SheetFacts:
        number = new_paper_number()
        code = front_code_body(facts, paper_number=number, page=page, pages=pages)
        return SheetFacts(copy=1, page=page, paper_number=number, front_code=self.signer.sign(FRONT_CODE, code))


class _OneKey:
    """A trust list with one key that may sign front codes (`statement.KeySource`)."""

    def __init__(self, signer: Signer, *, since: int) -> None:
        self.environment = signer.environment
        self._row = KeyRow(
            party=signer.party,
            code=signer.code,
            name=signer.name,
            role=Role.FRONT_CODE,
            key_id=signer.key_id,
            public_key=signer.key.public_bytes(),
            not_before=since - _DAYS_VALID,
            not_after=since + _DAYS_VALID,
        )

    def rows(self, key_id: bytes) -> tuple[KeyRow, ...]:
        return (self._row,) if key_id == self._row.key_id else ()


def _config(plan: Plan) -> IssuerConfig:
    """Everything that a ward may print is printed: the fuller page."""
    sections = issuer_sections(plan, fonts=())
    fuller = msgspec.structs.replace(sections.pop("paper"), show_current_address=True, show_sex=True)
    return IssuerConfig(
        party="issuer",
        name="issuer-1",
        environment=plan.environment,
        version_expected=__version__,
        listen=Listen(),
        tls=TlsFiles(certificate=_NOWHERE, key=_NOWHERE, ca=_NOWHERE),
        topology=Topology(replicas=("issuer-1",), fingerprint=""),
        trust=TrustFiles(list=_NOWHERE, root_key=_NOWHERE),
        signing_keys={"default": _NOWHERE},
        state_dir=_NOWHERE,
        data_keys=DataKeys(kek=_NOWHERE, index=_NOWHERE, pseudonyms=_NOWHERE),
        paper=fuller,
        **sections,
    )
