"""Pages that belong to no capability: the gallery of components, and the page for our own faults."""

import logging
import secrets
import sys

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string

from jiangjie.web.gallery import samples
from jiangjie.web.http import StaffRequest

log = logging.getLogger(__name__)


@login_required
def gallery(request: StaffRequest) -> HttpResponse:
    """Every component in every state, for those who build screens and those who judge them."""
    org = request.acting.org
    if not (settings.DEBUG or request.user.is_staff or (org is not None and org.is_demo)):
        raise Http404
    return render(request, "web/gallery.html", samples(request.GET))


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: a number that the reader can tell and the log holds beside the traceback.

    Needs neither database nor user: either may be what failed.
    """
    number = secrets.token_hex(4)
    log.error(
        "request number %s: %s %s", number, request.method, request.path, exc_info=sys.exc_info()
    )
    return HttpResponseServerError(render_to_string("500.html", {"number": number}))
