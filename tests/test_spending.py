"""No surprise bill: what a stream costs is counted, at the prices of who was asked, and stops at the limit."""

import pytest

from mind.spending import Spending, Usage, tokens
from settings import Fallback, OpenAI

PRICES = OpenAI(price_input=0.15, price_output=0.6)


def test_tokens_and_money_add_up():
    spending = Spending(Usage())
    spending.add(Usage(1, 1_000_000, 500_000, estimated=False), PRICES)
    spending.add(Usage(2, 100, 10, estimated=True), Fallback())

    assert spending.facts(OpenAI()) == {
        "requests": 3,
        "input_tokens": 1_000_100,
        "output_tokens": 500_010,
        "estimated": True,
        "money": 0.45,
        "cap_reached": False,
    }


@pytest.mark.parametrize(
    ("limits", "reached"),
    [
        ({}, False),
        ({"max_tokens_per_stream": 1500}, True),
        ({"max_tokens_per_stream": 1501}, False),
        ({"max_cost_per_stream": 0.00045}, True),
        ({"max_cost_per_stream": 0.00046}, False),
        ({"max_cost_per_stream": 1.0, "max_tokens_per_stream": 1}, True),
    ],
)
def test_either_limit_is_enough(limits: dict[str, float], reached: bool):
    spending = Spending(Usage())
    spending.add(Usage(1, 1000, 500), PRICES)

    assert spending.is_enough(OpenAI(**limits)) is reached


@pytest.mark.parametrize(("characters", "estimate"), [(0, 0), (1, 1), (4, 1), (5, 2), (400, 100)])
def test_the_estimate_is_a_token_for_four_characters(characters: int, estimate: int):
    assert tokens(characters) == estimate


@pytest.mark.parametrize("figure", [None, -1, "5", 5.0, True, 10**12, [], float("nan")])
def test_a_figure_that_is_none_leaves_the_estimate(figure: object):
    usage = Usage()
    usage.sent(40)
    usage.told(figure, 5)
    usage.told(5, figure)

    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (10, 0, True)
