"""The bag of one finished batch, made once a session."""

import pytest
from django.db import transaction

from jiangjie.files.services import read
from tests.archive.factories import make_bag, make_finished_batch
from tests.archive.tampering import Loose


@pytest.fixture(scope="session")
def whole_bag(django_db_setup, django_db_blocker, tmp_path_factory) -> bytes:
    """The zip file; the database is as before. Tests that use it are marked `django_db`."""
    with django_db_blocker.unblock(), transaction.atomic():
        bag = make_bag(make_finished_batch(tmp_path_factory.mktemp("story")))
        content = read(bag.blob)
        transaction.set_rollback(True)
    return content


@pytest.fixture
def loose(whole_bag) -> Loose:
    return Loose.of(whole_bag)
