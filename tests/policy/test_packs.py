import json
from pathlib import Path

import pytest

from jiangjie.applications.rules.eligibility import compile_set
from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.kernel.errors import BadInput
from jiangjie.policy import packs
from jiangjie.policy.packs import Pack, Source

SHIPPED = ("national-2018", "national-2023", "shandong")
BASE = (packs.FOLDER / "national-2018.yaml").read_text("utf-8")


def write(folder: Path, name: str, text: str) -> Path:
    (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def child(name="child", extends="national-2018", body="entries: {}\ncondition_sets: {}"):
    return (
        f'id: {name}\ntitle: 试\nregion: CN-99\nversion: "1"\neffective_from: "2026-01-01"\n'
        f"effective_to: null\nextends: {extends}\n"
        f"sources: {{X: {{document: 某通知, address: ''}}}}\n{body}\n"
    )


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path, "national-2018", BASE)


def test_the_packs_that_are_shipped():
    assert packs.available() == SHIPPED
    assert [packs.load(name).chain for name in SHIPPED] == [
        ("national-2018",),
        ("national-2023", "national-2018"),
        ("shandong", "national-2023", "national-2018"),
    ]


def test_every_number_of_the_national_pack():
    """The figures of the regulations, with their confidence, once more by hand."""
    pack = packs.load("national-2018")
    told = {key: (entry.value, entry.confidence.value) for key, entry in pack.entries.items()}
    long = ("certificate.fields", "certificate.forbidden", "certificate.urls")
    assert {key: told[key] for key in told if key not in long} == {
        "appointment.term_years": (3, "U"),
        "archive.retention_years": ({"paper": 3, "electronic": 5}, "S~"),
        "candidate.per_year": (None, "U"),
        "certificate.level_codes": ({"2": "5", "3": "4", "4": "3", "5": "2", "6": "1"}, "S~"),
        "certificate.level_codes.appointed": ({"7": "T", "8": "S"}, "U"),
        "combine": ("ALL_PASS", "S"),
        "combine.appointment": ("COMMITTEE_VOTE", "U"),
        "eligibility.appointed": ({"7": "CN-2021-特级"}, "U"),
        "evaluator.own_people_only": (
            {
                "own_people_only": True,
                "kinds": ["employee", "dispatched", "outsourced", "intern", "affiliate"],
            },
            "S~",
        ),
        "examiner.card_years": (3, "M"),
        "examiner.invigilation": ({"candidates_per_person": 15, "min_per_room": 2}, "S"),
        "examiner.max_level": ({"assessor": 4, "senior_assessor": 8}, "S"),
        "examiner.practical": ({"min": 3, "odd": True, "candidates_per_person": 5}, "S~"),
        "examiner.recusal": (
            {
                "block": ["team", "supervisor", "mentor", "relative", "trainer"],
                "warn": ["unit"],
            },
            "R",
        ),
        "examiner.review": ({"min": 3, "odd": True}, "S"),
        "examiner.rotation": (
            {"max_consecutive": 3, "replaced_numerator": 1, "replaced_denominator": 2},
            "U",
        ),
        "exceptional_routes": ({}, "U"),
        "filing.validity_years": (3, "M"),
        "level.mandatory": ([], "M"),
        "level.requires": ({"7": 6, "8": 6}, "M"),
        "objection.answer_workdays": (10, "U"),
        "parts.1": (["probation"], "M"),
        "parts.2": (["theory", "practical"], "S"),
        "parts.3": (["theory", "practical"], "S"),
        "parts.4": (["theory", "practical"], "S"),
        "parts.5": (["theory", "practical", "review"], "S"),
        "parts.6": (["theory", "practical", "review"], "S"),
        "parts.7": (["dossier", "defence", "vote"], "S~"),
        "parts.8": (["dossier", "defence", "vote"], "S~"),
        "pass_mark.practical": (6000, "S"),
        "pass_mark.review": (6000, "S"),
        "pass_mark.theory": (6000, "S"),
        "publicity.qualification": ({"days": 5, "calendar": "workday"}, "R"),
        "publicity.empty_result": (True, "R"),
        "publicity.result": ({"days": 5, "calendar": "workday"}, "S~"),
        "report.deadline_workdays": (10, "S~"),
        "report.resubmit_workdays": (5, "S~"),
        "report.review_workdays": (5, "S~"),
        "resit.validity_months": (12, "U"),
        "review.min_minutes": (15, "S"),
        "score_recheck.answer_workdays": (10, "S~"),
        "score_recheck.apply_workdays": (15, "S~"),
        "score_recheck.people": (2, "S~"),
        "signoff.exceptional_min_layer": (2, "R"),
        "subsidy": (
            {
                "claim_months": 12,
                "claims_per_year": 3,
                "once_per_level": True,
                "max_fen": {"2": 100000, "3": 150000, "4": 200000},
            },
            "S",
        ),
        "supervisor.min_per_batch": (1, "R"),
        "theory.min_minutes": (90, "S"),
        "treatment.equivalents": ({"4": "助理级", "5": "中级", "6": "副高级", "7": "正高级"}, "M"),
        "treatment.overdue_days": (90, "U"),
        "treatment.pay_order": ({"lower": 7, "higher": 8}, "S"),
        "treatment.required": (False, "U"),
        "upload.deadline_workdays": (5, "S~"),
        "vote.threshold": ({"numerator": 2, "denominator": 3}, "U"),
    }


def test_a_regional_pack_replaces_whole_entries_and_says_so():
    near, far = packs.load("shandong"), packs.load("national-2023")
    changed = {key for key in near.entries if near.entries[key] != far.entries[key]}
    assert changed == {"treatment.required", "exceptional_routes", "eligibility.appointed"}
    assert near.flag("treatment.required") is True
    assert near.entry("treatment.required").clause == Clause(
        "shandong/treatment.required",
        "把通过自主评价并兑现相关福利待遇作为必要条件。",
        "鲁人社发〔2019〕14号、鲁人社字〔2020〕20号 自主评价的必要条件",
        Confidence.SOURCED,
    )
    assert near.entry("publicity.result").origin == "national-2018"


@pytest.mark.parametrize("name", SHIPPED)
def test_every_condition_set_compiles_and_every_appointed_one_exists(name):
    pack = packs.load(name)
    compiled = {key: compile_set(body) for key, body in pack.condition_sets.items()}
    for level, appointed in pack.mapping("eligibility.appointed").items():
        assert int(level) in compiled[appointed].levels
    ids = [
        one.clause.id
        for each in compiled.values()
        for clauses in each.levels.values()
        for one in clauses
    ]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_frozen_body_is_the_pack(name):
    pack = packs.load(name)
    body = json.loads(json.dumps(pack.to_json()))
    assert Pack.from_json(body) == pack
    assert Pack.from_json(body).digest == pack.digest


def test_the_digest_sees_every_change():
    pack = packs.load("shandong")
    body = json.loads(json.dumps(pack.to_json()))
    body["entries"]["publicity.result"]["value"]["days"] = 7
    other = json.loads(json.dumps(pack.to_json()))
    other["condition_sets"]["GZB-2018"]["levels"]["3"][0]["all"][1]["years"] = 3
    digests = {pack.digest, Pack.from_json(body).digest, Pack.from_json(other).digest}
    assert len(digests) == 3
    assert {len(one) for one in digests} == {64}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.pop("entries"),
        lambda body: body["entries"]["combine"].pop("note"),
        lambda body: body["entries"]["combine"].update(confidence="?"),
        lambda body: body["entries"]["combine"]["source"].update(page=3),
        lambda body: body.update(entries=[]),
    ],
)
def test_a_body_that_is_no_pack_is_refused(spoil):
    body = json.loads(json.dumps(packs.load("shandong").to_json()))
    spoil(body)
    with pytest.raises(BadInput, match="不是规则包的正文"):
        Pack.from_json(body)


def test_typed_access_names_pack_key_and_type():
    pack = packs.load("shandong")
    assert (pack.integer("pass_mark.theory"), pack.text("combine")) == (6000, "ALL_PASS")
    for read, key, message in [
        (pack.integer, "combine", "规则包shandong的条目combine应为整数。"),
        (pack.integer, "treatment.required", "规则包shandong的条目treatment.required应为整数。"),
        (pack.flag, "combine", "规则包shandong的条目combine应为是或否。"),
        (pack.text, "pass_mark.theory", "规则包shandong的条目pass_mark.theory应为文字。"),
        (pack.mapping, "combine", "规则包shandong的条目combine应为对照表。"),
        (pack.sequence, "combine", "规则包shandong的条目combine应为列表。"),
        (pack.entry, "combined", "规则包shandong缺少条目combined。"),
        (
            packs.load("national-2018").condition_set,
            "GZB-2023",
            (
                "规则包national-2018没有申报条件GZB-2023，可用：CN-2021-特级、GZB-2018、"
                "GZB-保卫管理员、GZB-健康管理师-2005。"
            ),
        ),
    ]:
        with pytest.raises(BadInput) as refusal:
            read(key)
        assert str(refusal.value) == message


def test_a_pack_of_ones_own(folder):
    entry = (
        "entries:\n  publicity.result: {value: {days: 7, calendar: natural}, "
        "source: {ref: X, clause: 第三条}, confidence: S, note: 公示7日。}\ncondition_sets: {}"
    )
    pack = packs.load("child", write(folder, "child", child(body=entry)))
    assert pack.mapping("publicity.result") == {"days": 7, "calendar": "natural"}
    assert pack.entry("publicity.result").source == Source("某通知", "第三条", "")
    assert pack.integer("pass_mark.theory") == 6000


SHORT = "source: {ref: X, clause: 一}, confidence: S, note: 短}\ncondition_sets: {}"
CLAUSE = (
    "entries: {{}}\ncondition_sets:\n  甲: {{title: 甲, source: {{ref: X, clause: 一}}, "
    "confidence: S, levels: {{'3': [{{text: 一, all: [{}]}}]}}}}"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: [", "child.yaml: $：不是YAML"),
        (child() + "id: child\n", "child.yaml: $：不是YAML：repeated key 'id'"),
        ("- a\n", "child.yaml: $：不符合规则包格式"),
        (child(name="other"), "child.yaml: $.id：应与文件名一致：other"),
        (child(extends="nowhere"), "没有规则包nowhere，可用：child、national-2018。"),
        (child(extends="child"), "child.yaml: $.extends：循环引用：child"),
        (child(extends="null"), "child.yaml: $.entries：缺少条目：appointment.term_years、"),
        (
            child(body=f"entries:\n  vote.treshold: {{value: 1, {SHORT}"),
            (
                "child.yaml: $.entries：不符合规则包格式：Additional properties are not allowed "
                "('vote.treshold' was unexpected)"
            ),
        ),
        (
            child(body=f"entries:\n  pass_mark.theory: {{value: 60.0, {SHORT}"),
            "child.yaml: $：不是YAML：fraction 60.0",
        ),
        (
            child(body=f"entries:\n  resit.validity_months: {{value: 0, {SHORT}"),
            "child.yaml: $.entries['resit.validity_months'].value：不符合规则包格式：0 is less",
        ),
        (
            child(body=f"entries:\n  resit.validity_months: {{value: 1, {SHORT}").replace(
                "ref: X", "ref: Y"
            ),
            "child.yaml: $.entries['resit.validity_months'].source.ref：没有此来源：Y",
        ),
        (
            child(body=CLAUSE.format("{kind: years, scope: [same]}")),
            (
                "child.yaml: $.condition_sets['甲'].levels['3'][0].all[0]：不符合规则包格式："
                "'years' is a required property"
            ),
        ),
        (
            child(body=CLAUSE.format("{kind: yaers, scope: [same]}")),
            "child.yaml: $.condition_sets['甲'].levels['3'][0].all[0].kind：不符合规则包格式",
        ),
    ],
)
def test_errors_name_the_file_and_the_path(folder, text, message):
    with pytest.raises(BadInput) as refusal:
        packs.load("child", write(folder, "child", text))
    assert str(refusal.value).startswith(message)
