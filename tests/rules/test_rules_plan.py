"""What counts as a documented plan (D4)."""

from __future__ import annotations

import pytest

from agent.rules.plan import PlanText, read_plan

PLACEHOLDERS = ["TBD", "N/A", "pending", "to be determined", "-"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, PlanText.EMPTY),
        ("", PlanText.EMPTY),
        (" \t\n\u00a0\u200b\ufeff", PlanText.EMPTY),
        ("<p></p>", PlanText.MARKUP_ONLY),
        ("<p>&nbsp;</p><br>", PlanText.MARKUP_ONLY),
        ("<p>&#8203;&#xFEFF; &zwnj;</p>", PlanText.MARKUP_ONLY),
        ("<img src='x.png' alt='plan'>", PlanText.MARKUP_ONLY),
        ("<!-- call the daughter --><style>p { color: red }</style>", PlanText.MARKUP_ONLY),
        ("TBD", PlanText.PLACEHOLDER),
        ("<p><b>t</b>bd ...</p>", PlanText.PLACEHOLDER),
        ("  To   be\ndetermined! ", PlanText.PLACEHOLDER),
        ("n&#47;a", PlanText.PLACEHOLDER),
        ("<p>Pending&nbsp;</p>", PlanText.PLACEHOLDER),
        ("-", PlanText.PLACEHOLDER),
        ("...?!", PlanText.PLACEHOLDER),
        ("<b>To be determined</b>.<i>.</i>.", PlanText.PLACEHOLDER),
        ("<b>To be determined</b>.<i>Then call.</i>", PlanText.DOCUMENTED),
        ("TBD: call the daughter", PlanText.DOCUMENTED),
        ("Pending approval, recruit a replacement", PlanText.DOCUMENTED),
        ("Call", PlanText.DOCUMENTED),
        ("👍", PlanText.DOCUMENTED),
        ("跟进", PlanText.DOCUMENTED),
        ("Staffed in < 24 h", PlanText.DOCUMENTED),
        ("<p>Call <b>the daughter", PlanText.DOCUMENTED),
        ("<![malformed", PlanText.DOCUMENTED),
        (7, PlanText.EMPTY),
    ],
)
def test_a_plan_is_what_remains_without_markup_and_is_no_placeholder(
    text: object, expected: PlanText
) -> None:
    assert read_plan(text, PLACEHOLDERS) is expected


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "<", "<a b='", "<![", "&#", "<p>&nbsp;</p>", "<script>", "x", "<b>."]
)
def test_a_hundred_kilobytes_of_anything_are_read_at_once(piece: str) -> None:
    # Read to its end, the first of these keeps the parser busy for minutes.
    assert read_plan(piece * (100_000 // len(piece)), PLACEHOLDERS) in set(PlanText)


def test_without_placeholders_configured_any_word_is_a_plan() -> None:
    assert read_plan("TBD", []) is PlanText.DOCUMENTED
