"""A whole sitting in a real browser, with the network cut in the middle of it."""

import contextlib
import socket
import threading
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from jiangjie.exams import queries, services
from jiangjie.exams.models import Answer, Presence, Seat
from tests.exams.factories import BELL, id_tail, make_sitting, seats
from tests.factories import make_world
from tests.runtime.installations import until
from tests.screens import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class ServerClock:
    """The server's clock of April 2026; it runs, and the test may put it forward."""

    def __init__(self) -> None:
        self.start, self.ahead = time.monotonic(), timedelta(minutes=-5)

    def now(self):
        return BELL + self.ahead + timedelta(seconds=time.monotonic() - self.start)


class Line:
    """The wire between the exam machines and the server: it can be cut for good and mended."""

    def __init__(self, url: str) -> None:
        self.server = ("localhost", urlsplit(url).port)
        self.listener = socket.create_server(("localhost", 0))
        self.url = f"http://localhost:{self.listener.getsockname()[1]}"
        self.is_cut, self.ends = False, set()
        threading.Thread(target=self._take, daemon=True).start()

    def cut(self):
        self.is_cut = True
        for end in list(self.ends):
            _close(end)

    def mend(self):
        self.is_cut = False

    def _take(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.is_cut:
                _close(near)
                continue
            far = socket.create_connection(self.server)
            self.ends |= {near, far}
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source, target):
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                target.sendall(piece)
        for end in (source, target):
            _close(end)
        self.ends -= {source, target}


def _close(end):
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@pytest.fixture
def line(live_server):
    line = Line(live_server.url)
    yield line
    line.cut()
    line.listener.close()


@pytest.fixture
def clock(monkeypatch):
    clock = ServerClock()
    monkeypatch.setattr("jiangjie.web.clock.now", clock.now)
    return clock


def sign_in(page: Page, seat: Seat) -> None:
    page.goto("/exam/")
    page.get_by_label("考场口令").fill(seat.sitting.room_code)
    page.get_by_label("准考证号").fill(seat.application.ticket)
    page.get_by_label("证件号码后六位").fill(id_tail(seat))
    page.get_by_role("button", name="登录").click()


def standing(seat: Seat) -> dict[int, str]:
    return {unit: save.value for unit, save in queries.latest_answers(seat.pk).items()}


def test_a_whole_sitting_with_the_network_cut_in_the_middle(chromium, line, clock):
    world = make_world()
    sitting = make_sitting(world, count=1, forms=("A",), mix_options=False, mix_items=False)
    (seat,) = seats(sitting)
    context = chromium.new_context(
        base_url=line.url, locale="zh-CN", viewport={"width": 1280, "height": 844}
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    sign_in(page, seat)
    expect(page.get_by_text("监考员还没有核验您的身份")).to_be_visible()
    assert faults(page) == []
    services.check_in(seat_id=seat.pk, by=world.assessor, at=clock.now())
    services.ring(sitting_id=sitting.pk, by=world.assessor, at=clock.now())
    first = page.locator("#question-1")
    expect(first).to_contain_text("第1号单选题")
    saved = page.locator("[data-part=saved]")
    first.get_by_text("1号选项乙").click()
    expect(saved).to_contain_text("已保存")
    assert faults(page) == []

    page.keyboard.press("n")
    page.keyboard.press("c")
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="第2题 已答 已标记")).to_be_visible()
    expect(saved).to_contain_text("已保存")
    assert standing(seat) == {1: "B", 2: "C"}

    # The line goes down: the page says so, keeps what is written, and goes on.
    line.cut()
    page.keyboard.press("n")
    page.keyboard.press("d")
    expect(saved).to_contain_text("仅存本机")
    page.get_by_role("button", name="第8题").click()
    page.locator("#question-8 textarea").fill("因为没有检查吊具。")
    page.locator("#question-8").get_by_text("停止作业").click()
    expect(saved).to_contain_text("3项答案仅存本机")
    assert standing(seat) == {1: "B", 2: "C"}

    # A reload without the line: the page, the paper and every answer come back, and go on.
    page.reload()
    expect(page.locator("#question-1 input[value=B]")).to_be_checked()
    expect(page.locator("#question-3 input[value=D]")).to_be_checked()
    expect(page.locator("#question-8 textarea")).to_have_value("因为没有检查吊具。")
    expect(saved).to_contain_text("3项答案仅存本机")
    page.get_by_role("button", name="第4题").click()
    page.keyboard.press("a")
    expect(saved).to_contain_text("4项答案仅存本机")
    page.keyboard.press("b")
    expect(saved).to_contain_text("5项答案仅存本机")
    assert page.locator("[data-part=left]").text_content() > "80:00"
    assert standing(seat) == {1: "B", 2: "C"}

    # The browser dies with answers that the server has never seen, and comes back.
    page.close()
    line.mend()
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/exam/paper/")
    expect(page.locator("#question-1 input[value=B]")).to_be_checked()
    expect(page.locator("[data-part=saved]")).to_contain_text("已保存")
    assert standing(seat) == {1: "B", 2: "C", 3: "D", 4: "B", 8: "A", 9: "因为没有检查吊具。"}
    expect(page.get_by_role("button", name="第8题 已答")).to_be_visible()

    # A spare node takes over that has not heard of two confirmed answers: the page brings them.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exams_answer DISABLE TRIGGER exams_answer_guard")
        cursor.execute("DELETE FROM exams_answer WHERE sequence > 1 AND sequence < 4")
        cursor.execute("ALTER TABLE exams_answer ENABLE TRIGGER exams_answer_guard")
        cursor.execute("UPDATE exams_sitting SET session_floor = 1000")
    assert 2 not in standing(seat)
    page.get_by_role("button", name="第5题").click()
    page.locator("#question-5").get_by_text("多一").click()
    expect(page.get_by_role("button", name="第5题 已答")).to_be_visible()
    whole = {1: "B", 2: "C", 3: "D", 4: "B", 5: "A", 8: "A", 9: "因为没有检查吊具。"}
    until(lambda: standing(seat) == whole)
    expect(page.locator("[data-part=saved]")).to_contain_text("已保存")

    # A second window of the same machine does not write.
    other = context.new_page()
    other.goto("/exam/paper/")
    expect(other.get_by_text("试卷已在另一窗口打开")).to_be_visible()
    other.close()

    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="特大字号").click()
    page.get_by_role("button", name="显示全部题目").click()
    assert faults(page) == []
    page.locator("#question-6").get_by_text("错误").click()
    page.locator("#question-7 input").first.fill("机构")
    page.get_by_role("button", name="交卷").click()
    expect(page.get_by_role("dialog")).to_contain_text("以后方可交卷")
    page.get_by_role("button", name="继续作答").click()
    clock.ahead += timedelta(minutes=31)
    Presence.objects.filter(seat=seat).update(seen_at=clock.now())
    page.reload()
    page.get_by_role("button", name="交卷").click()
    expect(page.get_by_role("dialog")).to_contain_text("全部题目已作答")
    page.get_by_role("button", name="确定交卷").click()
    expect(page.get_by_role("heading", name="已交卷")).to_be_visible()
    seat.refresh_from_db()
    assert seat.handed_in_at is not None
    assert standing(seat)[6] == "F"
    assert standing(seat)[7] == "机构\n"
    assert Answer.objects.filter(seat=seat).count() == 10
    assert complaints == []
    context.close()
