"""``yiwang network collect`` and the archive, as security staff use them."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WHOLE = (
    r"printf 'version 15.7\n!\nhostname r1\n!\ninterface GigabitEthernet0/0\n no shutdown\n!\nline vty 0 4\n!\nend\n'"
)


def collected(done: Any) -> dict[str, dict[str, Any]]:
    return {item["device"]: item for item in json.loads(done.stdout)["items"]}


def texts_below(folder: Path) -> str:
    files = (file for file in folder.rglob("*") if file.is_file())
    return "".join(file.read_bytes().decode("utf-8", "replace") for file in files)


def test_a_collection_keeps_every_vendors_configuration_without_its_secrets(trial: Any) -> None:
    huawei = trial.vendor("edge-1", "huawei_vrp")
    trial.vendor("edge-2", "ruijie_os")
    secret = "kY7#not-to-be-seen"
    changed = huawei.running.replace("#\nstelnet", f"#\nsnmp-agent community read cipher {secret}\n#\nstelnet")

    first = trial.yiwang("network", "collect")
    (huawei.folder / "running.cfg").write_text(changed)
    second = trial.yiwang("network", "collect", "-o", "json")

    assert first.returncode == 0, first.stderr
    found = collected(second)
    assert found["edge-1"]["result"] == "changed"
    assert found["edge-2"]["result"] == "unchanged"
    difference = trial.yiwang("network", "diff", "edge-1").stdout
    assert "+snmp-agent community read cipher <secret-" in difference
    assert "against" not in difference
    assert trial.yiwang("network", "diff", "edge-1", "--saved", "--detailed-exitcode").returncode == 2
    assert len(json.loads(trial.yiwang("network", "history", "edge-1", "-o", "json").stdout)["items"]) == 2
    assert trial.yiwang("network", "show", "edge-1").stdout.endswith("return\n")
    blamed = trial.yiwang("network", "blame", "edge-1", "--match", "community", "-o", "json").stdout
    assert [item["line"] for item in json.loads(blamed)["items"]] == [
        changed.splitlines().index(f"snmp-agent community read cipher {secret}") + 1
    ]
    assert secret not in texts_below(trial.folder / "state")


def test_dead_devices_are_reported_exactly_and_delay_nobody_else(trial: Any, ios: Callable[..., str]) -> None:
    # One real server stands for many devices: each is a session of its own.
    served = trial.scripted("alive-0", ios(WHOLE))
    for number in range(1, 18):
        trial.again(f"alive-{number}", served, "alive-0")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        trial.declare("dead-1", "cisco_ios", port, user="yiwang", host_key=served.host_key, key="alive-0")
        trial.declare("dead-2", "cisco_ios", 1, user="yiwang", host_key=served.host_key, key="alive-0")

        trial.configure(connect_seconds=5, silence_seconds=10)

        done = trial.yiwang("network", "collect", "-o", "json", "--limit", "10")

    found = collected(done)
    assert done.returncode == 4
    assert sorted(name for name, item in found.items() if item["result"] == "failed") == ["dead-1", "dead-2"]
    assert sum(item["result"] == "changed" for item in found.values()) == 18
    assert all("E3010" in found[name]["problem"] for name in ("dead-1", "dead-2"))


def test_a_configuration_that_is_cut_off_is_asked_for_again_and_never_kept_in_part(
    trial: Any, ios: Callable[..., str]
) -> None:
    cut = r"printf 'version 15.7\nhostname r1\nthe rest of it does not come through this line, whatever one does\n'"
    trial.scripted("once", ios(f"if [ -e $folder/seen ]; then {WHOLE}; else touch $folder/seen; {cut}; fi"))
    trial.scripted("always", ios(f"printf 'enable password hunter2-hidden\\n'; {cut}"))

    done = trial.yiwang("network", "collect", "-o", "json")

    found = collected(done)
    assert found["once"]["result"] == "changed"
    assert found["always"]["result"] == "failed"
    assert "E3020" in found["always"]["problem"]
    assert trial.yiwang("network", "show", "always").returncode == 1
    assert trial.yiwang("network", "show", "once").stdout.endswith("end\n")
    assert "hunter2-hidden" not in texts_below(trial.folder / "state")


def test_a_collection_that_is_killed_loses_nothing_collected_and_goes_on(trial: Any, ios: Callable[..., str]) -> None:
    quick = trial.scripted("quick-0", ios(WHOLE))
    for number in range(1, 5):
        trial.again(f"quick-{number}", quick, "quick-0")
    trial.scripted("slow", ios(f"[ -e $folder/go ] || sleep 120; {WHOLE}"))
    incoming = trial.folder / "state" / "yiwang" / "archive" / "estate" / "incoming"
    process = trial.start("network", "collect")
    end = time.monotonic() + 60
    while len(list(incoming.rglob("running/quick-*"))) < 5 and time.monotonic() < end:
        time.sleep(0.1)

    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert "hostname r1" in trial.yiwang("network", "show", "quick-3").stdout
    (trial.folder / "go").touch()
    (run,) = json.loads(trial.yiwang("runs", "list", "-o", "json").stdout)["items"]
    # The lease of the controller that was killed is its process's, which is gone.
    resumed = trial.yiwang("runs", "resume", run["run"])
    assert resumed.returncode == 0, resumed.stderr
    assert "hostname r1" in trial.yiwang("network", "show", "slow").stdout


def test_what_cannot_be_done_is_told(trial: Any) -> None:
    trial.declare("edge-1", "cisco_ios", 22, user="yiwang", host_key="ssh-ed25519 AAAA")

    unselected = trial.yiwang("network", "collect", "county=410699")
    unknown = trial.yiwang("network", "show", "edge-2")

    assert unselected.returncode
    assert "E3024" in unselected.stderr
    assert unknown.returncode
    assert "E3032" in unknown.stderr


def test_the_verbs_speak_chinese(trial: Any, ios: Callable[..., str]) -> None:
    trial.scripted("edge-1", ios(WHOLE))

    done = trial.yiwang("network", "collect", environment={"YIWANG_LANGUAGE": "zh_CN"})

    assert "有变化" in done.stdout
    assert "共 1 台设备，0 台没有变化" in done.stderr
