"""netmiko's own drivers open a personality, read it, change it, save it and leave."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from netmiko import ConnectHandler, NetmikoAuthenticationException

from yiwang.lab.personality.catalogue import platform_data
from yiwang.lab.personality.engine.words import split


def test_the_driver_opens_and_finds_the_prompt(driver: Any) -> None:
    with driver.served() as server, driver.connected(server) as connection:
        assert connection.find_prompt() == driver.prompt
        assert connection.base_prompt == "lab-1"


def test_the_banner_and_the_version_say_that_it_is_a_personality(driver: Any, tmp_path: Any) -> None:
    log = tmp_path / "session.log"

    with driver.served() as server, driver.connected(server, session_log=str(log)) as connection:
        version = connection.send_command(f"{driver.show.split()[0]} version")

    assert "Yiwang rehearsal personality" in version.splitlines()[0]
    assert "not" in version.splitlines()[0]
    assert "rehearsal personality of Yiwang" in log.read_text()
    assert "not the vendor's software" in log.read_text() or "not the software of the vendor" in log.read_text()


def test_a_configuration_of_many_pages_is_read_without_the_pager_as_it_was_fed(driver: Any) -> None:
    fed = driver.long_configuration()

    with driver.served(fed) as server, driver.connected(server) as connection:
        shown = connection.send_command(driver.show, read_timeout=30)

    assert shown.endswith(fed.rstrip("\n"))
    assert len(shown) - len(fed) < 100


def test_a_configuration_of_many_pages_is_read_through_the_pager_as_it_was_fed(driver: Any, read_paged: Any) -> None:
    fed = driver.long_configuration()
    more = platform_data(driver.platform)["pager"]["more"]

    with driver.served(fed) as server, driver.connected(server) as connection:
        connection.send_command(driver.page)
        shown = read_paged(connection.remote_conn, driver.show, more=more, prompt=driver.prompt)

    assert shown.endswith(fed)


def test_what_is_changed_runs_at_once_and_is_saved_only_when_that_is_asked(driver: Any) -> None:
    with driver.served() as server, driver.connected(server) as connection:
        connection.send_config_set(driver.change)
        if driver.is_candidate:
            assert driver.changed not in server.running
            connection.commit()
        assert driver.changed in connection.send_command(driver.show) + "\n"
        assert driver.changed not in connection.send_command(driver.show_saved)

        connection.save_config()

        assert driver.changed in connection.send_command(driver.show_saved) + "\n"
        assert server.saved == server.running


def test_a_wrong_command_is_answered_in_the_vendors_words_and_pointed_at(driver: Any) -> None:
    with driver.served() as server, driver.connected(server) as connection:
        said = connection.send_command("frobnicate the widget", strip_prompt=False)

    pointer, words = said.splitlines()[:2]
    assert words == driver.wrong
    assert pointer == " " * len(driver.prompt) + "^"


def test_leaving_ends_the_session_on_the_server(driver: Any) -> None:
    with driver.served() as server:
        with driver.connected(server) as connection:
            channel = connection.remote_conn
        began = time.monotonic()

        assert channel.closed or channel.exit_status_ready()
        assert time.monotonic() - began < 1


def test_two_sessions_see_one_running_configuration(huawei: Any) -> None:
    with huawei.served() as server, huawei.connected(server) as one, huawei.connected(server) as other:
        one.send_config_set(huawei.change)

        assert huawei.changed in other.send_command(huawei.show)


def test_changes_of_many_sessions_at_once_are_all_kept(huawei: Any) -> None:
    def change(server: Any, number: int) -> None:
        with huawei.connected(server) as connection:
            connection.send_config_set([f"interface LoopBack{number}{index}" for index in range(10)])

    with huawei.served() as server:
        threads = [threading.Thread(target=change, args=(server, number)) for number in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        running = server.running

    for number in (1, 2, 3):
        for index in range(10):
            assert f"\ninterface LoopBack{number}{index}\n" in running


def test_the_privileged_view_asks_for_its_password(ios: Any) -> None:
    from yiwang.core.vault.secret import Secret
    from yiwang.lab.personality.serving import Fake, serve

    with serve("cisco_ios", Fake(hostname="lab-1", enable=Secret("open sesame"))) as server:
        with ios.connected(server, secret="open sesame") as connection:
            assert connection.find_prompt() == "lab-1>"
            connection.enable()
            assert connection.find_prompt() == "lab-1#"
        with ios.connected(server) as connection:
            connection.send_command("enable", expect_string="Password:")
            for _attempt in range(2):
                connection.send_command("wrong", expect_string="Password:", cmd_verify=False)
            assert "% Bad secrets" in connection.send_command("wrong", expect_string="lab-1>", cmd_verify=False)


def test_uncommitted_changes_are_asked_about_before_the_view_is_left(vrp8: Any) -> None:
    with vrp8.served() as server, vrp8.connected(server) as connection:
        connection.send_config_set(["sysname other"])
        assert connection.find_prompt() == "[*lab-1]"
        connection.send_command("quit", expect_string=r"C\(cancel\)\]:")
        connection.send_command("n", expect_string=r"<lab-1>")
        assert server.running == server.saved

        connection.send_config_set(["sysname other"])
        connection.send_command("quit", expect_string=r"C\(cancel\)\]:")
        connection.send_command("y", expect_string=r"<other>")

        assert "sysname other\n" in server.running


def test_only_the_generated_key_opens_the_door(huawei: Any) -> None:
    with huawei.served() as server:
        guess = server.netmiko | {"use_keys": False, "key_file": None, "password": "guess"}

        with pytest.raises(NetmikoAuthenticationException):
            ConnectHandler(**guess)


def test_a_single_command_is_answered_without_a_terminal(huawei: Any) -> None:
    import subprocess

    with huawei.served() as server:
        done = subprocess.run(
            [
                *("ssh", "-F", "none", "-i", str(server.key), "-p", str(server.port)),
                *("-o", f"UserKnownHostsFile={server.folder / 'known_hosts'}", "-o", "IdentitiesOnly=yes"),
                *(f"{server.user}@{server.host}", "display current-configuration"),
            ],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        running = server.running

    assert done.stdout.replace("\r\n", "\n") == running
    assert split(done.stdout)[0].text == "#"
