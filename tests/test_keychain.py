"""Where keys are kept: the environment wins, then the system's keychain, then a file for its owner only.

The keychains are real backends of keyring, set as the system's; see `keychains.py`.
"""

import json
import logging
import os
import random
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import keychains
import keyring
import pytest
from keyring.backends import fail

import settings as knobs
from config import files
from config.keychain import SWITCH, Keychain, KeychainError
from settings import Settings, SettingsError, changed, load_settings, notices_of, public, reload_settings, save_settings

ROOT = Path(__file__).parent.parent
KEY, OTHER = "sk-test-abcdef-123456", "sk-test-ghijkl-654321"
PATIENCE = 30.0
posix = pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder / "settings.yaml"


Use = Callable[[type[keychains.Working]], keychains.Working]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Use:
    """Makes a keychain the system's; all of them share one content."""
    monkeypatch.delenv(SWITCH)

    def become(kind: type[keychains.Working]) -> keychains.Working:
        backend = kind(tmp_path / "keychain.json")
        keyring.set_keyring(backend)
        monkeypatch.setattr(knobs, "_keychain", Keychain(0.5))  # nobody wants to wait four seconds for each hanging one
        return backend

    yield become
    keychains.Hanging.over.set()
    for thread in [thread for thread in threading.enumerate() if thread.name == "keychain"]:
        thread.join(PATIENCE)
    keychains.Hanging.over.clear()
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call] # of the library


def account(file: Path, path: str = "openai.api_key") -> str:
    return f"{path} of {file.parent.resolve()}"


def stored(file: Path) -> dict[str, object] | None:
    store = file.with_name("secrets.json")
    return json.loads(store.read_text("utf-8")) if store.exists() else None


def everything(folder: Path) -> str:
    return "".join(path.read_text("utf-8") for path in folder.iterdir())


def keep(file: Path, key: str | dict[str, bool], path: str = "openai.api_key") -> Settings:
    """As a page does: load, change, save."""
    section, name = path.split(".")
    settings = load_settings(file)
    save_settings(changed(settings, {section: {name: key}}))
    return settings


def source(settings: Settings) -> object:
    return public(settings)["openai"]["api_key"]


def codes(settings: Settings) -> list[str]:
    return [notice.code for notice in notices_of(settings)]


def test_a_key_goes_to_the_keychain_and_into_no_file(file: Path, use: Use):
    """Where there is one that works."""
    chain = use(keychains.Working)
    settings = keep(file, KEY)
    assert chain.content() == {account(file): KEY}
    assert stored(file) is None
    assert KEY not in everything(file.parent)
    assert "kept in the keychain of this computer" in file.read_text("utf-8")
    for seen in (settings, load_settings(file)):
        assert seen.openai.api_key == KEY
        assert source(seen) == {"set": True, "source": "keychain"}
        assert codes(seen) == []


def test_the_environment_wins_over_the_keychain_and_the_keychain_over_the_file(
    file: Path, use: Use, monkeypatch: pytest.MonkeyPatch
):
    """And nobody asks the keychain for what the environment holds."""
    chain = use(keychains.Working)
    file.write_text("comment: {}\n")
    file.with_name("secrets.json").write_text(json.dumps({"openai": {"api_key": "from-the-file"}}))
    assert source(load_settings(file)) == {"set": True, "source": "file"}
    chain.set_password("PalFriend", account(file), "from-the-keychain")
    settings = load_settings(file)
    assert (settings.openai.api_key, source(settings)) == ("from-the-keychain", {"set": True, "source": "keychain"})
    for variable in knobs._SECRETS.values():
        monkeypatch.setenv(variable, "from-the-environment")
    chain.questions = 0
    settings = load_settings(file)
    assert settings.openai.api_key == "from-the-environment"
    assert source(settings) == {"set": True, "source": "environment"}
    assert chain.questions == 0
    save_settings(settings)
    assert "from-the-environment" not in everything(file.parent) + str(chain.content())


def test_a_save_moves_an_older_key_from_the_file_into_the_keychain(file: Path, use: Use):
    """Whoever comes from a version that knew no keychain; what else stands in the file is kept."""
    chain = use(keychains.Working)
    file.with_name("secrets.json").write_text(json.dumps({"openai": {"api_key": KEY}, "note": "mine"}))
    save_settings(load_settings(file))
    assert chain.content() == {account(file): KEY}
    assert stored(file) == {"note": "mine"}
    assert load_settings(file).openai.api_key == KEY


def test_a_stale_copy_in_the_file_does_not_come_back(file: Path, use: Use):
    """Both stores had one: the keychain's counts, so the file's goes."""
    chain = use(keychains.Working)
    chain.set_password("PalFriend", account(file), KEY)
    file.with_name("secrets.json").write_text(json.dumps({"openai": {"api_key": OTHER}}))
    save_settings(load_settings(file))
    assert chain.content() == {account(file): KEY}
    assert stored(file) is None


@pytest.mark.parametrize("place", ["keychain", "file"])
def test_a_key_is_changed_and_removed_wherever_it_is(file: Path, use: Use, place: str, monkeypatch: pytest.MonkeyPatch):
    """No copy is left anywhere."""
    chain = use(keychains.Working)
    if place == "file":
        monkeypatch.setenv(SWITCH, "1")
    keep(file, KEY)
    keep(file, OTHER)
    assert KEY not in everything(file.parent) + str(chain.content())
    assert load_settings(file).openai.api_key == OTHER
    keep(file, {"clear": True})
    assert OTHER not in everything(file.parent) + str(chain.content())
    assert source(load_settings(file)) == {"set": False, "source": None}
    assert stored(file) is None


MISBEHAVING = [
    (keychains.Locked, "keychain_locked"),
    (keychains.Failing, "keychain_failed"),
    (keychains.Forgetful, "keychain_failed"),
    (keychains.Hanging, "keychain_silent"),
]


@posix
@pytest.mark.parametrize(("kind", "code"), MISBEHAVING)
def test_a_keychain_that_cannot_be_used_leaves_the_key_to_a_private_file_and_says_so(
    file: Path, use: Use, kind: type[keychains.Working], code: str, caplog: pytest.LogCaptureFixture
):
    """And neither its errors nor ours show the key."""
    caplog.set_level(logging.DEBUG)
    use(kind)
    settings = keep(file, KEY)
    store = file.with_name("secrets.json")
    assert stored(file)["openai"] == {"api_key": KEY}
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    assert codes(settings) == [code]
    assert dict(notices_of(settings)[0].params) == {"store": str(store)}
    again = load_settings(file)
    assert (again.openai.api_key, source(again)) == (KEY, {"set": True, "source": "file"})
    assert KEY not in caplog.text
    if kind is not keychains.Forgetful:
        assert str(store) in caplog.text


@pytest.mark.parametrize(("kind", "code"), MISBEHAVING)
def test_what_was_changed_meanwhile_counts_when_the_keychain_answers_again(
    file: Path, use: Use, kind: type[keychains.Working], code: str
):
    """The keychain still has the older key; it must not win, and goes with the next save."""
    chain = use(keychains.Working)
    keep(file, KEY)
    use(kind)
    keep(file, OTHER)
    use(keychains.Working)
    settings = load_settings(file)
    assert settings.openai.api_key == OTHER
    save_settings(settings)
    assert chain.content() == {account(file): OTHER}
    assert stored(file) is None


@pytest.mark.parametrize("kind", [keychains.Locked, keychains.Failing, keychains.Hanging, keychains.Stubborn])
def test_what_was_removed_meanwhile_stays_removed(file: Path, use: Use, kind: type[keychains.Working]):
    """By a streamer who first types a new key and then thinks better of it; the keychain had an older one all along."""
    chain = use(keychains.Working)
    keep(file, KEY)
    use(kind)
    keep(file, OTHER)
    keep(file, {"clear": True})
    assert source(load_settings(file)) == {"set": False, "source": None}
    use(keychains.Working)
    settings = load_settings(file)
    assert source(settings) == {"set": False, "source": None}
    save_settings(settings)
    assert chain.content() == {}
    assert OTHER not in everything(file.parent)


def test_a_key_changed_with_the_keychain_switched_off_counts_afterwards(
    file: Path, use: Use, monkeypatch: pytest.MonkeyPatch
):
    """Once started as a service, which has no keychain."""
    chain = use(keychains.Working)
    keep(file, KEY)
    monkeypatch.setenv(SWITCH, "1")
    assert source(load_settings(file)) == {"set": False, "source": None}
    keep(file, OTHER)
    monkeypatch.delenv(SWITCH)
    settings = load_settings(file)
    assert settings.openai.api_key == OTHER
    save_settings(settings)
    assert chain.content() == {account(file): OTHER}


def test_a_save_while_the_keychain_is_locked_loses_no_key_in_it(file: Path, use: Use):
    """Its key is not known then; that is no wish to remove it, and the file goes on saying where it is."""
    chain = use(keychains.Working)
    keep(file, KEY)
    use(keychains.Locked)
    settings = load_settings(file)
    assert settings.openai.api_key == ""
    assert codes(settings) == ["keychain_locked"]
    save_settings(changed(settings, {"openai": {"model": "another"}}))
    assert chain.content() == {account(file): KEY}
    assert "kept in the keychain of this computer" in file.read_text("utf-8")
    use(keychains.Working)
    assert load_settings(file).openai.api_key == KEY


def test_a_key_too_long_for_the_keychain_lies_in_the_file_and_others_do_not(file: Path, use: Use):
    """Windows takes 1280 characters. The refusal of one is no reason to give up on the others."""
    chain = use(keychains.Working)
    keep(file, OTHER, "tiktok.session_id")
    long = "x" * 3000
    settings = keep(file, long)
    assert chain.content() == {account(file, "tiktok.session_id"): OTHER}
    assert stored(file)["openai"] == {"api_key": long}
    assert codes(settings) == ["keychain_failed"]
    assert load_settings(file).openai.api_key == long


@pytest.mark.parametrize("where", ["secrets.json", "settings.yaml", "settings.yaml.bak"])
def test_a_save_that_fails_leaves_both_stores_as_they_were(
    file: Path, use: Use, where: str, monkeypatch: pytest.MonkeyPatch
):
    """The disk is full when this file's turn comes."""
    chain = use(keychains.Working)
    keep(file, KEY)
    chain.longest = 100
    keep(file, "y" * 200, "tiktok.session_id")  # this one is in the file
    before = {path.name: path.read_bytes() for path in file.parent.iterdir()}, chain.content()
    write = files.write_text

    def full(target: Path, *rest: object) -> None:
        if target.name == where:
            monkeypatch.setattr(files, "write_text", write)
            raise files.refusal(target, "the disk is full")
        write(target, *rest)

    monkeypatch.setattr(files, "write_text", full)  # a real full disk cannot be had in a test
    settings = load_settings(file)
    changed(settings, {"openai": {"api_key": OTHER, "model": "m"}, "tiktok": {"session_id": "z" * 200}})
    with pytest.raises(SettingsError, match="the disk is full"):
        save_settings(settings)
    left = {path.name: path.read_bytes() for path in file.parent.iterdir()}
    if where == "settings.yaml":
        del left["settings.yaml.bak"], before[0]["settings.yaml.bak"]  # a backup more does no harm
    assert (left, chain.content()) == before


def test_a_hanging_keychain_is_asked_once_and_anew_when_it_has_come_to_itself(use: Use):
    """Four seconds once, not for each key and save; and who has typed the password need not start again."""
    go, asked = threading.Event(), []

    class Slow(keychains.Working):
        def get_password(self, service: str, username: str) -> str | None:
            asked.append(username)
            go.wait(PATIENCE)
            return super().get_password(service, username)

    use(Slow).set_password("PalFriend", "a", "b")
    chain = Keychain(0.2)
    for _ in range(3):
        with pytest.raises(KeychainError) as raised:
            chain.read(["a", "c"])
        assert raised.value.reason == "silent"
    assert asked == ["a"]
    go.set()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            assert chain.read(["a"]) == {"a": "b"}
            break
        except KeychainError:
            time.sleep(0.02)
    else:
        pytest.fail("it was never asked again")


def test_nothing_more_is_set_once_nobody_waits(use: Use):
    """A keychain that wakes up an hour later must not be told what was long since kept elsewhere."""
    go, told = threading.Event(), []

    class Slow(keychains.Working):
        def set_password(self, service: str, username: str, password: str) -> None:
            told.append(username)
            go.wait(PATIENCE)

    use(Slow)
    with pytest.raises(KeychainError):
        Keychain(0.2).change({"a": "1", "b": "2"})
    go.set()
    for thread in [thread for thread in threading.enumerate() if thread.name == "keychain"]:
        thread.join(PATIENCE)
    assert told == ["a"]


@pytest.mark.parametrize(
    ("text", "left", "moved"),
    [
        ('openai:\n  apikey: "0123456789abcdef"\n', 'openai:\n  apikey: ""\n', "openai.apikey"),
        ("OPENAI_API_KEY: 0123456789abcdef\n", 'OPENAI_API_KEY: ""\n', "OPENAI_API_KEY"),
        ("old: {bot: {session_id: 0123456789abcdef}}\n", 'old: {bot: {session_id: ""}}\n', "old.bot.session_id"),
        ("tiktok: {sessionid: 0123456789abcdef, x: 1}\n", 'tiktok: {sessionid: "", x: 1}\n', "tiktok.sessionid"),
    ],
)
def test_a_key_under_a_wrong_name_is_not_lost_and_not_left_lying_open(file: Path, text: str, left: str, moved: str):
    """It is used for nothing, but its owner will want it back."""
    file.write_text(text, "utf-8")
    settings = load_settings(file)
    assert file.read_text("utf-8") == left
    assert stored(file) == {"unknown": {moved: "0123456789abcdef"}}
    assert codes(settings) == ["secret_stray"]
    assert dict(notices_of(settings)[0].params)["field"] == moved
    save_settings(settings)
    assert "0123456789abcdef" not in file.read_text("utf-8")
    assert stored(file) == {"unknown": {moved: "0123456789abcdef"}}


def test_a_key_written_into_the_file_of_a_running_program_is_used_and_moved_out(file: Path, use: Use):
    """And what the program knows of the file then is what it holds, or it would be read for ever."""
    chain = use(keychains.Working)
    settings = load_settings(file)
    text = file.read_text("utf-8").replace('  api_key: ""', f'  api_key: "{KEY}"', 1)
    file.write_text(text, "utf-8")
    assert reload_settings(settings, text) == ["openai.api_key"]
    assert settings.openai.api_key == KEY
    assert chain.content() == {account(file): KEY}
    assert file.read_text("utf-8") == text.replace(KEY, "") == settings.text
    assert codes(settings) == ["secret_moved_keychain"]


def test_an_edit_by_hand_does_not_wait_for_the_keychain(file: Path, use: Use):
    """What is in use stays in use; a keychain may take seconds, and an edit counts within one."""
    chain = use(keychains.Working)
    settings = load_settings(file)
    changed(settings, {"openai": {"api_key": KEY}})
    save_settings(settings)
    questions = chain.questions
    text = file.read_text("utf-8").replace("min_length: 3", "min_length: 4")
    file.write_text(text, "utf-8")

    assert reload_settings(settings, text) == ["comment.min_length"]
    assert chain.questions == questions
    assert settings.openai.api_key == KEY
    assert knobs.public(settings)["openai"]["api_key"] == {"set": True, "source": "keychain"}


def test_a_key_that_cannot_be_moved_stays_and_is_told(file: Path, monkeypatch: pytest.MonkeyPatch):
    """Its owner can read the file and nobody can write to it."""
    text = f"openai: {{api_key: {KEY}, apikey: {OTHER}}}\n"
    file.write_text(text, "utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(files.os, "access", lambda *_: False)  # whoever runs as root may write to everything
        settings = load_settings(file)
    assert file.read_text("utf-8") == text
    assert (settings.openai.api_key, settings.openai["apikey"]) == (KEY, OTHER)
    assert codes(settings) == ["secret_stays", "secret_stays"]
    assert stored(file) is None


def test_a_word_that_happens_to_be_a_key_takes_nothing_else_with_it(file: Path):
    """Local servers take any key, and people write "ollama" and "openai"."""
    file.write_text("openai: # openai\n  model: openai/x\n  api_key: openai\n", "utf-8")
    settings = load_settings(file)
    assert (settings.openai.api_key, settings.openai.model) == ("openai", "openai/x")
    assert file.read_text("utf-8") == 'openai: # \n  model: openai/x\n  api_key: ""\n'


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_file_says_around_it_moving_a_key_out_changes_nothing_else(file: Path, seed: int):
    """Quoted, folded, with comments, in braces; the values of all other names are as before, or all is as before."""
    dice = random.Random(seed)
    forms = [KEY, f'"{KEY}"', f"'{KEY}'", f"|\n    {KEY}", f">-\n    {KEY}", f"{KEY} # {KEY}", f'"{KEY}" # "x"']
    for _ in range(60):
        lines = ["  model: m # x", '  base_url: "http://h#x"', f"  api_key: {dice.choice(forms)}", "  # note", ""]
        dice.shuffle(lines)
        file.write_text("\n".join(["openai:", *lines, "comment: {enabled: 0} # y", ""]), "utf-8")
        settings = load_settings(file)
        assert settings.openai.api_key == KEY
        assert (settings.openai.model, settings.openai.base_url, settings.comment.enabled) == ("m", "http://h#x", False)
        assert KEY not in file.read_text("utf-8")
        assert load_settings(file) == settings


@pytest.mark.parametrize(
    "value",
    [
        "sk-proj-0123456789abcdefgh",
        "my key is sk-0123456789abcdefgh!",
        "http://user:hunter2pass@127.0.0.1:8080/v1",
        "https://hunter2pass@host/v1",
        "http://host/v1?api_key=hunter2pass",
        "http://host/v1?x=1&token=hunter2pass",
    ],
)
@pytest.mark.parametrize("path", ["openai.base_url", "openai.model", "tiktok.sign_url", "tiktok.unique_id"])
def test_a_key_in_a_field_that_everybody_may_read_is_refused_without_being_repeated(file: Path, path: str, value: str):
    """In a wrong box it would go to the page, the settings file and the wrong server."""
    section, name = path.split(".")
    settings = load_settings(file)
    with pytest.raises(SettingsError) as raised:
        changed(settings, {section: {name: value}})
    assert [problem.path for problem in raised.value.problems] == [path]
    assert "enter it in the field for keys" in str(raised.value)
    file.write_text(json.dumps({section: {name: value}}))
    with pytest.raises(SettingsError) as loading:
        load_settings(file)
    assert "hunter2" not in f"{raised.value} {loading.value}"
    assert "0123456789" not in f"{raised.value} {loading.value}"


@pytest.mark.parametrize(
    "value", ["http://127.0.0.1:8080/v1", "ask-me-anything-at-123", "https://host/a?b=c", "a@b", "sk-learn"]
)
def test_ordinary_values_are_no_keys(file: Path, value: str):
    """Whoever writes about a task-force must be able to."""
    assert changed(load_settings(file), {"openai": {"base_url": value}}).openai.base_url == value


@pytest.mark.parametrize(
    "changes",
    [
        {"animaze": {"port": "canary0123456789abcdef"}},
        {"canary0123456789abcdef": 1},
        {"openai": {"canary0123456789abcdef": 1}},
        {"style": {"language": "canary0123456789abcdef"}},
        {"comment": {"enabled": "canary0123456789abcdef"}},
    ],
)
def test_what_may_be_a_key_in_a_wrong_place_is_not_repeated(file: Path, changes: dict[str, object]):
    """Nobody thinks of such words; somebody pasted them."""
    with pytest.raises(SettingsError) as raised:
        changed(load_settings(file), changes)
    assert "canary" not in str(raised.value)


def test_a_key_in_its_own_box_and_in_another_one_is_refused(file: Path):
    """Pasted twice. It looks like no key, but it is one of ours."""
    settings = load_settings(file)
    secret = "a-session-of-many-letters"  # noqa: S105 - nobody's
    with pytest.raises(SettingsError) as raised:
        changed(settings, {"tiktok": {"session_id": secret, "unique_id": f"@{secret}"}})
    assert {problem.path for problem in raised.value.problems} == {"tiktok.unique_id"}
    changed(settings, {"tiktok": {"session_id": secret}})
    with pytest.raises(SettingsError):
        changed(settings, {"safety": {"block": ["x", secret]}})
    assert changed(settings, {"openai": {"api_key": "ollama", "model": "ollama/x"}}).openai.model == "ollama/x"


CHILD = """
import sys, time
begin = time.monotonic()
from settings import *
from settings import notices_of
settings = load_settings(sys.argv[1])
print("keyring" in sys.modules, settings.openai.api_key)
if len(sys.argv) > 2:
    settings.openai.api_key = sys.argv[2]
    save_settings(settings)
print([notice.code for notice in notices_of(settings)], public(settings)["openai"]["api_key"]["source"])
print(time.monotonic() - begin)
"""


def child(file: Path, *key: str, **environment: str) -> tuple[str, str, float, str]:
    """(line, line, seconds, errors) of a process that loads, and saves a key if there is one."""
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, str(file), *key],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, encoding="utf-8",
        timeout=PATIENCE * 2, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    first, second, seconds = ended.stdout.splitlines()
    return first, second, float(seconds), ended.stderr


def test_one_process_finds_what_another_one_has_kept(file: Path, tmp_path: Path):
    """Through the system's keychain, as keyring finds it by itself."""
    chain = keychains.environment("Working", tmp_path / "keychain.json")
    assert child(file, KEY, **chain)[1] == "[] keychain"
    assert stored(file) is None
    assert child(file, **chain)[:2] == (f"True {KEY}", "[] keychain")


def test_a_keychain_that_hangs_holds_the_start_up_for_four_seconds_and_no_longer(file: Path, tmp_path: Path):
    """Also at the end of the process, which does not wait for it."""
    begin = time.monotonic()
    _, second, _, _ = child(file, KEY, **keychains.environment("Hanging", tmp_path / "keychain.json"))
    assert second == "['keychain_silent'] file"
    assert 3.9 < time.monotonic() - begin < PATIENCE


@pytest.mark.parametrize(
    "backend", ["no.such.Backend", "keyring.backends.fail.Keyring", "keyring.backends.null.Keyring"]
)
def test_no_keychain_means_the_file(file: Path, backend: str):
    """A server, a container, somebody who switched it off for all programs."""
    code = "keychain_failed" if backend.startswith("no.") else "keychain_none"
    _, second, _, errors = child(file, KEY, PYTHON_KEYRING_BACKEND=backend, PALFRIEND_NO_KEYCHAIN="")
    assert second == f"['{code}'] file"
    assert "Traceback" not in errors


def test_the_library_is_not_even_loaded_when_it_is_not_needed(file: Path):
    """A fifth of a second at each start."""
    assert child(file, PALFRIEND_NO_KEYCHAIN="1")[0].startswith("False")
    everything = dict.fromkeys(knobs._SECRETS.values(), "0123456789")
    assert child(file, PALFRIEND_NO_KEYCHAIN="", **everything)[0].startswith("False")


def test_the_programs_own_settings_have_accounts_that_outlive_a_move_of_its_folder(tmp_path: Path):
    """A new version is unpacked into a new folder; settings elsewhere have accounts of their own."""
    assert knobs._vault(ROOT / "settings.yaml").account("openai.api_key") == "openai.api_key"
    assert knobs._vault(tmp_path / "settings.yaml").account("openai.api_key") == f"openai.api_key of {tmp_path}"
