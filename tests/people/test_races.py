"""Two imports that bring the same person at the same moment make him once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from jiangjie.people import services
from jiangjie.people.models import Person
from tests.factories import MARCH_2, make_id_number


@pytest.mark.django_db(transaction=True)
def test_the_same_person_from_two_imports_is_made_once():
    number, both_ready = make_id_number(), Barrier(2)

    def register() -> int:
        try:
            both_ready.wait(timeout=10)
            return services.ensure_person(
                name="同时", id_type="居民身份证", id_number=number, by=None, at=MARCH_2
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = [
            future.result() for future in (pool.submit(register), pool.submit(register))
        ]

    assert first == second
    assert Person.objects.count() == 1
