"""What makes a person's identity, and how his records speak for an occupation."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from jiangjie.kernel.errors import RuleViolation, gettext_noop
from jiangjie.kernel.identity import NAME_SEPARATORS, BadIdNumber, parse_id_number

RESIDENT = "居民身份证"
# As the eligibility facts name them (院校类型).
SCHOOL_TYPES = (
    "技工学校", "中职", "高级技校", "技师学院", "高职", "大专", "本科", "高级工班", "预备技师班",
)  # fmt: skip
TITLE_GRADES = ("初级", "中级", "副高", "正高")


@dataclass(frozen=True, slots=True)
class Identity:
    """Checked, in the one form in which it is stored and looked up."""

    name: str
    id_type: str
    number: str
    birth_date: date | None
    is_female: bool | None


def check_identity(
    *,
    name: str,
    id_type: str,
    number: str,
    birth_date: date | None = None,
    is_female: bool | None = None,
) -> Identity:
    """RuleViolation people.no_name, people.bad_id_number, people.birth_date_contradicts,
    people.sex_contradicts (R-19: a resident's number says both).
    """
    name = "".join(unicodedata.normalize("NFC", name).split())
    if not name:
        raise RuleViolation("people.no_name", gettext_noop("请填写姓名。"))
    if id_type != RESIDENT:
        compact = "".join(unicodedata.normalize("NFKC", number).split()).upper()
        if not 5 <= len(compact) <= 30:
            raise RuleViolation(
                "people.bad_id_number", gettext_noop("证件号码应为5至30个字母或数字。")
            )
        return Identity(name, id_type, compact, birth_date, is_female)
    try:
        parsed = parse_id_number(number)
    except BadIdNumber as why:
        values: dict[str, Any] = why.values
        raise RuleViolation("people.bad_id_number", why.text, **values) from why
    if birth_date not in (None, parsed.birth_date):
        raise RuleViolation(
            "people.birth_date_contradicts", gettext_noop("出生日期与证件号码不一致。")
        )
    if is_female not in (None, parsed.is_female):
        raise RuleViolation("people.sex_contradicts", gettext_noop("性别与证件号码不一致。"))
    return Identity(name, id_type, parsed.number, parsed.birth_date, parsed.is_female)


def same_name(first: str, second: str) -> bool:
    """Whether two spellings are one name: the dot of 买买提·吐尔逊 is typed in many ways."""
    return _bare_name(first) == _bare_name(second)


def _bare_name(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).upper()
    return "".join(c for c in folded if c not in NAME_SEPARATORS and not c.isspace())


def occupation_relation(code: str, *, occupation_code: str, related: Collection[str]) -> str:
    """本职业 "same", 相关职业 "related" (the footnote list of the standard) or "other"."""
    if code == occupation_code:
        return "same"
    return "related" if code in related else "other"


def major_relation(major: str, *, related_majors: Collection[str]) -> str:
    """本专业 "same" or 相关专业 "related" or "other".

    House rule: standards print one list of 本专业或相关专业 and almost no clause tells the two
    apart. A major that is an entry of the list is "same"; one that contains an entry, or is
    contained in one ("港口机械操作与维修" and "港口机械"), is "related".
    """
    bare = _bare_name(major)
    listed = {_bare_name(entry) for entry in related_majors}
    if bare in listed:
        return "same"
    if bare and any(entry in bare or bare in entry for entry in listed if entry):
        return "related"
    return "other"


def title_relation(speciality: str, *, related_majors: Collection[str]) -> str:
    """Whether a 职称's speciality corresponds: "same" or "other" (the facts know no third)."""
    relation = major_relation(speciality, related_majors=related_majors)
    return "other" if relation == "other" else "same"
