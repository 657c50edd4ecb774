"""Conversations with the card, octet by octet, as other implementations have them."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.card.token import Token
from madoguchi.card.virtual import CardContents, VirtualCard
from madoguchi.jpki.authority import make_card
from tests.jpki.authorities import NOW, card, card_key
from tests.jpki.authorities import authority as an_authority

AP = "00A4040C0AD392F000260100000001"
SELECT_PIN, SELECT_KEY, SELECT_CERTIFICATE = "00A4020C020018", "00A4020C020017", "00A4020C02000A"
RIGHT, WRONG = "002000800431323334", "002000800430303030"
DIGEST_INFO = "3031300D060960864801650304020105000420" + "AB" * 32
SIGN = f"802A008033{DIGEST_INFO}00"


def say(to: VirtualCard, *commands: str) -> str:
    """Send all, return the last answer as hex."""
    answer = b""
    for command in commands:
        answer = to.transmit(bytes.fromhex(command))
    return answer.hex().upper()


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        pytest.param([AP], "9000", id="the application"),
        pytest.param(["00A4040C07A0000002471001"], "6A82", id="a stranger's application"),
        pytest.param(["00A4040C09D392F0002601000000"], "6A82", id="half an AID"),
        pytest.param(["00A4020C02000A"], "6A82", id="a file before the application"),
        pytest.param([AP, "00A4020C02FFFF"], "6A82", id="a file that is not there"),
        pytest.param([AP, "00A4020C03000A00"], "6A82", id="a name of three octets"),
        pytest.param([AP, "00A4000C023F00"], "6A86", id="SELECT the master file"),
        pytest.param([AP, "00A4020002000A"], "6A86", id="SELECT with FCI"),
        pytest.param([AP, "00A4020C"], "6700", id="SELECT nothing"),
        pytest.param([AP, SELECT_PIN, "00200080"], "63C3", id="tries left"),
        pytest.param([AP, SELECT_PIN, WRONG], "63C2", id="wrong"),
        pytest.param([AP, SELECT_PIN, WRONG, "00200080"], "63C2", id="asking costs nothing"),
        pytest.param([AP, SELECT_PIN, WRONG, WRONG, WRONG], "63C0", id="the third wrong"),
        pytest.param([AP, SELECT_PIN, WRONG, WRONG, WRONG, RIGHT], "6984", id="right, too late"),
        pytest.param([AP, SELECT_PIN, WRONG, WRONG, WRONG, "00200080"], "63C0", id="locked"),
        pytest.param([AP, SELECT_PIN, WRONG, WRONG, RIGHT], "9000", id="right at last"),
        pytest.param([AP, SELECT_PIN, WRONG, RIGHT, "00200080"], "63C3", id="right restores the tries"),
        pytest.param([AP, SELECT_PIN, "0020008003313233"], "6700", id="three digits"),
        pytest.param([AP, SELECT_PIN, "0020008003313233", "00200080"], "63C3", id="a wrong length costs nothing"),
        pytest.param([AP, SELECT_PIN, "002000810431323334"], "6A86", id="another reference"),
        pytest.param([AP, RIGHT], "6986", id="VERIFY without a file"),
        pytest.param([AP, SELECT_CERTIFICATE, RIGHT], "6A88", id="VERIFY with a certificate"),
        pytest.param([AP, "00A4020C02001B", "00200080"], "63C5", id="the signing password is there"),
        pytest.param([AP, "00A4020C02001B", "0020008006313233343536"], "63C4", id="and no password opens it"),
        pytest.param([AP, "00A4020C02001B", *["0020008006313233343536"] * 6], "6984", id="five tries"),
        pytest.param([AP, "00A4020C02001B", "0020008006313233343536", SELECT_PIN, "00200080"], "63C3", id="two PINs"),
        pytest.param([AP, "00A4020C020001", "00B0000004"], "6982", id="the signing certificate stays closed"),
        pytest.param([AP, "00A4020C020002", "00B0000004"], "6B00", id="no signing CA"),
        pytest.param([AP, SELECT_CERTIFICATE, "00B0700004"], "6B00", id="beyond the end"),
        pytest.param([AP, SELECT_CERTIFICATE, "00B00000"], "6700", id="READ without Le"),
        pytest.param([AP, SELECT_KEY, "00B0000004"], "6981", id="a key is not read"),
        pytest.param([AP, SELECT_PIN, "00B0000004"], "6981", id="a PIN is not read"),
        pytest.param([AP, "00B0000004"], "6986", id="READ without a file"),
        pytest.param([AP, SELECT_KEY, SIGN], "6982", id="SIGN without PIN"),
        pytest.param([AP, SELECT_PIN, RIGHT, SIGN], "6981", id="SIGN with a PIN file"),
        pytest.param([AP, SELECT_PIN, RIGHT, "00A4020C02001A", SIGN], "6982", id="the PIN opens no signing key"),
        pytest.param([AP, SELECT_PIN, RIGHT, AP, SELECT_KEY, SIGN], "6982", id="SELECT ends the session"),
        pytest.param([AP, SELECT_PIN, RIGHT, WRONG, SELECT_KEY, SIGN], "6982", id="a wrong PIN ends the session"),
        pytest.param([AP, SELECT_PIN, RIGHT, SELECT_KEY, "802A0080"], "6700", id="SIGN nothing"),
        pytest.param([AP, SELECT_PIN, RIGHT, SELECT_KEY, "802A008001FF00"], "6A80", id="SIGN no DigestInfo"),
        pytest.param([AP, SELECT_PIN, RIGHT, SELECT_KEY, SIGN[:-2] + "10"], "6C00", id="SIGN a short answer"),
        pytest.param([AP, SELECT_PIN, RIGHT, SELECT_KEY, SIGN.replace("802A0080", "802A9E9A")], "6A86", id="PSO CDS"),
        pytest.param([AP, "00C0000000"], "6D00", id="GET RESPONSE"),
        pytest.param([AP, "00CA006600"], "6D00", id="GET DATA"),
        pytest.param([AP, "10A4040C0AD392F000260100000001"], "6E00", id="chaining"),
        pytest.param([AP, "80A4020C02000A"], "6E00", id="SELECT in the wrong class"),
        pytest.param([AP, "00"], "6700", id="no command"),
        pytest.param([AP, "00A4040C000010" + "00" * 16], "6700", id="extended length"),
    ],
)
def test_conversation(commands: list[str], answer: str) -> None:
    assert say(card(), *commands) == answer


def test_the_card_signs_after_its_pin() -> None:
    mine = card()
    answer = bytes.fromhex(say(mine, AP, SELECT_PIN, RIGHT, SELECT_KEY, SIGN))
    assert (len(answer), answer[-2:]) == (258, b"\x90\x00")
    scheme = padding.PKCS1v15()
    recovered = card_key().public_key().recover_data_from_signature(answer[:-2], scheme, hashes.SHA256())
    assert recovered == b"\xab" * 32


def test_a_reset_ends_the_session_and_keeps_the_counter() -> None:
    mine = card()
    say(mine, AP, SELECT_PIN, RIGHT, WRONG)
    mine.reset()
    assert say(mine, SELECT_KEY) == "6A82"
    assert say(mine, AP, SELECT_KEY, SIGN) == "6982"
    assert say(mine, SELECT_PIN, "00200080") == "63C2"


def test_certificate_and_ca_are_read_without_pin() -> None:
    mine = card()
    say(mine, AP, SELECT_CERTIFICATE)
    read = bytes.fromhex(say(mine, "00B0000000"))[:-2] + bytes.fromhex(say(mine, "00B0010000"))[:-2]
    assert mine.certificate.startswith(read)
    assert len(read) == 512
    say(mine, "00A4020C02000B")
    assert mine.contents.ca_certificate.startswith(bytes.fromhex(say(mine, "00B0000010"))[:-2])


def test_token_information_tells_the_medium() -> None:
    assert say(card(), AP, "00A4020C020006", "00B00000A0").startswith(b"JPKIAPICCTOKEN".hex().upper())
    phone = card()
    phone.contents.token = Token.IPHONE
    answer = bytes.fromhex(say(phone, AP, "00A4020C020006", "00B00000A0"))
    assert (len(answer), answer[:14]) == (162, b"JPKIAPIOSTOKEN")


@pytest.mark.parametrize("pin", ["123", "12345", "12a4", "    "])
def test_a_pin_is_four_digits(pin: str) -> None:
    with pytest.raises(ValueError, match="four digits"):
        card(pin=pin)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=8))
def test_a_hostile_reader_gets_a_status_word_and_never_an_exception(commands: list[bytes]) -> None:
    mine = card()
    for command in commands:
        assert 2 <= len(mine.transmit(command)) <= 258


interesting = st.sampled_from([AP, SELECT_PIN, SELECT_KEY, SELECT_CERTIFICATE, RIGHT, SIGN, "00B0000000"])


@settings(deadline=None)
@given(st.lists(st.tuples(interesting, st.integers(0, 60), st.integers(0, 255), st.booleans()), max_size=12))
def test_almost_right_commands_get_a_status_word(mutations: list[tuple[str, int, int, bool]]) -> None:
    mine = card()
    for command, place, value, cut in mutations:
        octets = bytearray.fromhex(command)
        if place < len(octets):
            octets[place] = value
            octets = octets[: place + 1] if cut else octets
        assert 2 <= len(mine.transmit(octets)) <= 258


def test_pulling_the_plug_gives_no_try_back() -> None:
    """The counter is written before the PIN is compared: a card torn out at that moment has lost a try."""
    mine = card()
    seen: list[int] = []
    mine.on_change = lambda changed: seen.append(changed.contents.pin_tries)
    say(mine, AP, SELECT_PIN, RIGHT, WRONG)
    assert seen == [2, 3, 2]


def test_every_key_is_new_unless_given() -> None:
    made = make_card(an_authority(), generation="g2", serial="1", not_before=NOW, not_after=NOW, pin="0000")
    certificate = x509.load_der_x509_certificate(made.certificate)
    assert certificate.public_key() == made.contents.private_key.public_key() != card_key().public_key()


def test_contents_do_not_show_in_a_repr() -> None:
    contents: CardContents = card().contents
    assert "1234" not in repr(contents)
