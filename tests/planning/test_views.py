import pytest
from django.urls import reverse
from tests.factories import MARCH_2, make_world
from tests.planning.factories import *

pytestmark = pytest.mark.django_db

@pytest.fixture
def world(monkeypatch, settings):
    settings.ROOT_URLCONF = "planurls"
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: MARCH_2)
    from jiangjie.planning import queries
    monkeypatch.setattr("jiangjie.procedures.hooks._facts", [queries.facts])
    return make_world()

def test_smoke(client, world):
    batch = make_announced_batch(world, levels=(4,5))
    client.force_login(world.office)
    for name, args in [("plan_list",[]),("plan_export",[]),("plan_new",[]),("plan_detail",[batch.plan_id]),("plan_edit",[batch.plan_id]),("batch_list",[]),("batch_export",[]),("batch_new",[batch.plan_id]),("batch_detail",[batch.pk]),("batch_report",[batch.pk]),("batch_scheme",[batch.pk]),("batch_announce",[batch.pk]),("batch_step",[batch.pk,"S09"]),("batch_step",[batch.pk,"T01"]),("announcement_list",[]),("announcement_detail",[batch.announcement.pk])]:
        r = client.get(reverse("planning:"+name,args=args))
        assert r.status_code==200, (name, r.status_code)
    from jiangjie.procedures.models import Definition
    d=Definition.objects.get()
    for name, args in [("definition_list",[]),("definition_detail",[d.pk]),("definition_yaml",[d.pk]),("definition_edit",[d.pk]),("definition_upload",[])]:
        r = client.get(reverse("procedures:"+name,args=args))
        assert r.status_code==200, (name, r.status_code)
    assert client.get("/").status_code==200
