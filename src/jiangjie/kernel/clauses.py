"""Where a rule comes from, and how sure we are of it."""

from dataclasses import dataclass
from enum import StrEnum


class Confidence(StrEnum):
    """How well a rule is attested. Everything but SOURCED is marked on screen."""

    SOURCED = "S"  # read in a published text
    REPOSTED = "S~"  # read in a re-post, or in a local rule built on the national one
    GENERAL = "M"  # general knowledge of the field, not seen in a source
    UNCERTAIN = "U"  # uncertain: keep it configurable
    RECONSTRUCTED = "R"  # our reconstruction

    @property
    def is_sure(self) -> bool:
        return self is Confidence.SOURCED


@dataclass(frozen=True, slots=True)
class Clause:
    """A place in a published rule, e.g. id "GZB-2018/3/1", source "国家职业技能标准编制技术规程(2018版)"."""

    id: str
    text: str
    source: str
    confidence: Confidence
