"""Screens of the office and the invigilators: rooms, seats, the console, the room's record."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.exams import queries, services
from jiangjie.exams.forms import (
    ExtraForm,
    IncidentForm,
    LoadForm,
    MinutesForm,
    ReasonForm,
    SeatingForm,
    SittingFilter,
    SittingForm,
)
from jiangjie.exams.models import Place, Seat, Sitting
from jiangjie.exams.rules.sitting import SeatState, invigilators_needed
from jiangjie.files.http import download
from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
from jiangjie.papers import queries as papers
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to
from jiangjie.policy.queries import pack_of
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

READERS = (*queries.READERS, Role.INVIGILATOR)


def sitting_of(request: StaffRequest, pk: int) -> Sitting:
    return get_object_or_404(queries.sittings_visible_to(request.acting, request.user), pk=pk)


def room_of(request: StaffRequest, pk: int) -> Sitting:
    """A sitting in which one may do what an invigilator does."""
    found = sitting_of(request, pk)
    if not queries.runs_room(request.acting, request.user, found):
        raise PermissionDenied
    return found


def _seat(request: StaffRequest, pk: int) -> Seat:
    visible = queries.sittings_visible_to(request.acting, request.user)
    return get_object_or_404(
        Seat.objects.select_related(
            "sitting__batch__org", "application__person", "application__line", "application__photo",
            "paper", "presence", "checked_in_by", "handed_in_by",
        ).defer("paper__sealed", "paper__package"),
        pk=pk, sitting__in=visible.order_by().values("pk"),
    )  # fmt: skip


def _seat_in_room(request: StaffRequest, pk: int) -> Seat:
    found = _seat(request, pk)
    if not queries.runs_room(request.acting, request.user, found.sitting):
        raise PermissionDenied
    return found


# ---- sittings -------------------------------------------------------------------------------


@roles_required(*READERS)
@require_safe
def sitting_list(request: StaffRequest) -> HttpResponse:
    form = SittingFilter(request.GET)
    found = form.narrow(queries.sittings_visible_to(request.acting, request.user))
    page = Paginator(queries.with_counts(found), 20).get_page(request.GET.get("page"))
    return render(request, "exams/sitting_list.html", {"form": form, "page": page})


@roles_required(*READERS)
@require_safe
def sitting_export(request: StaffRequest) -> HttpResponse:
    found = SittingFilter(request.GET).narrow(
        queries.sittings_visible_to(request.acting, request.user)
    )
    columns = [_("场次名称"), _("考场"), _("批次"), _("计划开考时间"), _("考试时间（分钟）"), _("开考时间"), _("收卷时间"), _("考生"), _("开始作答"), _("已交卷")]  # fmt: skip
    rows = (
        (
            each.title, each.room, each.batch.title, each.planned_at, each.minutes, each.bell_at,
            each.closed_at,
            each.people,  # type: ignore[attr-defined]
            each.started,  # type: ignore[attr-defined]
            each.handed_in,  # type: ignore[attr-defined]
        )
        for each in queries.with_counts(found)
    )  # fmt: skip
    return spreadsheet(f"{_('理论考试场次')}.xlsx", columns, rows)


@roles_required(*READERS)
@require_safe
def of_batch(request: StaffRequest, pk: int) -> HttpResponse:
    """Where the batch's track leads."""
    batch = get_object_or_404(
        Batch.objects.filter(
            pk__in=batches_visible_to(request.acting).order_by().values("pk")
        )
        if not request.acting.has(Role.INVIGILATOR)
        else Batch.objects.filter(org=request.acting.org),
        pk=pk,
    )  # fmt: skip
    visible = queries.sittings_visible_to(request.acting, request.user).filter(batch=batch)
    return render(
        request,
        "exams/of_batch.html",
        {
            "batch": batch,
            "sittings": queries.with_counts(visible),
            "candidates": queries.candidates(batch).count(),
            "unseated": queries.unseated(batch).count(),
            "may_arrange": request.acting.has(Role.OFFICE) and batch.org == request.acting.org,
        },
    )


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def sitting_new(request: StaffRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(
        batches_visible_to(request.acting).filter(org=request.acting.org), pk=pk
    )  # fmt: skip
    least = pack_of(batch.pack).entry("theory.min_minutes")
    staff = queries.invigilators_of(batch.org_id, clock.today())
    initial = {"planned_at": f"{batch.exam_on}T09:00", "minutes": least.value,
               "title": _("理论知识考试"), "room": _("第一考场")}  # fmt: skip
    form = SittingForm(staff, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = services.arrange(
            batch=batch, **{**given, "invigilators": list(given["invigilators"])},
            by=request.user, at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已安排场次，请编排座位。"))
        return redirect("exams:sitting", made.pk)
    return render(
        request, "exams/sitting_new.html", {"batch": batch, "form": form, "least": least},
        status=422 if form.errors else 200,
    )  # fmt: skip


@roles_required(*READERS)
@require_safe
def sitting(request: StaffRequest, pk: int) -> HttpResponse:
    """A sitting before and after: seats, papers, people; what is to be done next."""
    found = sitting_of(request, pk)
    now = clock.now()
    lines = queries.console(found, now)
    ratio = pack_of(found.batch.pack).entry("examiner.invigilation")
    needed = invigilators_needed(
        len(lines),
        per_person=int(str(ratio.value["candidates_per_person"])),  # type: ignore[index,call-overload]
        min_per_room=int(str(ratio.value["min_per_room"])),  # type: ignore[index,call-overload]
    )
    page = Paginator(lines, 50).get_page(request.GET.get("page"))
    invigilators = list(found.invigilators.order_by("display_name", "pk"))
    may_pack = request.acting.has(Role.OFFICE) and found.batch.org == request.acting.org
    return render(
        request,
        "exams/sitting.html",
        {
            "sitting": found,
            "page": page,
            "lines": page.object_list,
            "seats": len(lines),
            "without_paper": sum(line.seat.paper_id is None for line in lines),
            **_papers(request, found),
            "invigilators": invigilators,
            "needed": needed,
            "ratio": ratio.clause,
            "unseated": queries.unseated(found.batch).count() if not found.bell_at else 0,
            "seating": SeatingForm(),
            "may_arrange": may_pack and found.closed_at is None and found.place == Place.HERE,
            "may_pack": may_pack,
            "runs_room": queries.runs_room(request.acting, request.user, found),
            "staff": queries.invigilators_of(found.batch.org_id, clock.today()),
        },
    )


def _papers(request: StaffRequest, sitting: Sitting) -> dict[str, object]:
    """What is in the room, what could be put there, and what the papers still wait for."""
    is_open = sitting.closed_at is None
    first = is_open and queries.runs_room(request.acting, request.user, sitting)
    again = is_open and queries.may_replace(request.acting, sitting)
    loaded = list(sitting.papers.defer("sealed", "package", "package_key").order_by("code", "line"))
    return {
        "papers": loaded,
        "for_room": [
            (each, replaces, again if replaces else first)
            for each in (papers.sets_for_room(sitting.batch) if is_open else ())
            for replaces in [queries.is_loaded(each, loaded)]
        ],
        "sees_papers": request.acting.has(*papers.READERS),
    }


@roles_required(*READERS)
@require_POST
def load(request: StaffRequest, pk: int) -> HttpResponse:
    """Opened forms of one set into the room; in the place of others only by the office."""
    found = room_of(request, pk)
    form = LoadForm(request.POST)
    if not form.is_valid():
        raise RuleViolation("exams.paper_missing", gettext_noop("请选择要装入的试卷。"))
    services.load_opened(
        sitting_id=found.pk, **form.cleaned_data,
        may_replace=queries.may_replace(request.acting, found), by=request.user, at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("试卷已装入考场，打铃后才对考生解密。"))
    return redirect("exams:sitting", pk)


@roles_required(Role.OFFICE)
@require_POST
def seat_candidates(request: StaffRequest, pk: int) -> HttpResponse:
    found = sitting_of(request, pk)
    form = SeatingForm(request.POST)
    if not form.is_valid():
        raise _wrong()
    count = services.seat_candidates(
        sitting_id=found.pk, limit=form.cleaned_data["limit"], by=request.user, at=clock.now()
    )
    messages.success(request, _("已编排%(count)d个座位。") % {"count": count})
    return redirect("exams:sitting", pk)


@roles_required(Role.OFFICE)
@require_POST
def invigilators(request: StaffRequest, pk: int) -> HttpResponse:
    found = sitting_of(request, pk)
    staff = queries.invigilators_of(found.batch.org_id, clock.today())
    chosen = [user for user in staff if str(user.pk) in request.POST.getlist("invigilators")]
    services.set_invigilators(
        sitting_id=found.pk, invigilators=chosen, by=request.user, at=clock.now()
    )
    messages.success(request, _("已指定监考员。"))
    return redirect("exams:sitting", pk)


@roles_required(*READERS)
@require_safe
def seat_export(request: StaffRequest, pk: int) -> HttpResponse:
    """The list for the door: who sits where."""
    found = sitting_of(request, pk)
    columns = [_("座位号"), _("准考证号"), _("姓名"), _("证件号码"), _("单位"), _("卷别"), _("加时（分钟）"), _("核验时间"), _("交卷时间")]  # fmt: skip
    rows = (
        (
            seat.number, seat.application.ticket, seat.application.person.name,
            seat.application.person.id_masked, seat.application.unit_name,
            seat.paper.code if seat.paper else "", seat.extra_minutes, seat.checked_in_at,
            seat.handed_in_at,
        )
        for seat in queries.seats_of(found)
    )  # fmt: skip
    return spreadsheet(f"{found.title}{found.room}.xlsx", columns, rows)


@roles_required(*READERS)
@require_safe
def room_record(request: StaffRequest, pk: int) -> HttpResponse:
    """考场情况记录: what happened, in order, to be printed and signed."""
    found = sitting_of(request, pk)
    lines = queries.console(found, clock.now())
    return render(
        request,
        "exams/room_record.html",
        {
            "sitting": found,
            "incidents": found.incidents.select_related("seat__application__person", "by"),
            "counts": _counts(lines),
            "absent": [line for line in lines if line.state is SeatState.ABSENT],
            "late": [line for line in lines if _late_arrivals(line.seat)],
            "invigilators": [(str(user), "") for user in found.invigilators.order_by("pk")],
        },
    )


def _late_arrivals(seat: Seat) -> int:
    sheet = getattr(seat, "sheet", None)
    return sheet.late_arrivals if sheet else 0


# ---- the console ----------------------------------------------------------------------------


def _console(request: StaffRequest, pk: int, template: str) -> HttpResponse:
    found = sitting_of(request, pk)
    now = clock.now()
    lines = queries.console(found, now)
    state = request.GET.get("state", "")
    wanted = [line for line in lines if not state or line.state == state]
    sort = request.GET.get("sort", "number")
    return render(
        request,
        template,
        {
            "sitting": found,
            "lines": sorted(wanted, key=_SORT.get(sort.lstrip("-"), _SORT["number"]),
                            reverse=sort.startswith("-")),
            "all": len(lines),
            "counts": _counts(lines),
            "chosen": state,
            "now": now,
            "running": sum(
                line.state in (SeatState.WRITING, SeatState.CUT_OFF, SeatState.SWITCHED_AWAY)
                for line in lines
            ),
            "unsent": sum(_unsent(line) for line in lines),
            "runs_room": (runs_room := queries.runs_room(request.acting, request.user, found)),
            "may_run": runs_room and found.is_run_here,
            "followed_at": found.packages.values_list("followed_at", flat=True).first()
            if found.place == Place.SPARE else None,
        },
    )  # fmt: skip


def _unsent(line: queries.SeatLine) -> bool:
    """A machine that is silent, and may hold answers that the server has not."""
    presence = getattr(line.seat, "presence", None)
    return line.state in (SeatState.CUT_OFF, SeatState.TIME_OVER) and presence is not None


_SORT: dict[str, Callable[[queries.SeatLine], tuple[object, ...]]] = {
    "number": lambda line: (line.seat.number,),
    "name": lambda line: (line.seat.application.person.name, line.seat.number),
    "state": lambda line: (list(SeatState).index(line.state), line.seat.number),
    "answered": lambda line: (
        line.seat.presence.answered if hasattr(line.seat, "presence") else 0, line.seat.number
    ),
}  # fmt: skip


def _counts(lines: list[queries.SeatLine]) -> list[tuple[SeatState, int]]:
    found = Counter(line.state for line in lines)
    return [(state, found[state]) for state in SeatState if found[state]]


@roles_required(*READERS)
@require_safe
def console(request: StaffRequest, pk: int) -> HttpResponse:
    return _console(request, pk, "exams/console.html")


@roles_required(*READERS)
@require_safe
def console_seats(request: StaffRequest, pk: int) -> HttpResponse:
    """What changes every few seconds."""
    return _console(request, pk, "exams/_console.html")


@roles_required(*READERS)
@require_POST
def ring(request: StaffRequest, pk: int) -> HttpResponse:
    found = room_of(request, pk)
    services.ring(
        sitting_id=found.pk, start_code=request.POST.get("start_code", "")[:40], by=request.user,
        at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("已打铃开考。"))
    return redirect("exams:console", pk)


@roles_required(*READERS)
@require_http_methods(["GET", "POST"])
def extend(request: StaffRequest, pk: int) -> HttpResponse:
    found = room_of(request, pk)
    return _asked(
        request, found, _("全场延长时间"), MinutesForm(request.POST or None),
        lambda given: services.extend(
            sitting_id=found.pk, **given, by=request.user, at=clock.now()
        ),
    )  # fmt: skip


@roles_required(*READERS)
@require_http_methods(["GET", "POST"])
def note(request: StaffRequest, pk: int) -> HttpResponse:
    found = room_of(request, pk)
    form = IncidentForm(found, request.POST or None, initial={"seat": request.GET.get("seat")})
    return _asked(
        request, found, _("登记考场情况"), form,
        lambda given: services.note(
            sitting_id=found.pk, **given, by=request.user, at=clock.now()
        ),
    )  # fmt: skip


@roles_required(*READERS)
@require_POST
def close(request: StaffRequest, pk: int) -> HttpResponse:
    found = room_of(request, pk)
    services.close(sitting_id=found.pk, by=request.user, at=clock.now())
    messages.success(request, _("已收卷，客观题已阅。"))
    return redirect("exams:sitting", pk)


def _asked(
    request: StaffRequest, sitting: Sitting, title: str, form: forms.Form,
    deed: Callable[[Mapping[str, Any]], object],
) -> HttpResponse:  # fmt: skip
    """A small form of its own, then back to the console."""
    if request.method == "POST" and form.is_valid():
        deed(form.cleaned_data)
        messages.success(request, _("已登记。"))
        return redirect("exams:console", sitting.pk)
    return render(
        request, "exams/ask.html", {"sitting": sitting, "title": title, "form": form},
        status=422 if form.errors else 200,
    )  # fmt: skip


# ---- one seat -------------------------------------------------------------------------------


@roles_required(*READERS)
@require_safe
def seat(request: StaffRequest, pk: int) -> HttpResponse:
    found = _seat(request, pk)
    now = clock.now()
    state = queries.state_of(found, found.sitting, now)
    return render(
        request,
        "exams/seat.html",
        {
            "seat": found,
            "sitting": found.sitting,
            "state": state,
            "ends_at": found.ends_at(found.sitting),
            "sessions": found.sessions.order_by("number"),
            "incidents": found.incidents.select_related("by"),
            "sheet": getattr(found, "sheet", None),
            "runs_room": found.sitting.is_run_here
            and queries.runs_room(request.acting, request.user, found.sitting),
            "may_arrange": request.acting.has(Role.OFFICE) and found.sitting.is_run_here,
            "extra": ExtraForm(
                initial={"minutes": found.extra_minutes, "reason": found.extra_reason}
            ),
            "is_writing": found.started_at is not None
            and found.handed_in_at is None
            and found.sitting.closed_at is None,
        },
    )


@roles_required(*READERS)
@require_safe
def photo(request: StaffRequest, pk: int) -> HttpResponse:
    """The photo of the application, to compare with the face."""
    found = _seat(request, pk).application.photo
    if found is None:
        raise Http404
    return download(found, "photo", inline=True)


@roles_required(*READERS)
@require_POST
def check_in(request: StaffRequest, pk: int) -> HttpResponse:
    found = _seat_in_room(request, pk)
    services.check_in(seat_id=found.pk, by=request.user, at=clock.now())
    return redirect("exams:console", found.sitting_id)


@roles_required(Role.OFFICE)
@require_POST
def adjust_time(request: StaffRequest, pk: int) -> HttpResponse:
    found = _seat(request, pk)
    form = ExtraForm(request.POST)
    if not form.is_valid():
        raise _wrong()
    services.adjust_time(seat_id=found.pk, **form.cleaned_data, by=request.user, at=clock.now())
    messages.success(request, _("已登记加时。"))
    return redirect("exams:seat", pk)


@roles_required(*READERS)
@require_http_methods(["GET", "POST"])
def restore_time(request: StaffRequest, pk: int) -> HttpResponse:
    found = _seat_in_room(request, pk)
    return _asked(
        request, found.sitting, _("给考生补时"), MinutesForm(request.POST or None),
        lambda given: services.restore_time(
            seat_id=found.pk, **given, by=request.user, at=clock.now()
        ),
    )  # fmt: skip


@roles_required(*READERS)
@require_http_methods(["GET", "POST"])
def let_move(request: StaffRequest, pk: int) -> HttpResponse:
    found = _seat_in_room(request, pk)
    return _asked(
        request, found.sitting, _("允许换机或重新登录"), ReasonForm(request.POST or None),
        lambda given: services.let_move(
            seat_id=found.pk, **given, by=request.user, at=clock.now()
        ),
    )  # fmt: skip


@roles_required(*READERS)
@require_http_methods(["GET", "POST"])
def take_in(request: StaffRequest, pk: int) -> HttpResponse:
    found = _seat_in_room(request, pk)
    return _asked(
        request, found.sitting, _("强制收卷"), ReasonForm(request.POST or None),
        lambda given: services.take_in(
            seat_id=found.pk, **given, by=request.user, at=clock.now()
        ),
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_POST
def unseat(request: StaffRequest, pk: int) -> HttpResponse:
    found = _seat(request, pk)
    services.unseat(seat_id=found.pk, by=request.user, at=clock.now())
    messages.success(request, _("已取消座位。"))
    return redirect("exams:sitting", found.sitting_id)


def _wrong() -> BadInput:
    return BadInput(gettext_noop("请填写正确的数字。"))
