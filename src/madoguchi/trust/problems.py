"""Why a trust list is refused. Without one, nothing is believed and the party stops."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

_RESIDENT = Text(
    "ただいまお取り扱いできません。お金はかかっていません。しばらくしてからもう一度お試しください。",
    "This service is not available right now. You have not been charged. Please try again later.",
)

EXPIRED = problem(
    "trust.expired",
    status=503,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=Text("信頼リストの期限が切れています。", "The trust list is past its life."),
    engineer="Sign and publish a new list with the offline root; a list lives 24 hours.",
)
OLDER = problem(
    "trust.older",
    status=503,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=Text(
        "以前より古い信頼リストを受け取ったため破棄しました。", "A trust list older than the last seen was refused."
    ),
    engineer="Someone replays an old list, or a party was restored from an old backup.",
)
NOT_ROOT = problem(
    "trust.not_root",
    status=503,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=Text("信頼リストの署名を確認できません。", "The signature of the trust list cannot be verified."),
    engineer="The list is not signed by the pinned root of this environment.",
)
KEY_NOT_LISTED = problem(
    "trust.key_not_listed",
    status=503,
    public_reason=PublicReason.TRY_LATER,
    resident=_RESIDENT,
    clerk=Text(
        "この処理装置の署名鍵が信頼リストに登録されていないため、起動しません。",
        "The trust list does not hold this process's signing key, so it does not start.",
    ),
    engineer="The cause names process, key id and the roles it lacks: a wrong key, an old list, or another name.",
)
