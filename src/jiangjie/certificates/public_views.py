"""Is a certificate genuine? For anybody, without log-in, and with no more about its holder than
the asker already knows."""

import logging
from collections.abc import Callable
from enum import StrEnum

from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from jiangjie.certificates import limits, queries
from jiangjie.certificates.forms import VerifyForm
from jiangjie.certificates.models import Certificate, CertificateState
from jiangjie.kernel.identity import mask_name
from jiangjie.publicity.limits import client_address
from jiangjie.web import clock
from jiangjie.web.http import PageRequest

log = logging.getLogger(__name__)


class Answer(StrEnum):
    VALID = "valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # a wrong number and a wrong name look the same
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


_STATUS = {Answer.UNKNOWN: 404, Answer.TOO_MANY: 429, Answer.UNAVAILABLE: 503}


@never_cache
@require_http_methods(["GET", "POST"])
def verify(request: PageRequest) -> HttpResponse:
    """By number and name. A POST: names and numbers get into no log and no history."""
    form = VerifyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        return _answer(
            request,
            lambda: queries.find_by_number_and_name(given["number"], given["name"]),
            form,
        )
    return render(
        request, "certificates/verify.html", {"form": form}, status=422 if form.errors else 200
    )


@never_cache
@require_safe
def by_secret(request: PageRequest, secret: str) -> HttpResponse:
    """By the QR code on the certificate, which nobody can guess."""
    return _answer(request, lambda: queries.find_by_secret(secret), VerifyForm())


def _answer(
    request: PageRequest, find: Callable[[], Certificate | None], form: VerifyForm
) -> HttpResponse:
    found: Certificate | None = None
    at = clock.now()
    address = client_address(request)
    try:
        with transaction.atomic():
            limits.spend(address, at)
        with transaction.atomic():
            found = find()
            if found is not None:
                limits.give_back(address, at)
        answer = _of(found)
    except limits.TooMany:
        answer = Answer.TOO_MANY
    except DatabaseError:
        log.exception("a certificate could not be looked up")
        answer = Answer.UNAVAILABLE
    response = render(
        request,
        "certificates/verify.html",
        {
            "form": form, "answer": answer, "certificate": found,
            "name": mask_name(found.holder_name) if found else "",
            "is_demo": found is not None and found.org.is_demo, "at": at,
        },
        status=_STATUS.get(answer, 200),
    )  # fmt: skip
    if answer is Answer.TOO_MANY:
        response["Retry-After"] = str(limits.WINDOW - int(at.timestamp()) % limits.WINDOW)
    response["X-Robots-Tag"] = "noindex"
    return response


def _of(found: Certificate | None) -> Answer:
    if found is None:
        return Answer.UNKNOWN
    return Answer.REVOKED if found.state == CertificateState.REVOKED else Answer.VALID
