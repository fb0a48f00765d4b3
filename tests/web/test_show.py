from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.web.templatetags import show


def draw(source: str, **values: Any) -> str:
    return Template(source).render(Context(values))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (show.yuan(123450), "1,234.50"),
        (show.yuan(None), "—"),
        (show.score(8650), "86.50"),
        (show.score(6000), "60.00"),
        (show.score(0), "0.00"),
        (show.score(None), "—"),
        (show.masked_id("370200199002301234"), "3702**********1234"),
        (show.masked_id("3702**********1234"), "3702**********1234"),
        (show.day(date(2026, 6, 30)), "2026-06-30"),
        (show.day(datetime(2026, 6, 29, 16, 0, tzinfo=UTC)), "2026-06-30"),
        (show.day("2026-06-30"), "2026-06-30"),
        (show.day(None), "—"),
        (show.instant(datetime(2026, 6, 29, 16, 5, tzinfo=UTC)), "2026-06-30 00:05"),
        (show.digest_short("sha256:0123456789abcdef00"), "0123 4567 89ab"),
        (show.digest_short(bytes.fromhex("0123456789abcdef00")), "0123 4567 89ab"),
    ],
)
def test_a_value_is_shown_as(shown: str, expected: str) -> None:
    assert shown == expected


def test_the_eight_levels() -> None:
    assert [show.level(order) for order in range(1, 9)] == [
        "学徒工", "五级/初级工", "四级/中级工", "三级/高级工", "二级/技师", "一级/高级技师",
        "特级技师", "首席技师",
    ]  # fmt: skip


@pytest.mark.parametrize("order", range(1, 9))
def test_the_ladder_has_as_many_steps_filled_as_the_level(order: int) -> None:
    drawn = draw("{% include 'components/level.html' with order=order only %}", order=order)
    assert drawn.count('class="on"') == order


@pytest.mark.parametrize(
    ("confidence", "mark"),
    [("S", ""), ("S~", "未核实"), ("M", "一般做法"), ("U", "待确认"), ("R", "推定")],
)
def test_a_rule_not_read_in_its_text_is_marked(confidence: str, mark: str) -> None:
    assert show.confidence_mark(confidence) == mark
    assert bool(show.confidence_meaning(confidence)) == bool(mark)
    clause = Clause("a", "条文", "出处", Confidence(confidence))
    drawn = draw("{% include 'components/clause.html' with clause=clause only %}", clause=clause)
    assert ("<details" in drawn) == bool(mark)


@pytest.mark.parametrize(
    ("value", "words"), [(6000, "达到"), (5999, "未达"), (10000, "达到"), (0, "未达")]
)
def test_a_score_says_whether_it_reaches_the_pass_mark(value: int, words: str) -> None:
    drawn = draw("{% include 'components/score.html' with value=v pass_mark=6000 %}", v=value)
    assert f"{words} 60.00" in drawn


def test_an_absent_candidate_has_no_score() -> None:
    drawn = draw("{% include 'components/score.html' with absent=True value=0 pass_mark=6000 %}")
    assert drawn.strip() == '<span class="score score-none">缺考</span>'


def test_an_action_is_a_form_that_works_alone_and_holds_its_refusal() -> None:
    drawn = draw(
        "{% action '/a' '签字' confirm='确定吗？' name='state' value='void' %}", csrf_token="T0KEN"
    )
    assert '<form class="action" method="post" action="/a"' in drawn
    assert 'hx-target="find .refusal"' in drawn
    assert 'hx-confirm="确定吗？"' in drawn
    assert 'name="csrfmiddlewaretoken" value="T0KEN"' in drawn
    assert '<input type="hidden" name="state" value="void">' in drawn
    assert '<div class="refusal" aria-live="assertive"></div>' in drawn


def test_an_action_that_cannot_be_done_says_why_and_sends_nothing() -> None:
    drawn = draw("{% action '/a' '结束公示' disabled='7月1日起方可结束' %}")
    assert "<form" not in drawn
    assert "7月1日起方可结束" in drawn


def test_a_value_is_escaped_in_every_component_with_a_body() -> None:
    source = (
        "{% panel title=x note=x %}{{ x }}{% endpanel %}{% deed x confirm=x %}{{ x }}{% enddeed %}"
        "{% table x %}{% endtable %}{% row x %}{{ x }}{% endrow %}{% action x x disabled=x %}"
        "{% progress x 1 2 note=x %}{% qr x x %}{% icon x x %}"
    )
    assert "<b>" not in draw(source, x='"><b>')


def test_pages_keep_the_filters() -> None:
    request = RequestFactory().get("/", {"q": "宋", "page": "2"})
    page = Paginator(range(60), 20).get_page(2)
    drawn = draw("{% pagination page %}", request=request, page=page)
    assert 'href="?q=%E5%AE%8B&amp;page=1" rel="prev"' in drawn
    assert 'href="?q=%E5%AE%8B&amp;page=3" rel="next"' in drawn
    assert '<span aria-current="page">2</span>' in drawn
    assert "第21–40条，共60条" in drawn


@pytest.mark.parametrize(
    ("sort", "href", "state"),
    [
        ("", "?sort=name", "none"),
        ("name", "?sort=-name", "ascending"),
        ("-name", "?sort=name", "descending"),
        ("score", "?sort=name", "none"),
    ],
)
def test_a_header_sorts_then_turns_round(sort: str, href: str, state: str) -> None:
    request = RequestFactory().get("/", {"sort": sort, "page": "3"} if sort else {})
    drawn = draw("{% sort_header 'name' '姓名' %}", request=request)
    assert f'aria-sort="{state}"' in drawn
    assert f'href="{href}"' in drawn


def test_the_procedure_says_who_until_when_and_on_what_ground() -> None:
    step = {
        "number": 11,
        "name": "组织实施考评",
        "state": "open",
        "waits_for": "第一考评组",
        "until": date(2026, 6, 20),
        "basis": "实施方案",
        "stages": [{"number": n, "name": "阶段", "state": "done"} for n in (1, 2)],
    }
    drawn = draw("{% include 'components/track.html' with steps=steps only %}", steps=[step])
    assert '<li class="track-step is-open" aria-current="step">' in drawn
    for pair in (
        "<dt>等待</dt><dd>第一考评组</dd>",
        "<dt>截止</dt><dd>2026-06-20</dd>",
        "<dt>依据</dt><dd>实施方案</dd>",
    ):
        assert pair in drawn
    assert "2个阶段，已完成2个" in drawn


def test_a_verdict_names_the_first_day_or_says_that_time_alone_will_not_do() -> None:
    source = "{% include 'components/verdict.html' with verdict=verdict only %}"
    later = draw(source, verdict={"eligible": False, "earliest_date": "2027-03-01", "clauses": []})
    never = draw(source, verdict={"eligible": False, "earliest_date": None, "clauses": []})
    assert "最早可于 <b>2027-03-01</b> 申报" in later
    assert "仅靠时间推移不能满足" in never
