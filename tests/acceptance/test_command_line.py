"""The command line's conventions: exit codes, streams, formats, languages, colours, and what help imports."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BASE = Path(__file__).parents[1] / "integration" / "inventory" / "base"
MISTAKES = BASE.parent / "mistakes"


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def yiwang(tmp_path: Path) -> Run:
    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("YIWANG_", "LC_", "LANG"))}
        clean |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "COLUMNS": "120", **environment}
        command = [sys.executable, "-m", "yiwang", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=clean, cwd=tmp_path)

    return run


def test_help_imports_nothing_heavy() -> None:
    program = """
import sys
from yiwang.cli.main import run
run(["--help"])
heavy = "pydantic sqlalchemy alembic yaml ruamel networkx ansible rich.table msgspec".split()
print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("arguments", [["--wrong"], ["wrong"], ["check", "--wrong"], ["inventory", "list", "rol=x"]])
def test_wrong_usage_exits_with_64(yiwang: Run, arguments: list[str]) -> None:
    done = yiwang(*arguments, *(["-e", str(BASE)] if "list" in arguments else []))

    assert done.returncode == 64
    assert done.stdout == ""
    assert done.stderr


def test_check_of_a_clean_estate_exits_with_0_and_of_a_wrong_one_with_1(yiwang: Run) -> None:
    clean = yiwang("check", str(BASE))
    wrong = yiwang("check", str(BASE / "nowhere"))

    assert (clean.returncode, wrong.returncode) == (0, 1)
    assert "2 devices" not in wrong.stderr
    assert "E1001" in wrong.stderr


def test_findings_without_an_error_exit_with_2_only_when_asked(yiwang: Run, tmp_path: Path) -> None:
    estate = tmp_path / "estate"
    estate.mkdir()
    for file in (*BASE.iterdir(), MISTAKES / "E1140-contact.yaml"):
        (estate / file.name).write_bytes(file.read_bytes())

    assert yiwang("check", str(estate)).returncode == 0
    assert yiwang("check", str(estate), "--detailed-exitcode").returncode == 2
    assert yiwang("check", str(estate), "--strict").returncode == 1


def test_a_mistake_is_shown_with_its_line_and_a_way_out_in_chinese(yiwang: Run, tmp_path: Path) -> None:
    estate = tmp_path / "estate"
    estate.mkdir()
    for file in (*BASE.iterdir(), MISTAKES / "E1102-role.yaml"):
        (estate / file.name).write_bytes(file.read_bytes())

    done = yiwang("check", str(estate), LANG="zh_CN.UTF-8")

    assert done.returncode == 1
    assert 'E1102-role.yaml:6:13: E1102 节点 "xunxian-front-1": 角色“exchang”未知' in done.stderr
    assert "“exchange”" in done.stderr
    assert "    6 |     roles: [exchang]\n" in done.stderr
    assert "已知角色：" in done.stderr


def test_a_secret_beside_a_mistake_is_not_shown(yiwang: Run, tmp_path: Path) -> None:
    estate = tmp_path / "estate"
    estate.mkdir()
    for file in (*BASE.iterdir(), MISTAKES / "E0601-clear-secret.yaml"):
        (estate / file.name).write_bytes(file.read_bytes())
    second = "devices: {sw-2: {region: 410600, rol: access, credentials: {password: hunter2, enable: 'hunter2'}}}"
    (estate / "second.yaml").write_text(second, encoding="utf-8")

    for arguments in (("check", str(estate)), ("check", str(estate), "-o", "json")):
        done = yiwang(*arguments)
        assert done.returncode == 1
        assert "E0601" in done.stdout + done.stderr
        assert "hunter2" not in done.stdout + done.stderr


def test_data_go_to_standard_output_in_the_format_asked_for(yiwang: Run) -> None:
    def listed(format: str) -> str:
        return str(yiwang("inventory", "list", "county=410621", "-e", str(BASE), "-o", format).stdout)

    document = json.loads(listed("json"))
    lines = [json.loads(line) for line in listed("jsonl").splitlines()]
    rows = list(csv.DictReader(io.StringIO(listed("csv"))))

    assert (document["version"], document["kind"]) == (1, "targets")
    assert document["items"] == lines
    assert [row["name"] for row in rows] == [line["name"] for line in lines] == ["access-101", "desk-101", "edge-621"]


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_nothing_but_text_reaches_a_pipe(yiwang: Run, environment: dict[str, str]) -> None:
    done = yiwang("inventory", "list", "-e", str(BASE), **environment)

    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_tables_fit_the_terminal(yiwang: Run, width: str) -> None:
    import unicodedata

    done = yiwang("inventory", "explain", "desk-101", "-e", str(BASE), COLUMNS=width)
    widths = [
        sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in done.stdout.splitlines()
    ]

    assert max(widths) <= int(width)


def test_an_unknown_name_brings_a_suggestion(yiwang: Run) -> None:
    done = yiwang("inventory", "show", "desk-110", "-e", str(BASE))

    assert done.returncode == 1
    assert 'did you mean "desk-101"' in done.stderr


def test_a_setting_is_taken_from_the_strongest_source_and_its_origin_is_shown(yiwang: Run, tmp_path: Path) -> None:
    (tmp_path / "yiwang.yaml").write_text("jobs: {threads: 5, processes: 3}\n", encoding="utf-8")
    (tmp_path / ".config" / "yiwang").mkdir(parents=True)
    (tmp_path / ".config" / "yiwang" / "yiwang.yaml").write_text("jobs: {threads: 9, lease_seconds: 7}\n")

    arguments = ("--set", "jobs.processes=4", "config", "show", "--origin", "-o", "json")
    done = yiwang(*arguments, YIWANG_JOBS_THREADS="6")

    rows = {row["setting"]: (row["value"], row["origin"]) for row in json.loads(done.stdout)["items"]}
    assert rows["jobs.threads"] == (6, "$YIWANG_JOBS_THREADS")
    assert rows["jobs.processes"] == (4, "--set")
    assert rows["jobs.lease_seconds"][0] == 7
    assert rows["jobs.lease_seconds"][1].endswith(".config/yiwang/yiwang.yaml:1:35")
    assert rows["inventory.cache"] == (True, "default")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("jobs: {thread: 5}", "E0120"),
        ("jobs: {threads: 0}", "E0124"),
        ("inventory: {cache: yes}", "E0123"),
        ("- x", "E0108"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_place(yiwang: Run, tmp_path: Path, content: str, code: str) -> None:
    (tmp_path / "yiwang.yaml").write_text(content, encoding="utf-8")

    done = yiwang("config", "show")

    assert done.returncode == 1
    assert "yiwang.yaml:1:" in done.stderr
    assert code in done.stderr


def test_the_language_follows_flag_setting_and_environment(yiwang: Run, tmp_path: Path) -> None:
    assert "检查声明" in yiwang("--language", "zh_CN", "--help").stdout
    assert "检查声明" in yiwang("--help", LANG="zh_CN.UTF-8").stdout
    assert "检查声明" not in yiwang("--help", LANG="zh_CN.UTF-8", YIWANG_LANGUAGE="en").stdout
    (tmp_path / "yiwang.yaml").write_text("language: zh_CN\n", encoding="utf-8")
    assert "没有发现问题" in yiwang("check", str(BASE)).stderr


def test_every_verb_has_help_in_both_languages(yiwang: Run) -> None:
    for verb in (("check",), ("inventory",), ("inventory", "list"), ("explain",), ("config", "show")):
        english, chinese = (yiwang("--language", language, *verb, "--help") for language in ("en", "zh_CN"))
        assert english.returncode == chinese.returncode == 0
        assert english.stdout != chinese.stdout


def test_without_an_estate_here_or_above_nothing_is_read(yiwang: Run, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("x: 1\n", encoding="utf-8")

    done = yiwang("check")

    assert done.returncode == 1
    assert "E0010" in done.stderr
    assert "E1011" not in done.stderr


def test_objects_of_every_kind_are_listed_and_an_unknown_kind_is_refused(yiwang: Run) -> None:
    listed = yiwang("inventory", "list", "--kind", "milestones", "-e", str(BASE))
    unknown = yiwang("inventory", "list", "--kind", "milestone", "-e", str(BASE))

    assert "外网全覆盖" in listed.stdout
    assert unknown.returncode == 1
    assert "E1022" in unknown.stderr
    assert '"milestones"' in unknown.stderr


def test_without_a_verb_the_help_is_shown(yiwang: Run) -> None:
    done = yiwang()

    assert "inventory" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("typed", "expected"), [("inv", {"inventory"}), ("inventory ex", {"explain", "export"})])
def test_the_shell_completes_verbs(yiwang: Run, typed: str, expected: set[str]) -> None:
    position = str(len(typed.split()))

    done = yiwang(_YIWANG_COMPLETE="complete_bash", COMP_WORDS=f"yiwang {typed}", COMP_CWORD=position)

    assert set(done.stdout.split()) == expected


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        (["check", "--stict"], 'no option --stict; did you mean "--strict"', "没有选项 --stict；是否想写“--strict”"),
        (["chek"], "No such command 'chek'", "没有命令 'chek'"),
        (["inventory", "explain"], "is missing", "缺少"),
        (["runs", "rehearse", "--steps", "x"], "wrong usage: '--steps'", "用法错误：'--steps'"),
    ],
)
def test_wrong_usage_is_told_in_the_readers_language(
    yiwang: Run, arguments: list[str], english: str, chinese: str
) -> None:
    assert english in yiwang(*arguments).stderr
    assert chinese in yiwang(*arguments, LANG="zh_CN.UTF-8").stderr


def test_help_speaks_one_language_only(yiwang: Run) -> None:
    shown = yiwang("check", "--help", LANG="zh_CN.UTF-8").stdout

    assert all(word in shown for word in ("用法：", "参数", "选项", "显示本说明并退出"))
    assert not any(word in shown for word in ("Usage", "Arguments", "Options:", "Show this message"))
