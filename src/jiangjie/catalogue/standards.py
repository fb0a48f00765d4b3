"""The standards that come with the program: data, with the source and confidence of each.

Which condition set a standard uses is chosen by the standard's own edition, not by a date: the
wordings of 2018 and 2023 run side by side. The names are those of the policy packs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

WORDING_2018 = "GZB-2018"
# 特级技师 and 首席技师 stand only over 一级/高级技师; the conditions are the province's.
APPOINTED = {"7": "SD-2020-特级", "8": "SD-2023-首席"}


@dataclass(frozen=True, slots=True)
class ShippedStandard:
    code: str
    title: str
    occupation: str
    conditions: Mapping[str, str]  # condition set by level ord
    source: str
    confidence: str
    related_occupations: tuple[str, ...] = ()
    related_majors: tuple[str, ...] = ()
    issued_on: date | None = None
    work_types: Mapping[str, str] = field(default_factory=dict)  # name -> confidence


def _ladder(first: int, last: int = 6) -> dict[str, str]:
    return {str(level): WORDING_2018 for level in range(first, last + 1)} | APPOINTED


STANDARDS = (
    ShippedStandard(
        code="GZB-6-30-05-01",
        title="起重装卸机械操作工国家职业技能标准",
        occupation="6-30-05-01",
        conditions=_ladder(2),
        source="起重装卸机械操作工国家职业技能标准（2018版条款；五级至三级条件见公开转载，二级、一级按规程）",
        confidence="M",
        related_occupations=("6-30-05-02", "6-30-05-05", "6-31-01-09"),
        related_majors=(
            "港口机械", "起重运输机械", "工程机械", "机电一体化", "机械制造与自动化", "电气自动化",
        ),
        work_types={
            "流动式起重机司机": "M",
            "门座式起重机司机": "M",
            "桥式起重机司机": "M",
            "岸边集装箱起重机司机": "U",
            "轮胎式集装箱门式起重机司机": "U",
            "叉车司机": "U",
            "装载机司机": "U",
        },
    ),
    ShippedStandard(
        code="GZB-6-31-01-03",
        title="电工国家职业技能标准",
        occupation="6-31-01-03",
        conditions=_ladder(2),
        source="电工国家职业技能标准（按2018版编制技术规程；未逐条核对原文）",
        confidence="M",
        related_occupations=("6-31-01-02", "6-31-01-04", "6-31-01-07", "6-31-01-08"),
        related_majors=("电气自动化", "电气工程", "机电一体化", "供用电技术", "电机与电器"),
    ),
    ShippedStandard(
        code="GZB-6-31-01-02",
        title="机修钳工国家职业技能标准",
        occupation="6-31-01-02",
        conditions=_ladder(2),
        source="机修钳工国家职业技能标准（按2018版编制技术规程；未逐条核对原文）",
        confidence="M",
        related_occupations=("6-31-01-01", "6-31-01-03", "6-31-01-09"),
        related_majors=("机械设备维修", "机电一体化", "机械制造与自动化", "钳工"),
    ),
    ShippedStandard(
        code="GZB-3-02-02-01",
        title="保卫管理员国家职业技能标准",
        occupation="3-02-02-01",
        conditions={str(level): "GZB-保卫管理员" for level in (4, 5, 6)} | APPOINTED,
        source="保卫管理员国家职业技能标准（三级至一级，另列特别条件）",
        confidence="S~",
    ),
    ShippedStandard(
        code="GZB-4-14-02-02",
        title="健康管理师国家职业标准",
        occupation="4-14-02-02",
        conditions={"4": "GZB-健康管理师-2005"}
        | {str(level): WORDING_2018 for level in (5, 6)}
        | APPOINTED,
        source="健康管理师国家职业标准（三级为2005年版文字；二级、一级按规程推定）",
        confidence="U",
        related_majors=("医药卫生", "临床医学", "护理", "药学", "公共卫生", "预防医学"),
    ),
    ShippedStandard(
        code="GZB-6-29-01-06",
        title="装配式建筑施工员国家职业技能标准",
        occupation="6-29-01-06",
        conditions=_ladder(2),
        source="人社厅发〔2023〕5号 装配式建筑施工员国家职业技能标准",
        confidence="S~",
        related_occupations=("6-30-05-01",),
        related_majors=("建筑施工", "土木工程", "装配式建筑工程技术", "建筑工程技术"),
        issued_on=date(2023, 3, 21),
    ),
    ShippedStandard(
        code="GZB-4-08-08-23",
        title="建筑信息模型技术员国家职业技能标准",
        occupation="4-08-08-23",
        conditions=_ladder(2),
        source="建筑信息模型技术员国家职业技能标准（2021年，当时编码4-04-05-04）",
        confidence="S~",
        related_majors=("建筑信息模型", "土木工程", "建筑工程技术", "工程造价", "建筑学"),
    ),
)  # fmt: skip
