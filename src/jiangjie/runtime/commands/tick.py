"""Every duty once, for cron on a site that runs no worker."""

import argparse

HELP = "把到期的后台任务全部执行一遍后退出（可由 cron 调用）"


def arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    import asyncio

    from jiangjie import jobs
    from jiangjie.runtime.worker import drop_stalled_once, run_duty

    failed = 0
    for duty in jobs.duties():
        try:
            print(f"{duty.name}: {run_duty(duty)}")
        except Exception as why:  # noqa: BLE001 -- one duty's trouble must not stop the others
            failed += 1
            print(f"{duty.name}: {type(why).__name__}: {why}")
    asyncio.run(drop_stalled_once())
    return 1 if failed else 0
