"""Whoever alters anything of a bag is found out, though all check sums fit again.

Every case names the item and the file of the check that finds it by itself, beside the seal over
all files (真实性-5): somebody with the ledger's key could renew the seal, not the events.
"""

import json
import zipfile
from datetime import date
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiangjie.applications.rules import eligibility
from jiangjie.kernel import canonical, checkpoints, merkle
from jiangjie.kernel.identity import id_check_digit
from jiangjie.policy.packs import Pack
from jiangjie.results import rules as results
from jiangjie.verify.bag import verify_bag
from jiangjie.verify.dossier import (
    ANNOUNCEMENT,
    APPLICATIONS,
    CERTIFICATES,
    CORRECTIONS,
    DECISIONS,
    DEFINITION,
    ENTITLEMENTS,
    ENTRIES,
    EVENTS,
    FILINGS,
    INDEX,
    MARKS,
    OBJECTIONS,
    PACK,
    PAYMENTS,
    PEOPLE,
    PERIODS,
    PLAN,
    RATES,
    RECORDS,
    SIGN_OFFS,
)
from jiangjie.verify.ledger import CHECKPOINT, CONSISTENCY, KEY, PROOFS

pytestmark = pytest.mark.django_db  # for the bag, made once
QUALIFICATION, RESULT = PERIODS["qualification"], PERIODS["result"]


def found_in(loose, tmp_path, **how):
    report = verify_bag(loose.write_zip(tmp_path / "bag.zip"), **how)
    return report, {(each.item, each.path.partition("#")[0]) for each in report.findings}


def test_an_untouched_bag_holds_as_zip_and_as_folder(loose, tmp_path):
    expected = {
        "ok": True,
        "findings": [],
        "recomputed": {
            "eligibility": 8, "draws": 0, "scores": 7, "votes": 0, "publicity": 2, "numbers": 4,
            "benefits": 6,
        },
    }  # fmt: skip
    assert verify_bag(loose.write_folder(tmp_path / "bag")).to_json() == expected
    for deflated in (False, True):
        path = loose.write_zip(tmp_path / f"bag{deflated}.zip", deflated=deflated)
        assert verify_bag(path).to_json() == expected


# ---- data -----------------------------------------------------------------------------------


def row(path, place, **changes):
    """Change fields of one row of a list."""
    return lambda bag: bag.edit(path, lambda rows: rows[place].update(changes))


def part(path, *keys, **changes):
    """Change fields of a part of a document."""

    def change(bag):
        def go(doc):
            for key in keys:
                doc = doc[key]
            doc.update(changes)

        bag.edit(path, go)

    return change


def drop(path, place):
    return lambda bag: bag.edit(path, lambda rows: rows.pop(place) and None)


def repeat(path, place):
    return lambda bag: bag.edit(path, lambda rows: rows.append(dict(rows[place])))


def standard(**changes):
    def change(bag):
        bag.edit(bag.path_of("data/standards/"), lambda doc: doc["frozen"].update(changes))

    return change


def evidence(bag):
    return next(path for path in sorted(bag.files) if "材料/" in path)


def consistent_score(bag):
    """One failed candidate's score raised everywhere, and everything computed from it."""

    def raised(rows):
        for each in rows:
            if each["value"] == 5950:
                each["value"] = 6000

    bag.edit(ENTRIES, raised)
    bag.edit(MARKS, raised)

    def decided(rows):
        (each,) = [each for each in rows if each["outcome"] == "failed"]
        each["inputs"]["parts"][0]["score"] = 6000
        each["outcome"], each["explanation"] = results.decide(each["inputs"])

    bag.edit(DECISIONS, decided)


def consistent_facts(bag):
    """A longer service that changes no verdict but its own dates."""
    name = bag.doc(bag.path_of("data/standards/"))["frozen"]["conditions"]
    conditions = eligibility.compile_set(Pack.from_json(bag.doc(PACK)).condition_set(name))
    as_of = date.fromisoformat(bag.doc(INDEX)["batch"]["as_of"])

    def change(rows):
        facts = rows[0]["facts"]
        facts["employment"][0]["from"] = "2010-01-01"
        request = eligibility.request_from_json(facts, "$")
        rows[0]["verdict"] = eligibility.verdict(
            request.facts, conditions, target_level=request.target_level, as_of=as_of
        ).to_json()

    bag.edit(APPLICATIONS, change)


def later_publicity(bag):
    """A shorter publicity with all its own fields agreeing."""
    bag.edit(RESULT, lambda doc: doc.update(last_day="2026-04-24", term_days=4))


def publish_somebody_else(bag):
    def change(doc):
        doc["rows"][0]["name"] = "王*"
        doc["digest"] = canonical.digest(doc["rows"])

    bag.edit(RESULT, change)


def publish_one_more(bag):
    def change(doc):
        doc["rows"].append({**doc["rows"][0], "no": len(doc["rows"]) + 1, "application": 987_654})
        doc["digest"] = canonical.digest(doc["rows"])

    bag.edit(RESULT, change)


def same_signer(step, layers):
    """One person signs two layers for the same."""

    def change(rows):
        by = next(each["by"] for each in rows if (each["step"], each["layer"]) == (step, layers[0]))
        for each in rows:
            if (each["step"], each["layer"]) == (step, layers[1]):
                each["by"] = by

    return lambda bag: bag.edit(SIGN_OFFS, change)


def own_case(bag):
    """The clerk turns out to be the first candidate."""
    clerk = next(each["by"] for each in bag.doc(SIGN_OFFS) if each["layer"] == 1)
    person = bag.doc(APPLICATIONS)[0]["person"]

    def change(rows):
        for each in rows:
            if each["user"] == clerk:
                each["person"] = person

    bag.edit(PEOPLE, change)


def wrong_number(bag):
    """Another serial, its number built anew."""

    def change(rows):
        rows[0]["serial"] = 77
        rows[0]["number"] = rows[0]["number"][:-6] + "000077"

    bag.edit(CERTIFICATES, change)


def for_whoever_failed(bag):
    failed = next(each["application"] for each in bag.doc(DECISIONS) if each["outcome"] == "failed")
    bag.edit(CERTIFICATES, lambda rows: rows[0].update(application=failed))


def for_whoever_was_struck_off(bag):
    upheld = next(
        each["application"] for each in bag.doc(OBJECTIONS) if each["outcome"] == "upheld"
    )
    bag.edit(CERTIFICATES, lambda rows: rows[0].update(application=upheld))


def mix_up_verdicts(bag):
    """Two candidates' facts and verdicts exchanged: each pair agrees within itself."""

    def change(rows):
        for name in ("facts", "verdict"):
            rows[0][name], rows[1][name] = rows[1][name], rows[0][name]

    bag.edit(APPLICATIONS, change)


DATA = {
    "the bag's format": (part(INDEX, format="jiangjie-archive/9"), "可用性-3", INDEX),
    "batch title": (part(INDEX, "batch", title="另一批"), "真实性-7", INDEX),
    "batch number": (part(INDEX, "batch", number="2026-99"), "真实性-7", INDEX),
    "cut-off day": (part(INDEX, "batch", as_of="2026-12-31"), "真实性-7", INDEX),
    "window": (part(INDEX, "batch", apply_until="2026-03-31"), "真实性-7", INDEX),
    "exam day": (part(INDEX, "batch", exam_on="2026-04-19"), "真实性-7", INDEX),
    "venue": (part(INDEX, "batch", venue="别处"), "真实性-7", INDEX),
    "method": (part(INDEX, "batch", method="免考"), "真实性-7", INDEX),
    "who opened": (part(INDEX, "batch", opened_by=999), "真实性-7", INDEX),
    "report receipt": (part(INDEX, "batch", report_receipt="补报"), "真实性-7", INDEX),
    "reported at": (
        part(INDEX, "batch", reported_at="2026-03-01T00:00:00.000000Z"), "真实性-7", INDEX,
    ),
    "scheme round": (part(INDEX, "batch", scheme_round=2), "真实性-7", INDEX),
    "evaluator": (part(INDEX, "evaluator", id=999), "真实性-7", INDEX),
    "intake": (part(INDEX, "intake", people=99), "真实性-7", INDEX),
    "no intake": (part(INDEX, intake=None), "真实性-7", INDEX),
    "contents say less": (
        lambda bag: bag.edit(INDEX, lambda doc: doc["volumes"][0]["items"].pop() and None),
        "完整性-4", INDEX,
    ),
    "contents say more": (part(INDEX, "volumes", 1, "items", 0, count=9), "完整性-4", INDEX),
    "pass mark": (part(PACK, "entries", "pass_mark.theory", value=5000), "真实性-7", PACK),
    "publicity days": (
        part(PACK, "entries", "publicity.result", "value", days=1), "真实性-7", PACK,
    ),
    "pack's source": (part(PACK, title="自订"), "真实性-7", PACK),
    "procedure": (part(DEFINITION, title="另一程序"), "真实性-7", DEFINITION),
    "procedure's layers": (
        lambda bag: bag.edit(DEFINITION, lambda doc: doc["steps"][11].update(signs=[2])),
        "真实性-7", DEFINITION,
    ),
    "standard's level": (standard(level=3), "真实性-7", "data/standards/"),
    "standard's conditions": (standard(conditions="GZB-2023"), "真实性-7", "data/standards/"),
    "standard's title": (standard(title="另一标准"), "真实性-7", "data/standards/"),
    "plan's lines": (
        lambda bag: bag.edit(PLAN, lambda doc: doc["lines"][0].__setitem__(3, 999)),
        "真实性-8", PLAN,
    ),
    "plan's approver": (part(PLAN, approved_by=999), "真实性-8", PLAN),
    "plan approved by its maker": (
        lambda bag: bag.edit(PLAN, lambda doc: doc.update(approved_by=doc["made_by"])),
        "真实性-13", PLAN,
    ),
    "announcement's text": (part(ANNOUNCEMENT, body="改过的公告"), "真实性-8", ANNOUNCEMENT),
    "announcement's phone": (
        part(ANNOUNCEMENT, supervision_phone="1"), "真实性-8", ANNOUNCEMENT,
    ),
    "no announcement": (lambda bag: bag.files.pop(ANNOUNCEMENT), "真实性-8", ANNOUNCEMENT),
    "filing's prefix": (row(FILINGS, 0, prefix="Y000037999999"), "真实性-8", FILINGS),
    "filing's end": (row(FILINGS, 0, valid_until="2039-12-31"), "真实性-8", FILINGS),
    "filing's scope": (
        lambda bag: bag.edit(FILINGS, lambda rows: rows[0]["scope"].pop() and None),
        "真实性-8", FILINGS,
    ),
    "outside the scope": (
        lambda bag: bag.edit(FILINGS, lambda rows: rows[0]["scope"].pop(0) and None),
        "真实性-8", "data/standards/",
    ),
    "sign-off's choice": (row(SIGN_OFFS, 0, choice="reject"), "真实性-9", SIGN_OFFS),
    "sign-off's signer": (row(SIGN_OFFS, 0, by=999), "真实性-9", SIGN_OFFS),
    "sign-off's time": (
        row(SIGN_OFFS, 0, at="2026-03-01T00:00:00.000000Z"), "真实性-9", SIGN_OFFS,
    ),
    "sign-off's reason": (row(SIGN_OFFS, 1, reason="无"), "真实性-9", SIGN_OFFS),
    "sign-off gone": (drop(SIGN_OFFS, 3), "真实性-9", SIGN_OFFS),
    "sign-off twice": (repeat(SIGN_OFFS, 3), "真实性-9", SIGN_OFFS),
    "one signer on two layers": (same_signer("S06", (1, 2)), "真实性-13", SIGN_OFFS),
    "one signer of the result": (same_signer("S12", (2, 3)), "真实性-13", SIGN_OFFS),
    "own case": (own_case, "真实性-13", PEOPLE),
    "committee never signed": (
        lambda bag: bag.edit(
            SIGN_OFFS, lambda rows: [r for r in rows if (r["step"], r["layer"]) != ("S12", 3)]
        ),
        "真实性-13", SIGN_OFFS,
    ),
    "record's note": (row(RECORDS, 0, note="另一说明"), "真实性-10", RECORDS),
    "record not left out": (row(RECORDS, 0, is_skipped=False), "真实性-10", RECORDS),
    "record gone": (drop(RECORDS, 2), "真实性-10", RECORDS),
    "record's file": (
        lambda bag: bag.edit(RECORDS, lambda rows: next(
            each["file"].update(digest="0" * 64) for each in rows if each["file"])),
        "真实性-10", RECORDS,
    ),
    "application's facts": (consistent_facts, "真实性-11", APPLICATIONS),
    "a verdict that does not follow": (row(APPLICATIONS, 6, is_eligible=False), "真实性-12", APPLICATIONS),
    "facts and verdicts mixed up": (mix_up_verdicts, "真实性-12", APPLICATIONS),
    "application's clause": (row(APPLICATIONS, 0, clause="GZB-2018/4/3"), "真实性-12", APPLICATIONS),
    "application's state": (row(APPLICATIONS, 0, state="rejected"), "真实性-13", APPLICATIONS),
    "application's round": (row(APPLICATIONS, 0, round=1), "真实性-11", APPLICATIONS),
    "application's route": (row(APPLICATIONS, 0, route="exception"), "真实性-11", APPLICATIONS),
    "application's line": (row(APPLICATIONS, 1, line=999), "真实性-11", APPLICATIONS),
    "application's submitter": (row(APPLICATIONS, 1, submitted_by=999), "真实性-11", APPLICATIONS),
    "roster's application": (row(APPLICATIONS, 6, roster=None), "真实性-11", APPLICATIONS),
    "application gone": (drop(APPLICATIONS, 4), "真实性-11", APPLICATIONS),
    "application twice": (repeat(APPLICATIONS, 4), "可用性-2", APPLICATIONS),
    "its evidence forgotten": (row(APPLICATIONS, 0, evidence=[]), "真实性-11", APPLICATIONS),
    "one score, all of it": (consistent_score, "真实性-14", ENTRIES),
    "one typing": (row(ENTRIES, 0, value=9900), "真实性-14", ENTRIES),
    "typist": (row(ENTRIES, 0, by=999), "真实性-14", ENTRIES),
    "typing gone": (drop(ENTRIES, 0), "真实性-15", MARKS),
    "both typings by one": (
        lambda bag: bag.edit(ENTRIES, lambda rows: [
            each.update(by=rows[0]["by"]) for each in rows] and None),
        "真实性-15", ENTRIES,
    ),
    "score beyond a hundred": (row(ENTRIES, 0, value=10001), "真实性-14", ENTRIES),
    "mark": (row(MARKS, 0, value=9900), "真实性-14", MARKS),
    "mark of an absent one": (
        lambda bag: bag.edit(MARKS, lambda rows: next(
            each.update(value=8000) for each in rows if each["value"] is None)),
        "真实性-14", MARKS,
    ),
    "mark gone": (drop(MARKS, 0), "真实性-16", DECISIONS),
    "correction's value": (row(CORRECTIONS, 0, after="99"), "真实性-14", CORRECTIONS),
    "correction's reason": (row(CORRECTIONS, 0, reason="无"), "真实性-14", CORRECTIONS),
    "correction refused": (row(CORRECTIONS, 0, is_accepted=False), "真实性-14", CORRECTIONS),
    "own correction": (
        lambda bag: bag.edit(CORRECTIONS, lambda rows: rows[0].update(decided_by=rows[0]["asked_by"])),
        "真实性-15", CORRECTIONS,
    ),
    "correction gone": (drop(CORRECTIONS, 0), "真实性-14", CORRECTIONS),
    "outcome": (
        lambda bag: bag.edit(DECISIONS, lambda rows: next(
            each.update(outcome="passed") for each in rows if each["outcome"] == "failed")),
        "真实性-16", DECISIONS,
    ),
    "outcome, recorded": (
        lambda bag: bag.edit(DECISIONS, lambda rows: next(
            each.update(outcome="passed") for each in rows if each["outcome"] == "failed")),
        "真实性-17", DECISIONS,
    ),
    "decision's inputs": (
        lambda bag: bag.edit(DECISIONS, lambda rows: rows[0]["inputs"]["parts"][0].update(score=1)),
        "真实性-17", DECISIONS,
    ),
    "decision's pass mark": (
        lambda bag: bag.edit(
            DECISIONS, lambda rows: rows[0]["inputs"]["parts"][0].update(pass_mark=1)),
        "真实性-16", DECISIONS,
    ),
    "explanation": (
        lambda bag: bag.edit(DECISIONS, lambda rows: rows[0]["explanation"][0].update(have=1)),
        "真实性-16", DECISIONS,
    ),
    "decision gone": (drop(DECISIONS, 0), "真实性-17", DECISIONS),
    "shorter publicity": (later_publicity, "真实性-18", RESULT),
    "publicity's first day": (part(RESULT, first_day="2026-04-13"), "真实性-19", RESULT),
    "publicity's source": (part(RESULT, term_source="自订"), "真实性-18", RESULT),
    "publicity's calendar": (
        lambda bag: bag.edit(RESULT, lambda doc: doc["calendar"].update(days_off=["2026-04-21"])),
        "真实性-18", RESULT,
    ),
    "publicity closed early": (
        part(RESULT, closed_at="2026-04-25T00:00:00.000000Z"), "真实性-18", RESULT,
    ),
    "publicity's closer": (part(QUALIFICATION, closed_by=999), "真实性-19", QUALIFICATION),
    "another name on the list": (publish_somebody_else, "真实性-19", RESULT),
    "one more on the list": (publish_one_more, "真实性-18", RESULT),
    "the list, digest left": (
        lambda bag: bag.edit(RESULT, lambda doc: doc["rows"].pop() and None), "真实性-19", RESULT,
    ),
    "no publicity": (lambda bag: bag.files.pop(RESULT), "真实性-19", RESULT),
    "objection's outcome": (row(OBJECTIONS, 1, outcome="dismissed"), "真实性-20", OBJECTIONS),
    "objection's handler": (row(OBJECTIONS, 0, handler=999), "真实性-20", OBJECTIONS),
    "objection's person": (row(OBJECTIONS, 0, application=None), "真实性-20", OBJECTIONS),
    "objection gone": (drop(OBJECTIONS, 1), "真实性-20", OBJECTIONS),
    "objection's receipt": (row(OBJECTIONS, 0, receipt="YY2222222222"), "真实性-20", OBJECTIONS),
    "certificate's serial": (wrong_number, "真实性-22", CERTIFICATES),
    "certificate's number": (
        row(CERTIFICATES, 0, number="Y000037020001264000001"), "真实性-21", CERTIFICATES,
    ),
    "certificate's level": (row(CERTIFICATES, 0, level=6), "真实性-21", CERTIFICATES),
    "certificate's year": (row(CERTIFICATES, 0, year=2025), "真实性-21", CERTIFICATES),
    "certificate's day": (row(CERTIFICATES, 0, issued_on="2026-04-20"), "真实性-21", CERTIFICATES),
    "certificate for a failed one": (for_whoever_failed, "真实性-21", CERTIFICATES),
    "certificate for one struck off": (for_whoever_was_struck_off, "真实性-21", CERTIFICATES),
    "certificate's occupation": (
        row(CERTIFICATES, 0, occupation_name="电工"), "真实性-21", CERTIFICATES,
    ),
    "certificate's paper": (row(CERTIFICATES, 0, pdf="0" * 64), "真实性-22", CERTIFICATES),
    "certificate's handing over": (
        row(CERTIFICATES, 0, handed_over_on=None), "真实性-22", CERTIFICATES,
    ),
    "revoked one made valid": (
        lambda bag: bag.edit(CERTIFICATES, lambda rows: next(
            each.update(state="valid", revoked_at=None, revoked_by=None, revoked_reason="")
            for each in rows if each["state"] == "revoked")),
        "真实性-22", CERTIFICATES,
    ),
    "certificate twice": (repeat(CERTIFICATES, 0), "真实性-21", CERTIFICATES),
    "certificate gone": (drop(CERTIFICATES, 0), "真实性-22", CERTIFICATES),
    "rate": (row(RATES, 0, monthly_fen=40_000), "真实性-24", RATES),
    "rate's ground": (row(RATES, 0, basis="口头"), "真实性-24", RATES),
    "appointment's month": (row(ENTITLEMENTS, 0, first_month="2026-04-01"), "真实性-23", ENTITLEMENTS),
    "appointment's level": (row(ENTITLEMENTS, 0, level=5), "真实性-23", ENTITLEMENTS),
    "appointment's end": (row(ENTITLEMENTS, -1, last_month=None), "真实性-24", ENTITLEMENTS),
    "appointment gone": (drop(ENTITLEMENTS, 0), "真实性-24", ENTITLEMENTS),
    "payment's sum": (row(PAYMENTS, 0, fen=30_001), "真实性-23", PAYMENTS),
    "payment's sum, recorded": (row(PAYMENTS, 0, fen=30_001), "真实性-24", PAYMENTS),
    "payment's voucher": (row(PAYMENTS, 0, voucher="另一凭证"), "真实性-24", PAYMENTS),
    "payment twice": (repeat(PAYMENTS, 0), "真实性-23", PAYMENTS),
    "payment gone": (drop(PAYMENTS, 0), "真实性-24", PAYMENTS),
    "payment's day": (row(PAYMENTS, 0, paid_on="2026-04-01"), "真实性-23", PAYMENTS),
    "a number in clear": (
        row(APPLICATIONS, 0, id_masked="37020019900505001" + id_check_digit("37020019900505001")), "安全性-2", APPLICATIONS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DATA)
def test_altered_data_is_found_by_its_own_check_and_by_the_seal(loose, tmp_path, name):
    tamper, item, path = DATA[name]
    before = dict(loose.files)
    tamper(loose)
    touched = {each for each in before if loose.files.get(each) != before[each]}
    assert touched  # the case does alter something

    report, found = found_in(loose, tmp_path)

    assert not report.ok
    assert [each for each in found if each[0] == item and each[1].startswith(path)] != []
    if item != "可用性-3":
        gone = {each for each in touched if each not in loose.files}
        sealed = {("完整性-1" if each in gone else "真实性-5", each) for each in touched}
        assert sealed <= found


@pytest.mark.parametrize(
    "path",
    [
        INDEX, PACK, DEFINITION, SIGN_OFFS, RECORDS, PEOPLE, PLAN, FILINGS, APPLICATIONS, ENTRIES,
        MARKS, CORRECTIONS, DECISIONS, OBJECTIONS, CERTIFICATES, RATES, ENTITLEMENTS, PAYMENTS,
        EVENTS, PROOFS, CHECKPOINT, KEY, CONSISTENCY,
    ],
)  # fmt: skip
def test_a_file_that_is_gone_or_emptied_is_named(loose, tmp_path, path):
    emptied = loose.copy()
    del loose.files[path]
    emptied.files[path] = b""

    assert ("完整性-3", path) in found_in(loose, tmp_path)[1]
    report, found = found_in(emptied, tmp_path)
    assert not report.ok
    assert path in {place for _, place in found} | (
        {PROOFS: EVENTS, CONSISTENCY: PROOFS}.keys() & {path}
    )


@pytest.mark.parametrize("path", [APPLICATIONS, DECISIONS, SIGN_OFFS, CERTIFICATES, PAYMENTS])
@pytest.mark.parametrize(
    "junk",
    [[1], [{}], [None], [[]], [{"id": "x", "application": [], "number": 1}], "text", 5, {"a": []}],
)
def test_data_of_another_shape_is_a_finding_never_a_crash(loose, tmp_path, path, junk):
    loose.put(path, junk)
    report, found = found_in(loose, tmp_path)
    assert not report.ok
    assert ("可用性-2", path) in found


# ---- files ----------------------------------------------------------------------------------


def test_an_altered_file_is_named_though_nobody_touched_the_manifest(loose, tmp_path):
    loose.keeps_sums = True
    path = evidence(loose)
    loose.files[path] += b"!"
    _, found = found_in(loose, tmp_path)
    assert {("真实性-1", path), ("真实性-10", path), ("完整性-7", "bag-info.txt")} <= found


def test_exchanged_evidence_is_found_though_the_manifest_fits(loose, tmp_path):
    path = evidence(loose)
    loose.files[path] = b"%PDF-1.4 another"
    _, found = found_in(loose, tmp_path)
    assert ("真实性-10", path) in found


def test_evidence_removed_with_every_mention_but_the_event_is_found(loose, tmp_path):
    path = evidence(loose)
    del loose.files[path]
    assert ("完整性-1", path) in found_in(loose, tmp_path)[1]


def test_a_file_that_was_slipped_in_is_named(loose, tmp_path):
    loose.files["data/5-证书管理卷/补充.pdf"] = b"%PDF-1.4"
    assert ("完整性-2", "data/5-证书管理卷/补充.pdf") in found_in(loose, tmp_path)[1]


def test_a_file_beside_the_manifest_is_named(loose, tmp_path):
    loose.make_sums_fit()
    loose.keeps_sums = True
    loose.files["data/x.txt"] = b"x"
    loose.files["note.txt"] = b"x"
    _, found = found_in(loose, tmp_path)
    assert {("完整性-2", "data/x.txt"), ("完整性-2", "note.txt")} <= found


@pytest.mark.parametrize(
    ("path", "content", "item"),
    [
        ("bagit.txt", b"BagIt-Version: 7\n", "可用性-1"),
        ("bag-info.txt", b"Payload-Oxum: 1.1\n", "真实性-2"),
        ("manifest-sha256.txt", b"nonsense\n", "可用性-1"),
        ("tagmanifest-sha256.txt", b"", "完整性-2"),
    ],
)
def test_altered_tag_files_are_found(loose, tmp_path, path, content, item):
    loose.make_sums_fit()
    loose.keeps_sums = True
    loose.files[path] = content
    report, found = found_in(loose, tmp_path)
    assert not report.ok
    assert item in {each for each, _ in found}


@pytest.mark.parametrize("gone", ["bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_missing_tag_files_are_found(loose, tmp_path, gone):
    loose.make_sums_fit()
    loose.keeps_sums = True
    del loose.files[gone]
    report, found = found_in(loose, tmp_path)
    assert not report.ok
    assert gone in {path for _, path in found}


@pytest.mark.parametrize("name", ["../out.txt", "/etc/x", "data/a\\b"])
def test_a_path_that_leads_outside_is_not_followed(loose, tmp_path, name):
    path = loose.write_zip(tmp_path / "bag.zip")
    with zipfile.ZipFile(path, "a") as bag:
        bag.writestr(name if name[0] in "./" else f"bag/{name}", b"x")
    report = verify_bag(path)
    assert [each.item for each in report.findings] == ["安全性-1"]


def test_a_link_in_a_folder_is_not_followed(loose, tmp_path):
    root = loose.write_folder(tmp_path / "bag")
    (tmp_path / "secret").write_bytes(b"x")
    (root / "data" / "link.txt").symlink_to(tmp_path / "secret")
    assert [each.item for each in verify_bag(root).findings] == ["安全性-1"]


def test_a_member_that_comes_twice_is_named(loose, tmp_path):
    path = loose.write_zip(tmp_path / "bag.zip")
    with zipfile.ZipFile(path, "a") as bag, pytest.warns(UserWarning, match="Duplicate"):
        bag.writestr(f"bag/{INDEX}", b"{}")
    assert "安全性-1" in {each.item for each in verify_bag(path).findings}


def test_a_cut_off_member_is_named(loose, tmp_path):
    path = loose.write_zip(tmp_path / "bag.zip")
    content = bytearray(path.read_bytes())
    place = content.index(b"%PDF-1.4 ")
    content[place] ^= 1
    path.write_bytes(content)
    found = {(each.item, each.path) for each in verify_bag(path).findings}
    assert {item for item, place in found if "材料" in place} == {"真实性-1", "真实性-10"}


# ---- the ledger -----------------------------------------------------------------------------


def lines_of(bag):
    return bag.files[EVENTS].splitlines()


def put_events(bag, lines, proofs=None):
    bag.files[EVENTS] = b"".join(line + b"\n" for line in lines)
    if proofs is not None:
        bag.put(PROOFS, proofs)


def test_an_altered_event_is_no_longer_in_the_tree(loose, tmp_path):
    lines = lines_of(loose)
    place = next(n for n, line in enumerate(lines) if b'"results.scores_typed"' in line)
    event = json.loads(lines[place])
    event["data"]["scores"] = dict.fromkeys(event["data"]["scores"], 9900)
    lines[place] = canonical.canonical_bytes(event)
    put_events(loose, lines)
    report, found = found_in(loose, tmp_path)
    assert f"{EVENTS}#{place + 1}" in {e.path for e in report.findings if e.item == "真实性-4"}
    assert ("完整性-6", EVENTS) in found


def test_a_dropped_event_is_missed(loose, tmp_path):
    lines, proofs = lines_of(loose), loose.doc(PROOFS)
    place = next(n for n, line in enumerate(lines) if b'"publicity.objection_raised"' in line)
    put_events(loose, lines[:place] + lines[place + 1 :], proofs[:place] + proofs[place + 1 :])
    _, found = found_in(loose, tmp_path)
    assert {("完整性-6", EVENTS), ("可用性-2", OBJECTIONS)} <= found


def test_a_dropped_event_without_its_proof_dropped_is_counted(loose, tmp_path):
    put_events(loose, lines_of(loose)[:-1])
    assert ("完整性-6", EVENTS) in found_in(loose, tmp_path)[1]


def test_the_seal_left_out_is_missed(loose, tmp_path):
    lines, proofs = lines_of(loose), loose.doc(PROOFS)
    place = next(n for n, line in enumerate(lines) if b'"archive.bag_sealed"' in line)
    put_events(loose, lines[:place] + lines[place + 1 :], proofs[:place] + proofs[place + 1 :])
    assert ("真实性-5", EVENTS) in found_in(loose, tmp_path)[1]


@pytest.mark.parametrize("shift", [1, -1])
def test_swapped_proofs_prove_nothing(loose, tmp_path, shift):
    proofs = loose.doc(PROOFS)
    moved = [each["proof"] for each in proofs]
    moved = moved[shift:] + moved[:shift]
    loose.put(PROOFS, [{**each, "proof": p} for each, p in zip(proofs, moved, strict=True)])
    assert ("真实性-4", EVENTS) in found_in(loose, tmp_path)[1]


def test_an_event_that_never_was_is_not_believed(loose, tmp_path):
    lines, proofs = lines_of(loose), loose.doc(PROOFS)
    event = {**json.loads(lines[0]), "action": "results.correction_decided"}
    put_events(loose, [*lines, canonical.canonical_bytes(event)], [*proofs, proofs[0]])
    assert ("真实性-4", EVENTS) in found_in(loose, tmp_path)[1]


def test_a_repeated_event_is_named(loose, tmp_path):
    lines, proofs = lines_of(loose), loose.doc(PROOFS)
    put_events(loose, [*lines, lines[0]], [*proofs, proofs[0]])
    assert ("真实性-4", EVENTS) in found_in(loose, tmp_path)[1]


def test_a_checkpoint_of_another_tree_is_not_signed(loose, tmp_path):
    note = loose.files[CHECKPOINT].decode().split("\n")
    note[1] = str(int(note[1]) + 1)
    loose.files[CHECKPOINT] = "\n".join(note).encode()
    assert ("真实性-3", CHECKPOINT) in found_in(loose, tmp_path)[1]


def test_a_checkpoint_signed_by_another_key_is_found(loose, tmp_path):
    name, size, _ = loose.files[CHECKPOINT].decode().split("\n")[:3]
    forged = checkpoints.sign_checkpoint(name, int(size), bytes(32), Ed25519PrivateKey.generate())
    loose.files[CHECKPOINT] = forged.encode()
    assert ("真实性-3", CHECKPOINT) in found_in(loose, tmp_path)[1]


@pytest.mark.parametrize("text", [b"", b"name+00+zz\n", b"a+b\n", b"\xff\n"])
def test_a_key_that_is_none_is_named(loose, tmp_path, text):
    loose.files[KEY] = text
    assert ("真实性-3", KEY) in found_in(loose, tmp_path)[1]


def forge(bag, change):
    """Everything anew with a key of one's own: events changed, tree, proofs, checkpoint, key."""
    events = [json.loads(line) for line in lines_of(bag)]
    change(events)
    seal = next(event for event in events if event["action"] == "archive.bag_sealed")
    for path in seal["data"]["files"]:
        seal["data"]["files"][path] = sha256(bag.files[path]).hexdigest()
    leaves = [merkle.leaf_hash(canonical.canonical_bytes(event)) for event in events]
    others = sorted(
        leaf for leaf, event in zip(leaves, events, strict=True) if event is not seal
    )  # fmt: skip
    seal["data"]["events_digest"] = sha256(b"".join(others)).hexdigest()
    lines = [canonical.canonical_bytes(event) for event in events]
    leaves = [merkle.leaf_hash(line) for line in lines]
    put_events(
        bag, lines,
        [
            {"position": n, "proof": [p.hex() for p in merkle.inclusion_proof(leaves, n)]}
            for n in range(len(leaves))
        ],
    )  # fmt: skip
    key = Ed25519PrivateKey.generate()
    name = "jiangjie/ledger/forged"
    note = checkpoints.sign_checkpoint(name, len(leaves), merkle.root(leaves), key)
    bag.files[CHECKPOINT] = note.encode()
    bag.files[KEY] = f"{checkpoints.verifier_key(name, key.public_key())}\n".encode()
    bag.put(CONSISTENCY, {})


def test_a_wholly_forged_bag_is_found_only_with_a_checkpoint_that_was_kept(loose, tmp_path):
    kept = loose.files[CHECKPOINT].decode()
    consistent_score(loose)

    def change(events):
        for event in events:
            scores = event["data"].get("scores", {})
            scores |= {case: 6000 for case, score in scores.items() if score == 5950}
            for case, outcome in event["data"].get("outcomes", {}).items():
                if outcome == "failed":
                    event["data"]["outcomes"][case] = "passed"
            if event["action"] in ("results.decided", "results.signed"):
                event["data"]["digest"] = canonical.digest(
                    [[r["application"], r["outcome"], r["inputs"]] for r in loose.doc(DECISIONS)]
                )

    forge(loose, change)
    _, found = found_in(loose, tmp_path)
    # Even so: whoever passed now is not on the published list, and has no certificate.
    assert found == {("真实性-18", RESULT), ("完整性-4", INDEX), ("完整性-5", INDEX)}

    assert ("真实性-6", KEY) in found_in(loose, tmp_path, checkpoint=kept)[1]


# ---- a checkpoint from elsewhere ------------------------------------------------------------


def test_the_bags_own_and_every_earlier_checkpoint_agree(loose, tmp_path):
    kept = loose.files[CHECKPOINT].decode()
    report, found = found_in(loose, tmp_path, checkpoint=kept)
    assert (report.ok, found) == (True, set())


def test_a_checkpoint_that_cannot_be_compared_is_a_warning(loose, tmp_path):
    key = Ed25519PrivateKey.generate()
    forge_with(loose, key)
    name = "jiangjie/ledger/known"
    other = checkpoints.sign_checkpoint(name, 3, bytes(32), key)
    report, found = found_in(loose, tmp_path, checkpoint=other)
    assert ("可用性-4", CONSISTENCY) in found
    assert report.ok


def test_a_checkpoint_of_the_same_size_with_another_root_is_found(loose, tmp_path):
    key = Ed25519PrivateKey.generate()
    size = forge_with(loose, key)
    other = checkpoints.sign_checkpoint("jiangjie/ledger/known", size, bytes(32), key)
    assert ("真实性-6", CHECKPOINT) in found_in(loose, tmp_path, checkpoint=other)[1]


def test_an_earlier_checkpoint_of_another_history_is_found(loose, tmp_path):
    key = Ed25519PrivateKey.generate()
    size = forge_with(loose, key)
    leaves = [merkle.leaf_hash(line) for line in lines_of(loose)]
    proof = [node.hex() for node in merkle.consistency_proof(leaves, size - 5)]
    loose.put(CONSISTENCY, {str(size - 5): proof})
    name = "jiangjie/ledger/known"
    true = checkpoints.sign_checkpoint(name, size - 5, merkle.root(leaves[: size - 5]), key)
    false = checkpoints.sign_checkpoint(name, size - 5, bytes(32), key)
    assert found_in(loose, tmp_path, checkpoint=true)[0].ok
    assert ("真实性-6", CHECKPOINT) in found_in(loose, tmp_path, checkpoint=false)[1]


def forge_with(bag, key):
    """The same events in a tree of their own, signed by a key that the test holds."""
    lines = lines_of(bag)
    leaves = [merkle.leaf_hash(line) for line in lines]
    bag.put(PROOFS, [
        {"position": n, "proof": [p.hex() for p in merkle.inclusion_proof(leaves, n)]}
        for n in range(len(leaves))
    ])  # fmt: skip
    name = "jiangjie/ledger/known"
    note = checkpoints.sign_checkpoint(name, len(leaves), merkle.root(leaves), key)
    bag.files[CHECKPOINT] = note.encode()
    bag.files[KEY] = f"{checkpoints.verifier_key(name, key.public_key())}\n".encode()
    bag.put(CONSISTENCY, {})
    return len(leaves)
