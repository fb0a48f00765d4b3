from copy import deepcopy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jiangjie.kernel.errors import BadInput, RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.procedures import queries, services
from jiangjie.procedures.models import Definition, Run, SignOff, StepRecord
from jiangjie.procedures.rules import StepFact
from tests.factories import MARCH_2, make_person, make_world
from tests.planning.factories import make_batch, record_steps

pytestmark = pytest.mark.django_db
CANDIDATES = [f"applications.application:{number}" for number in (1, 2, 3)]


def refused(deed, **arguments):
    with pytest.raises(RuleViolation) as refusal:
        deed(**arguments)
    return refusal.value.code


def signing(batch, **more):
    return {
        "run": batch.run, "step": "S06", "layer": 1, "subjects": CANDIDATES, "choice": "pass",
        "at": MARCH_2, "context": batch, **more,
    }  # fmt: skip


# ---- definitions ----------------------------------------------------------------------------


def own_body(title="港口版程序"):
    return {**deepcopy(queries.minimum().body), "title": title}


def test_an_own_version_counts_for_new_runs_once_it_is_activated():
    services.seed(at=MARCH_2)
    world = make_world()
    running = make_batch(world)
    body = own_body()
    body["steps"][3]["evidence"] = ["公告张贴照片"]

    own = services.make_version(org=world.port, body=body, by=world.office, at=MARCH_2)
    assert queries.definition_in_force(world.port).org is None
    services.activate(definition_id=own.pk, by=world.committee, at=MARCH_2)

    assert queries.definition_in_force(world.port) == own
    assert queries.definition_in_force(world.stranger_org).org is None
    assert make_batch(world, running.plan).run.definition == own
    assert Run.objects.get(pk=running.run_id).definition.org is None
    assert list(
        Event.objects.filter(action__startswith="procedures.version").values_list(
            "action", flat=True
        )
    ) == ["procedures.version_made", "procedures.version_activated"]


def test_versions_are_numbered_and_an_unchanged_one_is_refused():
    services.seed(at=MARCH_2)
    world = make_world()
    make = {"org": world.port, "by": world.office, "at": MARCH_2}

    assert refused(services.make_version, body=queries.minimum().body, **make) == (
        "procedures.nothing_changed"
    )
    first = services.make_version(body=own_body("甲"), **make)
    second = services.make_version(body=own_body("乙"), **make)
    assert refused(services.make_version, body=second.body, **make) == (
        "procedures.nothing_changed"
    )

    assert [first.version, second.version] == [1, 2]
    assert second.body["version"] == 2


def test_a_version_below_the_minimum_or_outside_the_schema_is_not_stored():
    services.seed(at=MARCH_2)
    world = make_world()
    less, broken = own_body(), own_body()
    less["steps"][5]["signs"] = [2]
    del broken["steps"][5]["ground"]
    make = {"org": world.port, "by": world.office, "at": MARCH_2}

    assert refused(services.make_version, body=less, **make) == "procedures.below_minimum"
    with pytest.raises(BadInput, match=r"\$\.steps\[5\]"):
        services.make_version(body=broken, **make)

    assert Definition.objects.count() == 1


def test_the_maker_does_not_activate_and_nothing_is_activated_twice():
    services.seed(at=MARCH_2)
    world = make_world()
    own = services.make_version(org=world.port, body=own_body(), by=world.office, at=MARCH_2)
    activate = {"definition_id": own.pk, "at": MARCH_2}

    assert refused(services.activate, by=world.office, **activate) == "procedures.own_version"
    services.activate(by=world.committee, **activate)
    assert refused(services.activate, by=world.committee, **activate) == (
        "procedures.already_active"
    )


# ---- signatures -----------------------------------------------------------------------------


def test_sign_for_many_candidates_writes_one_event(django_assert_num_queries):
    world = make_world()
    batch = make_batch(world)
    before = Event.objects.count()

    with django_assert_num_queries(8):  # savepoint, run, person, own, taken, insert, event, end
        services.sign(by=world.clerk_a, **signing(batch))

    assert list(SignOff.objects.values_list("subject", "layer", "round", "choice")) == [
        (subject, 1, 1, "pass") for subject in CANDIDATES
    ]
    assert Event.objects.count() == before + 1


def test_nobody_signs_on_two_layers_for_one_candidate():
    world = make_world()
    batch = make_batch(world)
    services.sign(by=world.clerk_a, **signing(batch, subjects=CANDIDATES[:1]))
    second = signing(batch, layer=2, by=world.clerk_a)

    assert refused(services.sign, **second) == "procedures.two_layers"
    assert refused(services.sign, **{**second, "step": "S12", "subjects": [""]}) == (
        "procedures.two_layers"
    )
    services.sign(**{**second, "subjects": CANDIDATES[1:]})

    assert SignOff.objects.count() == 3


def test_nobody_signs_for_himself_nor_for_a_list_that_he_is_on():
    world = make_world()
    batch = make_batch(world)
    me = make_person("周委员", user=world.committee)
    people = {CANDIDATES[0]: 10**9, CANDIDATES[1]: me.pk}
    case = signing(batch, layer=2, by=world.committee, people_of=people)

    assert refused(services.sign, **case) == "procedures.own_case"
    assert refused(services.sign, **{**case, "step": "S12", "layer": 3, "subjects": [""]}) == (
        "procedures.own_case"
    )
    services.sign(**{**case, "subjects": CANDIDATES[:1]})


def test_a_layer_signs_once_a_round():
    world = make_world()
    batch = make_batch(world)
    services.sign(by=world.clerk_a, **signing(batch, choice="return", reason="缺年限证明"))

    again = signing(batch, by=world.clerk_b)
    assert refused(services.sign, **again) == "procedures.already_signed"
    assert refused(services.sign, **{**again, "subjects": ["a:9", "a:9"]}) == (
        "procedures.already_signed"
    )
    services.sign(**{**again, "round_of": dict.fromkeys(CANDIDATES, 2)})

    assert SignOff.objects.filter(round=2).count() == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"layer": 3, "step": "S04"}, "procedures.layer_signs_not_here"),
        ({"step": "S77"}, "procedures.unknown_step"),
        ({"choice": "return"}, "procedures.reason_needed"),
        ({"choice": "reject", "reason": " "}, "procedures.reason_needed"),
    ],
)
def test_a_signature_that_the_procedure_does_not_know(change, code):
    world = make_world()
    batch = make_batch(world)

    assert refused(services.sign, by=world.clerk_a, **signing(batch, **change)) == code
    assert not SignOff.objects.exists()


def test_the_exceptional_layer_may_sign_a_candidate():
    world = make_world()
    batch = make_batch(world)
    services.sign(by=world.committee, **signing(batch, layer=3))
    assert SignOff.objects.count() == 3


# ---- records --------------------------------------------------------------------------------


def record(batch, by, step="S08", note="已组织培训", **more):
    return services.record_step(
        run=batch.run, step=step, note=note, by=by, at=MARCH_2, context=batch, **more
    )


def facts_until_s07(batch):
    """Stand in for the apps of S05 to S07, which are not part of this one."""
    done = {f"S0{number}": StepFact(is_done=True) for number in range(2, 8)}
    return lambda ids: {batch.run_id: done}


@pytest.fixture
def ready_batch(monkeypatch):
    world = make_world()
    batch = make_batch(world)
    monkeypatch.setattr(
        "jiangjie.procedures.hooks._facts",
        [*queries.hooks.fact_functions(), facts_until_s07(batch)],
    )
    return world, batch


def test_nothing_is_recorded_for_a_blocked_step():
    world = make_world()
    batch = make_batch(world)

    with pytest.raises(RuleViolation) as refusal:
        record(batch, world.office)

    assert refusal.value.code == "procedures.step_blocked"
    assert not StepRecord.objects.exists()


def test_steps_and_stages_are_done_by_records(ready_batch):
    world, batch = ready_batch
    today = MARCH_2.date()

    record(batch, world.office, is_skipped=True, note="无需培训")
    record(batch, world.office, step="S09", note="题库组卷")
    assert queries.track(batch.run, today)[8].missing == ("试卷交接单",)
    record(batch, world.office, step="S09", note="档案柜3-2", evidence_kind="试卷交接单")
    record_steps(world, batch, "S10", "T01", "T02", "T03", "T04", "T05", "T06", at=MARCH_2)
    record(batch, world.assessor, step="T07", is_skipped=True, note="本批无技师")
    record_steps(world, batch, "T08", "T09", "T10", at=MARCH_2)

    assert [str(step.state) for step in queries.track(batch.run, today)][6:13] == [
        "done", "skipped", "done", "done", "done", "open", "blocked",
    ]  # fmt: skip
    assert Event.objects.filter(action="procedures.recorded").count() == StepRecord.objects.count()


@pytest.mark.parametrize(
    ("step", "note", "is_skipped", "code"),
    [
        ("S09", "不需要", True, "procedures.not_optional"),
        ("S08", "", True, "procedures.reason_needed"),
        ("S08", " ", False, "procedures.reason_needed"),
        ("T05", "第一场", False, "procedures.step_blocked"),
        ("S99", "记录", False, "procedures.unknown_step"),
    ],
)
def test_records_that_are_refused(ready_batch, step, note, is_skipped, code):
    world, batch = ready_batch

    with pytest.raises(RuleViolation) as refusal:
        record(batch, world.office, step=step, note=note, is_skipped=is_skipped)

    assert refusal.value.code == code
    assert not StepRecord.objects.exists()


def test_what_is_done_cannot_be_marked_as_not_applicable(ready_batch):
    world, batch = ready_batch
    record(batch, world.office)

    with pytest.raises(RuleViolation) as refusal:
        record(batch, world.office, is_skipped=True, note="其实没有")

    assert refusal.value.code == "procedures.already_done"


def test_tracks_cost_the_same_for_any_number_of_runs():
    """Other apps tell facts too, so the number itself is not fixed here."""
    world = make_world()
    first = make_batch(world)
    one = queries_of_tracks()
    for _ in range(2):
        make_batch(world, first.plan)

    assert queries_of_tracks() == one


def queries_of_tracks():
    runs = list(Run.objects.select_related("definition"))
    with CaptureQueriesContext(connection) as captured:
        tracks = queries.tracks(runs, MARCH_2.date())
    assert [len(track) for track in tracks.values()] == [15] * len(runs)
    return len(captured)
