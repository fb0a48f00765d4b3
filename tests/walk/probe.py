import re, json, time, pytest
from django.test import Client
from django.urls import get_resolver, URLPattern, reverse
from django.db import transaction
pytestmark=pytest.mark.django_db
THINGS = {}
def patterns(r=None, ns=()):
    for p in (r or get_resolver()).url_patterns:
        if isinstance(p,URLPattern): yield ":".join([*ns,p.name or "?"]), p
        else: yield from patterns(p, ns+((p.namespace,) if p.namespace else ()))
def kwargs(name, conv, t):
    special = {
     "orgs:filing_detail":{"pk":"filing"}, "orgs:organisation_detail":{"pk":"org"},
    }
    return None
PK = {
 "orgs:organisation":"org","orgs:unit_new":"org","orgs:filing_detail":"filing","orgs:filing_":"new_filing","accounts:member_":"member","accounts:password":"member","accounts:role":"role",
 "notices:":"notice","ledger:event":"event","catalogue:standard":"standard","catalogue:occupation":"=6-30-05-01","catalogue:work":"=6-30-05-01","procedures:":"definition",
 "people:record":"person","people:":"person","planning:plan_":"plan","planning:batch_new":"approved_plan","planning:batch":"open_batch","planning:step":"open_batch","planning:record_file":"open_batch","planning:announcement":"announcement",
 "applications:evidence_remove":"evidence","applications:evidence_add":"draft","applications:evidence":"evidence","applications:own":"draft","applications:edit":"draft","applications:live":"draft","applications:submit":"draft","applications:withdraw":"draft","applications:detail":"waiting","applications:form":"waiting","applications:photo":"draft",
 "applications:roster_template":"open_batch","applications:rosters":"open_batch","applications:roster":"roster","applications:":"open_batch",
 "results:sheet_upload":"decided_batch","results:sheet":"sheet","results:correction_new":"mark","results:correction_decide":"slip","results:":"decided_batch",
 "publicity:objection_new":"period","publicity:objection":"objection","publicity:objector":"objection","publicity:period_new":"open_batch","publicity:period":"period","publicity:":"batch",
}
OTHER={"record":"record","kind":"=education","line":"line","code":"=S08","record_pk":"step_record","part":"=theory","entry":"=1","case":"decided_case","receipt":"receipt","old":"=1","new":"=2","name":"=shandong","other":"=national","year":"=2026","uidb36":"=1","key":"=x"}
def args(name, pattern, things):
    out={}
    for c in pattern.pattern.converters or ():
        v = next(v for k,v in PK.items() if name.startswith(k)) if c=="pk" else OTHER[c]
        if name=="people:employment_end" and c=="record": v="employment"
        if name.startswith("publicity:period_new") and c=="kind": v="=result"
        out[c]= v[1:] if v.startswith("=") else things[v]
    return out
def test_matrix(walk):
    clients={}
    for a,u in walk.actors.items():
        c=Client(raise_request_exception=False)
        if u: c.force_login(u)
        clients[a]=c
    out=open("/tmp/matrix.txt","w")
    for name,p in patterns():
        if name.startswith(("account_","mfa_")): continue
        try: own=args(name,p,walk.ours.things); foreign=args(name,p,walk.theirs.things)
        except Exception as e: print("??",name,repr(e)); continue
        url=reverse(name,kwargs=own); furl=reverse(name,kwargs=foreign)
        t=time.time()
        for label,u in (("own",url),)+((("foreign",furl),) if furl!=url else ()):
            res={}
            for m in ("get","post"):
                for a,c in clients.items():
                    sid=transaction.savepoint()
                    r=getattr(c,m)(u, *([{"csrfmiddlewaretoken":"x"}] if m=="post" else []))
                    res.setdefault((m,r.status_code if r.status_code!=302 else "302"+( "L" if "/account/login" in r["Location"] else "")),[]).append(a)
                    if r.status_code>=500: print("500",m,a,u)
                    try: transaction.savepoint_rollback(sid)
                    except Exception as e: print("savepoint",e)
                    for k in list(c.cookies):
                        if k!="sessionid": del c.cookies[k]
            print(f"{name} {label}", file=out)
            for (m,s),v in res.items(): print(f"    {m} {s}: {' '.join(v)}", file=out)
        print(f"    {time.time()-t:.2f}",file=out); out.flush()
