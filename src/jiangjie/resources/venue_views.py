"""Screens of venues: rooms, the week's bookings, closed times, equipment."""

from datetime import date, timedelta

from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.orgs.models import Organisation
from jiangjie.orgs.views import form_page
from jiangjie.planning.queries import batches_worked_on
from jiangjie.resources import queries, services
from jiangjie.resources.forms import (
    BookingForm,
    ClosureForm,
    EquipmentFilter,
    EquipmentForm,
    InspectionForm,
    LoanForm,
    RoomForm,
    VenueFilter,
    VenueForm,
)
from jiangjie.resources.models import Equipment, Room, Venue
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

KEEPERS = (Role.OFFICE,)  # a bureau has no venues of its own


@roles_required(*queries.READERS)
@require_safe
def venue_list(request: StaffRequest) -> HttpResponse:
    form, today = VenueFilter(request.GET), clock.today()
    page = Paginator(_found(request, form), 30).get_page(request.GET.get("page"))
    return render(
        request,
        "resources/venue_list.html",
        {
            "form": form, "page": page, "may_keep": request.acting.has(*KEEPERS),
            "due": queries.equipment_due(request.acting, today).count(),
        },
    )  # fmt: skip


@roles_required(*queries.READERS)
@require_safe
def venue_export(request: StaffRequest) -> HttpResponse:
    columns = [_("场地"), _("单位"), _("地址"), _("联系人和电话"), _("理论考场"), _("实操工位"), _("评审答辩室"), _("无障碍")]  # fmt: skip
    rows = (
        (
            each.name, each.org.name, each.address, each.contact,
            each.theory, each.practical, each.review,  # type: ignore[attr-defined]
            _("是") if each.is_accessible else _("否"),
        )
        for each in _found(request, VenueFilter(request.GET))
    )  # fmt: skip
    return spreadsheet(f"{_('场地')}.xlsx", columns, rows)


def _found(request: StaffRequest, form: VenueFilter) -> QuerySet[Venue]:
    today = clock.today()
    found = queries.venues_visible_to(request.acting, today).filter(retired_on=None)
    return queries.with_room_counts(form.narrow(found, request.GET.get("sort", "")), today)


@roles_required(*queries.READERS)
@require_safe
def venue_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """Rooms and their week; equipment; on which terms it is shared."""
    today = clock.today()
    venue = get_object_or_404(queries.venues_visible_to(request.acting, today), pk=pk)
    monday = _monday(request.GET.get("week", ""), today)
    is_own = venue.org == request.acting.org
    loans = venue.loans.select_related("alliance").filter(ended_at=None).order_by("-pk")
    if not is_own and request.acting.org is not None:
        loans = loans.filter(pk__in=queries.running_loans(request.acting.org, today))
    may_book = queries.rooms_open_to(request.acting, today).filter(venue=venue).exists()
    return render(
        request,
        "resources/venue_detail.html",
        {
            "venue": venue, "today": today, "is_own": is_own,
            "may_keep": is_own and request.acting.has(*KEEPERS),
            "may_book": may_book and request.acting.has(*KEEPERS),
            "days": [monday + timedelta(days=n) for n in range(7)],
            "week": queries.week_of(venue, monday),
            "before": monday - timedelta(days=7), "after": monday + timedelta(days=7),
            "equipment": venue.equipment.filter(retired_on=None).select_related("room").order_by(
                "room", "name", "pk"
            ),
            "soon": today + queries.DUE_WITHIN, "loans": loans,
        },
    )  # fmt: skip


def _monday(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    if not 2000 <= day.year <= 2200:
        day = today
    return day - timedelta(days=day.weekday())


@roles_required(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def venue_new(request: StaffRequest) -> HttpResponse:
    form = VenueForm(request.POST or None)
    if form.is_valid():
        venue = services.add_venue(
            org=_org(request), **form.cleaned_data, by=request.user, at=clock.now()
        )
        return redirect("resources:venue_detail", venue.pk)
    return form_page(request, form, _("新增场地"), cancel=reverse("resources:venue_list"))


@roles_required(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def venue_change(request: StaffRequest, pk: int) -> HttpResponse:
    venue = _own(request, pk)
    form = VenueForm(
        request.POST or None,
        initial={name: getattr(venue, name) for name in VenueForm.base_fields},
    )
    if form.is_valid():
        services.change_venue(venue_id=pk, **form.cleaned_data, by=request.user, at=clock.now())
        return redirect("resources:venue_detail", pk)
    return _page(request, form, _("修改场地"), venue)


@roles_required(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def room_new(request: StaffRequest, pk: int) -> HttpResponse:
    venue = _own(request, pk)
    form = RoomForm(request.POST or None)
    if form.is_valid():
        services.add_room(venue_id=pk, **form.cleaned_data, by=request.user, at=clock.now())
        return redirect("resources:venue_detail", pk)
    return _page(request, form, _("新增考场或工位"), venue)


@roles_required(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def room_change(request: StaffRequest, pk: int) -> HttpResponse:
    own = Room.objects.filter(venue__org=request.acting.org).select_related("venue")
    room = get_object_or_404(own, pk=pk)
    form = RoomForm(
        request.POST or None, initial={name: getattr(room, name) for name in RoomForm.base_fields}
    )
    if form.is_valid():
        services.change_room(room_id=pk, **form.cleaned_data, by=request.user, at=clock.now())
        return redirect("resources:venue_detail", room.venue_id)
    return _page(request, form, _("修改考场或工位"), room.venue)


@roles_required(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: StaffRequest, pk: int) -> HttpResponse:
    today = clock.today()
    venue = get_object_or_404(queries.venues_visible_to(request.acting, today), pk=pk)
    rooms = queries.rooms_open_to(request.acting, today).filter(venue=venue)
    form = BookingForm(
        request.POST or None, rooms=rooms, batches=batches_worked_on(request.acting),
        initial={"room": request.GET.get("room"), "day": request.GET.get("day") or today},
    )  # fmt: skip
    if form.is_valid():
        given = form.cleaned_data
        made = services.book(
            room_id=given["room"].pk, starts_at=given["starts_at"], ends_at=given["ends_at"],
            purpose=given["purpose"], batch=given["batch"], org=_org(request), by=request.user,
            at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已预订。"))
        return redirect(f"{_home(venue)}?week={given['day']}#room-{made.room_id}")
    return _page(request, form, _("预订考场或工位"), venue)


@roles_required(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: StaffRequest, pk: int) -> HttpResponse:
    venue = _own(request, pk)
    form = ClosureForm(
        request.POST or None, rooms=venue.rooms.filter(retired_on=None).order_by("kind", "name")
    )
    if form.is_valid():
        given = form.cleaned_data
        services.close(
            room_ids=[room.pk for room in given["rooms"]], starts_at=given["starts_at"],
            ends_at=given["ends_at"], reason=given["reason"], by=request.user, at=clock.now(),
        )  # fmt: skip
        return redirect(f"{_home(venue)}?week={given['day']}")
    return _page(
        request, form, _("登记停用时间"), venue, note=_("停用期间不能预订；已有预订的须先改期。")
    )


@roles_required(*KEEPERS)
@require_POST
def booking_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    booking = get_object_or_404(queries.bookings_cancellable_by(request.acting), pk=pk)
    services.cancel_booking(booking_id=pk, by=request.user, at=clock.now())
    return redirect("resources:venue_detail", booking.room.venue_id)


@roles_required(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def venue_lend(request: StaffRequest, pk: int) -> HttpResponse:
    venue, today = _own(request, pk), clock.today()
    form = LoanForm(
        request.POST or None, alliances=queries.alliances_of(venue.org, today),
        initial={"first_day": today},
    )  # fmt: skip
    if form.is_valid():
        services.lend(venue=venue, **form.cleaned_data, by=request.user, at=clock.now())
        return redirect("resources:venue_detail", pk)
    return _page(
        request, form, _("共享给联评体"), venue,
        note=_("共享期内联评体成员可以看到场地并预订；预订不会冲突。"),
    )  # fmt: skip


# ---- equipment ------------------------------------------------------------------------------


@roles_required(*queries.READERS)
@require_safe
def equipment_list(request: StaffRequest) -> HttpResponse:
    form, today = EquipmentFilter(request.GET), clock.today()
    page = Paginator(_pieces(request, form), 50).get_page(request.GET.get("page"))
    return render(
        request,
        "resources/equipment_list.html",
        {
            "form": form, "page": page, "today": today, "soon": today + queries.DUE_WITHIN,
            "may_keep": request.acting.has(*KEEPERS),
        },
    )  # fmt: skip


@roles_required(*queries.READERS)
@require_safe
def equipment_export(request: StaffRequest) -> HttpResponse:
    columns = [_("设备名称"), _("型号和编号"), _("数量"), _("场地"), _("考场或工位"), _("最近检验"), _("下次检验")]  # fmt: skip
    rows = (
        (
            each.name, each.serial, each.quantity, each.venue.name,
            each.room.name if each.room else "", each.inspected_on, each.inspect_by,
        )
        for each in _pieces(request, EquipmentFilter(request.GET))
    )  # fmt: skip
    return spreadsheet(f"{_('设备')}.xlsx", columns, rows)


def _pieces(request: StaffRequest, form: EquipmentFilter) -> QuerySet[Equipment]:
    today = clock.today()
    found = queries.equipment_visible_to(request.acting, today)
    return form.narrow(found, today, queries.DUE_WITHIN)


@roles_required(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def equipment_new(request: StaffRequest, pk: int) -> HttpResponse:
    venue = _own(request, pk)
    form = EquipmentForm(request.POST or None, rooms=venue.rooms.filter(retired_on=None))
    if form.is_valid():
        services.add_equipment(venue_id=pk, **form.cleaned_data, by=request.user, at=clock.now())
        return redirect(f"{_home(venue)}#equipment")
    return _page(request, form, _("新增设备"), venue)


@roles_required(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def inspect(request: StaffRequest, pk: int) -> HttpResponse:
    piece = _own_piece(request, pk)
    form = InspectionForm(request.POST or None, initial={"inspected_on": clock.today()})
    if form.is_valid():
        services.record_inspection(
            equipment_id=pk, **form.cleaned_data, by=request.user, at=clock.now()
        )
        return redirect("resources:equipment_list")
    return form_page(
        request, form, _("登记检验"), about=f"{piece.name} {piece.serial}",
        cancel=reverse("resources:equipment_list"),
    )  # fmt: skip


@roles_required(*KEEPERS)
@require_POST
def equipment_retire(request: StaffRequest, pk: int) -> HttpResponse:
    piece = _own_piece(request, pk)
    services.retire_equipment(equipment_id=pk, by=request.user, at=clock.now())
    return redirect(f"{_home(piece.venue)}#equipment")


# ---- shared ---------------------------------------------------------------------------------


def _own_piece(request: StaffRequest, pk: int) -> Equipment:
    own = Equipment.objects.filter(venue__org=request.acting.org).select_related("venue")
    return get_object_or_404(own, pk=pk)


def _own(request: StaffRequest, pk: int) -> Venue:
    visible = queries.venues_visible_to(request.acting, clock.today())
    found: Venue = get_object_or_404(visible.filter(org=request.acting.org), pk=pk)
    return found


def _org(request: StaffRequest) -> Organisation:
    if request.acting.org is None:
        raise PermissionDenied
    return request.acting.org


def _home(venue: Venue) -> str:
    return reverse("resources:venue_detail", args=[venue.pk])


def _page(
    request: StaffRequest, form: django_forms.Form, heading: str, venue: Venue, note: str = ""
) -> HttpResponse:
    return form_page(request, form, heading, about=venue.name, note=note, cancel=_home(venue))
