"""The pages' own words in Chinese; what the code itself says comes from the product's catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yiwang.core.i18n import language

ZH_CN = {
    "This page is written from the code by `scripts/reference`.": "本页由 `scripts/reference` 根据代码生成。",
    "Command line": "命令行",
    "Settings": "设置",
    "Error codes": "错误码",
    "The estate's files": "声明文件",
    "Canonical records": "标准记录",
    "Codes": "代码表",
    "Identifiers": "标识",
    "standard": "标准",
    "form": "格式",
    "example": "示例",
    "version": "版本",
    "field": "字段",
    "fields": "字段",
    "type": "类型",
    "sensitivity": "敏感级别",
    "rules": "规则",
    "rule": "规则",
    "A value is text in the form that `yiwang records check` takes, or a value of the type: days are 2017-04-30, "
    "moments 2017-04-30T09:00:00 in Beijing time. A field reports the first rule that it breaks; rules about "
    "several fields are judged once each field is right.": "取值可以是 `yiwang records check` 所接受格式的"
    "文本，也可以是该类型的值：日期写作 2017-04-30，时间写作 2017-04-30T09:00:00（北京时间）。"
    "每个字段只报告最先违反的规则；各字段本身都正确后，才检查涉及多个字段的规则。",
    "argument": "参数",
    "option": "选项",
    "value": "取值",
    "default": "默认值",
    "meaning": "含义",
    "setting": "设置",
    "environment": "环境变量",
    "key": "键",
    "required": "必填",
    "may be repeated": "可重复",
    "empty": "空",
    "Exit codes": "退出码",
    "What to do": "处理办法",
    "Commands": "命令",
    ", ": "，",
    "text": "文本",
    "path": "路径",
    "whole number": "整数",
    "number": "数字",
    "true or false": "true 或 false",
    "date": "日期",
    "time": "时间",
    "IPv4 address": "IPv4 地址",
    "IPv4 network": "IPv4 网段",
    "IPv4 address with prefix": "带前缀长度的 IPv4 地址",
    "anything": "任意",
    "name": "名称",
    "one line of text": "一行文本",
    "division code": "行政区划代码",
    "reference to a secret": "凭据的引用",
    "list of {}": "{}的列表",
    "mapping of name to {}": "名称到{}的映射",
    "{} or {}": "{}或{}",
    "pattern {}": "格式 {}",
    "at most {} characters": "至多 {} 个字符",
    "at least {}": "至少 {} 项",
    "Sections": "各节",
    "Parts of the above": "以上各节的组成部分",
    "core": "基础",
    "inventory": "声明",
    "deploy": "部署",
    "network": "网络",
    "adapters": "适配",
    "monitoring": "监测",
    "lab": "演练环境",
    "console": "控制台",
    "done": "完成",
    "an error": "出错",
    "changes or findings, only with `--detailed-exitcode`": "有变更或发现问题，仅在使用 `--detailed-exitcode` 时",
    "waits for an approval": "等待审批",
    "some targets failed": "部分目标失败",
    "wrong usage": "用法错误",
    "interrupted": "被中断",
    "The first that gives a value wins: `--set KEY=VALUE`, the environment, `yiwang.yaml` in this folder or the "
    "nearest one above, `~/.config/yiwang/yiwang.yaml`, `/etc/yiwang/yiwang.yaml`, the default. "
    "`yiwang config show --origin` tells which it was.": "按以下次序，先给出值者生效：`--set KEY=VALUE`、环境变量、"
    "当前目录或最近上级目录中的 `yiwang.yaml`、`~/.config/yiwang/yiwang.yaml`、`/etc/yiwang/yiwang.yaml`、默认值。"
    "用 `yiwang config show --origin` 查看每个值的来源。",
    "`yiwang explain CODE` shows the same at the terminal.": "在终端中用 `yiwang explain CODE` 可查看同样的内容。",
    "An estate is a folder of YAML files. Each file has one or more of these sections, and each section declares "
    "objects by name.": "声明是一个存放 YAML 文件的目录。每个文件包含以下一节或多节，每节按名称声明对象。",
}


def word(text: str, *values: str) -> str:
    """The page's word in the language in force; KeyError when it has no translation."""
    return (ZH_CN[text] if language() == "zh_CN" else text).format(*values)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table; cells are escaped."""
    lines = [headings, ["---"] * len(headings), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines]


def code_or_nothing(text: str) -> str:
    """Text as Markdown code, nothing for nothing."""
    return f"`{text}`" if text else ""
