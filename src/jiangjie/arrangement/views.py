"""Screens of the office: panels, who sits on them and why, searches, prints."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.arrangement import board as boards
from jiangjie.arrangement import letters, queries, services
from jiangjie.arrangement.board import Board, Sitting
from jiangjie.arrangement.forms import PanelsForm, ReasonForm, ScheduleForm, SearchForm
from jiangjie.arrangement.models import Letter, Panel, PanelCase, PanelPart, RunKind, Seat, Solving
from jiangjie.arrangement.rules import filling, panel_checks
from jiangjie.arrangement.rules.panel_checks import Report
from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.orgs.views import form_page
from jiangjie.planning.models import Batch
from jiangjie.planning.queries import batches_visible_to, line_name
from jiangjie.resources.models import Expert
from jiangjie.resources.queries import rooms_open_to
from jiangjie.resources.rules import Finding
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

MOST_SHOWN = 40  # experts to choose from, the fitting ones first


@dataclass(frozen=True, slots=True)
class Said:
    """One finding as a screen shows it."""

    message: str
    source: str
    confidence: str
    is_hard: bool

    @classmethod
    def of(cls, one: Finding) -> "Said":
        message = _(one.text) % {
            name: _(value) if isinstance(value, str) and value else value
            for name, value in one.values.items()
        }
        return cls(message, one.source, one.confidence, one.is_hard)


@dataclass(frozen=True, slots=True)
class MemberLine:
    seat: Seat
    letter: Letter | None
    said: list[Said]


@dataclass(frozen=True, slots=True)
class PanelLine:
    sitting: Sitting
    report: Report
    title: str
    members: list[MemberLine]
    said: list[Said]


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody who could be seated; `fits` when nothing forbids it."""

    expert: Expert
    is_inside: bool
    load: int
    said: list[Said]
    fits: bool


# ---- the batch ------------------------------------------------------------------------------


@roles_required(*queries.READERS)
@require_safe
def board(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    read = boards.read(batch)
    sent = queries.letters_of(batch)
    lines = [_line(read, each, sent) for each in read.sittings]
    run = batch.solvings.select_related("asked_by").order_by("-pk").first()
    return render(
        request,
        "arrangement/board.html",
        {
            "batch": batch, "lines": lines, "unplaced": queries.unplaced(batch), "run": run,
            "may_arrange": _may(request, batch),
            "may_see_ties": batch.org == request.acting.org
            and request.acting.has(Role.OFFICE, Role.SUPERVISOR),
            "search": SearchForm(),
            "empty_seats": sum(max(0, each.panel.size - len(each.seats)) for each in read.sittings),
            "hard": sum(_faults(each) for each in lines),
            "soft": sum(each.report.soft for each in lines),
            "unsent": sum(len(each.seats) for each in read.sittings) - len(sent),
            "is_published": bool(sent),
            "supervision": None if _is_supervised(read) else boards.size_of(
                read.pack, PanelPart.SUPERVISION
            ).clause,
        },
    )  # fmt: skip


def _line(read: Board, sitting: Sitting, sent: dict[int, Letter]) -> PanelLine:
    report = read.report(sitting)
    return PanelLine(
        sitting, report, line_name(sitting.panel.line) if sitting.panel.line else "",
        [
            MemberLine(
                seat, sent.get(seat.pk), [Said.of(one) for one in report.members[seat.expert_id]]
            )
            for seat in sitting.seats
        ],
        [Said.of(one) for one in report.panel],
    )  # fmt: skip


def _is_supervised(read: Board) -> bool:
    return any(each.panel.part == PanelPart.SUPERVISION for each in read.sittings)


def _faults(line: PanelLine) -> int:
    """What forbids, apart from empty seats, which are counted by themselves."""
    return line.report.hard - any(one.code == "arrangement.wrong_size" for one in line.report.panel)


@roles_required(*queries.READERS)
@require_safe
def export(request: StaffRequest, pk: int) -> HttpResponse:
    """One line a seat, with what is said of it."""
    batch = _batch(request, pk)
    read = boards.read(batch)
    columns = [_("组"), _("类别"), _("职业和等级"), _("开始"), _("结束"), _("地点"), _("考生人数"), _("姓名"), _("单位"), _("职责"), _("提示")]  # fmt: skip
    rows = (
        (
            line.sitting.panel.name, line.sitting.panel.get_part_display(), line.title,
            line.sitting.panel.starts_at, line.sitting.panel.ends_at,
            letters.where(line.sitting.panel)["room"], len(line.sitting.cases),
            member.seat.expert.person.name, member.seat.expert.employer,
            _("组长") if member.seat.is_chair else _("成员"),
            "；".join(one.message for one in member.said),
        )
        for line in (_line(read, each, {}) for each in read.sittings)
        for member in line.members
    )  # fmt: skip
    return spreadsheet(f"{batch.number}-{_('考务安排')}.xlsx", columns, rows)


@roles_required(*queries.READERS)
@require_safe
def tickets(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    cases = list(queries.tickets_visible_to(request.acting, batch))
    if not cases:
        raise BadInput(gettext_noop("还没有准考证号。请先在申报名单中生成准考证号。"))
    content = letters.tickets(batch, cases, at=clock.now())
    return pdf(content, f"{batch.number}-{_('准考证')}.pdf")


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def panels_new(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    form = PanelsForm(request.POST or None, initial={
        "day": batch.exam_on, "start": "09:00", "end": "12:00",
        "part": request.GET.get("part", "practical"),
    })  # fmt: skip
    if form.is_valid():
        given = form.cleaned_data
        made = services.make_panels(
            batch=batch, part=given["part"], per_panel=given["per_panel"], size=given["size"],
            **form.span, by=request.user, at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已编成%(count)d个组。") % {"count": len(made)})
        return redirect("arrangement:board", pk)
    return form_page(
        request, form, _("编组"), about=batch.title, cancel=_home(batch), submit=_("编组"),
        note=_("操作技能考评组和综合评审组按职业和等级分别编组。"),
    )  # fmt: skip


# ---- searching ------------------------------------------------------------------------------


@roles_required(Role.OFFICE)
@require_POST
def search(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    form = SearchForm(request.POST)
    if not form.is_valid():
        raise BadInput(gettext_noop("外单位成员比例应为0至100的整数。"))
    kind = RunKind.REPAIR if request.POST.get("kind") == "repair" else RunKind.FILL
    asked = services.ask_search(
        batch=batch, kind=kind, by=request.user, at=clock.now(), **form.cleaned_data
    )
    return redirect("arrangement:run", asked.pk)


@roles_required(*queries.READERS)
@require_safe
def run(request: StaffRequest, pk: int) -> HttpResponse:
    """How far a search is; then its answer against the present seats, or why there is none."""
    found = _run(request, pk)
    may = _may(request, found.batch)
    changes: list[tuple[str, list[str], list[str]]] = []
    if found.found and not found.applied_at:
        read = boards.read(found.batch)
        names = {str(pk): each.person.name for pk, each in read.experts.items()}
        panels = {str(each.panel.pk): each.panel.name for each in read.sittings}
        moved = filling.moves(_texts(found.before), _texts(found.found))
        changes = [
            (panels.get(panel, ""), [names.get(p, "") for p in leave], [names.get(p, "") for p in come])
            for panel, leave, come in moved
        ]  # fmt: skip
    return render(
        request,
        "arrangement/run.html",
        {
            "run": found, "may_arrange": may, "changes": changes,
            "conflict": [
                (_(each["text"]) % each["values"], _relaxed(each)) for each in found.conflict
            ],
        },
    )  # fmt: skip


def _texts(seated: dict[str, list[int]]) -> dict[str, list[str]]:
    return {panel: [str(pk) for pk in members] for panel, members in seated.items()}


def _relaxed(each: dict[str, object]) -> str:
    if not each["helps"]:
        return _("只放宽这一条还不够，其他要求之间另有矛盾。")
    if each["kind"] == "outside_share" and isinstance(each["to"], int | float):
        return _("改为%(to)s即可安排。") % {"to": f"{each['to'] * 100:g}%"}
    if each["to"] is not None:
        return _("改为%(to)s即可安排。") % {"to": each["to"]}
    if each["kind"] == "panel_size":
        return _("取消这个组，其余即可安排；也可以增加符合条件的专家。")
    return _("不作这一要求即可安排。")


@roles_required(*queries.READERS)
@require_safe
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    found = _run(request, pk)
    context = {"run": found, "may_arrange": _may(request, found.batch)}
    answer = render(request, "arrangement/_progress.html", context)
    if found.state != "running":
        answer["HX-Refresh"] = "true"
    return answer


@roles_required(Role.OFFICE)
@require_POST
def run_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    _own_run(request, pk)
    services.cancel_search(run_id=pk, by=request.user, at=clock.now())
    return redirect("arrangement:run", pk)


@roles_required(Role.OFFICE)
@require_POST
def run_apply(request: StaffRequest, pk: int) -> HttpResponse:
    found = _own_run(request, pk)
    services.apply_search(run_id=pk, by=request.user, at=clock.now())
    messages.success(request, _("已采用。发布后通知有关人员。"))
    return redirect("arrangement:board", found.batch_id)


@roles_required(Role.OFFICE)
@require_POST
def publish(request: StaffRequest, pk: int) -> HttpResponse:
    batch = _own_batch(request, pk)
    counts = services.publish(batch=batch, by=request.user, at=clock.now())
    if any(counts.values()):
        text = _("发出派遣令%(sent)d份，撤回%(withdrawn)d份，通知考生%(candidates)d人。") % counts
    else:
        text = _("没有变动，无须通知。")
    messages.success(request, text)
    return redirect("arrangement:board", pk)


# ---- one panel ------------------------------------------------------------------------------


@roles_required(*queries.READERS)
@require_safe
def panel(request: StaffRequest, pk: int) -> HttpResponse:
    """Members with what is said of each, candidates, and for the office whom else to choose."""
    found = _panel(request, pk)
    read = boards.read(found.batch)
    sitting = read.by_panel[found.pk]
    may = _may(request, found.batch)
    text = request.GET.get("q", "").strip()[:40]
    choices = _choices(read, sitting, text) if may else []
    replaced = next((s for s in sitting.seats if str(s.pk) == request.GET.get("replace")), None)
    page = Paginator(choices, MOST_SHOWN).get_page(request.GET.get("page"))
    return render(
        request,
        "arrangement/panel.html",
        {
            "panel": found, "batch": found.batch, "may_arrange": may,
            "line": _line(read, sitting, queries.letters_of(found.batch)),
            "where": letters.where(found), "page": page, "q": text, "replaced": replaced,
            "fitting": sum(each.fits for each in choices),
            "has_room": len(sitting.seats) < found.size or replaced is not None,
            "check": (check := queries.last_check(found)),
            "checked": [_said_then(each) for each in check.findings] if check else [],
            "is_today": sitting.day == clock.today(),
        },
    )  # fmt: skip


def _choices(read: Board, sitting: Sitting, text: str) -> list[Choice]:
    """Everybody who could be sent, the fitting ones first, then by what speaks against them."""
    seated = set(read.seated[sitting.panel.pk])
    experts = [
        each for each in read.experts.values()
        if each.pk not in seated and (text in each.person.name or text in each.employer)
    ]  # fmt: skip
    fitness = read.fitness(sitting, experts)
    found = [
        Choice(
            each, read.is_inside(each, sitting.day), read.loads[each.pk],
            [Said.of(one) for one in fitness[each.pk]],
            not panel_checks.must_stay_away(fitness[each.pk]),
        )
        for each in experts
    ]  # fmt: skip
    return sorted(found, key=lambda each: (not each.fits, len(each.said), each.load))


def _said_then(each: dict[str, object]) -> tuple[str, str, bool]:
    values = each["values"]
    return str(each["member"]), _(str(each["text"])) % values, bool(each["is_hard"])


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: StaffRequest, pk: int) -> HttpResponse:
    found = _own_panel(request, pk)
    form = ScheduleForm(
        request.POST or None, rooms=rooms_open_to(request.acting, clock.today()),
        initial=ScheduleForm.initial_of(found),
    )  # fmt: skip
    if form.is_valid():
        given = form.cleaned_data
        services.schedule(
            panel_id=pk, name=given["name"], size=given["size"], room=given["room"], **form.span,
            by=request.user, at=clock.now(),
        )  # fmt: skip
        return redirect("arrangement:panel", pk)
    return form_page(
        request, form, _("时间和地点"), about=f"{found.batch.title} {found.name}",
        cancel=reverse("arrangement:panel", args=[pk]),
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_POST
def panel_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    found = _own_panel(request, pk)
    services.cancel_panel(panel_id=pk, by=request.user, at=clock.now())
    return redirect("arrangement:board", found.batch_id)


@roles_required(Role.OFFICE)
@require_POST
def seat(request: StaffRequest, pk: int) -> HttpResponse:
    """Checked at once: a rule that forbids is named, and nothing is changed."""
    _own_panel(request, pk)
    services.seat(
        panel_id=pk, expert_id=_number(request.POST.get("expert", "")),
        replaces=_number(request.POST.get("replaces", "")) or None, by=request.user,
        at=clock.now(),
    )  # fmt: skip
    return redirect("arrangement:panel", pk)


@roles_required(Role.OFFICE)
@require_POST
def seat_lock(request: StaffRequest, pk: int) -> HttpResponse:
    found = _own_seat(request, pk)
    services.lock(seat_id=pk, is_locked=not found.is_locked, by=request.user, at=clock.now())
    return redirect("arrangement:panel", found.panel_id)


@roles_required(Role.OFFICE)
@require_POST
def seat_chair(request: StaffRequest, pk: int) -> HttpResponse:
    found = _own_seat(request, pk)
    services.make_chair(seat_id=pk, by=request.user, at=clock.now())
    return redirect("arrangement:panel", found.panel_id)


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def seat_leave(request: StaffRequest, pk: int) -> HttpResponse:
    found = _own_seat(request, pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        services.unseat(
            seat_id=pk, reason=form.cleaned_data["reason"], by=request.user, at=clock.now()
        )
        return redirect("arrangement:panel", found.panel_id)
    return form_page(
        request, form, _("撤下考评人员"), about=str(found), submit=_("撤下"),
        cancel=reverse("arrangement:panel", args=[found.panel_id]),
        note=_("空出的位置可以另选，也可以在安排页面用“最少变动调整”补齐。"),
    )  # fmt: skip


@roles_required(Role.OFFICE, Role.SUPERVISOR)
@require_POST
def day_check(request: StaffRequest, pk: int) -> HttpResponse:
    found = _panel(request, pk)
    if found.batch.org != request.acting.org:
        raise PermissionDenied
    services.check_on_the_day(panel_id=pk, by=request.user, at=clock.now())
    return redirect("arrangement:panel", pk)


@roles_required(*queries.READERS)
@require_safe
def sign_in(request: StaffRequest, pk: int) -> HttpResponse:
    found, seats, cases = _printed(request, pk)
    return pdf(
        letters.sign_in(found, seats, cases, at=clock.now()), f"{found.name}-{_('签到表')}.pdf"
    )


@roles_required(*queries.READERS)
@require_safe
def room_notice(request: StaffRequest, pk: int) -> HttpResponse:
    found, _seats, cases = _printed(request, pk)
    return pdf(
        letters.room_notice(found, cases, at=clock.now()), f"{found.name}-{_('考场门贴')}.pdf"
    )


def _printed(request: StaffRequest, pk: int) -> tuple[Panel, Sequence[Seat], Sequence[PanelCase]]:
    found = _panel(request, pk)
    seats = found.seats.filter(left_at=None).select_related("expert__person")
    cases = found.cases.select_related("application__person", "application__line")
    return found, list(seats.order_by("-is_chair", "pk")), list(cases.order_by("place", "pk"))


def pdf(content: bytes, file_name: str) -> HttpResponse:
    header = content_disposition_header(as_attachment=False, filename=file_name)
    return HttpResponse(
        content,
        headers={"Content-Type": "application/pdf", "Content-Disposition": header or ""},
    )


# ---- shared ---------------------------------------------------------------------------------


def _batch(request: StaffRequest, pk: int) -> Batch:
    found: Batch = get_object_or_404(batches_visible_to(request.acting), pk=pk)
    return found


def _own_batch(request: StaffRequest, pk: int) -> Batch:
    found: Batch = get_object_or_404(
        batches_visible_to(request.acting).filter(org=request.acting.org), pk=pk
    )
    return found


def _panel(request: StaffRequest, pk: int) -> Panel:
    found: Panel = get_object_or_404(queries.panels_visible_to(request.acting), pk=pk)
    return found


def _own_panel(request: StaffRequest, pk: int) -> Panel:
    visible = queries.panels_visible_to(request.acting).filter(batch__org=request.acting.org)
    found: Panel = get_object_or_404(visible, pk=pk)
    return found


def _own_seat(request: StaffRequest, pk: int) -> Seat:
    found: Seat = get_object_or_404(
        queries.seats_visible_to(request.acting).select_related("expert__person"), pk=pk
    )
    return found


def _run(request: StaffRequest, pk: int) -> Solving:
    visible = queries.runs_visible_to(request.acting).select_related("batch__pack")
    found: Solving = get_object_or_404(visible, pk=pk)
    return found


def _own_run(request: StaffRequest, pk: int) -> Solving:
    visible = queries.runs_visible_to(request.acting).filter(batch__org=request.acting.org)
    found: Solving = get_object_or_404(visible, pk=pk)
    return found


def _may(request: StaffRequest, batch: Batch) -> bool:
    return request.acting.has(Role.OFFICE) and batch.org == request.acting.org


def _home(batch: Batch) -> str:
    return reverse("arrangement:board", args=[batch.pk])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
