"""The trust list: who may sign what, signed by an offline root that no serving party holds.

`TrustList.load(raw, root=…, environment=…, at=…)` believes a list or raises; it is then a `KeySource` for `verify`.
A ward's rows count only inside a statement counter-signed with the ward's own office key. The certificate authorities
of the cards are pinned here too.
"""

from madoguchi.trust.list import CardAuthority, TrustedKey, TrustList, TrustListBody, WardRows, read_body
from madoguchi.trust.making import make_trust_list, make_ward_rows

__all__ = [
    "CardAuthority",
    "TrustList",
    "TrustListBody",
    "TrustedKey",
    "WardRows",
    "make_trust_list",
    "make_ward_rows",
    "read_body",
]
