"""A site may read its own queues and report, and nothing else; the broker itself sees to it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import amqp
import pytest

from tests.integration.core.jobs.distributed.conftest import SITES, login
from tooling.rabbitmq import Node
from yiwang.core.errors import JobError
from yiwang.core.jobs.distributed.topology import DEAD, RESULTS, STEPS, STOP, site_user, step_queue, stop_queue

REFUSED = {
    "consume from another site": lambda channel, other: channel.basic_consume(step_queue(other)),
    "get from another site": lambda channel, other: channel.basic_get(step_queue(other)),
    "purge another site": lambda channel, other: channel.queue_purge(step_queue(other)),
    "read another site's stops": lambda channel, other: channel.basic_get(stop_queue(other)),
    "consume results": lambda channel, _other: channel.basic_consume("yiwang.run.r"),
    "read what was laid aside": lambda channel, _other: channel.basic_get(DEAD),
    "publish a step": lambda channel, other: _published(channel, STEPS, other),
    "publish a stop": lambda channel, other: _published(channel, STOP, other),
    "publish past the exchanges": lambda channel, other: _published(channel, "", step_queue(other)),
    "publish to what came back": lambda channel, _other: _published(channel, DEAD, ""),
    "declare a queue": lambda channel, _other: channel.queue_declare("mine"),
    "declare an exchange": lambda channel, _other: channel.exchange_declare("mine", "direct"),
    "bind to the results": lambda channel, other: channel.queue_bind(step_queue(other), RESULTS, "r"),
    "delete another site": lambda channel, other: channel.queue_delete(step_queue(other)),
}


def _published(channel: Any, exchange: str, key: str) -> None:
    channel.confirm_select()
    channel.basic_publish_confirm(amqp.Message("{}"), exchange, key)


@pytest.fixture
def site(node: Node) -> str:
    """A site; these tests may share it."""
    return SITES[0]


@pytest.fixture
def other_site(node: Node) -> str:
    """Another one."""
    return SITES[1]


@pytest.fixture
def channel(node: Node, site: str) -> Iterator[Any]:
    """A channel of a site's login."""
    with login(node, site_user(site)).connection() as connection:
        yield connection.channel()


@pytest.mark.parametrize("act", REFUSED.values(), ids=REFUSED)
def test_a_site_is_refused(channel: Any, other_site: str, node: Node, act: Callable[[Any, str], object]) -> None:
    _make_run_queue(node)

    with pytest.raises(amqp.exceptions.AccessRefused):
        act(channel, other_site)


def test_a_site_cannot_delete_or_bind_even_its_own_queue(node: Node, site: str) -> None:
    for act in ("queue_delete", "queue_bind"):
        with login(node, site_user(site)).connection() as connection:
            arguments = {"exchange": RESULTS, "routing_key": "r"} if act == "queue_bind" else {}

            with pytest.raises(amqp.exceptions.AccessRefused):
                getattr(connection.channel(), act)(step_queue(site), **arguments)


def test_a_site_cannot_report_under_the_name_of_another(channel: Any, other_site: str) -> None:
    message = amqp.Message("{}", user_id=site_user(other_site))
    channel.confirm_select()

    with pytest.raises(amqp.exceptions.PreconditionFailed):
        channel.basic_publish_confirm(message, RESULTS, "r")


def test_a_certificate_of_another_authority_is_refused(node: Node, site: str, tmp_path: Path) -> None:
    from tooling.rabbitmq import Authority

    certificate, key = Authority(tmp_path).issue(site_user(site))
    broker = login(node, site_user(site))
    assert broker.tls is not None
    foreign = replace(broker, tls=replace(broker.tls, certificate=certificate, key=key))

    with pytest.raises(JobError) as caught:
        foreign.require()

    assert caught.value.error.id == "E0534"


@pytest.mark.parametrize("wrong", ["name", "authority"])
def test_a_broker_that_cannot_prove_who_it_is_is_not_spoken_to(
    node: Node, site: str, tmp_path: Path, wrong: str
) -> None:
    from tooling.rabbitmq import Authority

    broker = login(node, site_user(site))
    assert broker.tls is not None
    changed = {"server_hostname": "other.example"} if wrong == "name" else {"ca": Authority(tmp_path).file}

    with pytest.raises(ssl.SSLCertVerificationError):
        replace(broker, tls=replace(broker.tls, **changed)).connection().connect()


def _make_run_queue(node: Node) -> None:
    with login(node, "controller").connection() as connection:
        connection.channel().queue_declare(
            "yiwang.run.r", durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
