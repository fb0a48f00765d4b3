from datetime import datetime

from django.utils.translation import gettext

from jiangjie import jobs
from jiangjie.certificates import queries, services
from jiangjie.kernel.errors import BadInput, RuleViolation

AT_A_TIME = 10  # certificates: about a second of work, after which all of it is safe


@jobs.duty(services.ISSUE)
def issue(at: datetime) -> bool:
    """One slice of every run under way, so that a large batch holds up no small one."""
    runs = queries.runs_under_way()
    for run_id in runs:
        try:
            services.issue_some(run_id=run_id, limit=AT_A_TIME, at=at)
        except (RuleViolation, BadInput) as why:
            services.stop_issue(run_id=run_id, error=gettext(why.text) % why.values, at=at)
    return bool(queries.runs_under_way())


@jobs.duty("certificates.forget_lookups", cron="43 3 * * *")
def forget_lookups(at: datetime) -> bool:
    """Who looked up what is nobody's business for longer than the bound needs it."""
    services.forget_lookups(at=at)
    return False
