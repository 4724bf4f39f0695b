"""Which microphone is meant, on lists as PortAudio gives them."""

import json
from typing import Any

import pytest

from voice.devices import Delays, MicrophoneError, choose, listing


def device(index: int, name: str, api: int, inputs: int = 2) -> dict[str, Any]:
    return {"index": index, "name": name, "hostapi": api, "max_input_channels": inputs, "default_samplerate": 44100.0}


MME, WASAPI = 0, 1
WINDOWS = [
    device(0, "Headset Microphone (Realtek Hig", MME),
    device(1, "Webcam (USB)", MME),
    device(2, "Speakers (Realtek High Definition Audio)", WASAPI, inputs=0),
    device(3, "Webcam (USB)", WASAPI),
    device(4, "Headset Microphone (Realtek High Definition Audio)", WASAPI),
    device(5, "Old line in", MME),
]
WINDOWS_APIS = [
    {"name": "MME", "default_input_device": 0},
    {"name": "Windows WASAPI", "default_input_device": 4},
]
LINUX = [device(0, "HDA: ALC (hw:0,3)", 0, inputs=0), device(1, "USB Mic (hw:1,0)", 0), device(2, "pulse", 0)]
LINUX_APIS = [{"name": "ALSA", "default_input_device": 2}]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ("", 4),
        ("Default", 4),
        (" DEFAULT ", 4),
        ("webcam (usb)", 3),
        ("headset", 4),
        ("realtek hig", 4),
        ("Headset Microphone (Realtek Hig", 4),
        ("old LINE", 5),
    ],
)
def test_on_windows_wasapi_is_preferred_and_any_part_of_a_name_in_any_case_will_do(wanted: str, index: int):
    """MME cuts names off after 31 characters and is slow, so a name saved from it finds its better twin."""
    assert choose(WINDOWS, WINDOWS_APIS, 0, wanted)["index"] == index


@pytest.mark.parametrize(("wanted", "index"), [("", 2), ("usb", 1), ("pulse", 2)])
def test_elsewhere_the_systems_own_choice_is_followed(wanted: str, index: int):
    assert choose(LINUX, LINUX_APIS, 2, wanted)["index"] == index


def test_a_whole_name_goes_before_a_part_of_one():
    twins = [device(0, "Mic 10", 0), device(1, "Mic 1", 0)]
    assert choose(twins, LINUX_APIS, 0, "mic 1")["index"] == 1


def test_without_a_default_the_first_microphone_is_taken():
    assert choose(LINUX, LINUX_APIS, -1, "")["index"] == 1


@pytest.mark.parametrize(
    ("saved", "now"),
    [
        ("USB Mic: Audio (hw:1,0)", "USB Mic: Audio (hw:3,0)"),
        ("Microphone (2- Yeti Stereo)", "Microphone (Yeti Stereo)"),
        ("Microphone (Yeti Stereo)", "Microphone (14- Yeti Stereo)"),
    ],
)
def test_a_microphone_in_another_socket_is_still_the_same(saved: str, now: str):
    """The system numbers devices by the order of plugging in; the streamer chose a microphone, not a number."""
    devices = [device(0, "Webcam (hw:1,0)", 0), device(1, now, 0)]
    assert choose(devices, LINUX_APIS, 0, saved)["index"] == 1


def test_of_twins_the_one_in_its_old_socket_is_taken():
    twins = [device(0, "USB Mic (hw:1,0)", 0), device(1, "USB Mic (hw:2,0)", 0)]
    assert choose(twins, LINUX_APIS, 0, "USB Mic (hw:2,0)")["index"] == 1


def test_a_lost_microphone_is_tried_soon_then_less_often_and_soon_again_once_it_worked():
    delays = Delays()
    waits = [delays.after("mic_lost", 0.0) for _ in range(20)]
    assert waits[0] < 1
    assert 7 < waits[-1] < 13
    assert delays.after("mic_lost", 60.0) < 1
    assert delays.after("mic_moved", 60.0) == 0
    assert delays.after("mic_no_library", 0.0) == 60


@pytest.mark.parametrize("wanted", ["", "usb"])
def test_loudspeakers_are_no_microphones(wanted: str):
    with pytest.raises(MicrophoneError) as caught:
        choose(LINUX[:1], LINUX_APIS, 0, wanted)
    assert caught.value.link.code == "mic_no_device"


def test_a_microphone_that_is_not_there_is_named():
    """The system's default instead would hear somebody the streamer did not choose."""
    with pytest.raises(MicrophoneError) as caught:
        choose(LINUX, LINUX_APIS, 2, "Yeti")
    assert caught.value.link.code == "mic_not_found"
    assert dict(caught.value.link.params) == {"device": "Yeti"}


def test_the_list_shows_each_microphone_once_and_marks_the_default():
    shown = listing(WINDOWS, WINDOWS_APIS, WINDOWS[4])
    assert [(one["name"][:6], one["default"]) for one in shown] == [("Webcam", False), ("Headse", True)]
    assert json.loads(json.dumps(shown)) == shown
    assert shown[0] == {"name": "Webcam (USB)", "default": False, "channels": 2, "hostapi": "Windows WASAPI"}
