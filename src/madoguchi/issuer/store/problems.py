"""What keeping the data refuses."""

from __future__ import annotations

from madoguchi.errors import PublicReason
from madoguchi.issuer.problems import issuer_problem

_LATER = PublicReason.TRY_LATER

FEED_BUSY = issuer_problem(
    "feed_busy",
    _LATER,
    "別の連携データまたは鍵の更新を処理しています。しばらくしてから再送してください。",
    "Another package is being applied, or keys are being exchanged; send it again later.",
    "One process at a time writes generations and moves keys: the load lock is held. Senders repeat by themselves.",
    status=503,
)
FEED_BROKEN_OFF = issuer_problem(
    "feed_broken_off",
    _LATER,
    "連携データの取込処理が途中で終了しました。何も変更していません。自動的に再送されます。",
    "Taking in a package broke off; nothing was changed. It is sent again by itself.",
    "A worker process that reads and seals was killed, by the system for want of memory perhaps. Senders repeat.",
    status=503,
)
KEK_SAME = issuer_problem(
    "kek_same",
    _LATER,
    "新しい鍵暗号化鍵がありません。鍵ファイルの隣に「.new」を付けて置いてください。",
    "There is no new key-encryption key: put it beside the old file, with .new added to its name.",
    "`issuer keys rewrap` wraps by the key in FILE.new; it is missing, or holds the key that is in force.",
    status=422,
)
NOT_DELETED = issuer_problem(
    "not_deleted",
    _LATER,
    "保存期間を過ぎたデータの削除を確認できませんでした。何も変更していません。",
    "The deletion of data past its retention could not be proved; nothing was changed.",
    "Rows or the data key were still there when they were counted again, in the transaction that deleted them.",
    status=500,
)
INTAKE_ROLE = issuer_problem(
    "intake_role",
    _LATER,
    "受入用のデータベースロールの権限が正しくありません。",
    "The database role of the intake is not made as it must be.",
    "The role needs BYPASSRLS, for COPY does not work under row security: docs/operations/data-protection.md.",
    status=500,
)
