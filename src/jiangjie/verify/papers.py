"""Papers: what came out against what was asked for, their custody, and the events of both."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from jiangjie.itembank.rules.content import Kind
from jiangjie.itembank.rules.items import LABELS
from jiangjie.kernel.errors import gettext_noop
from jiangjie.papers.rules import custody
from jiangjie.verify.dossier import PAPERS, Dossier, Event, Row, instant, match
from jiangjie.verify.report import Findings

_RECORDED, _RULES = "真实性-25", "真实性-26"
_PASS = "pass"  # noqa: S105 -- a choice


def check_recorded(dossier: Dossier, found: Findings) -> None:
    made = dossier.of("papers.made")
    if not dossier.has(PAPERS):
        if made:
            found.error("完整性-3", PAPERS, gettext_noop("缺少必备的数据文件"))
        return
    rows = dossier.rows(PAPERS)
    match(
        found, _RECORDED, PAPERS, {row["set"]: _stated(row) for row in rows},
        {event.subject_id: _proved(dossier, event) for event in made},
    )  # fmt: skip
    papers = {paper["id"]: paper for row in rows for paper in row["papers"]}
    match(
        found, _RECORDED, f"{PAPERS}#papers",
        {pk: _stated_opening(paper) for pk, paper in papers.items() if _is_opened(paper)},
        {event.subject_id: _proved_opening(event) for event in dossier.of("papers.opened")},
    )  # fmt: skip
    match(
        found, _RECORDED, f"{PAPERS}#handovers",
        {key: each for pk, paper in papers.items() for key, each in _handovers(pk, paper)},
        dict(_recorded_handovers(dossier)),
        lambda key: f"{key[0]}/{key[1].isoformat()}",
    )  # fmt: skip


def _stated(row: Row) -> Row:
    return {
        **row,
        "digests": {paper["code"]: paper["digest"] for paper in row["papers"]},
        "keepers": [each["by"] for each in row["holders"]],
        "findings": {each["by"]: [each["choice"], instant(each["at"])] for each in row["proofs"]
                     if each["choice"]},
        **{name: instant(row[name])
           for name in ("assembled_at", "made_at", "sealed_at", "opens_at", "withdrawn_at")},
    }  # fmt: skip


def _proved(dossier: Dossier, made: Event) -> Row:
    """The last event of each kind says how the set stands."""
    asked = dossier.about(f"papers.assemblyrun:{made.data['run']}", "papers.assembly_asked")

    def last(action: str) -> Event | None:
        return next(reversed(dossier.about(made.subject, action)), None)

    sealed, appointed, gone = map(
        last, ("papers.sealed", "papers.holders_appointed", "papers.withdrawn")
    )
    return {
        "made_by": made.by, "made_at": made.at, "digests": made.data["papers"],
        "problem": asked[0].data["problem"] if asked else None,
        "assembled_by": asked[0].by if asked else None,
        "assembled_at": asked[0].at if asked else None,
        "findings": {event.by: [event.data["choice"], event.at]
                     for event in dossier.about(made.subject, "papers.proofed")},
        "keepers": appointed.data["holders"] if appointed else [],
        "opens_at": instant(appointed.data["opens_at"]) if appointed else None,
        "sealed_by": sealed.by if sealed else None, "sealed_at": sealed.at if sealed else None,
        "withdrawn_by": gone.by if gone else None, "withdrawn_at": gone.at if gone else None,
        "withdrawn_reason": gone.data["reason"] if gone else "",
        **({"digests": sealed.data["papers"]} if sealed else {}),
    }  # fmt: skip


def _is_opened(paper: Row) -> bool:
    return paper["opening"] is not None and paper["opening"]["opened_at"] is not None


def _stated_opening(paper: Row) -> Row:
    opening = paper["opening"]
    return {
        "digest": paper["digest"], "witnesses": opening["witnesses"], "place": opening["place"],
        "opened_at": instant(opening["opened_at"]),
    }  # fmt: skip


def _proved_opening(event: Event) -> Row:
    return {
        "digest": event.data["digest"], "witnesses": event.data["witnesses"],
        "place": event.data["place"], "opened_at": event.at,
    }  # fmt: skip


def _handovers(paper_id: int, paper: Row) -> Iterator[tuple[tuple[int, object], Row]]:
    for each in paper["handovers"]:
        given_at = instant(each["given_at"])
        yield (paper_id, given_at), {**each, "taken_at": instant(each["taken_at"])}


def _recorded_handovers(dossier: Dossier) -> Iterator[tuple[tuple[int, object], Row]]:
    for given in dossier.of("papers.given"):
        taken = next(
            (event for event in dossier.about(given.subject, "papers.taken")
             if event.position > given.position and event.by == given.data["taker"]),
            None,
        )  # fmt: skip
        yield (given.subject_id, given.at), {
            "giver": given.by, "taker": given.data["taker"], "copies": given.data["copies"],
            "envelope": given.data["envelope"], "place": given.data["place"],
            "taken_at": taken.at if taken else None,
        }  # fmt: skip


# ---- what was asked for ---------------------------------------------------------------------


def check_assembled(dossier: Dossier, found: Findings) -> None:
    """Each form by the numbers kept of it: questions and points, kinds, common items."""
    for row in dossier.rows(PAPERS) if dossier.has(PAPERS) else ():
        place, facts, asked = f"{PAPERS}#{row['set']}", row["facts"], row["blueprint"]
        questions = [sum(column) for column in zip(*facts["kinds"].values(), strict=True)]
        if questions != [paper["questions"] for paper in row["papers"]]:
            found.error(_RULES, place, gettext_noop("各卷题数与组卷结果不符"))
        if len({paper["points"] for paper in row["papers"]}) != 1:
            found.error(_RULES, place, gettext_noop("各卷总分不同"))
        changed = instant(asked["changed_at"])
        assembled = instant(row["assembled_at"])
        if changed is None or assembled is None or changed > assembled:
            continue  # the blueprint is another one by now
        kinds = {LABELS[Kind(kind)]: number for kind, number, _ in asked["shape"]}
        if facts["kinds"] != {kind: [number] * len(questions) for kind, number in kinds.items()}:
            found.error(_RULES, place, gettext_noop("各卷题型与组卷方案不符"))
        points = sum(number * each for _, number, each in asked["shape"])
        if any(paper["points"] != points for paper in row["papers"]):
            found.error(_RULES, place, gettext_noop("各卷总分与组卷方案不符"))
        if len(row["papers"]) != asked["forms"] + asked["spares"]:
            found.error(_RULES, place, gettext_noop("套数与组卷方案不符"))
        shared = [facts["overlap"][one][two] for one, two in combinations(range(len(questions)), 2)]
        if any(number > asked["overlap"] for number in shared):
            found.error(_RULES, place, gettext_noop("两套之间相同的题超过组卷方案"))


# ---- custody --------------------------------------------------------------------------------


def check_custody(dossier: Dossier, found: Findings) -> None:
    for row in dossier.rows(PAPERS) if dossier.has(PAPERS) else ():
        place = f"{PAPERS}#{row['set']}"
        if row["sealed_at"] is not None:
            _check_sealed(dossier, found, row, place)
        for paper in row["papers"]:
            _check_hands(found, paper, f"{place}/{paper['form']}")
            if _is_opened(paper):
                _check_opened(dossier, found, row, paper, f"{place}/{paper['form']}")


def _check_sealed(dossier: Dossier, found: Findings, row: Row, place: str) -> None:
    proofs, keepers = row["proofs"], [each["by"] for each in row["holders"]]
    if not proofs or any(each["choice"] != _PASS for each in proofs):
        found.error(_RULES, place, gettext_noop("密封时尚未全部校对无误"))
    if {each["by"] for each in proofs} & {row["assembled_by"], row["made_by"]}:
        found.error(_RULES, place, gettext_noop("组卷人校对了自己组的试卷"))
    persons = {dossier.person_of.get(keeper, -keeper) for keeper in keepers}
    if len(keepers) != 2 or len(persons) != 2:  # an account without a person stands for itself
        found.error(_RULES, place, gettext_noop("两把密钥没有由两个人保管"))


def _check_hands(found: Findings, paper: Row, place: str) -> None:
    if any(
        before["taker"] != after["giver"] or before["taken_at"] is None
        for before, after in pairwise(paper["handovers"])
    ):
        found.error(_RULES, place, gettext_noop("试卷交接没有逐手签收"))


def _check_opened(
    dossier: Dossier, found: Findings, row: Row, paper: Row, place: str
) -> None:  # fmt: skip
    opening = paper["opening"]
    opened_at, opens_at = instant(opening["opened_at"]), instant(row["opens_at"])
    if opened_at is None or opens_at is None or opened_at < opens_at:
        found.error(_RULES, place, gettext_noop("早于启封时间启封"))
        return
    keepers = {each["by"] for each in row["holders"]}
    turned = {
        event.by for event in dossier.about(f"papers.paper:{paper['id']}", "papers.key_turned")
        if custody.is_turned(event.at, opened_at)
    }  # fmt: skip
    if not keepers <= turned:
        found.error(_RULES, place, gettext_noop("启封时没有两位保管人先后输入密钥码"))
    witnesses = [dossier.qualified[case]["person"] for case in opening["witnesses"]
                 if case in dossier.qualified]  # fmt: skip
    persons = {dossier.person_of[keeper] for keeper in keepers if keeper in dossier.person_of}
    if len(set(witnesses)) != 2 or set(witnesses) & persons:
        found.error(_RULES, place, gettext_noop("启封见证人不是两名合格考生"))
