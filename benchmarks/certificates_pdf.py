"""How many certificates one process prints in a minute, and how that stands to the goal.

`python benchmarks/certificates_pdf.py [COUNT]` prints one JSON document. Each certificate has its own
person, number and QR code, so nothing but the empty sheet can be reused.
"""

import json
import sys
from datetime import UTC, date, datetime
from time import perf_counter

from jiangjie.documents.certificates import CertificateDocument, render_certificates

GOAL_PER_MINUTE = 10_000  # one process of two that issue 20,000 a minute
FAMILY, GIVEN = "王李张刘陈杨赵黄周吴徐孙", "建国伟明强磊军洋勇杰华平波刚辉鹏"


def certificate(n: int) -> CertificateDocument:
    number = f"Y000037000001263{n:06d}"
    organisation = "甲港口集团有限公司职业技能评价中心"
    return CertificateDocument(
        number=number,
        holder_name=FAMILY[n % 12] + GIVEN[n % 16] + GIVEN[n // 16 % 16],
        id_type="居民身份证",
        id_number=f"3702001990{n:08d}",
        occupation="起重装卸机械操作工",
        specialisation="桥式起重机司机",
        level="三级/高级工",
        organisation=organisation,
        issued_on=date(2026, 6, 30),
        body=f"本证书由{organisation}颁发，表明持证人通过本机构组织的职业技能等级认定。",
        verify_url=f"https://example.org/v/{number}",
        certificate_query_url="http://jndj.osta.org.cn",
        organisation_query_url="http://pjjg.osta.org.cn",
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    at = datetime(2026, 6, 30, tzinfo=UTC)
    for _ in render_certificates([certificate(n) for n in range(30)], printed_at=at):
        pass  # fonts and ornament are read
    items = [certificate(n) for n in range(100, 100 + count)]
    start = perf_counter()
    size = sum(map(len, render_certificates(items, printed_at=at)))
    per_minute = count / (perf_counter() - start) * 60
    report = {
        "value": round(per_minute),
        "unit": "certificates/min/process",
        "reference": GOAL_PER_MINUTE,
        "ratio": round(per_minute / GOAL_PER_MINUTE, 2),
        "bytes_each": round(size / count),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
