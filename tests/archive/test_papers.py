"""The record of a batch's papers in its bag, computed anew; and every way in which it is altered."""

import pytest
from django.db import transaction

from jiangjie.archive import services
from jiangjie.archive.models import Bag
from jiangjie.files.services import read
from jiangjie.papers import services as papers
from jiangjie.papers import vault
from jiangjie.verify.bag import verify_bag
from jiangjie.verify.dossier import PAPERS
from tests.archive.tampering import Loose
from tests.factories import make_world
from tests.papers.factories import (
    APRIL_2,
    OPENS_AT,
    make_papers_world,
    make_sealed_set,
    make_set,
    open_paper,
)

pytestmark = pytest.mark.django_db
OURS = {"真实性-25", "真实性-26"}


@pytest.fixture(scope="module")
def bag(django_db_setup, django_db_blocker):
    """A withdrawn set and one of which A was carried and opened; with words that must stay out."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = make_papers_world(make_world())
        office, overseer = world.world.office, world.world.supervisor
        gone = make_set(world)
        papers.withdraw_set(set_id=gone.pk, reason="另组", by=office, at=APRIL_2)
        made, codes = make_sealed_set(world)
        paper = made.papers.get(form="A")
        given = papers.give_paper(
            paper_id=paper.pk, taker=overseer, copies=30, envelope="F-1", place="保密室", by=office,
            at=APRIL_2,
        )  # fmt: skip
        papers.take_paper(handover_id=given.pk, by=overseer, at=APRIL_2)
        open_paper(world, paper, codes)
        content = vault.read(paper)
        asked = services.ask_bag(batch=world.batch, by=office, at=OPENS_AT)
        zipped = read(services.make_bag(bag_id=asked.pk, at=OPENS_AT).blob)
        said = Bag.objects.get(pk=asked.pk).report["findings"]
        transaction.set_rollback(True)
    return zipped, content, {finding["item"] for finding in said}


def opened(rows):
    return next(paper for row in rows for paper in row["papers"] if paper["opening"])


def sealed(rows):
    return next(row for row in rows if row["sealed_at"])


def test_the_record_holds_and_tells_no_question(bag) -> None:
    zipped, content, findings = bag
    assert findings & OURS == set()
    loose = Loose.of(zipped)
    rows = loose.doc(PAPERS)
    assert [[paper["form"] for paper in row["papers"]] for row in rows] == [["A", "B", "备1"]] * 2
    everything = b"".join(loose.files.values()).decode(errors="ignore")
    assert not any(each.content.stem in everything for each in content.questions)
    assert not any(each.item in everything for each in content.questions)


def reuse(rows, name, value):
    sealed(rows)[name] = value


ALTERED = {
    "digest": lambda rows: opened(rows).update(digest="0" * 64),
    "sealed by": lambda rows: reuse(rows, "sealed_by", 1),
    "assembled by the expert": lambda rows: reuse(
        rows, "assembled_by", sealed(rows)["proofs"][0]["by"]
    ),
    "finding": lambda rows: sealed(rows)["proofs"][0].update(choice="return"),
    "one keeper": lambda rows: sealed(rows)["holders"].pop(),
    "time of opening": lambda rows: reuse(rows, "opens_at", "2026-04-18T09:00:00Z"),
    "opened early": lambda rows: opened(rows)["opening"].update(opened_at="2026-04-17T00:30:00Z"),
    "one witness": lambda rows: opened(rows)["opening"]["witnesses"].pop(),
    "copies": lambda rows: opened(rows)["handovers"][0].update(copies=31),
    "hand-over gone": lambda rows: opened(rows)["handovers"].clear(),
    "set gone": lambda rows: rows.pop(0),
    "points": lambda rows: opened(rows).update(points=9000),
    "kinds": lambda rows: sealed(rows)["facts"]["kinds"].update(单选题=[8, 8, 9]),
    "common items": lambda rows: sealed(rows)["facts"]["overlap"][0].__setitem__(1, 3),
    "withdrawal": lambda rows: rows[0].update(withdrawn_reason="泄题"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_record_is_found(bag, tmp_path, name) -> None:
    loose = Loose.of(bag[0])
    loose.edit(PAPERS, lambda rows: ALTERED[name](rows) and None)
    report = verify_bag(loose.write_zip(tmp_path / "bag.zip"))
    assert OURS & {each.item for each in report.findings}


def test_a_record_that_was_taken_out_is_missed(bag, tmp_path) -> None:
    loose = Loose.of(bag[0])
    del loose.files[PAPERS]
    report = verify_bag(loose.write_zip(tmp_path / "bag.zip"))
    assert ("完整性-3", PAPERS) in {(each.item, each.path) for each in report.findings}
