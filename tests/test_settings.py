"""What the user wrote wins and survives; what cannot be understood is told with its line; a secret stays a secret."""

import copy
import errno
import json
import logging
import os
import random
import stat
import threading
from pathlib import Path

import pytest
import yaml
from hypothesis import Phase, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from config import defaults, files
from settings import (
    DEFAULT_SETTINGS,
    Settings,
    SettingsError,
    changed,
    load_settings,
    notices_of,
    public,
    save_settings,
    schema,
)

ROOT = Path(__file__).parent.parent
KEY = "sk-test-abcdef-123456"
posix = pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in ("OPENAI_API_KEY", "TIKTOK_SESSION_ID", "SIGN_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.yaml"


def loaded(file: Path, text: str) -> Settings:
    file.write_text(text, "utf-8", newline="")
    return load_settings(file)


def refused(file: Path, content: str | bytes) -> SettingsError:
    """The error for this content, after making sure that nothing in the folder was touched."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = {path: path.read_bytes() for path in file.parent.iterdir()}
    with pytest.raises(SettingsError) as raised:
        load_settings(file)
    with pytest.raises(SettingsError):
        save_settings(load_settings(file))
    assert {path: path.read_bytes() for path in file.parent.iterdir()} == before
    assert str(raised.value).count("\n") + 1 == len(raised.value.problems)
    return raised.value


# the design's own examples


def test_the_examples_of_the_design_run_as_printed(tmp_path, monkeypatch):
    """Others are written against this interface."""
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert "tiktok" in settings
    assert settings["tiktok"]["unique_id"] == ""
    assert settings["openai"]["api_key"] == ""
    settings["comment"]["enabled"] = 1
    save_settings(settings)

    config = load_settings()
    config["openai"]["model"] = "gpt-4"
    config["comment"]["reply_threshold"] = 0.7
    save_settings(config)

    again = load_settings()
    assert again.comment.enabled is True
    assert (again["openai"]["model"], again["comment"]["reply_threshold"]) == ("gpt-4", 0.7)


def test_the_defaults_are_a_plain_dict_of_every_field():
    assert Settings.of(DEFAULT_SETTINGS) == Settings()
    assert json.loads(json.dumps(DEFAULT_SETTINGS)) == DEFAULT_SETTINGS
    fields = [field["path"] for section in schema() for field in section["fields"]]
    assert (
        len(fields) == len(set(fields)) == sum(len(v) if isinstance(v, dict) else 1 for v in DEFAULT_SETTINGS.values())
    )


def test_the_shipped_file_is_what_saving_the_defaults_writes(file):
    """It is never edited by hand; renew it with `save_settings(Settings(), "settings.yaml")`."""
    save_settings(Settings(), file)
    assert (ROOT / "settings.yaml").read_bytes() == file.read_bytes()
    assert yaml.safe_load(file.read_text("utf-8")) == DEFAULT_SETTINGS


def test_every_field_is_explained_with_unit_and_range_above_it(file):
    save_settings(Settings(), file)
    lines = file.read_text("utf-8").splitlines()
    for section in schema():
        assert f"# {section['label']}. {section['help']}" in lines
        for field in section["fields"]:
            assert any(field["help"] in line for line in lines if line.lstrip().startswith("#")), field["path"]
    at = lines.index("  port: 9000")
    assert "range: 1 to 65535" in lines[at - 1]
    assert any("unit: ms" in line for line in lines)


# loading


def test_a_missing_file_is_made_with_the_defaults(file):
    assert load_settings(file) == Settings()
    assert load_settings(file) == Settings()
    assert [path.name for path in file.parent.iterdir()] == ["settings.yaml"]


def test_the_users_value_wins_and_loading_does_not_rewrite_the_file(file):
    text = "openai:\n  base_url: http://127.0.0.1:1234/v1\n  model: local\nanimaze: {port: 9001}\nbatch_window: 3\n"
    settings = loaded(file, text)
    assert (settings.openai.model, settings.animaze.port, settings.batch_window) == ("local", 9001, 3.0)
    assert settings.openai.base_url == "http://127.0.0.1:1234/v1"
    assert settings.openai.cache_size == 128
    assert file.read_text() == text
    save_settings(settings)
    assert load_settings(file) == settings


@pytest.mark.parametrize(
    "text", ["", "\n# nothing\n", "---\n", "~\n", "\ufeff", "comment:\nopenai:\n", "comment: {}\n"]
)
def test_an_empty_file_or_section_means_the_defaults(file, text):
    assert loaded(file, text) == Settings()
    assert file.read_text("utf-8") == text


def test_a_byte_order_mark_and_windows_line_ends_are_no_problem(file):
    """Notepad writes both."""
    assert loaded(file, "\ufeffanimaze:\r\n  port: 9001\r\n").animaze.port == 9001


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        *((word, True) for word in ("true", "1", "on", "yes", "True", "ON", '"1"')),
        *((word, False) for word in ("false", "0", "off", "no", "False", "'no'")),
    ],
)
def test_switches_are_read_as_older_files_write_them(file, written, expected):
    assert loaded(file, f"comment:\n  enabled: {written}\n").comment.enabled is expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [("-echo ", True), ('"-echo "', True), ("1", True), ("off", False), ('""', False), ("0", False), ("true", True)],
)
def test_echo_may_be_the_prefix_itself(file, written, expected):
    assert loaded(file, f"animaze:\n  echo: {written}\n").animaze.echo is expected


@pytest.mark.parametrize("name", ["12345", "0123", "1_000", "12:30", "yes", "null1", "2024-01-01", "1e5", "0x1f", ".5"])
def test_a_name_that_looks_like_a_number_is_the_text_as_written(file, name):
    """TikTok names may be digits; YAML would make 83 of 0123 and true of yes."""
    settings = loaded(file, f"tiktok:\n  unique_id: {name}\ncomment:\n  thanks: [{name}]\n")
    assert settings.tiktok.unique_id == name
    assert settings.comment.thanks == [name]
    save_settings(settings)
    assert load_settings(file).tiktok.unique_id == name


def test_unknown_keys_are_kept_and_told_once_each(file, caplog):
    text = "opnai: {x: 1}\ncomment:\n  enbled: 1\n  copy: [1, {a: null}]\n'on': 2024-01-01\n"
    settings = loaded(file, text)
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 4
    assert any("line 3: comment.enbled" in line and "did you mean enabled?" in line for line in told)
    assert any("opnai" in line and "did you mean openai?" in line for line in told)
    assert settings["comment"]["copy"] == [1, {"a": None}]
    save_settings(settings)
    written = yaml.safe_load(file.read_text("utf-8"))
    assert written["opnai"] == {"x": 1}
    assert written["comment"]["enbled"] == 1
    assert written["comment"]["copy"] == [1, {"a": None}]
    assert load_settings(file) == settings


def test_a_legacy_json_is_migrated_and_left_alone(file, caplog):
    legacy = file.with_name("settings.json")
    old = {"tiktok": {"unique_id": 777}, "comment": {"enabled": 0, "mood": "ü"}, "openai": {"api_key": KEY}}
    legacy.write_text(json.dumps(old, indent="\t"), "utf-8")
    before = legacy.read_bytes()
    settings = load_settings(file)
    assert (settings.tiktok.unique_id, settings.comment.enabled, settings.openai.api_key) == ("777", False, KEY)
    assert legacy.read_bytes() == before
    assert load_settings(file) == settings == load_settings(legacy)
    assert KEY not in file.read_text("utf-8")
    assert KEY not in caplog.text
    legacy.unlink()
    assert load_settings(file).openai.api_key == KEY


def test_a_broken_legacy_json_is_told_with_its_line_and_nothing_is_written(file):
    legacy = file.with_name("settings.json")
    for text, line in [('{\n "a": 1,\n}', 3), ('{\n\t"animaze": {\n\t\t"port": "x"}}', 3), ('{"a": 1,\n"a": 2}', 2)]:
        legacy.write_text(text)
        with pytest.raises(SettingsError) as raised:
            load_settings(file)
        assert raised.value.problems[0].line == line, text
    for text in ("[]", "[" * 100_000, '{"a": ' + "9" * 5000 + "}"):
        legacy.write_text(text)
        with pytest.raises(SettingsError):
            load_settings(file)
    assert not file.exists()


# what is wrong


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("animaze:\n  port: true", "animaze.port", 2),
        ("animaze:\n  port: 0", "animaze.port", 2),
        ("animaze:\n  port: 65536", "animaze.port", 2),
        ("animaze:\n  port: 90.5", "animaze.port", 2),
        ("animaze:\n  port:", "animaze.port", 2),
        ("animaze:\n  port: [9000]", "animaze.port", 2),
        ("animaze:\n  port: " + "9" * 5000, "animaze.port", 2),
        ("\nbatch_window: .nan", "batch_window", 2),
        ("\nbatch_window: nan", "batch_window", 2),
        ("batch_window: .inf", "batch_window", 1),
        ("batch_window: 1e400", "batch_window", 1),
        ("batch_window: 2,5", "batch_window", 1),
        ("batch_window: yes", "batch_window", 1),
        ("comment:\n  enabled: 2", "comment.enabled", 2),
        ("comment:\n  enabled: maybe", "comment.enabled", 2),
        ("comment: []", "comment", 1),
        ("comment: hello", "comment", 1),
        ("comment:\n  thanks: hello", "comment.thanks", 2),
        ("comment:\n  thanks:\n    - a\n    - [b]", "comment.thanks.1", 4),
        ("comment:\n  thanks:\n    - ''", "comment.thanks.0", 3),
        ("openai:\n  model: {a: 1}", "openai.model", 2),
        ("style:\n  language: fr", "style.language", 2),
        ("microphone:\n  silence_threshold: 0", "microphone.silence_threshold", 2),
        ("comment:\n  min_length: 3\n  min_length: 4", "comment.min_length", 3),
        ("comment: {}\ncomment: {}", "comment", 2),
        ("strange:\n  a: 1\n  a: 1", "strange.a", 3),
        ("a: &b [1]\nc: *b", "", 1),
        ("comment:\n  thanks: *x", "", 2),
        ("tiktok:\n  unique_id: &x", "", 2),
        ("a: 1\nb: !!python/object/apply:os.system ['true']", "b", 2),
        ("a: !x 1", "a", 1),
        ("a: !!set {x, y}", "a", 1),
        ("<<: {a: 1}", "", 1),
        ("? [a]\n: b", "", 1),
        (": x", "", 1),
        ("a: 1\ncomment:\n\tenabled: 1", "", 3),
        ("- a\n- b", "", 1),
        ("hello", "", 1),
        ("a: 1\nb: 'c\nd: 1\n", "", 2),
        ("a: b: c", "", 1),
        ("a: 1\nb: @c", "", 2),
        ("a: 1\n b: 2", "", 2),
        ("a: 1\n---\nb: 2", "", 2),
        ("a: 1\nb: \x07", "", 2),
        ("a: " + "[" * 5000, "", 1),
        ("a:\n  " + "{a: " * 5000, "", 2),
    ],
)
def test_what_is_wrong_is_told_with_path_and_line_and_left_alone(file, text, path, line):
    error = refused(file, text)
    assert (error.problems[0].path, error.problems[0].line) == (path, line), str(error)
    assert f"line {line}: {path}" in str(error)
    assert str(file) in str(error)
    assert "validation error" not in str(error)
    assert "Input should" not in str(error)


def test_all_problems_are_told_at_once_in_plain_words(file):
    error = refused(file, "animaze:\n  port: abc\n  echo: what\nstyle: 3\ndedupe_ttl: 0\n")
    assert [problem.message for problem in error.problems] == [
        'must be a whole number from 1 to 65535, not "abc"',
        'must be true or false, not "what"',
        "must be a section: its settings stand below it, indented",
        'must be a number from 1 to 86400, not "0"',
    ]
    assert [problem.line for problem in error.problems] == [2, 3, 4, 5]


@pytest.mark.parametrize("content", [b"a: 1\nb: \xff", "a: ü".encode("utf-16"), b"a: 1\nb: \x00"])
def test_what_is_not_utf8_text_is_refused(file, content):
    assert refused(file, content).problems[0].line is not None


def test_a_bomb_of_aliases_is_refused_at_once(file):
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]\n" for n in range(12))
    assert "quotation marks" in str(refused(file, levels))


def test_a_huge_file_is_not_read(file):
    with file.open("wb") as stream:
        stream.truncate(50_000_000)
    with pytest.raises(SettingsError, match="1 MB"):
        load_settings(file)
    assert file.stat().st_size == 50_000_000


def test_what_is_no_file_is_refused(tmp_path, file):
    file.mkdir()
    with pytest.raises(SettingsError, match="folder"):
        load_settings(file)
    (tmp_path / "plain").write_text("x")
    for path in (tmp_path / "no" / "settings.yaml", tmp_path / "plain" / "settings.yaml", tmp_path / "a\0b"):
        with pytest.raises(SettingsError):
            load_settings(path)
    assert not (tmp_path / "no").exists()


@posix
def test_pipes_and_link_loops_are_refused_instead_of_waited_for(file):
    os.mkfifo(file)
    with pytest.raises(SettingsError, match="ordinary file"):
        load_settings(file)
    file.unlink()
    file.symlink_to(file)
    with pytest.raises(SettingsError, match="link"):
        load_settings(file)


def test_three_hundred_broken_files_give_one_kind_of_error_and_stay_as_they_are(file):
    """Whatever an editor, a crash or a disk did: a SettingsError or settings, never a traceback, never a changed file but for a key."""
    whole = (ROOT / "settings.yaml").read_bytes() + b"more: {a: [1, 2]}\n"
    dice, outcomes = random.Random(7), {"taken": 0, "refused": 0}
    junk = [
        b"\x00",
        b"\xff\xfe",
        b"\t",
        b": ",
        b"- ",
        b"{",
        b"]",
        b"'",
        b'"',
        b"&a ",
        b"*a",
        b"!!x ",
        b"\n",
        b"#",
        b"| ",
        b"? ",
    ]
    for _ in range(300):
        data = bytearray(whole[: dice.randrange(200, 3000)])
        for _ in range(dice.randrange(1, 4)):
            at = dice.randrange(len(data))
            data[at : at + dice.choice([0, 1, 5, 60])] = dice.choice([*junk, bytes([dice.randrange(256)])])
        file.write_bytes(data)
        try:
            moved = notices_of(load_settings(file))
            outcomes["taken"] += 1
        except SettingsError:
            moved = []
            outcomes["refused"] += 1
        assert moved or file.read_bytes() == data
    assert min(outcomes.values()) > 20, outcomes


# saving

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        "#x",
        "a: b",
        "- a",
        "yes",
        "~",
        "null",
        "1e5",
        "x\ny",
        "a\n\n  b\n c",
        "x\r\ny",
        "\u2028",
        "\x85",
        "a\tb\nc",
        "'\"\\",
        "😀\nb",
    ]
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
EXTRA = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT.filter(bool), inner, max_size=2)
)


def values_of(field: dict) -> st.SearchStrategy:
    if field["secret"]:
        return st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)
    low, high = field["min"], field["max"]
    return {
        "bool": st.booleans(),
        "int": st.integers(int(low or 0), int(high or 0)),
        "float": st.floats(low or 0, high or 0, exclude_min=field["above"]) if field["type"] == "float" else st.none(),
        "str": TEXT,
        "list": st.lists(TEXT.filter(lambda text: text.strip()), max_size=4),
        "choice": st.sampled_from(field["choices"] or [""]),
    }[field["type"]]


ALL = st.fixed_dictionaries({field["path"]: values_of(field) for section in schema() for field in section["fields"]})


@example_settings(max_examples=60, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
@given(flat=ALL, extra=st.dictionaries(TEXT.filter(bool), EXTRA, max_size=2))
def test_what_is_saved_is_what_is_loaded_whatever_the_values(tmp_path_factory, flat, extra):
    """The law of this room, for every field at once, unknown keys too."""
    known = {section["name"] for section in schema()} | {path for path in flat if "." not in path}
    nested: dict = {name: value for name, value in extra.items() if name not in known}
    nested["comment"] = {name: value for name, value in extra.items() if f"comment.{name}" not in flat}
    for path, value in flat.items():
        section, _, name = path.rpartition(".")
        (nested.setdefault(section, {}) if section else nested)[name] = value
    file = tmp_path_factory.mktemp("law") / "settings.yaml"
    settings = Settings.of(nested)
    save_settings(settings, file)
    assert load_settings(file) == settings
    first = file.read_bytes()
    save_settings(load_settings(file))
    assert file.read_bytes() == first


def test_several_lines_of_a_prompt_stay_readable_in_the_file(file):
    save_settings({"system_prompt": "You are Pål.\n\nBe kind: # always\n  - short"}, file)
    assert "system_prompt: |-\n  You are Pål.\n\n  Be kind: # always\n    - short\n" in file.read_text("utf-8")
    assert load_settings(file).system_prompt == "You are Pål.\n\nBe kind: # always\n  - short"


def test_the_file_before_is_kept_as_bak(file):
    text = "# mine\nanimaze:\n  port: 9001\n"
    settings = loaded(file, text)
    save_settings(settings)
    assert file.with_name("settings.yaml.bak").read_text() == text
    save_settings(settings)
    assert file.with_name("settings.yaml.bak").read_text() == text, (
        "an unchanged file is no reason to forget the last one"
    )
    assert sorted(path.name for path in file.parent.iterdir()) == ["settings.yaml", "settings.yaml.bak"]


@pytest.mark.parametrize("content", ["a: 'b", "- a", "a: 1\na: 2", "x: *y"])
def test_a_broken_file_is_not_overwritten_by_saving_either(file, content):
    """Even for settings that came from that very file before it broke."""
    settings = load_settings(file)
    file.write_text(content)
    for mine in (settings, Settings(), {"comment": {"enabled": 0}}):
        with pytest.raises(SettingsError) as raised:
            save_settings(mine, file)
        assert str(file) in str(raised.value)
    assert [path.read_text() for path in file.parent.iterdir()] == [content]


def test_a_dict_is_validated_before_it_is_saved(file):
    with pytest.raises(SettingsError, match=r"animaze\.port"):
        save_settings({"animaze": {"port": "x"}}, file)
    for odd in ({"x": object()}, {"x": {1: 2}}, {1: 2}, [], None):
        with pytest.raises(SettingsError):
            save_settings(odd, file)
    assert not file.exists()


def test_settings_know_their_file_wherever_the_program_goes_meanwhile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings("mine.yaml")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    settings.animaze.port = 9002
    save_settings(settings)
    assert settings.file == tmp_path / "mine.yaml"
    assert settings.beside("memory.db") == tmp_path / "memory.db"
    assert settings.beside(str(tmp_path / "x" / "y.db")) == tmp_path / "x" / "y.db"
    assert load_settings(tmp_path / "mine.yaml").animaze.port == 9002
    assert not list((tmp_path / "sub").iterdir())


@posix
def test_a_link_stays_a_link_and_the_mode_stays_the_mode(tmp_path, file):
    target = tmp_path / "elsewhere" / "real.yaml"
    target.parent.mkdir()
    target.write_text("animaze: {port: 9001}\n")
    target.chmod(0o640)
    file.symlink_to(target)
    save_settings(load_settings(file))
    assert file.is_symlink()
    assert yaml.safe_load(target.read_text("utf-8"))["animaze"]["port"] == 9001
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_that_takes_nothing_is_told_in_plain_words(file, monkeypatch, number):
    settings = load_settings(file)
    before = file.read_bytes()

    def full(*_args: object) -> int:
        raise OSError(number, "as the system says it")

    settings.animaze.port = 9001
    monkeypatch.setattr(files.os, "open", full)  # root may write everywhere, and a full disk is hard to get
    with pytest.raises(SettingsError, match=r"cannot be saved: (access|its disk|the disk)"):
        save_settings(settings)
    monkeypatch.undo()
    assert [path.read_bytes() for path in file.parent.iterdir()] == [before]


def test_a_virus_scanner_that_holds_the_file_for_a_moment_is_waited_for(file, monkeypatch):
    settings, held, replace = load_settings(file), iter([True] * 3), Path.replace

    def replace_later(self: Path, target: Path) -> Path:
        if next(held, False):
            raise PermissionError(errno.EACCES, "in use")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replace_later)  # only Windows refuses to replace a file in use
    settings.animaze.port = 9001
    save_settings(settings)
    assert load_settings(file).animaze.port == 9001
    monkeypatch.setattr(
        Path, "replace", lambda *_: (_ for _ in ()).throw(PermissionError(errno.EACCES, "in use"))
    )  # as above
    settings.animaze.port = 9003
    with pytest.raises(SettingsError, match="access is denied"):
        save_settings(settings)
    monkeypatch.undo()
    assert load_settings(file).animaze.port == 9001
    assert not list(file.parent.glob("*.tmp")) + list(file.parent.glob(".*.tmp"))


def test_settings_that_would_be_too_large_to_read_are_not_written(file):
    settings = load_settings(file)
    settings.system_prompt = "x" * 1_000_001
    with pytest.raises(SettingsError, match="1 MB"):
        save_settings(settings)
    assert load_settings(file) == Settings()


# secrets


def everything(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_a_key_in_the_file_is_used_and_moved_out_at_once(file, caplog):
    """All else in it stays as it was written, down to the spaces; the key is told of nowhere but where it is kept."""
    text = f"# was {KEY}x\nopenai:\n  api_key: |\n    {KEY}\n  model:   m # mine\n"
    settings = loaded(file, text)
    assert settings["openai"]["api_key"] == KEY
    assert file.read_text() == '# was x\nopenai:\n  api_key: ""\n  model:   m # mine\n'
    assert json.loads(file.with_name("secrets.json").read_text()) == {"openai": {"api_key": KEY}}
    assert [notice.code for notice in notices_of(settings)] == ["secret_moved_file", "keychain_off"]
    assert load_settings(file) == settings
    save_settings(settings)
    left = everything(file.parent)
    assert json.loads(left.pop("secrets.json")) == {"openai": {"api_key": KEY}}
    assert KEY not in "".join(left.values())
    assert KEY not in caplog.text
    assert "openai.api_key" in caplog.text
    assert yaml.safe_load(left["settings.yaml.bak"])["openai"] == {"api_key": "", "model": "m"}
    assert "kept in secrets.json" in left["settings.yaml"]
    assert load_settings(file) == settings


@posix
def test_the_store_is_for_its_owner_only(file):
    save_settings({"tiktok": {"session_id": KEY}}, file)
    store = file.with_name("secrets.json")
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    store.chmod(0o644)
    settings = load_settings(file)
    settings.tiktok.session_id = KEY + "2"
    save_settings(settings)
    assert stat.S_IMODE(store.stat().st_mode) == 0o600


def test_the_environment_wins_over_the_file_and_the_file_over_the_store(file, monkeypatch):
    file.with_name("secrets.json").write_text('{"openai": {"api_key": "stored"}, "other": 1}')
    assert loaded(file, "comment: {}\n").openai.api_key == "stored"
    assert public(load_settings(file))["openai"]["api_key"] == {"set": True, "source": "file"}
    assert loaded(file, "openai: {api_key: written}\n").openai.api_key == "written"
    monkeypatch.setenv("OPENAI_API_KEY", " outside ")
    settings = load_settings(file)
    assert settings.openai.api_key == "outside"
    assert public(settings)["openai"]["api_key"] == {"set": True, "source": "environment"}
    monkeypatch.delenv("OPENAI_API_KEY")
    save_settings(settings)
    assert "outside" not in "".join(everything(file.parent).values())
    assert json.loads(file.with_name("secrets.json").read_text()) == {"openai": {"api_key": "written"}, "other": 1}


@pytest.mark.parametrize(
    ("variable", "path"),
    [
        ("OPENAI_API_KEY", "openai.api_key"),
        ("TIKTOK_SESSION_ID", "tiktok.session_id"),
        ("SIGN_API_KEY", "tiktok.sign_api_key"),
    ],
)
def test_each_secret_has_its_variable_and_none_of_it_is_written(file, monkeypatch, variable, path):
    monkeypatch.setenv(variable, KEY)
    settings = load_settings(file)
    section, name = path.split(".")
    assert settings[section][name] == KEY
    settings.comment.enabled = False
    save_settings(settings)
    assert KEY not in "".join(everything(file.parent).values())
    assert not file.with_name("secrets.json").exists()


def test_an_emptied_secret_is_removed_but_an_unknown_one_is_not(file):
    """A page that never knew the key sends it empty; that must not lose it."""
    save_settings({"openai": {"api_key": KEY}, "tiktok": {"session_id": "abc"}}, file)
    save_settings(Settings(), file)
    save_settings(yaml.safe_load(file.read_text("utf-8")), file)
    settings = load_settings(file)
    assert (settings.openai.api_key, settings.tiktok.session_id) == (KEY, "abc")
    settings.openai.api_key = ""
    save_settings(settings)
    assert load_settings(file).openai.api_key == ""
    assert load_settings(file).tiktok.session_id == "abc"
    assert KEY not in "".join(everything(file.parent).values())


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"openai": 3}', f'{{"openai": {{"api_key": ["{KEY}"]}}}}', f'{{"openai": {{"api_key": {KEY}'],
)
def test_a_broken_store_is_told_without_its_content_and_left_alone(file, content):
    store = file.with_name("secrets.json")
    store.write_text(content)
    for attempt in (lambda: load_settings(file), lambda: save_settings({"openai": {"api_key": "new"}}, file)):
        with pytest.raises(SettingsError, match=r"secrets\.json") as raised:
            attempt()
        assert KEY not in str(raised.value)
    assert everything(file.parent) == {"secrets.json": content}


@pytest.mark.parametrize(
    "text",
    [
        f"openai:\n  api_key: [{KEY}]\n",
        f"openai:\n  api_key: {{{KEY}: 1}}\n",
        f"openai: {KEY}\n",
        f"openai:\n  api_key: *{KEY}\n",
        f"openai:\n  api_key: !{KEY} x\n",
        f"openai:\n  api_key: '{KEY}\n",
        f"openai:\n  api_key: {KEY}: x\n",
        f'openai:\n  api_key: "\\{KEY}"\n',
        f"openai:\n  api_key: {KEY}\n  cache_size: x\n",
        f"openai:\n  api_key: {KEY}\n  api_key: {KEY}\n",
    ],
)
def test_no_error_shows_a_secret(file, text):
    assert KEY not in str(refused(file, text))


def test_neither_repr_nor_a_failed_assignment_shows_a_secret(file, caplog):
    settings = loaded(file, f"openai:\n  api_key: {KEY}\n  apikey: {KEY}\n")
    for text in (
        repr(settings),
        str(settings),
        f"{settings.openai}",
        repr(settings._origin),
        json.dumps(public(settings)),
    ):
        assert KEY not in text
    assert KEY not in json.dumps(schema(settings))
    for wrong in ([KEY], {"a": KEY}, object()):
        with pytest.raises(SettingsError) as raised:
            settings.openai.api_key = wrong
        assert KEY not in str(raised.value)
        assert raised.value.__cause__ is None
        assert raised.value.__suppress_context__
    assert KEY not in caplog.text


# changing


def test_changes_are_taken_in_place(file):
    settings = load_settings(file)
    comment = settings.comment
    assert changed(settings, {"comment": {"enabled": 0, "reply_threshold": 1}, "batch_window": 3}) is settings
    assert (comment.enabled, settings["comment"]["reply_threshold"], settings.batch_window) == (False, 1.0, 3.0)


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        (
            {"comment": {"enabled": 0, "min_length": -1}, "animaze": {"port": True}},
            ["comment.min_length", "animaze.port"],
        ),
        ({"comment": {"enabled": 0, "enbled": 1}}, ["comment.enbled"]),
        ({"batch_window": 1, "nonsense": {"a": 1}, 3: 4}, ["nonsense", "3"]),
        ({"comment": [1]}, ["comment"]),
        ({"comment": None, "": {"batch_window": 3}}, ["comment", ""]),
        ({"batch_window": float("nan")}, ["batch_window"]),
        ({"like_threshold": 10**400}, ["like_threshold"]),
        ({"system_prompt": "\ud83d"}, ["system_prompt"]),
        ({"system_prompt": True}, ["system_prompt"]),
        ({"comment": {"thanks": ["a", None]}}, ["comment.thanks.1"]),
        ({"openai": {"api_key": {"odd": KEY}, "model": "m"}}, ["openai.api_key"]),
        ({"openai": {"api_key": KEY + "\ud83d"}}, ["openai.api_key"]),
        ([], [""]),
        ("text", [""]),
        (None, [""]),
    ],
)
def test_one_wrong_change_means_no_change(file, changes, paths):
    settings = load_settings(file)
    before = copy.deepcopy(settings)
    with pytest.raises(SettingsError) as raised:
        changed(settings, changes)
    assert [problem.path for problem in raised.value.problems] == paths
    assert settings == before
    assert KEY not in str(raised.value)
    str(raised.value).encode()


def test_a_mistyped_change_names_what_was_meant(file):
    with pytest.raises(SettingsError, match=r"comment\.enbled: is no setting, did you mean enabled\?"):
        changed(load_settings(file), {"comment": {"enbled": 1}})


@pytest.mark.parametrize("keep", ["", None, {"set": True, "source": "file"}, {"set": False}])
def test_a_secret_that_comes_back_unknown_is_kept(file, keep):
    settings = loaded(file, f"openai: {{api_key: {KEY}}}\n")
    changed(settings, {"openai": {"api_key": keep, "model": "m"}})
    assert (settings.openai.api_key, settings.openai.model) == (KEY, "m")


def test_a_secret_is_set_and_cleared_by_changes(file):
    settings = load_settings(file)
    save_settings(changed(settings, {"openai": {"api_key": KEY}}))
    assert load_settings(file).openai.api_key == KEY
    save_settings(changed(settings, {"openai": {"api_key": {"clear": True}}}))
    assert load_settings(file).openai.api_key == ""
    assert public(settings)["openai"]["api_key"] == {"set": False, "source": None}


def test_what_is_public_can_be_sent_back_and_changes_nothing(file):
    settings = loaded(file, f"openai: {{api_key: {KEY}, odd: 1}}\ncomment: {{thanks: [x]}}\n")
    before = copy.deepcopy(settings)
    assert changed(settings, json.loads(json.dumps(public(settings)))) == before


def test_changes_and_saves_from_many_threads_lose_nothing(file):
    settings = load_settings(file)
    section = next(section for section in schema() if section["name"] == "comment")
    fields = [field["name"] for field in section["fields"] if field["type"] == "float"]
    failed: list[BaseException] = []

    def change(name: str) -> None:
        try:
            save_settings(changed(settings, {"comment": {name: 1.0}}))
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=change, args=(name,)) for name in fields]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed
    assert all(load_settings(file)["comment"][name] == 1.0 for name in fields)


# dict access and description


def test_sections_are_like_dicts():
    settings = Settings()
    assert "openai" in settings
    assert "nope" not in settings
    assert {**settings.outbox} == dict(settings.outbox) == DEFAULT_SETTINGS["outbox"]
    assert settings["comment"].get("nope", 5) == 5
    assert len(settings.animaze) == len(DEFAULT_SETTINGS["animaze"])
    assert list(settings)[:2] == ["tiktok", "animaze"]
    with pytest.raises(KeyError):
        settings["nope"]
    settings["comment"]["copy"] = 1
    assert settings["comment"]["copy"] == 1
    with pytest.raises(SettingsError, match=r"^comment\.enabled: must be true or false, not 7$"):
        settings["comment"]["enabled"] = 7
    assert settings.comment.enabled is True


def test_the_schema_describes_every_field_for_pages_and_windows(file):
    described = {field["path"]: field for section in schema(load_settings(file)) for field in section["fields"]}
    assert json.dumps(described)
    port = described["animaze.port"]
    assert (port["type"], port["min"], port["max"], port["default"], port["value"]) == ("int", 1, 65535, 9000, 9000)
    assert (port["restart"], port["secret"]) == (True, False)
    assert described["openai.api_key"]["secret"] is True
    assert described["openai.api_key"]["value"] == {"set": False, "source": None}
    assert described["style.language"]["choices"] == ["en", "de"]
    assert described["microphone.silence_threshold"]["above"] is True
    assert {field["type"] for field in described.values()} == {"bool", "int", "float", "str", "list", "choice"}
    assert all(field["help"] and field["label"] for field in described.values())
    assert [described[path]["step"] for path in ("animaze.port", "comment.reply_threshold")] == [1, 0.01]
    assert described["style.persona"]["step"] is None
    assert [path for path, field in described.items() if field["multiline"]] == [
        "safety.red_flag_line",
        "system_prompt",
    ]
    assert described["tiktok.sign_url"]["advanced"] is True
    assert described["tiktok.unique_id"]["advanced"] is False
    described["comment.thanks"]["default"].append("x")
    anew = {field["path"]: field for section in schema() for field in section["fields"]}
    assert anew["comment.thanks"]["default"] == defaults.THANKS


def test_a_file_whose_values_are_wrong_is_not_overwritten(tmp_path: Path):
    """Half a hand edit is the streamer's work: it is refused with its reasons, not thrown away."""
    file = tmp_path / "settings.yaml"
    loaded = load_settings(file)
    edited = file.read_text(encoding="utf-8").replace("reply_threshold: 0.6", "reply_threshold: 60")
    file.write_text(edited, encoding="utf-8")

    for settings in (loaded, Settings()):
        with pytest.raises(SettingsError, match="reply_threshold"):
            save_settings(settings, file)
    assert file.read_text(encoding="utf-8") == edited


def test_what_was_edited_by_hand_meanwhile_is_kept_and_taken_over(tmp_path: Path):
    file = tmp_path / "settings.yaml"
    loaded = load_settings(file)
    text = file.read_text(encoding="utf-8")
    text = text.replace("like_threshold: 0", "like_threshold: 78").replace("min_length: 3", "min_length: 9")
    file.write_text(text, encoding="utf-8")
    loaded["comment"]["min_length"] = 5
    save_settings(loaded)

    again = load_settings(file)
    assert (again["like_threshold"], again["comment"]["min_length"]) == (78, 5)
    assert loaded["like_threshold"] == 78


def test_a_wrong_value_that_slipped_into_a_list_is_refused_at_the_save(tmp_path: Path):
    file = tmp_path / "settings.yaml"
    loaded = load_settings(file)
    before = file.read_text(encoding="utf-8")
    loaded["comment"]["greetings"].append("")

    with pytest.raises(SettingsError, match="greetings"):
        save_settings(loaded)
    assert file.read_text(encoding="utf-8") == before


def test_a_knob_may_be_called_like_a_word_of_python(tmp_path: Path):
    """`speech.yield` is what streamers read; it loads, saves, and is refused like any other."""
    file = tmp_path / "settings.yaml"
    file.write_text("speech:\n  yield: utterance\n", encoding="utf-8")
    settings = load_settings(file)
    assert settings["speech"]["yield"] == "utterance"
    settings["speech"]["yield"] = "never"
    save_settings(settings)
    assert load_settings(file)["speech"]["yield"] == "never"
    with pytest.raises(SettingsError, match=r"speech\.yield"):
        settings["speech"]["yield"] = "always"
