"""Every screen at every station: who sees it, what a stranger gets, and that a form does its deed."""

import pytest
from django.urls import reverse

from jiangjie.papers import services
from jiangjie.papers.models import AssemblyRun, Blueprint, PaperSet
from tests.papers.factories import (
    OPENS_AT,
    PapersWorld,
    make_blueprint,
    make_proofed_set,
    make_run,
    make_sealed_set,
    make_set,
    open_paper,
    prepare,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch) -> None:
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: OPENS_AT)


def page(client, name: str, *args: object, status: int = 200) -> str:
    answer = client.get(reverse(f"papers:{name}", args=args))
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def form_of(papers: PapersWorld, **changes: object) -> dict[str, object]:
    return {
        "title": "三级理论知识试卷", "table": papers.table.pk, "batch": papers.batch.pk,
        "minutes": 60, "forms_": 2, "spares": 1, "overlap": 0, "by_weight": "on",
        "aim": "difficulty", "difficulty": 65, "spread": 16, "rest_days": 0, "items_B": 8,
        "points_B": 5, "items_C": 4, "points_C": 15, **changes,
    }  # fmt: skip


def test_a_blueprint_is_written_checked_and_assembled(client, papers: PapersWorld) -> None:
    client.force_login(papers.world.office)
    assert "items_B" in page(client, "blueprint_new")
    check = reverse("papers:blueprint_check")
    assert "这些要求可以同时满足" in client.post(check, form_of(papers)).content.decode()
    far = client.post(check, form_of(papers, items_B=40)).content.decode()
    assert "这些要求可以同时满足" not in far
    saved = client.post(reverse("papers:blueprint_new"), form_of(papers))
    blueprint = Blueprint.objects.get()
    assert saved.url == reverse("papers:blueprint", args=[blueprint.pk])
    assert blueprint.shape == [["B", 8, 500], ["C", 4, 1500]]
    for name in ("blueprint", "blueprint_edit"):
        assert "三级理论知识试卷" in page(client, name, blueprint.pk)
    client.post(reverse("papers:run_ask", args=[blueprint.pk]), {"batch": papers.batch.pk})
    run = AssemblyRun.objects.get()
    assert "正在处理" in page(client, "run", run.pk)
    services.assemble_run(run_id=run.pk, at=OPENS_AT)
    assert "各套比较" in page(client, "run", run.pk)
    client.post(reverse("papers:run_take", args=[run.pk]))
    made = PaperSet.objects.get()
    assert "还没有指定校对专家" in page(client, "set", made.pk)
    for name in ("blueprint_list", "set_list"):
        assert "三级理论知识试卷" in page(client, name)
    assert "三级理论知识试卷" in page(client, "batch", papers.batch.pk)
    assert client.get(reverse("papers:set_export")).status_code == 200


def test_papers_are_printed_for_proof_and_each_reading_is_asked_by_post(
    client, papers: PapersWorld
) -> None:
    made = make_proofed_set(papers)
    paper = made.papers.get(form="A")
    client.force_login(papers.expert)
    assert "提交校对结论" in page(client, "set", made.pk)
    for sheet in ("proof", "paper", "sheet", "key"):
        url = reverse("papers:paper_pdf", args=[paper.pk, sheet])
        assert client.get(url).status_code == 405
        answer = client.post(url, {"layout": "a3"})
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    client.force_login(papers.world.supervisor)  # sees states, not words
    assert "待指定保管人" in page(client, "set", made.pk)
    assert client.post(url).status_code == 404


def test_a_code_is_shown_once_and_two_sessions_open_the_paper(client, papers: PapersWorld) -> None:
    made, codes = make_sealed_set(papers)
    paper, world = made.papers.get(form="A"), papers.world
    client.force_login(world.office)
    assert "登记交出" in page(client, "set", made.pk)
    assert "见证考生甲" in page(client, "opening", paper.pk)
    prepare(papers, paper)
    for user, code in codes.items():
        client.force_login(user)
        assert "输入我的密钥" in page(client, "opening", paper.pk)
        client.post(reverse("papers:turn", args=[paper.pk]), {"code": code.lower()})
    assert "内容与密封时登记的校验值一致" in page(client, "opening", paper.pk)
    assert client.get(reverse("papers:handover_print", args=[made.pk])).status_code == 200


def test_the_slip_shows_the_code_in_one_answer(client, papers: PapersWorld) -> None:
    made, world = make_proofed_set(papers), papers.world
    services.appoint_holders(
        set_id=made.pk, first=world.office, second=world.supervisor,
        opens_at=OPENS_AT.replace(hour=8), by=world.office, at=OPENS_AT,
    )  # fmt: skip
    client.force_login(world.supervisor)
    slip = client.post(reverse("papers:key_draw", args=[made.pk])).content.decode()
    assert "离开本页后不再显示" in slip
    assert "您已于" in page(client, "set", made.pk)


def test_strangers_find_nothing(client, papers: PapersWorld) -> None:
    run = make_run(papers)
    blueprint = make_blueprint(papers)
    made, codes = make_sealed_set(papers)
    paper = open_paper(papers, made.papers.get(form="A"), codes)
    client.force_login(papers.world.stranger)
    for name, pk in (("blueprint", blueprint.pk), ("run", run.pk), ("set", made.pk),
                     ("opening", paper.pk), ("batch", papers.batch.pk)):  # fmt: skip
        page(client, name, pk, status=404)
    assert client.post(reverse("papers:paper_pdf", args=[paper.pk, "key"])).status_code == 404


def test_lists_take_as_many_queries_for_three_sets_as_for_one(
    client, papers: PapersWorld, django_assert_max_num_queries
) -> None:
    client.force_login(papers.world.office)
    make_set(papers)
    page(client, "set_list")
    with django_assert_max_num_queries(40) as one:
        page(client, "set_list")
    make_set(papers)
    make_set(papers)
    with django_assert_max_num_queries(len(one.captured_queries)):
        page(client, "set_list")
