"""The outbox against a real, small SMTP server."""

import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from jiangjie.notices import queries, rules
from jiangjie.notices.models import Mail
from jiangjie.notices.services import deliver_mail, queue_mail
from tests.ledger.test_races import run_together

AT = datetime(2026, 6, 30, 1, 0, tzinfo=UTC)


class _Session(socketserver.StreamRequestHandler):
    """Enough of SMTP: refuses recipients "nobody@…", keeps the rest in `server.received`."""

    server: "Server"

    def handle(self) -> None:
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            command = line.upper()
            if command.startswith("RCPT TO:<NOBODY@"):
                self.say("550 no such user")
            elif command == "DATA":
                self.say("354 go on")
                text = b""
                while (piece := self.rfile.readline()) != b".\r\n":
                    text += piece
                self.server.received.append(text.decode())
                self.say("250 kept")
            elif command == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.received: list[str] = []


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = found.server_address
        settings.EMAIL_USE_TLS = False
        settings.EMAIL_HOST_USER = ""
        yield found
        found.shutdown()
        thread.join()


def test_retries_get_rarer_and_end() -> None:
    waits = [rules.next_attempt(failures, AT) for failures in range(1, 8)]
    assert [(wait - AT).total_seconds() / 60 if wait else None for wait in waits] == [
        1, 5, 30, 120, 480, 1440, None,
    ]  # fmt: skip


@pytest.mark.django_db
def test_mail_is_sent_once(server: Server) -> None:
    mail = queue_mail("a@example.cn", "您的申报\n已受理", "正文", at=AT)
    assert deliver_mail(limit=10, at=AT) == 1
    assert deliver_mail(limit=10, at=AT + timedelta(days=1)) == 0
    mail.refresh_from_db()
    assert (mail.sent_at, mail.due_at, mail.attempts, mail.error) == (AT, None, 1, "")
    assert len(server.received) == 1
    assert f"Message-ID: <mail-{mail.pk}-20260630010000@jiangjie>" in server.received[0]


@pytest.mark.django_db
def test_mail_is_not_sent_before_its_time_and_limit_holds(server: Server) -> None:
    for number in range(3):
        queue_mail(f"a{number}@example.cn", "标题", "正文", at=AT)
    assert deliver_mail(limit=10, at=AT - timedelta(seconds=1)) == 0
    assert deliver_mail(limit=2, at=AT) == 2
    assert len(server.received) == 2


@pytest.mark.django_db
def test_refused_recipient_waits_longer_each_time_and_holds_up_nobody(server: Server) -> None:
    refused = queue_mail("nobody@example.cn", "标题", "正文", at=AT)
    queue_mail("a@example.cn", "标题", "正文", at=AT)
    assert deliver_mail(limit=10, at=AT) == 2
    refused.refresh_from_db()
    assert (refused.attempts, refused.due_at) == (1, AT + timedelta(minutes=1))
    assert "no such user" in refused.error
    assert len(server.received) == 1
    at = AT
    while refused.due_at:
        at = refused.due_at
        deliver_mail(limit=10, at=at)
        refused.refresh_from_db()
    assert (refused.attempts, refused.sent_at) == (7, None)
    assert at - AT == sum(rules.RETRY_AFTER, timedelta())
    assert queries.undelivered_mail() == 1


@pytest.mark.django_db
def test_server_that_is_down_is_asked_once_in_a_round(server: Server, settings: Any) -> None:
    settings.EMAIL_PORT = 1  # nobody listens
    queue_mail("a@example.cn", "标题", "正文", at=AT)
    queue_mail("b@example.cn", "标题", "正文", at=AT)
    assert deliver_mail(limit=10, at=AT) == 1
    assert list(Mail.objects.order_by("pk").values_list("attempts", "due_at")) == [
        (1, AT + timedelta(minutes=1)),
        (0, AT),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_deliverers_send_nothing_twice(server: Server) -> None:
    for number in range(20):
        queue_mail(f"a{number}@example.cn", "标题", "正文", at=AT)

    def deliver() -> None:
        deliver_mail(limit=100, at=AT)

    run_together(deliver, deliver)
    assert len(server.received) == 20


@pytest.mark.django_db(transaction=True)
def test_mail_of_a_deed_that_failed_is_not_sent(server: Server) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue_mail("a@example.cn", "标题", "正文", at=AT)
        raise ZeroDivisionError
    assert deliver_mail(limit=10, at=AT) == 0
    assert connection.in_atomic_block is False
