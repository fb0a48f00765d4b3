"""Screens of banks: the list, one bank with its tree and coverage, loans."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.accounts.models import Role
from jiangjie.itembank import queries, services
from jiangjie.itembank.forms import BankForm, LoanForm, ReasonForm
from jiangjie.itembank.models import Bank, ElementTable
from jiangjie.kernel.levels import Level
from jiangjie.orgs.models import Organisation
from jiangjie.web import clock
from jiangjie.web.http import StaffRequest
from jiangjie.web.spreadsheets import spreadsheet

PAGE = 50


def own_org(request: StaffRequest) -> Organisation:
    """The organisation acted for; whoever has a role has one."""
    org = request.acting.org
    if org is None:
        raise AssertionError("a role without an organisation")
    return org


def bank_of(request: StaffRequest, pk: int) -> Bank:
    """One of the organisation's own banks."""
    return get_object_or_404(queries.own_banks(request.acting), pk=pk)


@roles_required(*queries.READERS)
@require_safe
def bank_list(request: StaffRequest) -> HttpResponse:
    org = own_org(request)
    today = clock.today()
    banks = queries.banks_visible_to(request.acting, today)
    banks = queries.with_counts(banks, request.acting, today)
    return render(
        request,
        "itembank/bank_list.html",
        {"banks": banks, "org": org, "is_office": request.acting.has(Role.OFFICE)},
    )


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def bank_new(request: StaffRequest) -> HttpResponse:
    form = BankForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        bank = services.make_bank(
            owner=own_org(request), by=request.user, at=clock.now(), **form.cleaned_data
        )
        messages.success(request, _("题库已建立。"))
        return redirect("itembank:bank", bank.pk)
    return render(
        request, "itembank/bank_new.html", {"form": form}, status=422 if form.errors else 200
    )


@roles_required(*queries.READERS)
@require_safe
def bank(request: StaffRequest, pk: int) -> HttpResponse:
    """The tree of the chosen table with what covers it."""
    bank = bank_of(request, pk)
    tables = list(queries.tables_of(bank))
    table = _chosen(tables, request.GET.get("table", ""))
    rows = queries.coverage_of(table, bank) if table else []
    only_bare = request.GET.get("only") == "bare"
    return render(
        request,
        "itembank/bank.html",
        {
            "bank": bank, "tables": tables, "table": table, "only_bare": only_bare,
            "rows": [row for row in rows if not only_bare or row.bare],
            "points": sum(row.points for row in rows if row.row.depth == 1),
            "bare": sum(row.bare for row in rows if row.row.depth == 1),
            "counts": queries.with_counts(
                Bank.objects.filter(pk=pk), request.acting, clock.today()
            ).get(),
            "stray": queries.unpointed_items(bank).count(),
            "near": queries.open_pairs(bank).count(),
            "is_office": request.acting.has(Role.OFFICE),
            "is_expert": request.acting.has(*queries.EXPERTS),
        },
    )  # fmt: skip


def _chosen(tables: list[ElementTable], wanted: str) -> ElementTable | None:
    return next((each for each in tables if str(each.pk) == wanted), tables[0] if tables else None)


@roles_required(*queries.READERS)
@require_safe
def coverage_export(request: StaffRequest, pk: int) -> HttpResponse:
    """The coverage of every table of the bank's occupation, a row a scope or point."""
    bank = bank_of(request, pk)
    columns = [_("等级"), _("版次"), _("代码"), _("名称"), _("鉴定比重"), _("重要程度"), _("鉴定点"), _("无题的点"), _("可用题数"), _("在编题数")]  # fmt: skip
    rows = (
        (
            Level(table.level).certificate_text, table.edition, each.row.code, each.row.name,
            None if each.row.weight is None else each.row.weight / 100,
            each.row.importance or ":".join(map(str, each.ratio)), each.points, each.bare,
            each.ready, each.waiting,
        )
        for table in queries.tables_of(bank)
        for each in queries.coverage_of(table, bank)
    )  # fmt: skip
    return spreadsheet(f"{bank.name}{_('覆盖情况')}.xlsx", columns, rows)


# ---- loans ----------------------------------------------------------------------------------


@roles_required(Role.OFFICE)
@require_safe
def loan_list(request: StaffRequest) -> HttpResponse:
    """What is lent and what is borrowed, with how often it was used."""
    org = own_org(request)
    page = Paginator(queries.loans_visible_to(request.acting), PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request, "itembank/loan_list.html", {"page": page, "org": org, "today": clock.today()}
    )


@roles_required(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def lend(request: StaffRequest, pk: int) -> HttpResponse:
    bank = bank_of(request, pk)
    form = LoanForm(request.POST or None, bank=bank, initial={"first_day": clock.today()})
    if request.method == "POST" and form.is_valid():
        services.lend(bank=bank, by=request.user, at=clock.now(), **form.cleaned_data)
        messages.success(request, _("已出借。对方每次使用都会计数。"))
        return redirect("itembank:loan_list")
    return render(
        request, "itembank/lend.html", {"bank": bank, "form": form},
        status=422 if form.errors else 200,
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_safe
def loan(request: StaffRequest, pk: int) -> HttpResponse:
    """One loan with every use that was made of it."""
    loan = get_object_or_404(queries.loans_visible_to(request.acting), pk=pk)
    uses = queries.uses_through(loan)
    return render(
        request,
        "itembank/loan.html",
        {
            "loan": loan, "page": Paginator(uses, PAGE).get_page(request.GET.get("page")),
            "is_owner": loan.bank.owner_id == own_org(request).pk, "form": ReasonForm(),
            "is_running": loan.ended_at is None, "history": queries.history_of(loan),
        },
    )  # fmt: skip


@roles_required(Role.OFFICE)
@require_POST
def loan_end(request: StaffRequest, pk: int) -> HttpResponse:
    loan = get_object_or_404(queries.loans_made_by(request.acting), pk=pk)
    services.end_loan(
        loan_id=loan.pk, reason=request.POST.get("reason", ""), by=request.user, at=clock.now()
    )
    messages.success(request, _("出借已终止。"))
    return redirect("itembank:loan", loan.pk)
