"""From what the device panel says to the hands at an in-process machine."""

from __future__ import annotations

from collections.abc import Callable

from madoguchi.card import Token
from madoguchi.kiosk.devices import Fault, Hands
from madoguchi.kiosk.page.contract import Medium, Operation, PanelCard, PanelSettled
from madoguchi.kiosk.problems import NONSENSE
from madoguchi.kiosk.recovery import Settled


def play(hands: Hands, operation: Operation, value: str | int | None) -> None:
    """One hand at a device. Raises `kiosk.nonsense` for what cannot be done there and then."""
    plain: dict[Operation, Callable[[], None]] = {
        Operation.TAKE_CARD: hands.take_card,
        Operation.CONFIRM_ON_PHONE: lambda: hands.answer_on_phone(accepted=True),
        Operation.REFUSE_ON_PHONE: lambda: hands.answer_on_phone(accepted=False),
        Operation.TAKE_PAPER: hands.take_paper,
        Operation.OPEN_DOOR: hands.open_door,
        Operation.CLOSE_DOOR: hands.close_door,
    }
    if value is None and operation in plain:
        plain[operation]()
        return
    match operation, value:
        case Operation.PUT_CARD, str():
            hands.put_card(value)
        case Operation.INSERT_COIN, int():
            hands.insert(value)
        case Operation.TOUCH_EMONEY, str():
            hands.touch_emoney(value)
        case Operation.TURN_KEY, str():
            hands.turn_key(value)
        case Operation.PROVOKE, str():
            hands.provoke(_fault(value))
        case Operation.REPAIR, str():
            hands.repair(_fault(value))
        case _:
            raise NONSENSE.error(f"{operation} with such a value")


_MEDIA = {Token.PLASTIC: Medium.CARD, Token.ANDROID: Medium.ANDROID, Token.IPHONE: Medium.IPHONE}


def panel_cards(hands: Hands) -> tuple[PanelCard, ...]:
    """The cards and phones at hand."""
    return tuple(
        PanelCard(id=each.id, label=each.label, note=each.note, medium=_MEDIA[each.token]) for each in hands.cards()
    )


def panel_settled(settled: Settled) -> PanelSettled:
    """For the panel of a demo machine, which says what became of a transaction that was cut off."""
    balance = settled.balance
    return PanelSettled(
        transaction=settled.transaction.hex(),
        sheets=settled.sheets.count("printed"),
        paid_yen=balance.paid_yen,
        printed_yen=balance.printed_yen,
        refunded_yen=balance.refunded_yen,
        owed_yen=balance.owed_yen,
    )


def _fault(name: str) -> Fault:
    try:
        return Fault(name)
    except ValueError:
        raise NONSENSE.error("no such fault") from None
