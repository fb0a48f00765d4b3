"""Words that a certificate must not carry (R-12)."""

import unicodedata
from collections.abc import Sequence

# 人社鉴发〔2021〕1号: the evaluation organisation alone issues the certificate.
FORBIDDEN_SOURCE = "人社鉴发〔2021〕1号"
FORBIDDEN_WORDS = ("中华人民共和国", "国家", "全国", "职业资格", "岗位合格")


def check_certificate_wording(text: str, forbidden: Sequence[str]) -> list[str]:
    """The forbidden words that `text` carries, each once, in the order of `forbidden`.

    Full-width forms, spaces, line breaks and invisible characters between the letters hide nothing.
    """
    plain = _plain(text)
    return [word for word in forbidden if _plain(word) in plain]


def _plain(text: str) -> str:
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKC", text)
        if not letter.isspace() and unicodedata.category(letter) != "Cf"
    )
