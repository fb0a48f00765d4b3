"""Reads: rounds and scripts one may see, a marker's desk, progress, theory scores, analysis."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Abs
from django.utils import timezone

from jiangjie.accounts.acting import Acting
from jiangjie.accounts.models import Membership, Role, User
from jiangjie.accounts.queries import running
from jiangjie.applications.models import Application
from jiangjie.exams import queries as exams
from jiangjie.exams.models import Paper, Seat, Sheet, Sitting
from jiangjie.exams.rules.units import Unit
from jiangjie.kernel.clauses import Clause, Confidence
from jiangjie.kernel.errors import gettext_noop
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from jiangjie.marking import shown
from jiangjie.marking.models import (
    Check,
    GivenMark,
    Question,
    Recheck,
    Response,
    Round,
    Script,
    Share,
    Slip,
)
from jiangjie.marking.rules import agreement, analysis, marks, rechecks, similarity
from jiangjie.people.models import Employment
from jiangjie.planning.models import Batch
from jiangjie.policy.queries import pack_of, work_calendar
from jiangjie.policy.rules import parts_for_level

STAGE = "T08"  # 阅卷评分
FEW = analysis.FEW
READERS = (Role.OFFICE, Role.COMMITTEE, Role.SUPERVISOR)
MARKERS = (Role.ASSESSOR, Role.WRITER)
CHECKERS = (Role.OFFICE, Role.COMMITTEE)  # of slips and re-checks

# ---- who sees what --------------------------------------------------------------------------


def batches_of(acting: Acting) -> QuerySet[Batch]:
    """Batches whose theory papers the organisation acted for marks."""
    if acting.org is None or not acting.has(*READERS):
        return Batch.objects.none()
    return Batch.objects.filter(org=acting.org).select_related("org", "pack", "run__definition")


def rounds_visible_to(acting: Acting) -> QuerySet[Round]:
    """Those of the organisation acted for, the newest first."""
    found = Round.objects.select_related("batch__org", "batch__pack").order_by("-opened_at", "-pk")
    if acting.org is None or not acting.has(*READERS):
        return found.none()
    return found.filter(batch__org=acting.org)


def scripts_visible_to(acting: Acting) -> QuerySet[Script]:
    """Of closed rounds only: before, a script is a number to everybody."""
    return (
        Script.objects.filter(
            round__in=rounds_visible_to(acting).order_by(), round__closed_at__isnull=False
        )
        .select_related(
            "round__batch__org", "sheet__seat__application__person",
            "sheet__seat__application__line", "sheet__seat__paper",
        )
        .defer("sheet__seat__paper__package")
    )  # fmt: skip


def shares_visible_to(user: User, acting: Acting) -> QuerySet[Share]:
    """A marker's own shares, in rounds of the organisation acted for that are not closed."""
    found = Share.objects.select_related("question__round__batch__org", "question__paper")
    if acting.org is None or not acting.has(*MARKERS):
        return found.none()
    return found.filter(
        marker=user, question__round__batch__org=acting.org, question__round__closed_at=None
    ).order_by("question__round", "place", "question__unit", "pk")


def slips_visible_to(acting: Acting) -> QuerySet[Slip]:
    return Slip.objects.filter(script__in=scripts_visible_to(acting)).select_related(
        "script__round__batch__org", "asked_by", "decided_by"
    )


def rechecks_visible_to(acting: Acting) -> QuerySet[Recheck]:
    """Open ones first, by the day on which they must be answered."""
    return (
        Recheck.objects.filter(script__in=scripts_visible_to(acting))
        .select_related(
            "script__round__batch__org", "script__sheet__seat__application__person",
            "script__sheet__seat__application__line", "script__sheet__seat__paper", "asked_by",
        )
        .defer("script__sheet__seat__paper__package")
        .prefetch_related(Prefetch("checks", Check.objects.select_related("by").order_by("pk")))
        .order_by(F("settled_at").desc(nulls_first=True), "answer_by", "pk")
    )  # fmt: skip


def open_slips_of(found: Round) -> QuerySet[Slip]:
    return (
        Slip.objects.filter(script__round=found, decided_at=None)
        .select_related("script", "asked_by")
        .order_by("pk")
    )


def with_counts(rounds: QuerySet[Round]) -> QuerySet[Round]:
    """Each with `people`, the number of its scripts."""
    return rounds.annotate(people=Count("scripts"))


# ---- opening --------------------------------------------------------------------------------


def unmarked_sheets(batch: Batch) -> QuerySet[Sheet]:
    """Sheets of the batch that no round has taken yet."""
    return (
        Sheet.objects.filter(seat__sitting__batch=batch, script=None)
        .select_related("seat__paper")
        .defer("seat__paper__package")
        .order_by("pk")
    )


def open_sittings(batch: Batch) -> QuerySet[Sitting]:
    return Sitting.objects.filter(batch=batch, closed_at=None)


def batches_to_mark(acting: Acting) -> QuerySet[Batch]:
    """Batches with sheets that wait for a round, with `sheets`."""
    return (
        batches_of(acting)
        .annotate(
            sheets=Count("sittings__seats__sheet", filter=Q(sittings__seats__sheet__script=None)),
        )
        .filter(sheets__gt=0)
        .order_by("exam_on", "pk")
    )


def markers_of(org_id: int, today: date) -> QuerySet[User]:
    """Assessors and experts of the evaluator on a day."""
    held = Membership.objects.filter(running(today), org=org_id, role__in=MARKERS)
    return User.objects.filter(
        pk__in=held.values("user"), is_active=True
    ).order_by("display_name", "pk")  # fmt: skip


def examined_users(found: Round) -> set[int]:
    """Users who are candidates of the round."""
    return set(
        Application.objects.filter(
            seats__sheet__script__round=found, person__user__isnull=False
        ).values_list("person__user", flat=True)
    )


def own_units(found: Round, today: date) -> dict[int, str]:
    """By user, the unit that employs him now and has candidates in the round."""
    units = Application.objects.filter(seats__sheet__script__round=found).values("unit")
    held = Employment.objects.filter(
        Q(until=None) | Q(until__gt=today), org__in=units, person__user__isnull=False
    )
    return dict(held.values_list("person__user", "org__name"))


def named_units(found: Round, today: date) -> list[tuple[User, str]]:
    """Possible markers whose own unit has candidates in the round, with its name."""
    units = own_units(found, today)
    staff = markers_of(found.batch.org_id, today).filter(pk__in=units)
    return [(user, units[user.pk]) for user in staff]


def recusal(batch: Batch) -> Clause:
    """回避, as the batch's pack states it."""
    return pack_of(batch.pack).entry("examiner.recusal").clause


PAIR_RULE = Clause("house", gettext_noop("非客观题两人独立评阅，超出允许误差由第三人评。"), marks.HOUSE,
                   Confidence.RECONSTRUCTED)  # fmt: skip


# ---- the marker's desk ----------------------------------------------------------------------


def waiting(share: Share) -> QuerySet[Response]:
    """Answers that this share has still to mark, by the number of the script."""
    found = Response.objects.filter(question=share.question_id).order_by("script__number")
    if share.place != marks.THIRD:
        return found.exclude(given__place=share.place)
    return without_third(deviating(found))


def deviating(responses: QuerySet[Response]) -> QuerySet[Response]:
    """Those whose two marks differ beyond the round's limit, with `first` and `second`."""

    return (
        responses.annotate(first=_given(1), second=_given(2))
        .annotate(
            gap=Abs(F("first") - F("second"), output_field=IntegerField()) * 100,
            allowed=F("question__points") * F("question__round__limit_percent"),
        )
        .filter(gap__gt=F("allowed"))
    )


def _given(place: int) -> Subquery:
    """The mark of a place of a response, in a query."""
    return Subquery(
        GivenMark.objects.filter(response=OuterRef("pk"), place=place).values("points"),
        output_field=IntegerField(),
    )


def deviations(found: Round) -> QuerySet[Response]:
    """Answers whose two marks lie too far apart, with `first`, `second` and `third`."""
    return (
        deviating(Response.objects.filter(question__round=found))
        .annotate(third=_given(3))
        .select_related("script", "question__paper")
        .defer(
            "question__paper__sealed", "question__paper__package", "question__paper__package_key"
        )
        .order_by("question__paper__code", "question__unit", "script__number")
    )


def without_third(responses: QuerySet[Response]) -> QuerySet[Response]:
    return responses.exclude(given__place=marks.THIRD)


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A share as its marker sees it; counts of answers."""

    share: Share
    done: int
    left: int
    is_before_done: bool  # for the third: the first two have signed

    @property
    def total(self) -> int:
        return self.done + self.left

    @property
    def may_sign(self) -> bool:
        return (
            self.share.signed_at is None
            and self.left == 0
            and (self.share.place != marks.THIRD or (self.is_before_done and self.done > 0))
        )  # fmt: skip


def desk(user: User, acting: Acting) -> list[DeskLine]:
    """A marker's questions with what is left. Five queries."""
    return _desk_lines(list(shares_visible_to(user, acting)))


def desk_of(found: Round, user: User) -> list[DeskLine]:
    """The same, of one round."""
    return _desk_lines(
        list(
            Share.objects.filter(marker=user, question__round=found)
            .select_related("question__round")
            .order_by("place", "question__unit", "pk")
        )
    )


def _desk_lines(shares: Sequence[Share]) -> list[DeskLine]:
    questions = {share.question_id for share in shares}
    answers = Response.objects.filter(question__in=questions)
    total = Counter(answers.values_list("question", flat=True))
    given = Counter(
        GivenMark.objects.filter(response__question__in=questions).values_list(
            "response__question", "place"
        )
    )
    apart = Counter(without_third(deviating(answers)).values_list("question", flat=True))
    signed = Counter(
        Share.objects.filter(
            question__in=questions, place__in=marks.PAIR, signed_at__isnull=False
        ).values_list("question", flat=True)
    )
    return [
        DeskLine(
            share,
            done=given[share.question_id, share.place],
            left=apart[share.question_id]
            if share.place == marks.THIRD
            else total[share.question_id] - given[share.question_id, share.place],
            is_before_done=signed[share.question_id] == len(marks.PAIR),
        )
        for share in shares
    ]


def unsigned_shares() -> QuerySet[Share]:
    """Shares that hold up the summing; a third who had nothing to mark signs nothing."""
    marked = GivenMark.objects.filter(response__question=OuterRef("question"), place=marks.THIRD)
    return Share.objects.filter(signed_at=None).filter(Q(place__in=marks.PAIR) | Exists(marked))


def own_marks(share: Share) -> QuerySet[GivenMark]:
    """What this marker gave at his place, by the number of the script."""
    return (
        GivenMark.objects.filter(
            response__question=share.question_id, marker=share.marker_id, place=share.place
        )
        .select_related("response__script")
        .order_by("response__script__number")
    )


def last_given(share: Share) -> GivenMark | None:
    """The marker's latest mark of a question, which he may take back."""
    return own_marks(share).order_by("-at", "-pk").first()


def answer_text(response: Response) -> str:
    answers = response.script.sheet.answers
    return str(answers.get(str(response.unit), {}).get("answer", ""))


# ---- where a round stands --------------------------------------------------------------------


class Next(StrEnum):
    """What a round waits for."""

    SHARE = "share"
    THIRD = "third"  # answers deviate and nobody is named to mark them a third time
    MARK = "mark"
    CLOSE = "close"
    CHECK = "check"
    RELEASE = "release"
    NOTHING = "nothing"


def with_state(rounds: QuerySet[Round]) -> QuerySet[Round]:
    """Each with what `next_of` reads; one query whatever their number."""
    questions = Question.objects.filter(round=OuterRef("pk"))
    held = Share.objects.filter(question=OuterRef("pk"))
    apart = without_third(deviating(Response.objects.filter(question__round=OuterRef("pk"))))
    third = Share.objects.filter(question=OuterRef("question"), place=marks.THIRD)
    unsigned = unsigned_shares().filter(question__round=OuterRef("pk"))
    return rounds.annotate(
        is_unshared=Exists(
            questions.filter(~Exists(held.filter(place=1)) | ~Exists(held.filter(place=2)))
        ),
        lacks_third=Exists(apart.filter(~Exists(third))),
        is_unfinished=Exists(apart) | Exists(unsigned),
    )


def next_of(found: Round) -> Next:
    """Of a round of `with_state`."""
    steps = (
        (found.released_at is not None, Next.NOTHING),
        (found.checked_at is not None, Next.RELEASE),
        (found.closed_at is not None, Next.CHECK),
        (found.is_unshared, Next.SHARE),  # type: ignore[attr-defined]
        (found.lacks_third, Next.THIRD),  # type: ignore[attr-defined]
        (found.is_unfinished, Next.MARK),  # type: ignore[attr-defined]
    )
    return next((step for holds, step in steps if holds), Next.CLOSE)


# ---- the chair's view -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """One question of a round; counts of answers."""

    question: Question
    shares: Mapping[int, Share]  # by place
    answers: int
    given: tuple[int, int, int]  # by place
    deviating: int

    @property
    def marks_wanted(self) -> int:
        return 2 * self.answers + self.deviating

    @property
    def done(self) -> int:
        return sum(self.given)

    @property
    def is_done(self) -> bool:
        return self.done == self.marks_wanted

    @property
    def is_shared(self) -> bool:
        return {1, 2} <= self.shares.keys()

    @property
    def rows(self) -> list[tuple[int, Share | None, int, int]]:
        """Place, share, marks given, marks wanted."""
        wanted = (self.answers, self.answers, self.deviating)
        return [
            (place, self.shares.get(place), self.given[place - 1], wanted[place - 1])
            for place in (1, 2, 3)
        ]


def progress(found: Round) -> list[Progress]:
    """By question. Five queries."""
    shares: dict[int, dict[int, Share]] = defaultdict(dict)
    for share in Share.objects.filter(question__round=found).select_related("marker"):
        shares[share.question_id][share.place] = share
    responses = Response.objects.filter(question__round=found)
    answers = Counter(responses.values_list("question", flat=True))
    given = Counter(
        GivenMark.objects.filter(response__question__round=found).values_list(
            "response__question", "place"
        )
    )
    apart = Counter(deviating(responses).values_list("question", flat=True))
    questions = (
        Question.objects.filter(round=found)
        .select_related("paper")
        .defer("paper__sealed", "paper__package", "paper__package_key")
        .order_by("paper__code", "unit")
    )
    return [
        Progress(
            question=each,
            shares=shares[each.pk],
            answers=answers[each.pk],
            given=(given[each.pk, 1], given[each.pk, 2], given[each.pk, 3]),
            deviating=apart[each.pk],
        )
        for each in questions
    ]


@dataclass(frozen=True, slots=True)
class MarkerLine:
    marker: User
    habit: agreement.Habit


def habits(found: Round) -> list[MarkerLine]:
    """How each marker marks, over all his questions as shares of their points. One query."""
    own: dict[User, list[float]] = defaultdict(list)
    by_response: dict[int, dict[int, tuple[User, float]]] = defaultdict(dict)
    for given in (
        GivenMark.objects.filter(response__question__round=found)
        .select_related("marker", "response__question")
        .order_by("marker__display_name", "marker", "pk")
    ):
        share = given.points / given.response.question.points
        own[given.marker].append(share)
        by_response[given.response_id][given.place] = given.marker, share
    pairs: dict[User, list[tuple[float, float]]] = defaultdict(list)
    for places in by_response.values():
        if 1 in places and 2 in places:
            (first, one), (second, other) = places[1], places[2]
            pairs[first].append((one, other))
            pairs[second].append((other, one))
    return [
        MarkerLine(
            marker, agreement.habit(shares, pairs[marker], limit_percent=found.limit_percent)
        )
        for marker, shares in own.items()
    ]


def people_marks(found: Round) -> dict[int, dict[str, int | None]]:
    """By script, the final points by unit of what people mark; None where one is missing.
    Two queries."""
    given: dict[int, dict[int, int]] = defaultdict(dict)
    for response, place, points in GivenMark.objects.filter(
        response__question__round=found
    ).values_list("response", "place", "points"):
        given[response][place] = points
    final: dict[int, dict[str, int | None]] = defaultdict(dict)
    for each in Response.objects.filter(question__round=found).select_related("question"):
        final[each.script_id][str(each.unit)] = marks.final(
            [points for _, points in sorted(given[each.pk].items())],
            points=each.question.points,
            limit_percent=found.limit_percent,
            third=marks.Third(found.third),
        )
    return final


def differing_sums(found: Round) -> list[int]:
    """Numbers of the scripts whose total is not what the answers' marks and the accepted slips
    come to. Four queries."""
    people = people_marks(found)
    accepted: dict[int, list[Slip]] = defaultdict(list)
    for slip in Slip.objects.filter(script__round=found, is_accepted=True).order_by("decided_at"):
        accepted[slip.script_id].append(slip)
    different = []
    for script in found.scripts.select_related("sheet").order_by("number"):
        stand = {**script.sheet.marks, **people.get(script.pk, {})}
        stand |= {str(slip.unit): slip.after for slip in accepted[script.pk]}
        earned = sum(stand.values())
        score = marks.out_of_hundred(earned, script.possible)
        if (script.marks, script.earned, script.score) != (stand, earned, score):
            different.append(script.number)
    return different


# ---- scripts and scores ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """One question of a script, with what each person gave."""

    unit: Unit
    answer: str
    earned: int | None
    given: Sequence[GivenMark]


def script_lines(script: Script) -> list[ScriptLine]:
    assert script.sheet.seat.paper is not None  # noqa: S101 -- a sheet is only made of a paper
    given: dict[int, list[GivenMark]] = defaultdict(list)
    for each in (
        GivenMark.objects.filter(response__script=script)
        .select_related("marker", "response")
        .order_by("place")
    ):
        given[each.response.unit].append(each)
    return [
        ScriptLine(
            unit=unit,
            answer=str(script.sheet.answers.get(str(unit.number), {}).get("answer", "")),
            earned=script.marks.get(str(unit.number)),
            given=given[unit.number],
        )
        for unit in shown.units(script.sheet.seat.paper)
    ]


def summing_of(script: Script, lines: Sequence[ScriptLine]) -> rechecks.Summing:
    return rechecks.summing(
        [rechecks.Line(each.unit.number, each.unit.points, each.earned) for each in lines],
        stated=script.earned or 0,
    )


def markers_of_script(script: Script) -> set[int]:
    return set(GivenMark.objects.filter(response__script=script).values_list("marker", flat=True))


@dataclass(frozen=True, slots=True)
class TheoryMark:
    """A released theory score; `score` is hundredths out of 100.00, None for an absentee.
    `earned` of `possible` points of the paper are what it was computed from."""

    application_id: int
    score: int | None
    earned: int
    possible: int
    round_id: int | None
    source: str  # ledger reference of the script, or of the seat that stayed empty


def theory_marks(batch: Batch) -> dict[int, TheoryMark]:
    """By application, what the batch's released rounds say, and who was absent; the latest script
    stands. Who has still to sit, or to be marked, is missing. Four queries."""
    latest: dict[int, Sheet] = {}
    for sheet in (
        Sheet.objects.filter(seat__sitting__batch=batch)
        .select_related("seat", "script__round")
        .order_by("made_at", "pk")
    ):
        latest[sheet.seat.application_id] = sheet
    still_to_sit = set(
        Seat.objects.filter(sitting__batch=batch, sitting__closed_at=None).values_list(
            "application", flat=True
        )
    )
    found: dict[int, TheoryMark] = {}
    for case, sheet in latest.items():
        script = getattr(sheet, "script", None)
        if script is None or script.round.released_at is None or case in still_to_sit:
            continue
        assert script.earned is not None  # noqa: S101 -- what is released was summed
        found[case] = TheoryMark(
            case, script.score, script.earned, script.possible, script.round_id, ref(script)
        )
    for seat in Seat.objects.filter(
        application__in=exams.absentees(batch) - latest.keys() - still_to_sit,
        sitting__batch=batch,
    ).order_by("pk"):
        found[seat.application_id] = TheoryMark(seat.application_id, None, 0, 0, None, ref(seat))
    return found


def sheet_ids(batch: Batch) -> set[int]:
    """Applications whose theory score comes from an answer sheet: it is never typed."""
    return set(
        Sheet.objects.filter(seat__sitting__batch=batch).values_list("seat__application", flat=True)
    )


# ---- the candidate's own page ---------------------------------------------------------------


def own_scripts(user: User) -> QuerySet[Script]:
    """A worker's released theory scores, the newest first."""
    return (
        Script.objects.filter(
            round__released_at__isnull=False, sheet__seat__application__person__user=user
        )
        .select_related(
            "round__batch__org", "round__batch__pack", "recheck", "sheet__seat__application__line",
            "sheet__seat__application__person", "sheet__seat__paper",
        )
        .defer("sheet__seat__paper__package")
        .order_by("-round__released_at", "-pk")
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnScore:
    """A released score as its candidate sees it."""

    script: Script
    clause: Clause  # of the term for asking
    recheck: Recheck | None
    notes: tuple[str, ...]  # of those who checked
    may_ask: bool


def own_scores(user: User, today: date) -> list[OwnScore]:
    """Two queries."""
    found = []
    for script in own_scripts(user).prefetch_related(
        Prefetch("recheck__checks", Check.objects.order_by("pk"))
    ):
        recheck = getattr(script, "recheck", None)
        until = script.round.recheck_until
        found.append(
            OwnScore(
                script=script,
                clause=recheck_terms(script.round.batch)[0],
                recheck=recheck,
                notes=tuple(check.note for check in recheck.checks.all())
                if recheck is not None and recheck.settled_at is not None
                else (),
                may_ask=recheck is None and until is not None and today <= until,
            )
        )
    return found


def recheck_terms(batch: Batch) -> tuple[Clause, Clause]:
    """The term for asking and the one for answering, as the batch's pack states them."""
    pack = pack_of(batch.pack)
    return (
        pack.entry("score_recheck.apply_workdays").clause,
        pack.entry("score_recheck.answer_workdays").clause,
    )


def ask_until(batch: Batch, released_on: date) -> date:
    workdays = pack_of(batch.pack).integer("score_recheck.apply_workdays")
    return rechecks.last_day(released_on, workdays, work_calendar())


def answer_until(batch: Batch, asked_on: date) -> date:
    workdays = pack_of(batch.pack).integer("score_recheck.answer_workdays")
    return rechecks.last_day(asked_on, workdays, work_calendar())


def people_of_recheck(batch: Batch) -> int:
    return pack_of(batch.pack).integer("score_recheck.people")


# ---- analysis -------------------------------------------------------------------------------


def papers_in(found: Round) -> QuerySet[Paper]:
    """The forms that candidates of the round sat, with `people`."""
    return (
        Paper.objects.filter(seats__sheet__script__round=found)
        .annotate(people=Count("seats__sheet__script"))
        .defer("package", "package_key")
        .order_by("code", "pk")
    )


def sat(found: Round) -> dict[int, list[analysis.Sat]]:
    """By paper, the summed scripts of a closed round. One query."""
    scripts = Script.objects.filter(round=found, earned__isnull=False).select_related(
        "sheet__seat__application__line"
    )
    pass_marks = _pass_marks(found.batch)
    by_paper: dict[int, list[analysis.Sat]] = defaultdict(list)
    for script in scripts.order_by("number"):
        seat, answers = script.sheet.seat, script.sheet.answers
        assert seat.paper_id is not None and script.score is not None  # noqa: S101 -- summed
        by_paper[seat.paper_id].append(
            analysis.Sat(
                marks=script.marks,
                answers={unit: each["answer"] for unit, each in answers.items()},
                seconds={unit: each["seconds"] for unit, each in answers.items()},
                score=script.score,
                pass_mark=pass_marks(seat.application.line.level),
            )
        )
    return by_paper


def _pass_marks(batch: Batch) -> Any:
    pack = pack_of(batch.pack)

    def of_level(level: int) -> int | None:
        parts = parts_for_level(pack, level)
        return next((part.pass_mark for part in parts if part.kind == exams.PART), None)

    return of_level


@dataclass(frozen=True, slots=True)
class PaperAnalysis:
    paper: Paper
    form: analysis.FormAnalysis


def analyses(found: Round) -> list[PaperAnalysis]:
    """Every form of a closed round. Two queries."""
    by_paper = sat(found)
    return [
        PaperAnalysis(paper, analysis.analyse_form(shown.units(paper), by_paper[paper.pk]))
        for paper in papers_in(found)
    ]


def statistics_sent(found: Round) -> Event | None:
    """When the round's statistics went to the bank the last time."""
    sent = Event.objects.filter(subject=ref(found), action="marking.statistics_sent")
    return sent.select_related("by").order_by("-pk").first()


def learned(found: Round) -> list[analysis.Learned]:
    """What the round teaches of the bank's items, over all its forms."""
    by_paper = sat(found)
    return analysis.learned(
        [(shown.units(paper), by_paper[paper.pk]) for paper in papers_in(found)]
    )


@dataclass(frozen=True, slots=True)
class Alike:
    """Two scripts of one form with improbably many wrong answers in common."""

    paper: Paper
    first: Script
    second: Script
    pair: similarity.Pair


def alike(found: Round) -> list[Alike]:
    """A hint for those who supervise; only single choices and judgements are compared. A query a
    form and one for the forms."""
    pairs = []
    for paper in papers_in(found):
        compared = {
            str(unit.number): unit.content.key
            for unit in shown.units(paper)
            if unit.content.kind.is_objective and len(unit.content.key) == 1
        }
        scripts = {
            script.pk: script
            for script in Script.objects.filter(
                round=found, sheet__seat__paper=paper
            ).select_related("sheet__seat__sitting")
        }
        wrong = {pk: _wrong(script.sheet, compared) for pk, script in scripts.items()}
        pairs += [
            Alike(paper, scripts[pair.first], scripts[pair.second], pair)
            for pair in similarity.similar_pairs(wrong)
        ]
    return pairs


def _wrong(sheet: Sheet, keys: Mapping[str, str]) -> dict[str, str]:
    return {
        unit: each["answer"]
        for unit, each in sheet.answers.items()
        if unit in keys and each["answer"] and each["answer"] != keys[unit]
    }


# ---- what waits -----------------------------------------------------------------------------


def open_slips(acting: Acting, user: User) -> QuerySet[Slip]:
    """Slips that wait for this user's decision: not asked by him, of no script he marked."""
    mine = GivenMark.objects.filter(response__script=OuterRef("script"), marker=user)
    return slips_visible_to(acting).filter(~Exists(mine), decided_at=None).exclude(asked_by=user)


def open_rechecks(acting: Acting, user: User) -> QuerySet[Recheck]:
    """Re-checks that wait for this user: not checked by him, none of a script he marked, and no
    slip open."""
    mine = GivenMark.objects.filter(response__script=OuterRef("script"), marker=user)
    checked = Check.objects.filter(recheck=OuterRef("pk"), by=user)
    slip = Slip.objects.filter(recheck=OuterRef("pk"), decided_at=None)
    return rechecks_visible_to(acting).filter(
        ~Exists(mine), ~Exists(checked), ~Exists(slip), settled_at=None
    )


def due_of_round(found: Round) -> date:
    """No rule sets it: a week after the opening, as a reminder."""
    return timezone.localdate(found.opened_at) + timedelta(days=7)


def is_disputed(batch: Batch) -> bool:
    """Whether a re-check or a slip of the batch waits."""
    scripts = Script.objects.filter(round__batch=batch)
    return (
        Recheck.objects.filter(script__in=scripts, settled_at=None).exists()
        or Slip.objects.filter(script__in=scripts, decided_at=None).exists()
    )


def users_of(org_id: int, roles: Collection[Role], today: date) -> QuerySet[User]:
    held = Membership.objects.filter(running(today), org=org_id, role__in=roles)
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("pk")
