"""Why a backup is not made, not restored or not ended. Only staff ever see these."""

from __future__ import annotations

from madoguchi.errors import Problem, PublicReason, Text, problem

_TRY_LATER = Text(
    "ただいまご利用いただけません。しばらくしてからお試しください。",
    "This service is not available at the moment. Please try again later.",
)


def _problem(code: str, *, ja: str, en: str, engineer: str, status: int = 409) -> Problem:
    return problem(
        code,
        status=status,
        public_reason=PublicReason.TRY_LATER,
        resident=_TRY_LATER,
        clerk=Text(ja, en),
        engineer=engineer,
    )


NOT_APPROVED = _problem(
    "backup.not_approved",
    status=403,
    ja="バックアップには、作業者と別の職員による承認が必要です。承認がないか、期限切れか、使用済みです。",
    en="A backup needs the approval of a second person. There is none, or it is used up, too old or for other media.",
    engineer="`backup approve` gives an id; `backup make --approval ID` uses it up once, for exactly its media.",
)
DAMAGED = _problem(
    "backup.damaged",
    status=400,
    ja="バックアップの内容が、作成されたときのものと一致しません。何も書き込んでいません。",
    en="This is not the backup as it was made. Nothing was written.",
    engineer="Truncated, reordered, altered, or another private key. The cause says which part does not open.",
)
FOREIGN = _problem(
    "backup.foreign",
    status=403,
    ja="別の自治体・組織・環境のバックアップです。何も書き込んでいません。",
    en="This backup belongs to another ward, party or environment. Nothing was written.",
    engineer="The authenticated header names somebody else than the backup configuration.",
)
NO_KEY = _problem(
    "backup.no_key",
    ja="このバックアップの鍵の記録が鍵保管先にありません。",
    en="The key stores hold no record of this backup's key.",
    engineer="Bring the key store's own copy; without the record nobody can open the backup.",
)
KEY_DESTROYED = _problem(
    "backup.key_destroyed",
    status=410,
    ja="このバックアップの鍵は廃棄済みです。復元できません。",
    en="The key of this backup was destroyed. It cannot be restored.",
    engineer="That was its expiry; the evidence says when and by whom.",
)
STORE = _problem(
    "backup.key_store",
    ja="鍵保管先が使えないか、そろっていません。",
    en="A key store is missing, or does not hold what the others hold.",
    engineer="Every directory of key_stores must be there and hold every record; the cause names the wrong one.",
)
NOT_EMPTY = _problem(
    "backup.not_empty",
    ja="復元先のデータベースが空ではありません。既存のデータには上書きしません。",
    en="The database to restore into is not empty; existing data is never overwritten.",
    engineer="Restore into a fresh database.",
)
FAILED = _problem(
    "backup.failed",
    status=500,
    ja="バックアップまたは復元の処理が失敗しました。途中の内容は残っていません。",
    en="Making or restoring the backup failed. Nothing half-done was kept.",
    engineer="The cause holds the program's exit code. Its words may quote data and are shown on no screen of ours.",
)
UNKNOWN = _problem(
    "backup.unknown",
    status=404,
    ja="該当するバックアップまたは媒体の記録がありません。",
    en="There is no such backup or medium on record.",
    engineer="`backup list` shows ids and media.",
)
FILE = _problem(
    "backup.file",
    status=500,
    ja="バックアップのファイルまたは鍵のファイルを読み書きできません。",
    en="A file of the backup or of its keys cannot be read or written.",
    engineer="The cause names it. Files are never overwritten.",
)
