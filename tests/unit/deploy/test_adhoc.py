"""What of a command is taken for a secret, and how answers are put together."""

from __future__ import annotations

import pytest

from yiwang.deploy.adhoc import SECRET_WORDS, Answer, gathered
from yiwang.deploy.engine.transport import Output


@pytest.mark.parametrize(
    "command",
    [
        "mysql --password hunter2",
        "PGPASSWORD=hunter2 psql",
        'curl -d \'{"password":"hunter2"}\'',
        "API_TOKEN=hunter2 deploy",
        "curl https://zhang:hunter2@files.example/",
    ],
)
def test_a_secret_in_a_command_is_noticed(command: str) -> None:
    assert SECRET_WORDS.search(command)


@pytest.mark.parametrize(
    "command",
    ["uptime", "passwd -S root", "grep password= /etc/app.conf", 'PGPASSWORD="$WORD" psql', "curl http://mirror:80/"],
)
def test_an_ordinary_command_is_not_taken_for_one(command: str) -> None:
    assert SECRET_WORDS.search(command) is None


def test_equal_answers_stand_together_and_those_of_most_nodes_first() -> None:
    answers = [Answer("c", Output(0, "a")), Answer("a", Output(0, "b")), Answer("b", Output(0, "a"))]

    found = gathered(answers)

    assert [group.targets for group in found] == [("b", "c"), ("a",)]


def test_equal_words_with_other_exit_codes_do_not_stand_together() -> None:
    answers = [Answer("a", Output(0, "x")), Answer("b", Output(1, "x")), Answer("c", problem="x")]

    found = gathered(answers)

    assert [group.answer.verdict for group in found] == ["pass", "fail", "unknown"]
