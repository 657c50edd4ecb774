"""Why a kiosk refuses. Before money every one of them costs nothing, and says so."""

from __future__ import annotations

from madoguchi.errors import Problem, PublicReason, Text, problem

_AGAIN = Text(
    "お金はかかっていません。はじめからもう一度お試しください。",
    "You have not been charged. Please start again.",
)
_LATER = Text(
    "お金はかかっていません。しばらくしてからもう一度お試しください。",
    "You have not been charged. Please try again later.",
)
_STAFF = Text(
    "お手数ですが、店舗の係員にお声がけください。",
    "Please ask the staff of the store.",
)


def _kiosk(code: str, *, ja: str, en: str, engineer: str, resident: Text = _LATER, status: int = 503) -> Problem:
    return problem(
        f"kiosk.{code}",
        status=status,
        public_reason=PublicReason.TRY_LATER,
        resident=resident,
        clerk=Text(ja, en),
        engineer=engineer,
    )


NONSENSE = _kiosk(
    "nonsense",
    status=409,
    resident=Text("もう一度、画面にさわってください。", "Please touch the screen again."),
    ja="この画面ではできない操作です。",
    en="This cannot be done on the present screen.",
    engineer="a touch that the present state does not know; nothing changed",
)
NOT_PLAYED_BY_HAND = _kiosk(
    "not_played_by_hand",
    status=409,
    ja="この端末の機器は実物です。",
    en="The devices of this machine are real.",
    engineer="the device panel drives in-process devices only",
)
TIMED_OUT = _kiosk(
    "timed_out",
    resident=_AGAIN,
    ja="操作がなかったため、取引を中止しました。",
    en="Nobody touched the screen, so the transaction was given up.",
    engineer="idle, card or whole-transaction time ran out on the monotonic clock",
)
STOPPED_BY_RESIDENT = _kiosk(
    "stopped",
    resident=Text("お金はかかっていません。", "You have not been charged."),
    ja="取引を中止しました。",
    en="The transaction was stopped.",
    engineer="the resident touched stop",
)
LINE = _kiosk(
    "line",
    ja="センターとの通信ができませんでした。",
    en="The center could not be reached.",
    engineer="no answer, or one without a valid signature: a network error, never the ward's word",
)
CLOCK = _kiosk(
    "clock",
    ja="端末の時計がずれているため中止しました。",
    en="The clock of this machine is off, so the transaction was stopped.",
    engineer="this clock is a minute or more off the center's signed time",
)
NO_TRUST = _kiosk(
    "no_trust",
    ja="信頼リストを確認できないため、休止しています。",
    en="Out of service: the trust list could not be verified.",
    engineer="no trust list that is alive, signed by the root and at least as new as the last seen",
)
NO_MENU = _kiosk(
    "no_menu",
    ja="ご利用いただける区市町村がありません。",
    en="No municipality offers certificates here just now.",
    engineer="no ward's menu that is alive, signed and at least as new as the last seen",
)
MENU_OLDER = _kiosk(
    "menu_older",
    ja="以前より古いメニューを受け取ったため破棄しました。",
    en="A menu older than the last seen was refused.",
    engineer="revision lower than the one persisted: a replay, or a ward restored from backup",
)
MENU_EXPIRED = _kiosk(
    "menu_expired",
    ja="メニューの期限が切れています。",
    en="The menu is past its life.",
    engineer="issued_at + life_seconds is over, or issued_at lies in the future",
)
OTHER_TRANSACTION = _kiosk(
    "other_transaction",
    resident=_AGAIN,
    ja="この取引のものではない電文を破棄しました。",
    en="A message that does not belong to this transaction was discarded.",
    engineer="a verified statement whose values differ from this kiosk's memory; the cause names which",
)
OTHER_PAPER = _kiosk(
    "other_paper",
    resident=_AGAIN,
    ja="届いた証明書が署名された内容と一致しないため破棄しました。",
    en="The certificate that arrived is not the one that was signed; it was discarded.",
    engineer="document, page or marks digest differs, or sheets are missing, doubled or out of order",
)
OPENED_TWICE = _kiosk(
    "opened_twice",
    resident=_AGAIN,
    ja="同じ取引の電文がもう一度届いたため破棄しました。",
    en="A second message for the same transaction was discarded.",
    engineer="the one-time token of this transaction is used up",
)
PRINTED_TWICE = _kiosk(
    "printed_twice",
    ja="同じ印刷の二度目の要求を拒みました。",
    en="A second request for the same print was refused.",
    engineer="a checked job can be redeemed once",
)
ENDED = _kiosk(
    "ended",
    resident=_AGAIN,
    ja="終わった取引への電文を破棄しました。",
    en="A message for a transaction that is over was discarded.",
    engineer="the memory of the transaction is wiped; its key is gone",
)
PRINTER_HOLDS_A_JOB = _kiosk(
    "printer_holds_a_job",
    ja="プリンターに前の印刷が残っているため、取り扱いを止めました。",
    en="The printer still holds an earlier job, so nothing is served.",
    engineer="the queue was not seen empty and idle after cancelling; invariant 1",
)
PRINTER_NOT_READY = _kiosk(
    "printer_not_ready",
    resident=_STAFF,
    ja="プリンターが使えないため、取り扱いを止めました。",
    en="The printer cannot print just now, so nothing is served.",
    engineer="jam, open cover, empty, stopped, cannot print two-sided A4, or no answer; the cause says which",
)
TRAY_NOT_FREE = _kiosk(
    "tray_not_free",
    resident=_STAFF,
    ja="取り出し口に用紙が残っています。",
    en="There is paper in the tray.",
    engineer="the tray sensor sees paper that is not this transaction's",
)
NO_PAPER = _kiosk(
    "no_paper",
    resident=_STAFF,
    ja="用紙またはトナーが足りないため、お支払いの前に中止しました。",
    en="There is not enough paper or toner; we stopped before payment.",
    engineer="preflight: supplies for all sheets must be there before money is asked",
)
NO_CHANGE = _kiosk(
    "no_change",
    resident=_STAFF,
    ja="つり銭が足りないため、お支払いの前に中止しました。",
    en="There is not enough change; we stopped before payment.",
    engineer="preflight: change must be there before money is asked",
)
PRINTER_FAILED = _kiosk(
    "printer_failed",
    resident=_STAFF,
    ja="印刷が途中で止まりました。",
    en="Printing stopped before the end.",
    engineer="the job did not complete in time or was aborted; it was cancelled and the money settled",
)
MONEY_FAILED = _kiosk(
    "money_failed",
    resident=_STAFF,
    ja="お金を受け取れませんでした。",
    en="The money could not be taken in.",
    engineer="the coin mechanism did not take what lay in escrow; it was returned",
)
EMONEY_FAILED = _kiosk(
    "emoney_failed",
    resident=_STAFF,
    ja="電子マネーの機器から返事がありません。",
    en="The e-money device does not answer.",
    engineer="line or power cut, or an answer of another payment: what it took is asked for, never guessed",
)
NO_RECEIPT_PAPER = _kiosk(
    "no_receipt_paper",
    resident=_STAFF,
    ja="レシートの紙がありません。",
    en="There is no receipt paper.",
    engineer="the receipt printer is empty or does not answer; the screen shows what the paper would have said",
)
PAYMENT_UNKNOWN = _kiosk(
    "payment_unknown",
    resident=Text(
        "お支払いが済んだかどうか、この機械では確かめられません。番号をひかえて、お問い合わせください。調べて、いただいていた分をお返しします。",
        "This machine cannot find out whether your payment went through. Please keep the code and ask. "
        "What was taken will be given back.",
    ),
    ja="お支払いの結果を確かめられませんでした。",
    en="The result of the payment could not be found out.",
    engineer="the device that may have taken the money did not say in time; all of it is owed until its books are read",
)
CARD_NOT_ACCEPTED = problem(
    "kiosk.card_not_accepted",
    status=403,
    public_reason=PublicReason.CARD,
    resident=Text(
        "お金はかかっていません。カードをお確かめのうえ、はじめからお試しください。",
        "You have not been charged. Please check your card and start again.",
    ),
    clerk=Text("カードを読み取れませんでした。", "The card could not be read."),
    engineer="the card left the reader, changed, or did not answer",
)
PHONE_LEFT = problem(
    "kiosk.phone_left",
    status=403,
    public_reason=PublicReason.CARD,
    resident=Text(
        "お金はかかっていません。スマートフォンを置いたまま、はじめからお試しください。",
        "You have not been charged. Please start again and keep the phone on the reader.",
    ),
    clerk=Text("スマートフォンを読み取れませんでした。", "The phone could not be read."),
    engineer="the phone left the reader, changed, or did not answer before it had signed",
)
READER_FAILED = _kiosk(
    "reader_failed",
    resident=_STAFF,
    ja="カードの読み取り機が使えないため、取り扱いを止めました。",
    en="The card reader does not answer, so nothing is served.",
    engineer="no PC/SC service, no reader of the configured name, or it was unplugged; the cause names the PC/SC error",
)
CARD_LEFT = _kiosk(
    "card_left",
    resident=_STAFF,
    ja="前の方のカードが読み取り口に残っています。",
    en="A card is still on the reader.",
    engineer="nothing begins while a card lies on the reader",
)
PRINTER_JAMMED = _kiosk(
    "printer_jammed",
    resident=_STAFF,
    ja="紙づまりのため、休止しています。",
    en="Out of service: paper is jammed.",
    engineer="the printer reports a jam; a person must clear it",
)
DOOR_OPEN = _kiosk(
    "door_open",
    ja="扉が開いたため、取り扱いを止めました。",
    en="The door was opened, so nothing is served.",
    engineer="everything was wiped when the door opened; money is settled from the journal, and serving waits for it",
)
MAINTENANCE = _kiosk(
    "maintenance",
    ja="係員が点検しています。",
    en="The staff are servicing this machine.",
    engineer="an authorised key unlocked the door; serving begins again when it is shut and locked",
)
JOURNAL_FAILED = _kiosk(
    "journal_failed",
    ja="記録ができないため、取り扱いを止めました。",
    en="The journal cannot be written, so nothing is served.",
    engineer="what is not journalled must not be done",
)
STARTING = _kiosk(
    "starting",
    ja="準備中です。",
    en="This machine is getting ready.",
    engineer="recovery, trust list and menus come first",
)
OUT_OF_STEP = _kiosk(
    "out_of_step",
    ja="記録の順序が正しくないため、取り扱いを止めました。",
    en="The journal was asked for a step that does not follow, so nothing is served.",
    engineer="a program error, or the same transaction id twice",
)
BAD_ACKNOWLEDGEMENT = _kiosk(
    "bad_acknowledgement",
    ja="センターの受領確認が正しくありません。",
    en="The center's acknowledgement is not for this outcome.",
    engineer="acknowledgement of another transaction or another outcome; delivery goes on",
)
