"""A marker's screens: his questions, one answer at a time, his signature."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jiangjie.accounts.access import roles_required
from jiangjie.kernel.errors import RuleViolation
from jiangjie.marking import queries, services, shown, tables
from jiangjie.marking.forms import MarkForm
from jiangjie.marking.models import Response, Share
from jiangjie.marking.rules import marks
from jiangjie.web import clock
from jiangjie.web.http import Refusal, StaffRequest


@roles_required(*queries.MARKERS)
@require_safe
def desk(request: StaffRequest) -> HttpResponse:
    lines = queries.desk(request.user, request.acting)
    by_round: dict[Any, list[queries.DeskLine]] = {}
    for line in lines:
        by_round.setdefault(line.share.question.round, []).append(line)
    return render(
        request,
        "marking/desk.html",
        {
            "rounds": [
                {
                    "round": found, "lines": own, "may_sign": any(each.may_sign for each in own),
                    "done": sum(each.done for each in own), "total": sum(each.total for each in own),
                }
                for found, own in by_round.items()
            ],
            "recusal": queries.recusal(next(iter(by_round)).batch) if by_round else None,
        },
    )  # fmt: skip


def _share(request: StaffRequest, pk: int) -> Share:
    return get_object_or_404(queries.shares_visible_to(request.user, request.acting), pk=pk)


@roles_required(*queries.MARKERS)
@require_http_methods(["GET", "POST"])
def mark(request: StaffRequest, pk: int) -> HttpResponse:
    """One answer: the next that waits, or one of his own that he opens again."""
    share = _share(request, pk)
    response = _response(request, share)
    if response is None or (share.signed_at is not None and request.method == "GET"):
        return _all_done(request, share)
    given = queries.own_marks(share).filter(response=response).first()
    form, refusal = MarkForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            services.give_mark(
                share_id=share.pk, response_id=response.pk, points=form.cleaned_data["points"],
                seen=form.cleaned_data["seen"], by=request.user, at=clock.now(),
            )  # fmt: skip
        except RuleViolation as why:
            refusal = Refusal.of(why)
        else:
            return redirect("marking:mark", share.pk)
    question = share.question
    waiting = queries.waiting(share).count()
    done = queries.own_marks(share)
    return render(
        request,
        "marking/mark.html",
        {
            "share": share, "response": response, "given": given, "form": form, "refusal": refusal,
            "question": shown.question(question.paper, question.unit),
            "answer": queries.answer_text(response),
            "buttons": [(each, tables.points_text(each)) for each in marks.buttons(question.points)],
            "done": len(done), "total": len(done) + waiting,
            "previous": _previous(done, given),
            "is_third": share.place == marks.THIRD,
        },
        status=422 if refusal or form.errors else 200,
    )  # fmt: skip


def _response(request: StaffRequest, share: Share) -> Response | None:
    """What the address names; else the next that waits."""
    named = request.POST.get("response") or request.GET.get("response", "")
    if named:
        own = queries.own_marks(share).values("response")
        visible: QuerySet[Response] = Response.objects.filter(question=share.question_id)
        if request.method == "GET":
            visible = visible.filter(pk__in=own)
        return get_object_or_404(
            visible.select_related("script__sheet"), pk=named if _is_id(named) else 0
        )
    return queries.waiting(share).select_related("script__sheet").first()


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18


def _previous(done: QuerySet[Any], given: Any) -> Any:
    """The own mark before the one that is open, by the number of the script."""
    earlier = done.order_by("-response__script__number")
    if given is not None:
        earlier = earlier.filter(response__script__number__lt=given.response.script.number)
    return earlier.first()


def _all_done(request: StaffRequest, share: Share) -> HttpResponse:
    """Nothing waits: what was given, to be looked over before the signature."""
    lines = queries.desk_of(share.question.round, request.user)
    rest = [line for line in lines if line.share.signed_at is None and line.left]
    return render(
        request,
        "marking/marked.html",
        {
            "share": share, "given": queries.own_marks(share),
            "line": next(line for line in lines if line.share.pk == share.pk),
            "next": rest[0] if rest else None,
        },
    )  # fmt: skip


@roles_required(*queries.MARKERS)
@require_POST
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    share = _share(request, pk)
    services.undo_mark(share_id=share.pk, by=request.user, at=clock.now())
    return redirect("marking:mark", share.pk)


@roles_required(*queries.MARKERS)
@require_POST
def sign(request: StaffRequest, pk: int) -> HttpResponse:
    visible = queries.shares_visible_to(request.user, request.acting)
    share = visible.filter(question__round=pk).first()
    if share is None:
        return get_object_or_404(visible.none(), pk=pk)  # type: ignore[return-value]
    done = services.sign_marks(round_id=pk, by=request.user, at=clock.now())
    messages.success(request, _("已签署%(count)d题的评分。") % {"count": len(done)})
    return redirect(reverse("marking:desk"))
