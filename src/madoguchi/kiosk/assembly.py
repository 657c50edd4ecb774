"""Putting a kiosk together from its configuration. Everything that touches the world is a parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from madoguchi.kiosk.acts import Parts
from madoguchi.kiosk.acts.acting import TellStep
from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.applying import Applicant, Identity
from madoguchi.kiosk.checking import Checker, LayOut
from madoguchi.kiosk.config import KioskConfig
from madoguchi.kiosk.devices import Devices, Fault
from madoguchi.kiosk.devices.making import make_devices
from madoguchi.kiosk.journal import KioskJournal
from madoguchi.kiosk.line import CuttableLine, Line
from madoguchi.kiosk.outcomes import Deliverer
from madoguchi.kiosk.trusting import Trust
from madoguchi.paper.lay import lay_out as lay_out_paper
from madoguchi.runtime.clock import Clock, SystemClock
from madoguchi.runtime.config import ConfigProblem
from madoguchi.runtime.steps import tell as tell_log
from madoguchi.statement import FileKey, Signer
from madoguchi.trust.file import read_root_key


@contextmanager
def assembled(
    config: KioskConfig,
    *,
    line: Line,
    clock: Clock | None = None,
    devices: Devices | None = None,
    lay_out: LayOut = lay_out_paper,
    tell: TellStep = tell_log,
    power_off: Callable[[], None] | None = None,
) -> Iterator[KioskAgent]:
    """A kiosk's agent, not yet entered, with its journal open. Raises ConfigProblem, `runtime.journal`, OSError."""
    clock = clock or SystemClock()
    if config.state_dir is None or config.trust is None:
        raise ConfigProblem(file=config.enrolment, key="state_dir, trust", what="a kiosk needs both")
    config.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    devices = make_devices(config.devices, clock=clock) if devices is None else devices
    hands = devices.hands
    if hands is not None:
        line = CuttableLine(line, is_cut=lambda: Fault.NETWORK in hands.faults())
    journal = KioskJournal(config.state_dir / "kiosk.sqlite")
    try:
        identity = read_identity(config)
        trust = Trust(
            root_key=read_root_key(config.trust.root_key),
            environment=config.environment,
            operator=config.operator,
            wards=config.wards,
            seen=journal,
            clock=clock,
        )
        parts = Parts(
            identity=identity,
            applicant=Applicant(
                identity=identity,
                line=line,
                trust=trust,
                clock=clock,
                whole_seconds=config.timeouts.whole,
            ),
            trust=trust,
            checker=lambda: Checker(keys=trust.keys(), clock=clock, lay_out=lay_out),
            journal=journal,
            devices=devices,
            deliverer=Deliverer(
                journal=journal,
                line=line,
                trust=trust,
                identity=identity,
                clock=clock,
                longest_pause_seconds=config.timeouts.retry,
                tell=lambda transaction, seconds: tell("account", number=9, transaction=transaction, seconds=seconds),
            ),
            clock=clock,
            tell=tell,
        )
        yield KioskAgent(
            parts, line=line, timeouts=config.timeouts, shuffled_pin_pad=config.shuffled_pin_pad, power_off=power_off
        )
    finally:
        journal.close()


def read_identity(config: KioskConfig) -> Identity:
    """The enrolled key. Statements name the operator, under the code of the kiosk's id."""
    if "default" not in config.signing_keys:
        raise ConfigProblem(file=config.enrolment, key="signing_keys.default", what="a kiosk signs")
    return Identity(
        kiosk=bytes.fromhex(config.kiosk),
        operator=config.operator,
        environment=config.environment,
        signer=Signer(
            key=FileKey.load(config.signing_keys["default"]),
            party="kiosk",
            code=config.kiosk,
            name=config.operator,
            environment=config.environment,
        ),
        enrolment=config.enrolment.read_bytes(),
    )
