"""The document's own description: an XMP packet (ISO 16684-1) that says its flavour, kind, language and second.

It says nothing that a validator cannot check, and names nobody. PDF/A-2b: ISO 19005-2, 6.6.4.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Final
from xml.sax.saxutils import escape

_PACKET: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>ja-JP</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{at}</xmp:CreateDate><xmp:ModifyDate>{at}</xmp:ModifyDate>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


_MOMENT: Final = b"{at}"
_SECONDS: Final = len("2026-11-23T01:02:03")


def packet(*, title: str, at: datetime) -> bytes:
    """The packet of one document, made in the second `at` (aware)."""
    moment = at.astimezone(UTC).isoformat()[:_SECONDS] + "Z"
    return _titled(title).replace(_MOMENT, moment.encode("ascii"))


@cache
def _titled(title: str) -> bytes:
    """For one of the few titles."""
    return _PACKET.format(title=escape(title), at=_MOMENT.decode()).encode()
