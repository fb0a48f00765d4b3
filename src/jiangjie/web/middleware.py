"""Refusals and redirects, told once for all views."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
from jiangjie.web.http import PageRequest, Refusal


class RefusalMiddleware:
    """A deed that the rules forbid becomes HTTP 422 beside its control, with the clause.

    With htmx the refusal is put into the form's own `.refusal` place, and what was typed stays;
    without, it is a page of its own. Views just raise, and redirect when the deed is done.
    """

    def __init__(self, get_response: Callable[[PageRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.htmx and response.status_code in {301, 302, 303}:
            # The browser would follow it inside the swap and put a page into a part.
            answer = HttpResponse(status=204)
            answer["HX-Redirect"] = response["Location"]
            answer.cookies = response.cookies
            return answer
        return response

    def process_view(
        self, request: PageRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """PostgreSQL keeps no NUL in a text and nobody types one: refused before any deed."""
        sent = request.POST.lists() if request.method == "POST" else ()
        if any("\x00" in value for _, values in sent for value in values):
            why = BadInput(gettext_noop("提交的内容含有不可用的字符。"))
            return self.process_exception(request, why)
        return None

    def process_exception(self, request: PageRequest, why: Exception) -> HttpResponse | None:
        if not isinstance(why, RuleViolation | BadInput):
            return None
        template = "web/_refusal.html" if request.htmx else "web/refused.html"
        return render(request, template, {"refusal": Refusal.of(why)}, status=422)
