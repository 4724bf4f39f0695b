"""What the pal says must sound like a person: words for small numbers, "and two more", "two weeks"."""

import pytest

from mind.phrases import DAY, number, people, presents, span


@pytest.mark.parametrize(
    ("count", "english", "german"),
    [(1, "one", "eine"), (2, "two", "zwei"), (12, "twelve", "zwölf"), (13, "13", "13"), (10_000, "10,000", "10.000")],
)
def test_small_numbers_are_words_and_large_ones_are_grouped(count: int, english: str, german: str):
    assert (number(count, "en"), number(count, "de")) == (english, german)


@pytest.mark.parametrize(
    ("names", "everybody", "english", "german"),
    [
        (["Max"], 1, "Max", "Max"),
        (["Max", "Anna"], 2, "Max and Anna", "Max und Anna"),
        (["Max", "Anna", "Tom"], 3, "Max, Anna and Tom", "Max, Anna und Tom"),
        (["Max", "Anna"], 4, "Max, Anna and two more", "Max, Anna und zwei weitere"),
        (["Max"], 40, "Max and 39 more", "Max und 39 weitere"),
    ],
)
def test_people_are_listed_as_one_says_it(names: list[str], everybody: int, english: str, german: str):
    assert (people(names, everybody, ", ", "en"), people(names, everybody, ", ", "de")) == (english, german)


@pytest.mark.parametrize(
    ("gifts", "english", "german"),
    [
        (["Rose", "Rose"], "5 Roses", "5 Rosen"),
        (["Galaxy"], "5 Galaxies", "5 mal Galaxy"),
        (["Gold Fish"], "5 Gold Fishes", "5 mal Gold Fish"),
        (["TikTok"], "5 TikToks", "5 mal TikTok"),
        (["Toy"], "5 Toys", "5 mal Toy"),
        (["Star 7"], "5 times Star 7", "5 mal Star 7"),
        (["Rose", "Galaxy"], "5 gifts", "5 Geschenke"),
    ],
)
def test_presents_are_counted_and_named_when_they_are_alike(gifts: list[str], english: str, german: str):
    assert (presents(gifts, 5, "en"), presents(gifts, 5, "de")) == (english, german)


@pytest.mark.parametrize(
    ("days", "english", "german"),
    [
        (0.1, "a day", "ein Tag"),
        (5, "five days", "fünf Tage"),
        (14, "two weeks", "zwei Wochen"),
        (20.9, "two weeks", "zwei Wochen"),
        (60, "two months", "zwei Monate"),
        (364, "twelve months", "zwölf Monate"),
        (365, "a year", "ein Jahr"),
        (1000, "two years", "zwei Jahre"),
    ],
)
def test_lengths_of_time_are_said_coarsely(days: float, english: str, german: str):
    assert (span(days * DAY, "en"), span(days * DAY, "de")) == (english, german)
