import os
import pytest
from datetime import timedelta
from django.conf import settings as S
from django.test import Client
from playwright.sync_api import sync_playwright
from tests.factories import MARCH_2, make_world
from tests.planning.factories import *
from jiangjie.planning import queries, services as ps
from jiangjie.procedures.rules import StepFact
from jiangjie.procedures import services as pr, queries as pq
from jiangjie.procedures.models import Definition

def test_shots(live_server, monkeypatch, settings, transactional_db):
    settings.ROOT_URLCONF = "planurls"
    world = make_world()
    batch = make_announced_batch(world, levels=(4,5))
    fresh = make_batch(world, batch.plan, title="第二批（未开始）")
    done = {c: StepFact(True, done_at=MARCH_2.date()) for c in ("S05","S06","S07")}
    monkeypatch.setattr("jiangjie.procedures.hooks._facts", [queries.facts, lambda ids: {batch.run_id: done}])
    at = later(46)
    monkeypatch.setattr("jiangjie.web.clock.now", lambda: at)
    pr.sign(run=batch.run, step="S06", layer=1, subjects=["a:1","a:2"], choice="pass", by=world.clerk_a, at=at, context=batch)
    record_steps(world, batch, "S09","S10","T01","T02", at=at)
    plan27 = make_plan(world, year=2027); ps.submit_plan(plan=plan27, by=world.office, at=at)
    body = {**pq.minimum().body, "title":"港口版"}; import copy; body=copy.deepcopy(body); body["steps"][3]["evidence"]=["公告张贴照片"]; body["steps"][9]["role"]="clerk"
    own = pr.make_version(org=world.port, body=body, by=world.office, at=at)
    def cookie(user):
        c = Client(); c.force_login(user); return c.cookies["sessionid"].value
    shots = [("office","/batches/"),("office",f"/batches/{batch.pk}/"),("committee",f"/batches/{fresh.pk}/"),("committee",f"/batches/{fresh.pk}/scheme/"),("office",f"/batches/{fresh.pk}/report/"),
      ("office",f"/batches/{batch.pk}/steps/T03/"),("assessor",f"/batches/{batch.pk}/steps/T04/"),("office",f"/plans/{batch.plan_id}/batches/new/"),("committee",f"/plans/{plan27.pk}/"),("office","/plans/"),
      ("office",f"/procedures/{own.pk}/"),("office",f"/procedures/{own.pk}/edit/"),("office","/procedures/"),("office","/"),("committee","/"),("officer",f"/batches/{batch.pk}/"),(None,f"/announcements/{batch.announcement.pk}/"),(None,"/announcements/")]
    plan3 = ps.make_plan(org=world.port, year=2028, note="", by=world.office, at=at)
    shots.append(("office", f"/plans/{plan3.pk}/lines/"))
    ps.report_batch(batch=fresh, by=world.office, at=at) if False else None
    b3 = make_batch(world, batch.plan, title="第三批", apply_until=date(2026,5,20), exam_on=date(2026,6,18), at=at)
    ps.report_batch(batch=b3, by=world.office, at=at); ps.approve_scheme(batch=b3, by=world.committee, at=at)
    shots.append(("office", f"/batches/{b3.pk}/announce/"))
    cookies = {u: cookie(getattr(world,u)) for u in {s[0] for s in shots if s[0]}}
    out="/tmp/planx/shots"; os.makedirs(out, exist_ok=True)
    with sync_playwright() as p:
        br = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for w in (1280,390):
            for i,(u,path) in enumerate(shots):
                ctx = br.new_context(viewport={"width":w,"height":900})
                if u: ctx.add_cookies([{"name":"sessionid","value":cookies[u],"url":live_server.url}])
                pg = ctx.new_page(); errs=[]
                pg.on("console", lambda m: errs.append(m.text) if m.type=="error" else None)
                r = pg.goto(live_server.url+path); pg.wait_for_timeout(150)
                over = pg.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                print(w, i, u, path, r.status, "overflow", over, errs[:2])
                pg.screenshot(path=f"{out}/{i:02d}-{w}.png", full_page=True); ctx.close()
        br.close()
