"""P12: server time of every screen on a demonstration's database.

    python benchmarks/screens.py [--people 300] [--home .jiangjie/bench-screens] [--visits 20]

Makes the demonstration in a home of its own (kept for the next run), visits each page that a role
reaches from its home page through Django's test client, and prints one JSON line: the slowest
screen's 95th percentile in ms against 100 ms, with all screens in benchmarks/results/screens.json.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

REFERENCE_MS = 100
LINK = re.compile(r'href="(/[^"#]*)"')
NOT_SCREENS = re.compile(
    r"\.(xlsx|pdf)|/(export|file|yaml|logout|static|photo|evidence)/|/form\.pdf"
)
THING = re.compile(r"/(\d+|[0-9a-f]{16,}|\d-\d\d-\d\d-\d\d|[ST]\d\d)(?=/)")


def make_home(home: Path, people: int) -> dict[str, object]:
    """The demonstration of so many people; made once, then used again."""
    command = [sys.executable, "-m", "jiangjie.cli", "demo", "--no-serve", "--json", "--keep"]
    run = subprocess.run(  # noqa: S603 -- our own program
        [*command, "--people", str(people), "--home", str(home)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    made: dict[str, object] = json.loads(run.stdout)
    return made


def pages(client: object) -> Iterator[str]:
    """Addresses that a reader comes to from his home page, the first of each kind."""
    waiting, seen = ["/"], {"/"}
    while waiting:
        url = waiting.pop(0)
        answer = client.get(url, follow=True)
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            continue
        yield url
        for link in LINK.findall(answer.content.decode()):
            kind = THING.sub("/n", link.partition("?")[0])
            if kind not in seen and not NOT_SCREENS.search(link):
                seen.add(kind)
                waiting.append(link.replace("&amp;", "&"))


def p95(client: object, url: str, visits: int) -> float:
    """Milliseconds that 95 of 100 visits stay below."""
    times = []
    for _ in range(visits):
        start = time.perf_counter()
        client.get(url)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def measure(logins: list[dict[str, str]], visits: int) -> dict[str, dict[str, object]]:
    """Each screen by its kind, as seen by the role for which it is slowest."""
    import django  # noqa: PLC0415 -- the home must be named before the settings are read

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import override_settings  # noqa: PLC0415

    from jiangjie.accounts.models import User  # noqa: PLC0415

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    found: dict[str, dict[str, object]] = {}
    with override_settings(
        ALLOWED_HOSTS=["testserver"], STORAGES={**settings.STORAGES, "staticfiles": plain}
    ):
        for login in logins:
            client = Client()
            client.force_login(User.objects.get(username=login["username"]))
            for url in list(pages(client)):
                ms = round(p95(client, url, visits), 1)
                kind = THING.sub("/n", url.partition("?")[0])
                if ms > found.get(kind, {"ms": 0.0})["ms"]:
                    found[kind] = {"ms": ms, "role": login["role"], "url": url}
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--home", type=Path, default=Path(".jiangjie/bench-screens"))
    parser.add_argument("--visits", type=int, default=20)
    args = parser.parse_args()
    made = make_home(args.home.absolute(), args.people)
    os.environ["JIANGJIE_HOME"] = str(args.home.absolute())
    os.environ["DJANGO_SETTINGS_MODULE"] = "jiangjie.settings"
    from jiangjie.runtime.commands import serve  # noqa: PLC0415

    with serve.own_postgres():
        found = measure(made["logins"], args.visits)  # type: ignore[arg-type]
    slowest = max(found, key=lambda kind: float(found[kind]["ms"]))  # type: ignore[arg-type]
    value = float(found[slowest]["ms"])  # type: ignore[arg-type]
    line = {
        "name": "screens", "unit": "ms p95 of the slowest screen", "value": value,
        "reference": REFERENCE_MS, "ratio": round(value / REFERENCE_MS, 3), "screen": slowest,
        "screens": len(found), "people": args.people,
    }  # fmt: skip
    print(json.dumps(line, ensure_ascii=False))
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    ranked = sorted(found.items(), key=lambda item: -float(item[1]["ms"]))  # type: ignore[arg-type]
    body = json.dumps({**line, "all": dict(ranked)}, ensure_ascii=False, indent=1)
    (results / "screens.json").write_text(body + "\n", "utf-8")


if __name__ == "__main__":
    main()
