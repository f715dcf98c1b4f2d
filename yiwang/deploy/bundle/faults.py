"""What goes wrong with bundles."""

from __future__ import annotations

from yiwang.core.errors import YiwangError, code
from yiwang.core.i18n import N_


class BundleError(YiwangError):
    """A bundle cannot be made, trusted or installed."""


NO_PROGRAM = code("E2190", N_("{program} is missing"), N_("install it: apt-get install {package}"))
NO_PACKAGES = code(
    "E2191",
    N_("packages of {group} could not be fetched:\n{lines}"),
    N_("look into {log}; a name that no package source has comes from a component, or from --package"),
)
NO_WHEELS = code(
    "E2192",
    N_("the Python wheels could not be fetched:\n{lines}"),
    N_("look into {log}; a folder that has them all does as well: --wheels FOLDER"),
)
OTHER_PYTHON = code(
    "E2193",
    N_("this is Python {version}; the nodes' wheels are made by Python {wanted}"),
    N_("build the bundle on Debian 12 with its own Python, or leave the wheels out: --no-wheels"),
)
NOT_A_BUNDLE = code(
    "E2194",
    N_("{file} is no whole bundle: {reason}"),
    N_("copy it anew, and compare its size with that of the original"),
)
NOT_SIGNED = code(
    "E2195",
    N_("{file} is not signed by the key {fingerprint}: {reason}"),
    N_("do not use it; ask who built it for the bundle and, by another way, for the key's fingerprint"),
    N_(
        "Either somebody changed the list of the bundle's files, or it was signed by another key than the one that you "
        "trust. Nothing of it was installed."
    ),
)
ALTERED = code(
    "E2196",
    N_("{file}: {count} file(s) in it are not what was signed, such as {name}"),
    N_("do not use it; copy it anew, and when that does not help, ask who built it"),
)
NOT_A_KEY = code(
    "E2197",
    N_("{origin} is no public key"),
    N_("give what `yiwang bundle key` printed on the machine that builds"),
)
NO_KEY = code(
    "E2198",
    N_("no key is known that bundles must be signed by"),
    N_("give it with --key FILE, or declare it at the mirror node under vars: mirror: key:"),
)
NO_MIRROR = code(
    "E2199",
    N_("no mirror node is selected"),
    N_("give a node the role mirror, or say which with --on SELECTOR"),
)
NODE_REFUSED = code(
    "E2200",
    N_("{target} does not take the bundle: {reason}"),
    N_("the packages that it serves are as they were; mend the cause and do the same again"),
)
NOTHING_BEFORE = code(
    "E2201",
    N_("{target} keeps no packages of before"),
    N_("a bundle that was installed over another one can be taken back once"),
)
NO_ROOM = code(
    "E2202",
    N_("{target} has {free_mib} MiB free at {folder}, {needed_mib} MiB are needed"),
    N_("make room there; what it serves now is kept beside what comes"),
)
