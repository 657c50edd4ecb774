import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.card import apdu
from madoguchi.card.apdu import Command, Response, describe

octet = st.integers(0, 255)
commands = st.builds(
    Command,
    cla=octet,
    ins=octet,
    p1=octet,
    p2=octet,
    data=st.binary(max_size=255),
    le=st.none() | st.integers(1, 256),
)


@given(commands)
def test_a_command_survives_the_wire(command: Command) -> None:
    assert Command.decode(command.encode()) == command


@given(st.binary(max_size=270))
def test_what_decodes_encodes_to_the_same_octets(octets: bytes) -> None:
    try:
        command = Command.decode(octets)
    except ValueError:
        return
    assert command.encode() == octets


@pytest.mark.parametrize(
    "octets",
    ["", "00", "00A404", "00A4040C0AD392", "00A4020C03000A", "00B0000000FF", "00A4020C02000A0000", "00A4020C00000000"],
)
def test_lengths_that_do_not_add_up_are_refused(octets: str) -> None:
    with pytest.raises(ValueError, match=r"header|Lc"):
        Command.decode(bytes.fromhex(octets))


@pytest.mark.parametrize("command", [{"data": bytes(256)}, {"le": 257}, {"le": 0}])
def test_what_is_no_short_command_is_not_sent(command: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="short"):
        Command(cla=0, ins=0, p1=0, p2=0, **command).encode()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sw", "left"),
    [(0x63C3, 3), (0x63C0, 0), (0x6983, 0), (0x6984, 0), (0x9000, None), (0x6982, None), (0x6300, None)],
)
def test_tries_left_is_read_from_the_status(sw: int, left: int | None) -> None:
    assert Response(sw=sw).tries_left == left


@pytest.mark.parametrize("octets", [b"", b"\x90", bytes(259)])
def test_what_is_no_answer_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="short response"):
        Response.decode(octets)


def test_nothing_that_may_be_logged_shows_a_pin() -> None:
    octets = apdu.verify_header(4) + b"9876"
    for shown in (describe(octets), repr(Command.decode(octets))):
        assert "00 20 00 80" in shown
        for secret in ("9876", "39 38", "39383736"):
            assert secret not in shown


@pytest.mark.parametrize(
    ("command", "octets"),
    [
        (apdu.select_application(apdu.JPKI_AID), "00A4040C0AD392F000260100000001"),
        (apdu.select_file(apdu.EF_AUTHENTICATION_KEY), "00A4020C020017"),
        (apdu.ask_tries_left(), "00200080"),
        (apdu.read_binary(offset=0x1F0, octets=256), "00B001F000"),
        (apdu.compute_signature(bytes(51)), "802A008033" + "00" * 51 + "00"),
    ],
)
def test_the_commands_are_those_of_the_table(command: Command, octets: str) -> None:
    assert command.encode() == bytes.fromhex(octets)
