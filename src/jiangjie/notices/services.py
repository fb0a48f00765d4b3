"""Messages to people: written with the deed they tell of, mails delivered by a job."""

import smtplib
from collections.abc import Iterable
from datetime import datetime
from enum import Enum, auto

from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from jiangjie import jobs
from jiangjie.accounts.models import User
from jiangjie.kernel import canonical
from jiangjie.notices import rules
from jiangjie.notices.models import Mail, Notice

DELIVERY = "notices.deliver_mail"  # the duty that empties the outbox
SMTP_TIMEOUT = 20  # seconds


def notify(
    users: Iterable[User], text: str, *, link: str, at: datetime, **values: object
) -> list[Notice]:
    """Put a message into each user's inbox, once. One query.

    `text` is a gettext source with %(name)s places for `values`; `link` a path of this site.
    KeyError when a place has no value.
    """
    plain = canonical.jsonable(values)
    text % plain  # a missing value fails here, not on the reader's screen
    return Notice.objects.bulk_create(
        Notice(user=user, text=text, values=plain, link=link, sent_at=at)
        for user in {user.pk: user for user in users}.values()
    )


def queue_mail(to: str, subject: str, body: str, *, at: datetime) -> Mail:
    """Write an e-mail into the outbox, in the transaction of the deed."""
    jobs.wake(DELIVERY)
    return Mail.objects.create(
        to=to, subject=" ".join(subject.split()), body=body, queued_at=at, due_at=at
    )


def deliver_mail(*, limit: int, at: datetime) -> int:
    """Hand over at most `limit` mails that are due; returns how many were tried.

    Several deliverers may run: each mail is held by one. A mail is sent again only if the
    machine stops between the server's answer and our commit; its Message-ID shows that.
    """
    connection = mail.get_connection(timeout=SMTP_TIMEOUT)
    try:
        for tried in range(limit):
            outcome = _deliver_next(connection, at)
            if outcome is Outcome.NOTHING_DUE:
                return tried
            if outcome is Outcome.SERVER_FAILED:
                return tried + 1  # the next mail would only wait for the same server
        return limit
    finally:
        connection.close()


class Outcome(Enum):
    NOTHING_DUE = auto()
    DONE = auto()  # sent, or this one mail was refused
    SERVER_FAILED = auto()


@transaction.atomic
def _deliver_next(connection: BaseEmailBackend, at: datetime) -> Outcome:
    due = (
        Mail.objects.select_for_update(skip_locked=True)
        .filter(due_at__lte=at)
        .order_by("due_at", "pk")
        .first()
    )
    if due is None:
        return Outcome.NOTHING_DUE
    due.attempts += 1
    message = mail.EmailMessage(
        due.subject,
        due.body,
        to=[due.to],
        connection=connection,
        headers={"Message-ID": f"<mail-{due.pk}-{due.queued_at:%Y%m%d%H%M%S}@jiangjie>"},
    )
    outcome = Outcome.DONE
    try:
        connection.open()  # stays open for the next mail
        message.send()
        due.error, due.due_at, due.sent_at = "", None, at
    except OSError as why:  # SMTPException is one
        due.error = str(why)[:300]
        due.due_at = rules.next_attempt(due.attempts, at)
        connection.close()
        if not isinstance(why, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError):
            outcome = Outcome.SERVER_FAILED
    due.save(update_fields=["attempts", "error", "due_at", "sent_at"])
    return outcome


def mark_read(*, notice_id: int, by: User, at: datetime) -> Notice:
    """The user has opened his message; the first time counts. Notice.DoesNotExist if not his."""
    Notice.objects.filter(pk=notice_id, user=by, read_at=None).update(read_at=at)
    return Notice.objects.get(pk=notice_id, user=by)


def mark_all_read(*, by: User, at: datetime) -> int:
    """Returns how many were unread."""
    return Notice.objects.filter(user=by, read_at=None, sent_at__lte=at).update(read_at=at)
