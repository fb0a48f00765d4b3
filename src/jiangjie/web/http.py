"""Requests and refusals: what every view shares."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils.translation import gettext
from django_htmx.middleware import HtmxDetails

from jiangjie.kernel.errors import BadInput, RuleViolation

if TYPE_CHECKING:
    from jiangjie.accounts.acting import Acting
    from jiangjie.accounts.models import User


class PageRequest(HttpRequest):
    htmx: HtmxDetails


class StaffRequest(PageRequest):
    """A request of somebody logged in, with the organisation and the roles he acts in."""

    user: "User"
    acting: "Acting"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A RuleViolation or BadInput in the reader's language."""

    code: str
    message: str
    source: str

    @classmethod
    def of(cls, why: RuleViolation | BadInput) -> "Refusal":
        message = gettext(why.text) % why.values
        if isinstance(why, RuleViolation):
            return cls(why.code, message, why.source)
        return cls("bad_input", message, "")
