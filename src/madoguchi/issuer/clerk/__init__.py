"""The clerk: the independent reader of the finished PDF, and the one-time release without which nothing is signed.

The lesson that the privacy commission gave to one ward: safeguards *equal to a clerk who checks the paper before
handing it over the counter*. So the clerk starts again from the card's serial with its own query (`record`), works out
by itself what each box must say (`expected`, `expected_payment`, `words`), reads every page of every copy of the
finished file (`madoguchi.certificate.reading`), compares everything (`compare`), and only then makes a `Release`.
"""

from madoguchi.issuer.clerk.compare import Finding, Gravity
from madoguchi.issuer.clerk.reader import Clerk, Wanted
from madoguchi.issuer.clerk.release import Reading, ReadSheet, Redeemed, Release
from madoguchi.issuer.clerk.stopped import ClerkStopped, RecordMoved

__all__ = [
    "Clerk",
    "ClerkStopped",
    "Finding",
    "Gravity",
    "ReadSheet",
    "Reading",
    "RecordMoved",
    "Redeemed",
    "Release",
    "Wanted",
]
