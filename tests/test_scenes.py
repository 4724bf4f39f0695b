"""What goes on around a question, without a word that another viewer wrote or was told."""

from events import LiveEvent, Scene, Utterance
from live.scenes import LINES, VIEWERS, Scenes
from tests.fakes import comment, somebody
from tests.virtual import EPOCH


def spoken(scenes: Scenes, text: str, *events: LiveEvent, kind: str = "answer") -> None:
    scenes.spoke(Utterance(text=text, kind=kind, events=events), text)


def test_a_viewers_next_question_knows_what_they_were_told():
    scenes = Scenes()
    for number in range(LINES + 2):
        spoken(scenes, f"line {number}", comment("why?", "ada"))

    assert scenes.around([comment("and?", "ada")], EPOCH).said == ("line 2", "line 3", "line 4")


def test_nobody_learns_what_another_viewer_was_told():
    scenes = Scenes()
    spoken(scenes, "your secret", comment("why?", "ada"))

    assert scenes.around([comment("and?", "bob")], EPOCH).said == ()
    assert scenes.around([comment("and?", "ada"), comment("and?", "bob")], EPOCH).said == ()


def test_what_was_said_to_several_belongs_to_none():
    scenes = Scenes()
    spoken(scenes, "to both", comment("why?", "ada"), comment("why?", "bob"))
    spoken(scenes, "thanks", comment("why?", "ada"), kind="gift")

    assert scenes.around([comment("and?", "ada")], EPOCH) == Scene(tempo="quiet")


def test_a_viewer_can_be_forgotten_and_the_oldest_are():
    scenes = Scenes()
    for number in range(VIEWERS + 1):
        spoken(scenes, "line", comment("why?", f"viewer{number}"))
    spoken(scenes, "viewer5 knows", comment("who knows?", "viewer7"))
    assert scenes.forget(somebody("viewer5", "id-viewer5")) == 2

    assert scenes.around([comment("and?", "viewer7")], EPOCH).said == ("line",)
    told = [bool(scenes.around([comment("and?", f"viewer{n}")], EPOCH).said) for n in (0, 1, 5, VIEWERS)]
    assert told == [False, True, False, True]


def test_the_chats_tempo_is_that_of_the_last_minute():
    scenes, question = Scenes(), [comment("why?")]
    assert scenes.around(question, EPOCH).tempo == "quiet"
    for number in range(6):
        scenes.commented(EPOCH + number)
    assert scenes.around(question, EPOCH + 10).tempo == "lively"
    for number in range(200):
        scenes.commented(EPOCH + 10 + number / 50)
    assert scenes.around(question, EPOCH + 14).tempo == "busy"
    assert scenes.around(question, EPOCH + 80).tempo == "quiet"
