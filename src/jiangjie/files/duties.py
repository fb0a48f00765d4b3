from datetime import datetime

from jiangjie import jobs
from jiangjie.files import services


@jobs.duty("files.sweep", cron="17 3 * * *")
def sweep(at: datetime) -> bool:
    services.sweep_drafts(at=at)
    return False
