"""`/code/`: a page that reads the code with a camera and checks the ward's signature in the browser, without a network.

What it can say is less than the page beside it, and it says so: the signature, by a list of a certain age. Whether the
paper was superseded or revoked only the ward knows, and only when asked.
"""

from madoguchi.verify.offline.app import offline_page, with_offline

__all__ = ["offline_page", "with_offline"]
