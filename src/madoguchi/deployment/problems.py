"""Problems of setting a deployment up."""

from __future__ import annotations

from madoguchi.errors import PublicReason, Text, problem

NOT_EMPTY = problem(
    "deployment.not_empty",
    status=409,
    public_reason=PublicReason.TRY_LATER,
    resident=Text("準備中です。", "Being prepared."),
    clerk=Text(
        "出力先のディレクトリが空ではありません。既存の鍵は上書きしません。",
        "The output directory is not empty; existing keys are never overwritten.",
    ),
    engineer="Choose another directory, or move the old one away.",
)
KEYS_INCOMPLETE = problem(
    "deployment.keys_incomplete",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=Text("準備中です。", "Being prepared."),
    clerk=Text(
        "鍵のディレクトリに必要なファイルがそろっていません。",
        "The directory of keys does not hold everything it should.",
    ),
    engineer="The cause names the directory and what could not be read. `pki init` makes it.",
)
NETWORK = problem(
    "deployment.network",
    status=500,
    public_reason=PublicReason.TRY_LATER,
    resident=Text("準備中です。", "Being prepared."),
    clerk=Text(
        "ネットワーク構成の宣言に誤りがあるか、設定と一致しません。",
        "The declared network is wrong, or differs from the configurations.",
    ),
    engineer="The cause names the machine, line or configuration. The topology file says what may be connected.",
)
