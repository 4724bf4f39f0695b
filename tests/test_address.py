"""What people type into the TikTok settings."""

import pytest

from events import LinkState, SourceError
from live import address
from settings import TikTok


@pytest.mark.parametrize(
    "typed",
    [
        "anna.b_1",
        "@anna.b_1",
        "  @ anna.b_1 ",
        "https://www.tiktok.com/@anna.b_1",
        "https://www.tiktok.com/@anna.b_1/live?lang=de#x",
        "http://localhost:8099/@anna.b_1/live",
        "tiktok.com/@anna.b_1/",
        "anna.b_1/live",
    ],
)
def test_a_name_is_found_in_whatever_was_pasted(typed: str) -> None:
    """People paste the address bar."""
    assert address.name_of(typed) == "anna.b_1"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "tiktok_name_missing"),
        (" @ ", "tiktok_name_missing"),
        ("https://www.tiktok.com/", "tiktok_name_invalid"),
        ("https://vm.tiktok.com/ZM12", "tiktok_name_invalid"),
        ("anna&room_ids=1", "tiktok_name_invalid"),
        ("anna\x00", "tiktok_name_invalid"),
        ("../../passport", "tiktok_name_invalid"),
    ],
)
def test_what_cannot_be_a_name_is_told_at_once(typed: str, code: str) -> None:
    """It would otherwise be asked for every minute, or change the request it is put into."""
    with pytest.raises(SourceError) as caught:
        address.name_of(typed)
    assert caught.value.link.state is LinkState.ERROR
    assert caught.value.link.code == code


@pytest.mark.parametrize("typed", ["http://h:1", "http://h:1/", "http://h:1/webcast", " http://h:1/webcast// "])
def test_the_webcast_address_is_taken_with_or_without_its_path(typed: str) -> None:
    """The library wants it with."""
    assert address.read(TikTok(unique_id="ab", webcast_url=typed)).webcast_url == "http://h:1/webcast"


def test_addresses_lose_their_last_slash_and_gain_a_scheme() -> None:
    """A doubled slash is another path; no scheme is no address."""
    read = address.read(TikTok(unique_id="ab", app_url="http://h:1/", sign_url="sign.example"))
    assert (read.app_url, read.webcast_url, read.sign_url) == ("http://h:1", "", "https://sign.example")


@pytest.mark.parametrize(
    ("typed", "session"),
    [
        ("", None),
        ("abc123", ("abc123", "useast1a")),
        ("abc123|eu-ttp2", ("abc123", "eu-ttp2")),
        (" abc123 ; eu-ttp2 ", ("abc123", "eu-ttp2")),
    ],
)
def test_a_session_may_name_its_data_centre(typed: str, session: tuple[str, str] | None) -> None:
    """Without one the library refuses; the anonymous one is right for many."""
    assert address.read(TikTok(unique_id="ab", session_id=typed)).session == session


@pytest.mark.parametrize("typed", ["abc 123", "abc&x=1", "|eu-ttp2", "abc|eu ttp2", "äbc", "a|b|c"])
def test_a_session_that_is_none_is_told_at_once(typed: str) -> None:
    """It travels in an address and in a cookie."""
    with pytest.raises(SourceError, match="tiktok_session_invalid"):
        address.read(TikTok(unique_id="ab", session_id=typed))


@pytest.mark.parametrize("typed", ["kéy", "key\nX-Other: 1"])
def test_a_key_that_cannot_be_sent_is_told_at_once(typed: str) -> None:
    """Trying again does not help."""
    with pytest.raises(SourceError, match="tiktok_key_refused"):
        address.read(TikTok(unique_id="ab", sign_api_key=typed))


def test_secrets_do_not_show() -> None:
    """An address may be printed."""
    shown = repr(address.read(TikTok(unique_id="ab", session_id="s3cret", sign_api_key="k3y")))
    assert "s3cret" not in shown
    assert "k3y" not in shown
