"""Who may receive (F6 of the plan): in the register *and* in the tax data *and* levied here; each lack has its code.

"Applied at a kiosk" is no rule of this table: without the card's and the kiosk's signature nothing is judged at all
(`cardproof.proof`).
"""

from __future__ import annotations

from typing import Final

from madoguchi.errors import PublicReason
from madoguchi.issuer.problems import issuer_problem

_ASK: Final = PublicReason.ASK_YOUR_WARD

REGISTRY_UNREACHABLE = issuer_problem(
    "registry_unreachable",
    PublicReason.TRY_LATER,
    "住基ネットCSが応答しないため、登録のない電子証明書を確認できません。",
    "The registry server does not answer, so an unknown certificate cannot be looked up.",
    "Serials that the list holds go on within feeds.jukinet_seconds; an unknown one needs an answer on the spot.",
    status=503,
)
NO_TAX_DATA = issuer_problem(
    "no_tax_data",
    _ASK,
    "税務データに本人の登録がありません。",
    "The tax data do not hold this person.",
    "Papers are made only of people in the register and in the tax data (F6 of the plan).",
)
NOT_REGISTERED = issuer_problem(
    "not_registered",
    _ASK,
    "住登外者です（当区の住民基本台帳に登録がありません）。",
    "The person is not in this ward's register (住登外).",
    "removal not_registered of the feed: known to the tax system alone.",
)
REMOVED = issuer_problem(
    "removed",
    _ASK,
    "消除（転出・死亡等）された住民です。",
    "The person has left the register.",
    "Removal in the feed or a stop notice of removal.",
)
PROPERTY_LEVY = issuer_problem(
    "property_levy",
    _ASK,
    "家屋敷・事務所等に係る均等割のみの課税です。所得は住所地の自治体が証明します。",
    "The ward levies for a house or an office alone; the municipality of residence certifies the income.",
    "status property_only of the record (地方税法第294条第1項第2号).",
)
NO_LEVY = issuer_problem(
    "no_levy",
    _ASK,
    "この年度は当区の課税対象ではありません（賦課期日に当区に住所がない等）。",
    "This ward does not levy for the year.",
    "No record of the year, or levied_here is false.",
)
