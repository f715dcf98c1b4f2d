"""What goes wrong with a playbook."""

from __future__ import annotations

from yiwang.core.errors import code
from yiwang.core.i18n import N_

MISSING = code(
    "E2070",
    N_('the role "{role}" names the playbook "{playbook}", which is not there'),
    N_("correct the role's playbooks:, relative to the estate's folder, or put the file there"),
)
NO_PROJECT = code(
    "E2071",
    N_('the playbook "{playbook}" does not lie below playbooks/ of the estate'),
    N_("put it with its roles, templates and variables into a folder there, such as playbooks/web/"),
    N_(
        "An approval is for exactly what will run, so everything that a playbook uses counts: the nearest folder above "
        "it that has roles/ or ansible.cfg, or else its own folder, and collections/ of the estate."
    ),
)
UNREADABLE = code(
    "E2072",
    N_('{target}: Ansible cannot read the playbook "{playbook}": {reason}'),
    N_("mend the place that Ansible names; nothing was changed"),
)
OTHER_PLAYBOOK = code(
    "E2073",
    N_('{target}: the plan was made with another version of the playbook "{playbook}"'),
    N_("put the same files here, or make the plan anew; the playbook was not run"),
)
TASK_FAILED = code(
    "E2074",
    N_('{target}: "{title}" of the playbook "{playbook}" failed: {reason}'),
    N_("mend the cause and do the same again: the playbook is run anew from its beginning"),
    N_("Ansible cannot undo what the tasks before it have changed; the result names each of them."),
)
NOT_MEANT = code(
    "E2075",
    N_('{target}: no play of the playbook "{playbook}" is for this node; its groups are {groups}'),
    N_("correct hosts: in the playbook, or declare the group for the node"),
)
ENDED = code(
    "E2076",
    N_('{target}: Ansible ended with {code} in the playbook "{playbook}": {reason}'),
    N_("look at what it said; then do the same again"),
)
LEADS_OUT = code(
    "E2078",
    N_("{path} is a link that leads out of the playbook's folder"),
    N_("put the file itself there: what lies elsewhere would not count in an approval"),
)
STOPPED = code(
    "E2077",
    N_('{target}: the playbook "{playbook}" was stopped'),
    N_("resume the run: the playbook is run anew from its beginning"),
)
