"""What a verification says: numbered items, findings, counts of what was re-computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jiangjie.kernel.errors import gettext_noop

ERROR, WARNING = "error", "warning"

# The 四性 of electronic records, each with numbered items; docs/reference/archive.md lists them.
# A number is never given to something else: reports are kept for years.
ITEMS: Mapping[str, str] = {
    "真实性-1": gettext_noop("文件内容与清单的校验值一致"),
    "真实性-2": gettext_noop("标签文件与标签清单的校验值一致"),
    "真实性-3": gettext_noop("检查点由账本密钥签名"),
    "真实性-4": gettext_noop("每条办理记录在检查点所证明的账本中"),
    "真实性-5": gettext_noop("文件与封存时记入账本的校验值一致"),
    "真实性-6": gettext_noop("与另行留存的检查点一致"),
    "真实性-7": gettext_noop("批次及其固定的规则与开设时的记录一致"),
    "真实性-8": gettext_noop("计划、公告、备案与办理记录一致，评价在备案范围内"),
    "真实性-9": gettext_noop("各层签字与办理记录一致"),
    "真实性-10": gettext_noop("步骤登记和材料与办理记录一致"),
    "真实性-11": gettext_noop("申报与办理记录一致"),
    "真实性-12": gettext_noop("资格判定可由申报事实重新得出"),
    "真实性-13": gettext_noop("三层签字齐全，职责分离"),
    "真实性-14": gettext_noop("成绩录入、核对和更正与办理记录一致"),
    "真实性-15": gettext_noop("两人各录一遍，更正由他人审核"),
    "真实性-16": gettext_noop("评定结果可由成绩重新得出"),
    "真实性-17": gettext_noop("评定结果与办理记录和签署的校验值一致"),
    "真实性-18": gettext_noop("公示期限和名单可重新得出"),
    "真实性-19": gettext_noop("公示与办理记录一致"),
    "真实性-20": gettext_noop("异议与办理记录一致，处理人独立"),
    "真实性-21": gettext_noop("证书编号符合规则，发给应发的人"),
    "真实性-22": gettext_noop("证书与办理记录一致"),
    "真实性-23": gettext_noop("待遇金额可由津贴标准重新得出，无重复发放"),
    "真实性-24": gettext_noop("待遇与办理记录一致"),
    "真实性-25": gettext_noop("试卷的组卷、校对、密封、交接、启封与办理记录一致"),
    "真实性-26": gettext_noop("试卷符合组卷方案，由两人两钥到时启封，各环节分离"),
    "真实性-27": gettext_noop("阅卷评分与办理记录和签字的校验值一致"),
    "真实性-28": gettext_noop("理论成绩可由各题评分重新得出"),
    "完整性-1": gettext_noop("清单所列文件齐全"),
    "完整性-2": gettext_noop("没有清单之外的文件"),
    "完整性-3": gettext_noop("必备的数据文件齐全"),
    "完整性-4": gettext_noop("各卷目录与内容相符"),
    "完整性-5": gettext_noop("各卷必备材料齐全"),
    "完整性-6": gettext_noop("办理记录齐全"),
    "完整性-7": gettext_noop("文件数和字节数与说明一致"),
    "可用性-1": gettext_noop("是BagIt档案包"),
    "可用性-2": gettext_noop("数据文件可以读取"),
    "可用性-3": gettext_noop("格式版本可以识别"),
    "可用性-4": gettext_noop("另行留存的检查点可以比对"),
    "安全性-1": gettext_noop("文件路径安全"),
    "安全性-2": gettext_noop("证件号码已遮盖"),
}

COUNTED = ("eligibility", "draws", "scores", "votes", "publicity", "numbers", "benefits")


@dataclass(frozen=True, slots=True)
class Finding:
    """`path` is a file of the bag, perhaps with "#" and a place in it. `text` is a gettext source."""

    item: str  # a key of ITEMS
    severity: str  # ERROR or WARNING
    path: str
    text: str
    values: Mapping[str, object]

    @property
    def message(self) -> str:
        return self.text % self.values

    def to_json(self) -> dict[str, str]:
        return {
            "item": self.item, "severity": self.severity, "path": self.path,
            "message": self.message,
        }  # fmt: skip


@dataclass(slots=True)
class Findings:
    """Collects findings and counts while the checks run."""

    found: list[Finding] = field(default_factory=list)
    recomputed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))

    def error(self, item: str, path: str, text: str, **values: object) -> None:
        self._add(Finding(item, ERROR, path, text, values))

    def warn(self, item: str, path: str, text: str, **values: object) -> None:
        self._add(Finding(item, WARNING, path, text, values))

    def _add(self, finding: Finding) -> None:
        if finding.item not in ITEMS:
            raise LookupError(f"no item {finding.item}")
        self.found.append(finding)

    def report(self) -> "Report":
        order = {item: place for place, item in enumerate(ITEMS)}
        found = sorted(self.found, key=lambda each: (order[each.item], each.path, each.message))
        is_ok = all(each.severity != ERROR for each in found)
        return Report(is_ok, found, dict(self.recomputed))


@dataclass(frozen=True, slots=True)
class Report:
    """`ok` without an error; warnings do not count."""

    ok: bool
    findings: list[Finding]
    recomputed: dict[str, int]

    def to_json(self) -> dict[str, object]:
        """As in the command contract."""
        return {
            "ok": self.ok,
            "findings": [finding.to_json() for finding in self.findings],
            "recomputed": self.recomputed,
        }
