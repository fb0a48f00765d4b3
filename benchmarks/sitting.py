"""P4: a theory sitting from log-in to hand-in, with the web server and the database killed in it.

    python benchmarks/sitting.py [--candidates 2000] [--seconds 60] [--think 5] [--no-kill] [--keep]

Starts `jiangjie serve` with its own PostgreSQL in a new home, seats the candidates of one batch,
signs them in, rings the bell when all of them wait, and lets each save an answer every `--think`
seconds on average. Then kill -9 of all web processes and of the whole database, one after the
other, while they go on writing; then all hand in. At the end every save that any candidate was
told is stored is looked up in the database.

Clients keep one connection each, sign every answer and send again what was not confirmed, as the
exam page does. They run on the same two cores. Prints one JSON line; `value` is the 95th
percentile of a save in ms, from sending to the confirmation, before the first kill.
"""

# ruff: noqa: PLC0415, TID251 -- the home must be named before Django's settings are read; a
# benchmark is at the edge, where the clock is.

import argparse
import asyncio
import hmac
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

REFERENCE_MS = 300
START_WITHIN = 10.0  # seconds after the bell
QUESTIONS = 100
TIMEOUT = 10.0  # seconds for one answer
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


# ---- the candidates -------------------------------------------------------------------------


@dataclass
class Totals:
    """What all candidates have seen."""

    started: list[float] = field(default_factory=list)  # seconds after the bell
    saves: list[tuple[float, float]] = field(default_factory=list)  # when, ms
    failed: int = 0
    handed_in: int = 0
    worst_gap: float = 0.0  # seconds between writing and confirmation
    faults: list[str] = field(default_factory=list)


@dataclass
class Plan:
    port: int
    think: float
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    bell: float = 0.0


class Candidate:
    def __init__(self, login: dict[str, str], plan: Plan, totals: Totals) -> None:
        self.login, self.plan, self.totals = login, plan, totals
        self.cookies: dict[str, str] = {}
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None
        self.sequence = 0
        self.unsent: dict[int, tuple[list[object], float]] = {}
        self.confirmed: dict[int, str] = {}  # sequence → value, as the server has confirmed

    # one request at a time on one connection
    async def ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/json"
    ) -> tuple[int, bytes]:
        is_reused = self.writer is not None
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._ask(method, path, body, kind)
        except BaseException as why:
            if self.writer is not None:
                self.writer.close()
            self.reader = self.writer = None
            # The server closes connections that rest; a browser then opens another, unseen.
            was_closed = isinstance(why, asyncio.IncompleteReadError | ConnectionError)
            if not (is_reused and was_closed):
                raise
        return await self.ask(method, path, body, kind)

    async def _ask(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        if self.writer is None or self.reader is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.plan.port)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.plan.port}\r\nCookie: {cookies}\r\n"
            f"X-Exam-Page: 1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status, length, chunked = int(lines[0].split()[1]), 0, False
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            match name.lower():
                case "content-length":
                    length = int(value)
                case "transfer-encoding":
                    chunked = True
                case "set-cookie":
                    cookie, _, content = value.partition(";")[0].partition("=")
                    self.cookies[cookie] = content
        if chunked:
            return status, await self._chunks(self.reader)
        return status, await self.reader.readexactly(length)

    async def _chunks(self, reader: asyncio.StreamReader) -> bytes:
        found = b""
        while size := int(await reader.readline(), 16):
            found += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return found

    async def sign_in(self) -> None:
        _, page = await self.ask("GET", "/exam/")
        token = TOKEN.search(page)
        assert token is not None
        form = urlencode({**self.login, "csrfmiddlewaretoken": token[1].decode()})
        status, _ = await self.ask(
            "POST", "/exam/", form.encode(), "application/x-www-form-urlencoded"
        )
        assert status == 302, f"sign-in answered {status}"
        status, _ = await self.ask("GET", "/exam/paper/")
        assert status == 200
        status, package = await self.ask("GET", "/exam/package/")
        assert status == 200 and len(package) > 1000

    async def begin(self) -> None:
        await asyncio.sleep(4 * random.random())  # pages do not open in the same instant
        while True:
            status, body = await self.ask("GET", "/exam/start/")
            answer = json.loads(body)
            if status == 200 and answer["state"] == "started":
                break
            assert status == 200 and answer["state"] == "waiting", body
            await asyncio.sleep(answer["ask_again"] * random.uniform(0.75, 1.25))
        self.totals.started.append(time.time() - self.plan.bell)
        self.key = b64decode(answer["seat_key"])
        self.seat = int(self.login["seat"])

    def write(self) -> None:
        self.sequence += 1
        unit, value = random.randint(1, QUESTIONS), random.choice("ABCD")
        made = round(time.time() * 1000)
        parts = ["jiangjie-answer-1", self.seat, 1, self.sequence, unit, made, 5, value]
        text = "\n".join(map(str, parts)).encode()
        signature = b64encode(hmac.digest(self.key, text, sha256)).decode()
        row: list[object] = [1, self.sequence, unit, value, made, 5, signature]
        self.unsent[self.sequence] = row, time.time()

    async def send(self) -> bool:
        rows = [row for row, _ in self.unsent.values()]
        body = json.dumps({"saves": rows, "seen": [self.sequence, 0, False, 0]}).encode()
        began = time.perf_counter()
        try:
            status, content = await self.ask("POST", "/exam/save/", body)
        except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
            self.totals.failed += 1
            return False
        if status != 200:
            self.totals.failed += 1
            return False
        now = time.time()
        self.totals.saves.append((now, (time.perf_counter() - began) * 1000))
        answer = json.loads(content)
        self.totals.faults += [str(each) for each in answer["refused"]]
        for _, sequence in answer["stored"]:
            row, written = self.unsent.pop(sequence)
            self.totals.worst_gap = max(self.totals.worst_gap, now - written)
            self.confirmed[sequence] = f"{row[2]}:{row[3]}"
        return True

    async def sit(self) -> None:
        await asyncio.sleep(self.plan.think * random.random())
        while not self.plan.stop.is_set():
            self.write()
            pause = 0.5
            while not await self.send():
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))
                pause = min(pause * 2, 4)
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    self.plan.stop.wait(), self.plan.think * random.uniform(0.5, 1.5)
                )
        await asyncio.sleep(6 * random.random())
        while True:
            try:
                body = json.dumps({"last": self.sequence}).encode()
                status, content = await self.ask("POST", "/exam/hand-in/", body)
                if status == 200 and json.loads(content)["lacking"] == []:
                    self.totals.handed_in += 1
                    return
            except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
                self.totals.failed += 1
            await asyncio.sleep(1)


async def limited(work: list[object], at_once: int) -> None:
    gate = asyncio.Semaphore(at_once)

    async def one(each: object) -> None:
        async with gate:
            await each  # type: ignore[misc]

    await asyncio.gather(*(one(each) for each in work))


# ---- the world ------------------------------------------------------------------------------


def make_world(count: int) -> tuple[int, int, list[dict[str, str]]]:
    """A batch whose theory examination may begin: sitting, office user, log-ins of candidates."""
    from datetime import date, timedelta

    from django.utils import timezone

    from jiangjie.accounts.models import Role
    from jiangjie.accounts.services import create_user
    from jiangjie.applications.models import Application
    from jiangjie.catalogue.models import Standard
    from jiangjie.exams import services
    from jiangjie.exams.models import Seat
    from jiangjie.kernel.identity import id_check_digit
    from jiangjie.orgs import services as orgs
    from jiangjie.orgs.rules import ScopeWish
    from jiangjie.people.services import PersonWish, ensure_people
    from jiangjie.planning import services as planning
    from jiangjie.procedures import services as procedures
    from jiangjie.procedures.models import StepRecord
    from jiangjie.procedures.queries import procedure_of

    now = timezone.now()
    today = timezone.localdate(now)
    long_ago = date(2020, 1, 1)
    procedures.seed(at=now)
    bureau = orgs.create_organisation(
        kind="bureau", name="压测人社局", region="370203", parent=None, uscc="", is_demo=True,
        by=None, at=now,
    )  # fmt: skip
    org = orgs.create_organisation(
        kind="evaluator", name="压测集团", region="370203", parent=None, is_demo=True,
        uscc="91370200MA00000015", by=None, at=now,
    )  # fmt: skip
    standard = Standard.objects.filter(occupation="6-30-05-01", is_current=True).order_by("pk")[0]
    filing = orgs.draft_filing(
        org=org, bureau=bureau, wishes=[ScopeWish("6-30-05-01", "", (2, 3, 4))], by=None, at=now
    )
    orgs.submit_filing(filing_id=filing.pk, by=None, at=now)
    orgs.accept_filing(
        filing_id=filing.pk, code="鲁-020001", prefix="Y000037020001", valid_from=long_ago,
        valid_until=today + timedelta(days=365), by=None, at=now,
    )  # fmt: skip
    people = {
        role: create_user(
            username=role, display_name=role, password=None, org=org, roles=[Role(role)],
            since=long_ago, is_demo=True, by=None, at=now,
        )
        for role in ("office", "committee")
    }  # fmt: skip
    office = people["office"]
    plan = planning.make_plan(org=org, year=today.year, note="", by=office, at=now)
    planning.set_plan_lines(
        plan=plan, lines=[(standard, "流动式起重机司机", 3, count, 12)], by=office, at=now
    )
    planning.submit_plan(plan=plan, by=office, at=now)
    plan = planning.approve_plan(plan=plan, by=people["committee"], at=now)
    batch = planning.open_batch(
        org=org, plan=plan, title="压测批次",
        lines=[planning.LineWish(standard, "流动式起重机司机", 3, count)], pack_name="shandong",
        as_of=today + timedelta(days=2), apply_from=today, apply_until=today + timedelta(days=1),
        exam_on=today + timedelta(days=2), venue="机房", method="机考", by=office, at=now,
    )  # fmt: skip
    parts = procedure_of(batch.run.definition).parts
    StepRecord.objects.bulk_create(
        StepRecord(run=batch.run, step=code, evidence_kind=kind, note="压测", by=office, at=now)
        for code in (f"S{n:02d}" for n in range(1, 11))
        for kind in parts[code].evidence or ("",)
    )
    StepRecord.objects.bulk_create(
        StepRecord(run=batch.run, step=code, evidence_kind=kind, note="压测", by=office, at=now)
        for code in ("T01", "T02", "T03", "T04")
        for kind in parts[code].evidence or ("",)
    )
    numbers = [f"370200{1970 + n // 999 % 30}0505{n % 999:03d}" for n in range(count)]
    rows = [
        PersonWish(
            f"考生{n}", "居民身份证", body + id_check_digit(body), is_demo=True
        )
        for n, body in enumerate(numbers)
    ]  # fmt: skip
    line = batch.lines.get()
    found = ensure_people(rows, by=office, at=now)
    Application.objects.bulk_create(
        Application(
            batch=batch, line=line, person=person, unit=org, unit_name=org.name,
            state="qualified", ticket=f"2026{n:06d}", submitted_at=now, decided_at=now,
        )
        for n, person in enumerate(found)
    )  # fmt: skip
    sitting = services.arrange(
        batch=batch, title="压测", room="机房", planned_at=now + timedelta(minutes=3), minutes=90,
        earliest_minutes=0, by=office, at=now,
    )  # fmt: skip
    services.seat_candidates(sitting_id=sitting.pk, by=office, at=now)
    services.load_paper(
        sitting_id=sitting.pk, contents=[content("A"), content("B")], by=office, at=now
    )  # fmt: skip
    Seat.objects.filter(sitting=sitting).update(checked_in_at=now, checked_in_by=office)
    numbers_of = {f"2026{n:06d}": row.id_number for n, row in enumerate(rows)}
    seats = Seat.objects.filter(sitting=sitting).values_list("pk", "application__ticket")
    return sitting.pk, office.pk, [
        {
            "seat": str(seat), "ticket": ticket, "id_tail": numbers_of[ticket][-6:],
            "room_code": sitting.room_code,
        }
        for seat, ticket in seats
    ]  # fmt: skip


def content(form: str) -> object:
    from jiangjie.itembank.rules.content import (
        ItemContent,
        Kind,
        PaperContent,
        Question,
        Section,
    )

    questions = tuple(
        Question(
            f"B-{n:03d}.1",
            ItemContent(
                kind=Kind.SINGLE, key="ABCD"[n % 4],
                stem=f"第{n}题：桥式起重机的主起升机构由电动机、减速器、卷筒和制动器组成，其中哪一项说法正确？",
                options=tuple(f"{letter}项说明：按规程检查后方可作业" for letter in "甲乙丙丁"),
            ),
            (100,),
        )
        for n in range(1, QUESTIONS + 1)
    )  # fmt: skip
    return PaperContent(
        f"2026-{form}", "理论知识试卷", 90, (Section("一、单项选择题", "", questions),)
    )


# ---- processes ------------------------------------------------------------------------------


def descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


def kill_web(server: int) -> int:
    """SIGKILL to every web process; the parent replaces them."""
    victims = [
        pid for pid in descendants(server)
        if b"multiprocessing.spawn" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]  # fmt: skip
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    return len(victims)


def kill_database(data: Path) -> int:
    """SIGKILL to the postmaster and all its processes, then a new start as a watchdog does it."""
    from django.conf import settings

    postmaster = int((data / "postmaster.pid").read_text().split()[0])
    victims = [postmaster, *descendants(postmaster)]
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(_runs(pid) for pid in victims):
        time.sleep(0.05)
    # Where nobody buries dead processes their number seems to be in use, and PostgreSQL would
    # take its lock files for a living server's.
    (data / "postmaster.pid").unlink(missing_ok=True)
    for lock in settings.CLUSTER.socket.glob(".s.PGSQL.*"):
        lock.unlink()
    settings.CLUSTER.ensure_running(settings.KEYS.database.hex())
    return len(victims)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ---- the run --------------------------------------------------------------------------------


async def run(args: argparse.Namespace, home: Path) -> dict[str, object]:
    from django.conf import settings
    from django.db import connections
    from django.utils import timezone

    from jiangjie.accounts.models import User
    from jiangjie.exams import services

    sitting, office, logins = await asyncio.to_thread(make_world, args.candidates)
    plan, totals = Plan(free_port(), args.think), Totals()
    server = subprocess.Popen(  # noqa: ASYNC220, S603 -- our own program, before anybody waits
        [sys.executable, "-m", "jiangjie.cli", "serve", "--no-worker", "--port", str(plan.port)],
        env={**os.environ, "JIANGJIE_WEB_PROCESSES": str(args.processes)},
    )
    kills: dict[str, float] = {}
    try:
        while True:
            await asyncio.sleep(0.2)
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", plan.port), 1).close()
                break
        candidates = [Candidate(login, plan, totals) for login in logins]
        began = time.time()
        await limited([each.sign_in() for each in candidates], 40)
        signing_in = time.time() - began
        starting = asyncio.gather(*(each.begin() for each in candidates))
        await asyncio.sleep(8)

        def ring() -> None:
            services.ring(
                sitting_id=sitting, by=User.objects.get(pk=office), at=timezone.now()
            )  # fmt: skip
            connections.close_all()

        plan.bell = time.time()
        await asyncio.to_thread(ring)
        await starting
        writing_from = time.time()
        writing = asyncio.gather(*(each.sit() for each in candidates))
        await asyncio.sleep(args.seconds)
        writing_until = time.time()
        if not args.no_kill:
            began = time.time()
            kills["web_processes"] = await asyncio.to_thread(kill_web, server.pid)
            await asyncio.sleep(args.seconds / 4)
            kills["database_processes"] = await asyncio.to_thread(
                kill_database, settings.CLUSTER.data
            )
            await asyncio.sleep(args.seconds / 3)
            kills["seconds"] = round(time.time() - began, 1)
        plan.stop.set()
        began = time.time()
        await writing
        handing_in = time.time() - began
    finally:
        server.terminate()
        server.wait(60)
    lost, rows = await asyncio.to_thread(check, sitting, candidates)
    steady = [ms for at, ms in totals.saves if writing_from + 5 < at < writing_until]
    quantiles = statistics.quantiles(steady, n=100)
    return {
        "name": "sitting",
        "unit": "ms p95 of a save",
        "value": round(quantiles[94], 1),
        "reference": REFERENCE_MS,
        "ratio": round(quantiles[94] / REFERENCE_MS, 3),
        "candidates": args.candidates,
        "web_processes": args.processes,
        "sign_in_seconds": round(signing_in, 1),
        "started": len(totals.started),
        "last_start_after_bell_s": round(max(totals.started), 2),
        "median_start_after_bell_s": round(statistics.median(totals.started), 2),
        "saves_per_second": round(len(steady) / (writing_until - writing_from - 5)),
        "p50_ms": round(quantiles[49], 1),
        "p99_ms": round(quantiles[98], 1),
        "failed_requests_in_kills": totals.failed,
        "killed": kills,
        "longest_until_confirmed_s": round(totals.worst_gap, 2),
        "handed_in": totals.handed_in,
        "hand_in_seconds": round(handing_in, 1),
        "acknowledged": sum(len(each.confirmed) for each in candidates),
        "stored": rows,
        "lost": lost,
        "refused": len(totals.faults),
    }


def check(sitting: int, candidates: list[Candidate]) -> tuple[int, int]:
    """How many confirmed saves are not in the database as they were sent."""
    from django.conf import settings
    from django.db import connections

    from jiangjie.exams.models import Answer

    settings.CLUSTER.ensure_running(settings.KEYS.database.hex())
    connections.close_all()
    connections["default"].close_pool()  # its connections died with the database
    stored = {
        (seat, sequence): f"{unit}:{value}"
        for seat, sequence, unit, value in Answer.objects.filter(seat__sitting=sitting).values_list(
            "seat", "sequence", "unit", "value"
        )
    }
    lost = sum(
        stored.get((each.seat, sequence)) != value
        for each in candidates
        for sequence, value in each.confirmed.items()
    )
    return lost, len(stored)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--candidates", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=5)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--no-kill", action="store_true")
    parser.add_argument("--keep", action="store_true", help="leave the home folder")
    args = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="jiangjie-bench-sitting-"))
    home.chmod(0o755)
    os.environ["JIANGJIE_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "jiangjie.settings"
    from jiangjie.runtime.commands import serve

    try:
        with serve.own_postgres():
            serve.prepare()
            line = asyncio.run(run(args, home))
    finally:
        if not args.keep:
            shutil.rmtree(home, ignore_errors=True)
    print(json.dumps(line, ensure_ascii=False))
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "sitting.json").write_text(json.dumps(line, ensure_ascii=False, indent=1) + "\n")
    is_good = line["value"] <= REFERENCE_MS and line["lost"] == 0  # type: ignore[operator]
    sys.exit(0 if is_good and line["last_start_after_bell_s"] <= START_WITHIN else 1)  # type: ignore[operator]


if __name__ == "__main__":
    main()
