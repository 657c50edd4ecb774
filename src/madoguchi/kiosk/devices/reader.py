"""The in-process card reader: a slot, and demo cards in files that can be put on it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from madoguchi.card import Token, VirtualCard, load_card, token_in
from madoguchi.kiosk.devices.kinds import HeldCard, Sense
from madoguchi.kiosk.machine.events import CardPut, CardTaken
from madoguchi.kiosk.problems import CARD_NOT_ACCEPTED, NONSENSE

LABELS_FILE = "labels.json"
"""Beside the cards: `{"id": {"label": "…", "note": "…"}}` for the panel."""


class _Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    label: str
    note: str = ""

    def of(self, name: str, *, token: Token) -> HeldCard:
        return HeldCard(id=name, label=self.label, note=self.note, token=token)


class SlotReader:
    """Implements `CardReader`."""

    def __init__(self, cards_dir: Path) -> None:
        self._cards_dir = cards_dir
        self._card: VirtualCard | None = None
        self._name: str | None = None
        self._tokens: dict[str, Token] = {}
        self._cards: tuple[HeldCard, ...] = ()
        self._read_at: tuple[int, ...] | None = None
        self.sense: Sense = lambda _event: None

    def check(self) -> None:
        """It is there."""

    def present(self) -> bool:
        """Whether a card lies there."""
        return self._card is not None

    def transport(self) -> SlotTransport:
        """A session with the card that lies there."""
        if self._card is None:
            raise CARD_NOT_ACCEPTED.error("no card on the reader")
        return SlotTransport(self, self._card)

    async def release(self) -> None:
        """End the session. A phone that waits for its holder waits no longer."""
        if self._card is not None:
            self._card.confirmation.answer(accepted=False)
            self._card.reset()

    def put(self, name: str) -> None:
        """Put a card from the directory on the reader. Raises `kiosk.nonsense`: no such card, or a full slot."""
        if self._card is not None:
            raise NONSENSE.error("a card lies there already")
        if name not in {known.id for known in self._read_cards()}:
            raise NONSENSE.error("no such card")
        self.put_card(load_card(self._cards_dir / f"{name}.json"), name=name)

    def put_card(self, card: VirtualCard, *, name: str = "card") -> None:
        """Put a card object on the reader."""
        card.reset()
        card.confirmation.forget()
        self._card, self._name = card, name
        self.sense(CardPut())

    def take(self) -> None:
        """Take the card. Raises `kiosk.nonsense` when there is none."""
        if self._card is None:
            raise NONSENSE.error("no card there")
        taken = self._card
        self._card = self._name = None
        taken.confirmation.answer(accepted=False)  # gone from the field before it was confirmed
        taken.reset()
        self.sense(CardTaken())

    def answer_on_phone(self, *, accepted: bool) -> None:
        """Confirm, or refuse, on the phone that lies there. Raises `kiosk.nonsense` when nothing there asks."""
        if self._card is None or self._card.contents.token.asks_pin:
            raise NONSENSE.error("nothing there asks its holder")
        self._card.confirmation.answer(accepted=accepted)

    def name(self) -> str | None:
        """Id of the card that lies there."""
        return self._name

    def cards(self) -> tuple[HeldCard, ...]:
        """Everything in the directory, what has a note first. Read again only when something there changed."""
        places = (self._cards_dir, self._cards_dir / LABELS_FILE)
        stamps = tuple(each.stat().st_mtime_ns for each in places if each.exists())
        if stamps != self._read_at:
            self._read_at, self._cards = stamps, self._read_cards()
        return self._cards

    def _token(self, name: str) -> Token:
        # A name keeps its kind, and a thousand cards may lie there.
        if name not in self._tokens:
            self._tokens[name] = token_in(self._cards_dir / f"{name}.json")
        return self._tokens[name]

    def _read_cards(self) -> tuple[HeldCard, ...]:
        labels_file = self._cards_dir / LABELS_FILE
        labels: dict[str, _Label] = {}
        if labels_file.exists():
            labels = msgspec.json.decode(labels_file.read_bytes(), type=dict[str, _Label])
        files = sorted(self._cards_dir.glob("*.json")) if self._cards_dir.is_dir() else []
        known = [(file.stem, labels.get(file.stem)) for file in files if file.name != LABELS_FILE]
        held = [(said or _Label(label=name)).of(name, token=self._token(name)) for name, said in known]
        return tuple(sorted(held, key=lambda each: not each.note))

    def holds(self, card: VirtualCard) -> bool:
        """Whether this very card lies there."""
        return self._card is card


class SlotTransport:
    """APDUs to one card for as long as it stays. Implements `CardTransport`."""

    def __init__(self, reader: SlotReader, card: VirtualCard) -> None:
        self._reader = reader
        self._card = card

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Send one command. Raises `kiosk.card_not_accepted` when the card has left the reader."""
        if not self._reader.holds(self._card):
            raise CARD_NOT_ACCEPTED.error("the card left the reader")
        answer = self._card.transmit(command)
        # A phone that waits for its holder may leave meanwhile: then this is no answer of it.
        if not self._reader.holds(self._card):
            raise CARD_NOT_ACCEPTED.error("the card left the reader")
        return answer

    def reset(self) -> None:
        """Reset the card, wherever it is."""
        self._card.reset()
