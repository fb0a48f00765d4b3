"""Safe Exam Browser at this site: its settings file, and whether a sign-in comes from under it."""

from django.http import HttpRequest
from django.urls import reverse

from jiangjie.exams.rules import lockdown as rules

HEADER = "X-SafeExamBrowser-ConfigKeyHash"


def settings_of(request: HttpRequest) -> rules.Settings:
    """The same for every sitting of the site, so one file serves all machines."""
    return rules.settings_for(
        start_url=request.build_absolute_uri(reverse("exams:sign_in")),
        quit_url=request.build_absolute_uri(reverse("exams:over")),
    )


def is_locked_down(request: HttpRequest, told_by_page: str) -> bool:
    """By the header (Windows), or by what the browser told the page (macOS, iOS)."""
    sent = request.headers.get(HEADER, "") or told_by_page
    url = request.build_absolute_uri()
    return rules.is_from(url, rules.config_key(settings_of(request)), sent)
