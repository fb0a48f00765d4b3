"""A child process that must not outlive the one that started it."""

import os
import signal
import threading
import time


def end_with_parent(every: float = 0.5) -> None:
    """Stop this process in good order soon after its parent is gone, even by kill -9."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="end-with-parent").start()
