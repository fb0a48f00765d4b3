"""One bank and batch for a module; each test's own rows are rolled back to it."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.factories import make_world
from tests.papers.factories import PapersWorld, make_papers_world


@pytest.fixture(scope="module")
def papers_world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[PapersWorld]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_papers_world(make_world())
        transaction.set_rollback(True)


@pytest.fixture
def papers(papers_world: PapersWorld) -> Iterator[PapersWorld]:
    with transaction.atomic():
        yield papers_world
        transaction.set_rollback(True)
