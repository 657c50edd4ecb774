"""What the certificate authority refuses."""

from __future__ import annotations

from typing import Final

from madoguchi.errors import PublicReason, Text, problem

_LATER: Final = Text(
    "ただいま確認できません。しばらくしてから、やりなおしてください。",
    "Your card cannot be checked right now. Please try again later.",
)

GENERATION_UNKNOWN = problem(
    "jpki.generation_unknown",
    status=404,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text("その世代の認証局はありません。", "There is no such CA generation."),
    engineer="generations are g1 and g2",
)
SERIAL_MALFORMED = problem(
    "jpki.serial_malformed",
    status=422,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text("シリアル番号の形式が正しくありません。", "The serial number is malformed."),
    engineer="upper-case hex without leading zero, at most 159 bits (RFC 5280 section 4.1.2.2)",
)
CERTIFICATE_UNKNOWN = problem(
    "jpki.certificate_unknown",
    status=404,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text("その電子証明書は登録されていません。", "No such certificate is registered."),
    engineer="no row for this generation and serial",
)
FILES_UNUSABLE = problem(
    "jpki.files_unusable",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text("認証局の鍵ファイルを読みとれません。", "The authority's key files cannot be read."),
    engineer="the directory must hold g1 and g2, each with key and certificate of one environment",
)
NO_DATABASE = problem(
    "jpki.no_database",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=_LATER,
    clerk=Text("認証局のデータベースが設定されていません。", "The authority has no database configured."),
    engineer="the configuration lacks [database]",
)
