"""兑现待遇: which rule pays, from which month, what is due and what is late. Pure, in fen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jiangjie.kernel.errors import RuleViolation, gettext_noop


def month_of(day: date) -> date:
    """The first day of the day's month; months are kept as such."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def months(first: date, last: date) -> list[date]:
    """Every month from `first` to `last`, both included; empty when `last` is before."""
    found = []
    month = month_of(first)
    while month <= last:
        found.append(month)
        month = next_month(month)
    return found


@dataclass(frozen=True, slots=True)
class Rate:
    """What an organisation pays for a level from a month until a month."""

    id: int
    level: int
    monthly_fen: int
    first_month: date
    last_month: date | None

    def covers(self, month: date) -> bool:
        return self.first_month <= month and (self.last_month is None or month <= self.last_month)


def rate_for(rates: Iterable[Rate], *, level: int, month: date) -> Rate:
    """The rate in force: of those that cover the month the one that began last.

    Raises RuleViolation where the organisation has none: no allowance is ever guessed.
    """
    covering = [rate for rate in rates if rate.level == level and rate.covers(month)]
    if not covering:
        raise RuleViolation(
            "treatment.no_rule",
            gettext_noop("%(month)s没有适用于该等级的津贴标准，请先登记标准和依据文件。"),
            month=f"{month:%Y-%m}",
        )
    return max(covering, key=lambda rate: rate.first_month)


def check_order(rates: Sequence[Rate], *, month: date, source: str) -> None:
    """R-16: what a 首席技师 gets is not below what a 特级技师 gets (人社部发〔2022〕14号)."""
    in_force = {}
    for level in (7, 8):
        covering = [rate for rate in rates if rate.level == level and rate.covers(month)]
        if covering:
            in_force[level] = max(covering, key=lambda rate: rate.first_month).monthly_fen
    if len(in_force) == 2 and in_force[8] < in_force[7]:
        raise RuleViolation(
            "treatment.chief_below_master",
            gettext_noop("首席技师的待遇不得低于特级技师。"),
            source=source,
        )


def months_due(
    *, first_month: date, last_month: date | None, paid: Iterable[date], today: date
) -> list[date]:
    """Months that are over or running and not yet paid, oldest first."""
    until = month_of(today) if last_month is None else min(last_month, month_of(today))
    done = set(paid)
    return [month for month in months(first_month, until) if month not in done]


def check_first_month(*, first_month: date, issued_on: date) -> None:
    """An allowance begins no earlier than the month of the certificate (house decision)."""
    if first_month != month_of(first_month) or first_month < month_of(issued_on):
        raise RuleViolation(
            "treatment.before_certificate",
            gettext_noop("起算月不能早于发证当月（%(month)s）。"),
            month=f"{issued_on:%Y-%m}",
        )


def is_overdue(*, issued_on: date, days: int, today: date) -> bool:
    """Whether a certificate is older than `days` with nothing paid on its ground (R-04)."""
    return today > issued_on + timedelta(days=days)
