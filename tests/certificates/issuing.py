"""Workers of their own that issue a run one certificate at a time, each killed after a while.

Arguments: the run, the instant as ISO text, and the milliseconds after which each worker is killed.
Writes "killed" or "ended" for each; stops at the first that ended.
"""

import os
import signal
import sys
import time
from datetime import datetime

import django

django.setup()

from jiangjie.certificates import services


def work(run: int, at: datetime) -> None:
    while services.issue_some(run_id=run, limit=1, at=at):
        pass


def main() -> None:
    run, at = int(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
    for milliseconds in map(int, sys.argv[3:]):
        # Forked before any connection is open: each worker has its own, and dies with it.
        worker = os.fork()
        if worker == 0:
            work(run, at)
            os._exit(0)
        deadline = time.monotonic() + milliseconds / 1000
        ended = 0
        while not ended and time.monotonic() < deadline:
            ended, _ = os.waitpid(worker, os.WNOHANG)
            time.sleep(0.002)
        if ended:
            sys.stdout.write("ended\n")
            return
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        sys.stdout.write("killed\n")


main()
