"""The two sides are built once, and everybody logs in once; every request happens in a transaction that is rolled back."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.walk.world import NOW, Walk, make_walk


@pytest.fixture(scope="package")
def walk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Walk]:
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr("jiangjie.web.clock.now", lambda: NOW)
        yield make_walk()
        transaction.set_rollback(True)
