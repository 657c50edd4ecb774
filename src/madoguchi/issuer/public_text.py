"""The five sentences that leave the ward: one per public reason, in Japanese and English."""

from __future__ import annotations

from typing import Final

from madoguchi.errors import PublicReason, Text

PUBLIC_TEXT: Final = {
    PublicReason.NOT_OFFERED: Text(
        "この証明書は、ただいまこの条件では交付していません。取扱時間と交付できる証明書をお確かめください。お金はかかっていません。",
        "This certificate is not offered here and now. Please check the hours and what is offered. "
        "You have not been charged.",
    ),
    PublicReason.CARD: Text(
        "このカードの電子証明書ではお取り扱いできません。お住まいの区の窓口でカードをご確認ください。お金はかかっていません。",
        "The certificate on this card cannot be used. Please have your card checked at your ward office. "
        "You have not been charged.",
    ),
    PublicReason.ASK_YOUR_WARD: Text(
        "この端末では交付できません。お手数ですが、お住まいの区にお問い合わせください。お金はかかっていません。",
        "This cannot be issued at this machine. Please ask your ward office. You have not been charged.",
    ),
    PublicReason.TRY_LATER: Text(
        "ただいまお取り扱いできません。しばらくしてからもう一度お試しください。お金はかかっていません。",
        "This service is not available right now. Please try again later. You have not been charged.",
    ),
    PublicReason.NOT_ACCEPTED_HERE: Text(
        "このお店の端末では、この区の証明書をお取り扱いしていません。お金はかかっていません。",
        "This ward's certificates are not available at this store's machines. You have not been charged.",
    ),
}
"""The only sentences that the ward ever shows on a public screen."""
