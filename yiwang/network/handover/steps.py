"""The step of a hand-over: prove the accounts of one device and tell it as evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yiwang.core.errors import YiwangError
from yiwang.core.evidence import Observation, Subject, Verdict
from yiwang.core.jobs import observed
from yiwang.core.jobs.handlers import StepContext, StepFailedError, StepHandler
from yiwang.network.archive.normal import normal
from yiwang.network.archive.redaction import Redaction
from yiwang.network.collect.steps import ARCHIVE_KEY, MAY_GO_BETTER, Means, MeansOf
from yiwang.network.faults import NetworkError
from yiwang.network.handover.account import open_account
from yiwang.network.handover.faults import HandoverError
from yiwang.network.handover.proof import prove

PROVE = "network.prove"
PROOF = "handover.proof"
"""The kind of the evidence of a device's proof."""
SILENT_SNMP = "E3301"
UNCLEAR = frozenset(("E3422", "E3010", SILENT_SNMP))


def handlers(means: MeansOf) -> tuple[StepHandler, ...]:
    """The handler of a hand-over's steps."""
    return (StepHandler(PROVE, lambda context: prove_step(context, means(context.payload["estate"]))),)


def prove_step(context: StepContext, means: Means) -> Mapping[str, Any]:
    """Prove the accounts of one device; nothing is changed on it, whatever comes."""
    payload = context.payload
    device = payload["device"]
    platform = means.platforms.find(payload["platform"])
    account = open_account(payload, means.secrets)
    key = means.secrets(ARCHIVE_KEY)
    try:
        with means.gates.through(payload["site"]):
            context.check_cancelled()
            proof = prove(account, platform, means.pace, means.dialler, means.archive.size("running", device))
    except NetworkError as error:
        raise _failed(device, error) from error
    running = normal(platform, "running", Redaction(key).text(platform, proof.running))
    detail = {
        "fingerprint": account.fingerprint(key),
        "bytes": len(proof.running.encode()),
        "lines": len(running.splitlines()),
        "ssh": proof.probe,
        "snmp": dict(proof.snmp),
    }
    return {**detail, **_told(device, "pass", detail)}


def _failed(device: str, error: YiwangError) -> StepFailedError:
    detail = {"error": error.error.id, "problem": str(error)}
    verdict: Verdict = "unknown" if error.error.id in UNCLEAR else "fail"
    may_retry = not isinstance(error, HandoverError) and error.error.id in MAY_GO_BETTER | {SILENT_SNMP}
    return StepFailedError(str(error), may_retry=may_retry, result={**detail, **_told(device, verdict, detail)})


def _told(device: str, verdict: Verdict, detail: Mapping[str, Any]) -> dict[str, Any]:
    return observed.told([Observation(Subject("device", device), PROOF, verdict, detail)])
