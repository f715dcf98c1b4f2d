"""Who did what on the node: the kernel's audit."""

from __future__ import annotations

from pydantic import Field

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.deploy.components.operations import service
from yiwang.deploy.components.operations.configuration import written


class Audit(Declared):
    """The kernel's audit."""

    audit_files: int = Field(20, ge=2, le=99, description=N_("files of 50 MiB that the audit keeps on the node"))


def deploy(spec: Audit) -> None:
    """auditd with its rules; what it writes also goes to syslog, and so to the log servers."""
    settings = (
        written(_("rules of the audit"), "baseline/audit.rules", "/etc/audit/rules.d/50-yiwang.rules", mode="640"),
        written(_("audit files"), "baseline/auditd.conf.j2", "/etc/audit/auditd.conf", mode="640", spec=spec),
        written(_("audit to syslog"), "baseline/audisp-syslog.conf", "/etc/audit/plugins.d/syslog.conf", mode="640"),
    )
    service.running(name=_("audit in force"), service="auditd", reads=settings, apply="restart")
