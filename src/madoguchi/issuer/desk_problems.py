"""What the commands of the ward's staff refuse."""

from __future__ import annotations

from madoguchi.errors import PublicReason
from madoguchi.issuer.problems import issuer_problem

SERIAL_SEVERAL = issuer_problem(
    "serial_several",
    PublicReason.CARD,
    "この番号の電子証明書が複数の世代の認証局から発行されています。認証局の鍵のダイジェストも指定してください。",
    "Several generations of the CA gave out this serial: name the digest of the CA's key too.",
    "`issuer explain --ca DIGEST`; a serial is unique per generation only.",
    status=422,
)
OFFER_WRONG = issuer_problem(
    "offer_wrong",
    PublicReason.TRY_LATER,
    "この変更は現在の取扱内容に合いません。何も変更していません。",
    "This change does not fit the offer in force; nothing was changed.",
    "`issuer offer show` lists what there is; the cause says what does not fit.",
    status=422,
)
DECISION_INCOMPLETE = issuer_problem(
    "decision_incomplete",
    PublicReason.TRY_LATER,
    "決定者・理由（警報の解除には確認者も）を指定してください。何も変更していません。",
    "Say who decides and why; an alarm takes two people. Nothing was changed.",
    "--by, --reason and, for an alarm, --with; the cause says what is missing.",
    status=422,
)
PAPER_NOT_KNOWN = issuer_problem(
    "paper_not_known",
    PublicReason.TRY_LATER,
    "この番号の用紙の記録がありません。何も変更していません。",
    "There is no record of a paper of this number; nothing was changed.",
    "`issuer paper`: no row in `papers`. The check symbol was right, so look which ward the paper names.",
    status=422,
)
PAPER_NOT_WITHDRAWN = issuer_problem(
    "paper_not_withdrawn",
    PublicReason.TRY_LATER,
    "この用紙は、この理由・状態では取り消せません。何も変更していません。",
    "The paper cannot be withdrawn like this; nothing was changed.",
    "The cause says what does not fit: its state (see `issuer paper show`), the reason, or the successor.",
    status=422,
)
