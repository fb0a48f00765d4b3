"""The candidate's side: sign-in, the page, and the small JSON answers it lives on.

No account: a signed cookie names the seat and the machine session. Requests that change something
carry a header of ours, which no other site can send, so they need no CSRF token.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jiangjie.exams import lockdown, services
from jiangjie.exams.forms import SignInForm
from jiangjie.exams.models import Paper, Seat
from jiangjie.exams.rules.lockdown import config_file
from jiangjie.exams.rules.saving import LONGEST_ANSWER, MOST_SAVES, Save, to_ms
from jiangjie.exams.services import Over, Seen, Standby, Waiting
from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
from jiangjie.web import clock
from jiangjie.web.http import PageRequest, Refusal

COOKIE = "seat"
COOKIE_AGE = 12 * 3600  # outlives a power cut
SALT = "exams.seat"
HEADER = "X-Exam-Page"


# ---- who is at the machine ------------------------------------------------------------------


def seat_of(request: HttpRequest) -> tuple[int, int] | None:
    """Seat and session from the cookie; no query."""
    try:
        seat, session = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_AGE
        )  # fmt: skip
    except (signing.BadSignature, ValueError):
        return None
    return int(seat), int(session)


def remember(response: HttpResponse, seat: Seat) -> None:
    response.set_cookie(
        COOKIE, signing.dumps([seat.pk, seat.session], salt=SALT), max_age=COOKIE_AGE,
        path="/exam/", httponly=True, samesite="Strict", secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


Api = Callable[[HttpRequest, int, int], JsonResponse]


def machine_api(view: Api) -> Callable[[HttpRequest], JsonResponse]:
    """JSON in, JSON out; 422 with `code` and `message` for a refusal, also without a seat."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest) -> JsonResponse:
        who = seat_of(request)
        if who is None or HEADER not in request.headers:
            body = {"code": "exams.signed_out", "state": "signed_out", "now": _now()}
            return _told(JsonResponse(body, status=200 if request.method == "GET" else 422))
        try:
            return _told(view(request, *who))
        except Standby:
            return _told(JsonResponse({"code": "exams.is_spare", "now": _now()}, status=503))
        except (RuleViolation, BadInput) as why:
            refusal = Refusal.of(why)
            body = {"code": refusal.code, "message": refusal.message, "now": _now()}
            return _told(JsonResponse(body, status=422))

    return answer


def _told(response: JsonResponse) -> JsonResponse:
    patch_cache_control(response, no_store=True)
    return response


def _now() -> int:
    return to_ms(clock.now())


# ---- pages ----------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def sign_in(request: PageRequest) -> HttpResponse:
    """The door: room code, ticket number, end of the identity number."""
    form = SignInForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            seat = services.sign_in(
                room_code=given["room_code"], ticket=given["ticket"], id_tail=given["id_tail"],
                address=request.META.get("REMOTE_ADDR") or None,
                agent=request.headers.get("User-Agent", ""), known=seat_of(request),
                is_locked_down=lockdown.is_locked_down(request, given["browser_key"]),
                at=clock.now(),
            )  # fmt: skip
        except RuleViolation as why:
            refusal = Refusal.of(why)
        else:
            response = redirect("exams:paper")
            remember(response, seat)
            return response
    return render(
        request, "exams/sign_in.html", {"form": form, "refusal": refusal},
        status=422 if form.errors or refusal else 200,
    )  # fmt: skip


@require_GET
def paper(request: PageRequest) -> HttpResponse:
    """The exam page; without a seat, the door."""
    who = seat_of(request)
    if who is None:
        return redirect("exams:sign_in")
    seat = get_object_or_404(
        Seat.objects.select_related("sitting__batch__org", "application__person"), pk=who[0]
    )
    if seat.session != who[1]:
        return redirect("exams:sign_in")
    return render(
        request, "exams/paper.html",
        {"seat": seat, "sitting": seat.sitting, "session": who[1],
         "is_demo": seat.sitting.batch.org.is_demo},
    )  # fmt: skip


# ---- what the page asks ---------------------------------------------------------------------


@require_GET
@machine_api
def start(request: HttpRequest, seat_id: int, session: int) -> JsonResponse:
    at = clock.now()
    found = services.start(seat_id=seat_id, session=session, at=at)
    if isinstance(found, Waiting):
        return JsonResponse(
            {
                "state": "waiting", "now": to_ms(at), "planned": to_ms(found.planned_at),
                "checked_in": found.checked_in, "rung": found.rung, "ask_again": found.ask_again,
            }
        )  # fmt: skip
    if isinstance(found, Over):
        handed_in = found.handed_in_at
        return JsonResponse({"state": "over", "now": to_ms(at),
                             "handed_in": to_ms(handed_in) if handed_in else None})  # fmt: skip
    return JsonResponse(
        {
            "state": "started", "now": to_ms(at), "bell": to_ms(found.bell_at),
            "ends": to_ms(found.ends_at), "earliest_minutes": found.earliest_minutes,
            "package_key": b64encode(found.package_key).decode(),
            "seat_key": b64encode(found.seat_key).decode(),
            "order": found.order, "sequence": found.sequence, "house": found.house,
            "answers": {
                unit: {"value": save.value, "session": save.session, "sequence": save.sequence,
                       "seconds": save.seconds}
                for unit, save in found.answers.items()
            },
        }
    )  # fmt: skip


@require_GET
def package(request: HttpRequest) -> HttpResponse:
    """The encrypted paper of one's own seat; worth nothing before the bell."""
    who = seat_of(request)
    if who is None:
        return redirect("exams:sign_in")
    found = get_object_or_404(Paper.objects.only("package", "digest"), seats=who[0])
    return HttpResponse(
        bytes(found.package), content_type="application/octet-stream",
        headers={"Cache-Control": "no-store"},
    )  # fmt: skip


@require_POST
@machine_api
def save(request: HttpRequest, seat_id: int, session: int) -> JsonResponse:
    saves, seen = read_message(request.body)
    at = clock.now()
    found = services.save(seat_id=seat_id, session=session, saves=saves, seen=seen, at=at)
    return JsonResponse(
        {
            "now": to_ms(at), "ends": to_ms(found.ends_at), "stored": found.stored,
            "refused": found.refused, "handed_in": found.handed_in, "replaced": found.replaced,
            "closed": found.closed, "house": found.house,
        }
    )  # fmt: skip


@require_POST
@machine_api
def hand_in(request: HttpRequest, seat_id: int, session: int) -> JsonResponse:
    body = _json(request.body)
    last = body.get("last") if isinstance(body, dict) else None
    if not isinstance(last, int) or not 0 <= last < 2**31:
        raise _malformed()
    at = clock.now()
    lacking = services.hand_in(seat_id=seat_id, session=session, last=last, at=at)
    return JsonResponse({"now": to_ms(at), "lacking": lacking})


def read_message(body: bytes) -> tuple[list[Save], Seen]:
    """{"saves": [[session, sequence, unit, value, made_ms, seconds, signature]], "seen": […]}.

    BadInput for anything else.
    """
    message = _json(body)
    try:
        rows = message["saves"]
        answered, unsent, hidden, times_hidden = message["seen"]
        if len(rows) > MOST_SAVES:
            raise _malformed()
        return [_save(row) for row in rows], Seen(
            _count(answered), _count(unsent, 2**31), bool(hidden), _count(times_hidden)
        )
    except (KeyError, TypeError, ValueError) as why:
        raise _malformed() from why


def _save(row: list[Any]) -> Save:
    session, sequence, unit, value, made_ms, seconds, signature = row
    if not isinstance(value, str) or len(value) > LONGEST_ANSWER or "\x00" in value:
        raise ValueError("value")
    return Save(
        session=_count(session), sequence=_count(sequence, 2**31), unit=_count(unit), value=value,
        made_ms=_count(made_ms, 2**53), seconds=_count(seconds, 2**31),
        signature=b64decode(signature, validate=True),
    )  # fmt: skip


def _count(value: object, limit: int = 2**15) -> int:
    if not isinstance(value, int) or not 0 <= value < limit:
        raise ValueError("number")
    return value


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as why:
        raise _malformed() from why


def _malformed() -> BadInput:
    return BadInput(gettext_noop("请求内容无效。"))


# ---- the rest of the door -------------------------------------------------------------------


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the page; it holds for the addresses below its own, so it is here."""
    place = finders.find("exams/worker.js")
    assert isinstance(place, str)  # noqa: S101 -- it comes with the program
    return HttpResponse(
        Path(place).read_bytes(), content_type="text/javascript",
        headers={"Cache-Control": "no-cache"},
    )  # fmt: skip


@require_GET
def over(request: PageRequest) -> HttpResponse:
    """The last page; the locked browser ends here."""
    response = render(request, "exams/over.html")
    response.delete_cookie(COOKIE, path="/exam/", samesite="Strict")
    return response


@require_GET
def browser_settings(request: PageRequest) -> HttpResponse:
    """The settings file with which an exam machine starts Safe Exam Browser. It has no secret."""
    return HttpResponse(
        config_file(lockdown.settings_of(request)), content_type="application/seb",
        headers={"Content-Disposition": 'attachment; filename="jiangjie.seb"'},
    )  # fmt: skip
