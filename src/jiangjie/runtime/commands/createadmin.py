"""The first organisation of a new installation, with the log-in of its administrator."""

import argparse

HELP = "建立第一个机构及其管理员账号"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--org", metavar="NAME", help="机构名称")
    parser.add_argument(
        "--kind", choices=["evaluator", "bureau"], help="evaluator 评价机构，bureau 人社部门"
    )
    parser.add_argument("--region", metavar="CODE", help="六位行政区划代码")
    parser.add_argument("--uscc", default="", help="统一社会信用代码（可以后补）")
    parser.add_argument("--username", help="登录名")
    parser.add_argument("--name", help="管理员姓名")
    parser.add_argument(
        "--password-stdin", action="store_true", help="从标准输入读取密码；否则逐项询问"
    )


def run(args: argparse.Namespace) -> int:
    import getpass
    import sys

    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.db import transaction

    from jiangjie.accounts import services as accounts
    from jiangjie.accounts.models import Role
    from jiangjie.kernel.errors import BadInput, RuleViolation, gettext_noop
    from jiangjie.orgs import services as orgs
    from jiangjie.orgs.models import OrgKind
    from jiangjie.runtime.installation import bring_up_to_date
    from jiangjie.web import clock

    def asked(given: str | None, question: str) -> str:
        if given is None and args.password_stdin:
            raise BadInput(gettext_noop("缺少参数：%(name)s"), name=question)
        answer = (input(f"{question}：") if given is None else given).strip()
        if not answer:
            raise BadInput(gettext_noop("缺少参数：%(name)s"), name=question)
        return answer

    name = asked(args.org, "机构名称 --org")
    kind = asked(args.kind, "类别 --kind（evaluator 或 bureau）")
    region = asked(args.region, "六位行政区划代码 --region")
    username = asked(args.username, "登录名 --username")
    display_name = asked(args.name, "管理员姓名 --name")
    if kind not in {OrgKind.EVALUATOR, OrgKind.BUREAU}:
        raise BadInput(gettext_noop("类别应为 evaluator 或 bureau。"))
    if not (len(region) == 6 and region.isascii() and region.isdigit()):
        raise BadInput(gettext_noop("行政区划代码应为六位数字。"))
    password = (
        sys.stdin.readline().rstrip("\n") if args.password_stdin else getpass.getpass("密码：")
    )
    try:
        validate_password(password)
    except ValidationError as why:
        raise BadInput("%(why)s", why=" ".join(why.messages)) from why
    bring_up_to_date()
    at = clock.now()
    roles = [Role.ADMIN, Role.OFFICER if kind == OrgKind.BUREAU else Role.OFFICE]
    try:
        with transaction.atomic():
            org = orgs.create_organisation(
                kind=kind, name=name, region=region, uscc=args.uscc, by=None, at=at
            )
            user = accounts.create_user(
                username=username,
                display_name=display_name,
                password=password,
                org=org,
                roles=roles,
                since=clock.today(),
                by=None,
                at=at,
            )
    except RuleViolation as why:
        raise BadInput(why.text, **why.values) from why
    print(f"{org} · {user.username} · {', '.join(str(role.label) for role in roles)}")
    return 0
