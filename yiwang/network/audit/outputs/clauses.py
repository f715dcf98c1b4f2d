"""Control points of GB/T 22239-2019: what the third number of a clause is called."""

from __future__ import annotations

from collections.abc import Iterable

CONTROL_POINTS = {
    "1.2.1": "网络架构",
    "1.2.2": "通信传输",
    "1.2.3": "可信验证",
    "1.3.1": "边界防护",
    "1.3.2": "访问控制",
    "1.3.3": "入侵防范",
    "1.3.4": "恶意代码和垃圾邮件防范",
    "1.3.5": "安全审计",
    "1.3.6": "可信验证",
    "1.4.1": "身份鉴别",
    "1.4.2": "访问控制",
    "1.4.3": "安全审计",
    "1.4.4": "入侵防范",
    "1.4.5": "恶意代码防范",
    "1.4.7": "数据完整性",
    "1.4.8": "数据保密性",
    "1.4.9": "数据备份恢复",
    "1.5.1": "系统管理",
    "1.5.2": "审计管理",
    "1.5.3": "安全管理",
    "1.5.4": "集中管控",
    "1.10.2": "资产管理",
    "1.10.5": "漏洞和风险管理",
    "1.10.6": "网络和系统安全管理",
    "1.10.8": "配置管理",
    "1.10.9": "密码管理",
    "1.10.10": "变更管理",
}
"""Names of the general requirements, chapters 7.1 and 8.1; they are the standard's and stay Chinese."""

AREAS = {
    "1.2": "安全通信网络",
    "1.3": "安全区域边界",
    "1.4": "安全计算环境",
    "1.5": "安全管理中心",
    "1.10": "安全运维管理",
}


def control_point(clauses: Iterable[str]) -> str:
    """The control points of clauses such as 8.1.4.1 c, the area first: 安全计算环境·身份鉴别."""
    names = []
    for clause in clauses:
        numbers = clause.split(" ")[0].split(".")
        area = AREAS.get(".".join(numbers[1:3]), "")
        # Level 2 has no control point for data secrecy, so the numbers differ from there on.
        is_shifted = numbers[0] == "7" and numbers[1:3] == ["1", "4"] and int(numbers[3]) > 5
        point = "" if is_shifted else CONTROL_POINTS.get(".".join(numbers[1:4]), "")
        names.append("·".join(part for part in (area, point) if part) or clause)
    return "\n".join(dict.fromkeys(names))
