"""A kiosk's memory up to the moment when the answer arrives, without an agent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from madoguchi.card import JpkiCard, VirtualCard
from madoguchi.kiosk.applying import Applicant, Identity
from madoguchi.kiosk.checking import CheckedJob, Checker, check_answer
from madoguchi.kiosk.machine.states import Order
from madoguchi.kiosk.memory import TransactionMemory
from madoguchi.kiosk.trusting import Trust
from madoguchi.paper.lay import lay_out
from madoguchi.wire.transaction import SealedMessage
from tests.jpki.authorities import card
from tests.kiosk.offer import a_menu
from tests.kiosk.parties import ENVIRONMENT, KIOSK, OPERATOR, WARD
from tests.kiosk.world import PIN, World


class Numbers:
    """`SeenNumbers` in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}

    def seen(self, name: str) -> int:
        return self.kept.get(name, 0)

    def remember_seen(self, name: str, number: int) -> None:
        self.kept[name] = number


def identity(world: World) -> Identity:
    return Identity(
        kiosk=KIOSK,
        operator=OPERATOR,
        environment=ENVIRONMENT,
        signer=world.kiosk_signer(),
        enrolment=world.enrolment,
    )


def trust_of(world: World, numbers: Numbers | None = None) -> Trust:
    return Trust(
        root_key=world.root.public_bytes(),
        environment=ENVIRONMENT,
        operator=OPERATOR,
        wards=(WARD,),
        seen=numbers or Numbers(),
        clock=world.clock,
    )


def applicant_of(world: World) -> Applicant:
    trust = trust_of(world)
    trust.take_list(world.raw_trust_list())
    return Applicant(identity=identity(world), line=world, trust=trust, clock=world.clock, whole_seconds=300)


def an_order(copies: int = 1) -> Order:
    menu = a_menu()
    return Order(menu=menu, kind=menu.kinds[0], year=menu.kinds[0].years[0], copies=copies)


@dataclass
class Applied:
    """A kiosk that has applied and waits for the answer."""

    world: World
    applicant: Applicant
    memory: TransactionMemory
    message: SealedMessage

    def receive(self) -> SealedMessage:
        """What comes back over the line."""
        return asyncio.run(self.applicant.apply(self.memory, self.message))

    def checker(self) -> Checker:
        return Checker(keys=self.world.trust(), clock=self.world.clock, lay_out=lay_out)

    def check(self, answer: SealedMessage | None = None) -> CheckedJob:
        """Steps 4 to 7."""
        return check_answer(answer or self.receive(), memory=self.memory, by=self.checker())


def applied(world: World, *, copies: int = 1, virtual: VirtualCard | None = None) -> Applied:
    """Open, read the card, sign, seal."""
    applicant = applicant_of(world)
    memory = TransactionMemory(order=an_order(copies), environment=ENVIRONMENT)
    memory.opened = asyncio.run(applicant.open(memory))
    dialect = JpkiCard(virtual or card())
    applicant.read_card(memory, dialect)
    memory.pin.extend(PIN.encode())
    applicant.sign_with_card(memory, dialect)
    return Applied(world, applicant, memory, applicant.make_application(memory))
