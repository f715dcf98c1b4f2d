"""How an estate and its nodes stand, as people and programs read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from yiwang.cli import output
from yiwang.cli.live.line import clean
from yiwang.cli.output import Column, Format
from yiwang.cli.words import audit_counts, observation_word, standing_word, state_word, verdict_word
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from datetime import timedelta

    from yiwang.core.evidence import Observation
    from yiwang.deploy.status.node import Certificate, Standing
    from yiwang.deploy.status.overview import OpenRun, Overview
    from yiwang.deploy.status.waiting import WaitingPlan
    from yiwang.inventory.estate import Estate

SHOWN_NAMES = 6


def show_overview(estate: Estate, seen: Overview, format: Format) -> None:
    """Write how an estate stands."""
    if format is not Format.table:
        output.document("status", _overview_document(estate, seen))
        return
    words = _("{estate}: {good} of {total} nodes are well")
    output.line(words.format(estate=estate.header.title, good=len(seen.good), total=len(seen.nodes)))
    states = {"state": _("state"), "count": _("nodes"), "names": _("which")}
    _table(states, [_state_row(state, nodes) for state, nodes in seen.by_state.items()])
    runs = {"run": _("run"), "title": _("title"), "state": _("state"), "ended": _("ended"), "failed": _("failed")}
    _table(runs | {"holder": _("carried out by")}, [_run_row(each, Format.table) for each in seen.runs])
    plans = {"plan": _("plan"), "asks": _("for"), "nodes": _("nodes"), "requester": _("requester"), "next": _("next")}
    _table(plans, [_plan_row(each) for each in seen.plans])
    for line in _ages(seen):
        output.line(line)


def show_node(estate: Estate, standing: Standing, format: Format) -> None:
    """Write how a node stands, and what was seen of it last."""
    if format is not Format.table:
        output.document("status", _node_document(standing))
        return
    node = estate.nodes[standing.name]
    lines = (
        (_("node"), standing.name),
        (_("roles"), _(", ").join(node.roles)),
        (_("region"), f"{node.region} {estate.regions[node.region].title}"),
        (_("state"), _(", ").join(map(standing_word, standing.states or ("good",)))),
        (_("last applied"), output.moment(standing.applied)),
        (_("by the run"), standing.run),
        (_("last seen"), output.moment(standing.seen)),
    )
    for heading, value in lines:
        if value:
            output.line(f"{heading}: {value}")
    headings = {"kind": _("what"), "verdict": _("verdict"), "time": _("time"), "seen": _("seen")}
    _table(headings, [_observation_row(each) for each in _shown(standing)])


def _table(headings: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        output.line("")
        columns = [Column(key, heading, fold=place > 0) for place, (key, heading) in enumerate(headings.items())]
        output.table("status", columns, rows)


def _state_row(state: str, nodes: Sequence[Standing]) -> dict[str, Any]:
    names = _(", ").join(each.name for each in nodes[:SHOWN_NAMES])
    if len(nodes) > SHOWN_NAMES:
        names = _("{names} and {count} more").format(names=names, count=len(nodes) - SHOWN_NAMES)
    return {"state": standing_word(state), "count": len(nodes), "names": names}


def _run_row(each: OpenRun, format: Format) -> dict[str, Any]:
    from yiwang.core.jobs.owner import shown

    total = sum(wave.total for wave in each.waves)
    ended = total - sum(wave.open for wave in each.waves)
    is_table = format is Format.table
    nobody = _("nobody") if is_table else ""
    return {
        "run": each.run.id,
        "title": each.run.title,
        "state": state_word(each.run.state.value) if is_table else each.run.state.value,
        "ended": f"{ended}/{total}" if is_table else ended,
        "total": total,
        "failed": sum(wave.failed for wave in each.waves),
        "holder": shown(each.holder) if each.holder else nobody,
    }


def _plan_row(each: WaitingPlan) -> dict[str, Any]:
    asks = each.command or each.selector or _("all nodes")
    if not each.is_approved:
        missing = _("{given} of {needed} approvals").format(given=each.given, needed=each.needed)
        todo = f"{missing}: yiwang approve {each.id}"
    else:
        todo = _("the same `yiwang run` again") if each.command else f"yiwang apply {each.id}"
    return {"plan": each.id, "asks": clean(asks), "nodes": each.nodes, "requester": each.requester, "next": todo}


def _ages(seen: Overview) -> Iterator[str]:
    yield ""
    if found := seen.next_expiry:
        node, certificate = found
        words = _("the certificate that expires first: {node} {gate}, on {moment}")
        yield words.format(node=node.name, gate=certificate.title, moment=output.moment(certificate.expires))
    if (oldest := seen.oldest) and oldest.seen:
        words = _("looked at longest ago: {node}, {days} day(s) ago")
        yield words.format(node=oldest.name, days=_days(seen.time - oldest.seen))
    else:
        yield _("no node was ever looked at; begin with: yiwang plan")


def _days(span: timedelta) -> str:
    return f"{span.total_seconds() / 86400:.1f}"


def _shown(standing: Standing) -> tuple[Observation, ...]:
    return (*standing.newest, standing.audit) if standing.audit else standing.newest


def _observation_row(each: Observation) -> dict[str, Any]:
    return {
        "kind": observation_word(each.kind),
        "verdict": verdict_word(each.verdict),
        "time": output.moment(each.time),
        "seen": clean(_seen(each)),
    }


def _seen(each: Observation) -> str:
    detail = each.detail
    if each.kind.startswith("gate.") and "gate" in detail:
        return f"{detail['gate']}: {detail.get('seen', '')}"
    if text := detail.get("failure") or detail.get("text"):
        return str(text)
    if each.kind == "host.audit":
        return str(detail["problem"]) if "problem" in detail else audit_counts(detail["counts"])
    changes = [f"{change.get('component')}: {change.get('title')}" for change in detail.get("changes", ())]
    return _(", ").join(changes) if each.kind == "drift" else _("{count} change(s)").format(count=len(changes))


def _overview_document(estate: Estate, seen: Overview) -> dict[str, Any]:
    expiry = seen.next_expiry
    return {
        "estate": estate.header.name,
        "time": seen.time.isoformat(),
        "nodes": [_node_document(each) for each in seen.nodes],
        "runs": [_run_row(each, Format.json) for each in seen.runs],
        "plans": [
            {
                "plan": each.id,
                "requester": each.requester,
                "created": each.created.isoformat(),
                "selector": each.selector,
                "command": each.command,
                "nodes": each.nodes,
                "approvals": each.given,
                "needed": each.needed,
            }
            for each in seen.plans
        ],
        "next_expiry": {"node": expiry[0].name, **_certificate(expiry[1])} if expiry else None,
    }


def _node_document(standing: Standing) -> dict[str, Any]:
    return {
        "node": standing.name,
        "state": standing.worst,
        "states": list(standing.states),
        "applied": output.moment(standing.applied, Format.json),
        "run": standing.run,
        "seen": output.moment(standing.seen, Format.json),
        "certificates": [_certificate(each) for each in standing.certificates],
        "evidence": [
            {"kind": each.kind, "verdict": each.verdict, "time": each.time.isoformat(), "seen": _seen(each)}
            for each in _shown(standing)
        ],
    }


def _certificate(each: Certificate) -> dict[str, Any]:
    expires = output.moment(each.expires, Format.json)
    return {"gate": each.title, "expires": expires, "verdict": each.verdict}
