"""Problems of the registry server's own work."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

_RESIDENT = Text("区役所の窓口へお問い合わせください。", "Please ask at the ward office counter.")

UNKNOWN_GENERATION = problem(
    "jukinet.unknown_generation",
    status=400,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=_RESIDENT,
    clerk=Text(
        "信頼リストにない認証局世代のシリアル番号があります。",
        "A serial number names a generation of the certificate authority that the trust list does not have.",
    ),
    engineer="ca_generation of serials.csv must be one of card_authorities of the trust list.",
)
BAD_POSITION = problem(
    "jukinet.bad_position",
    status=400,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=Text("差分の位置指定が正しくありません。", "The position from which to continue is not a number."),
    engineer="`after` is a non-negative integer.",
)
NO_CERTIFICATE = problem(
    "jukinet.no_certificate",
    status=409,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=_RESIDENT,
    clerk=Text("有効な電子証明書がありません。", "The resident holds no live certificate of this medium."),
    engineer="No entry of the person and medium has the status valid; `jukinet show` lists the history.",
)
SERIAL_TAKEN = problem(
    "jukinet.serial_taken",
    status=409,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=_RESIDENT,
    clerk=Text(
        "このシリアル番号は、この世代の認証局からすでに発行されています。",
        "This generation of the certificate authority gave this serial number out before.",
    ),
    engineer="A pair of CA key and serial is entered once and keeps its owner; another generation is another key.",
)
