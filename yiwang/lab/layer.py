"""Layers of the image: the packages of a profile, installed once and kept beside the image.

A layer is what installing changed, as an overlay keeps it; hosts of the profile lie over it and over the
image.  It is made in memory, in namespaces of its own that end with the caller, and moved into its place whole.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.core.once import Report, make_once, silent
from yiwang.lab.command import LabError
from yiwang.lab.disk import owners_of, write_seed
from yiwang.lab.layout import Layout
from yiwang.lab.profile import Profile
from yiwang.lab.seed import Seed, text

CANNOT_INSTALL = code(
    "E6360",
    N_("the packages of the profile {profile} cannot be installed ({packages}): {reason}"),
    N_("see {log}; `yiwang lab repository` shows what can be installed"),
)
INSTALLING = N_("installing the packages of a profile over the image")

SCRIPT = Path(__file__).with_name("layer.sh")
SIZE_MIB = 4096
"""The most that a layer may be; memory is used only as it fills."""

LAST_LINES = 5


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a layer is made of: a profile over an image, and the files by which apt finds the repository."""

    name: str
    profile: Profile
    image: Path
    repository: Path
    client: Seed

    @property
    def folder(self) -> Path:
        """Where the layer is kept, with its image; the same recipe gives the same place."""
        content = [self.profile.packages, self.profile.layer_files, SCRIPT.read_text(encoding="utf-8")]
        digest = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        return self.image.parent / "layers" / f"{self.name}-{digest[:12]}"


def ensure_layer(recipe: Recipe, *, report: Report = silent) -> Path:
    """The layer of a recipe, made if it is not there.

    Raises:
        LabError: the packages cannot be installed (E6360).
    """
    make_once(recipe.folder, partial(_make, recipe, report=report), report=report)
    return recipe.folder / "root"


def layered(layout: Layout, layers: Mapping[str, Path]) -> Layout:
    """A layout whose hosts lie over the layers of their profiles."""
    hosts = tuple(replace(host, layer=str(layers.get(host.profile, ""))) for host in layout.hosts)
    return replace(layout, hosts=hosts)


def _make(recipe: Recipe, place: Path, lock: int, *, report: Report) -> None:
    report(INSTALLING)
    for folder in ("seed", "memory"):
        (place / folder).mkdir(parents=True)
    write_seed(place / "seed", (recipe.image,), _seed(recipe), owners_of(recipe.image))
    # What is started holds the lock as well: whoever comes after a kill waits until that is gone too.
    done = subprocess.run(
        _command(recipe, place), stdin=subprocess.DEVNULL, capture_output=True, text=True, pass_fds=(lock,), check=False
    )
    if done.returncode:
        raise _failure(recipe, done.stdout + done.stderr)
    for folder in ("seed", "memory"):
        shutil.rmtree(place / folder)


def _failure(recipe: Recipe, output: str) -> LabError:
    log = recipe.folder.with_suffix(".log")
    log.write_text(output, encoding="utf-8")
    reason = " / ".join(output.strip().splitlines()[-LAST_LINES:])
    packages = " ".join(recipe.profile.packages)
    return LabError(CANNOT_INSTALL, profile=recipe.name, packages=packages, reason=reason, log=log)


def _seed(recipe: Recipe) -> Seed:
    own = {path: text(content) for path, content in recipe.profile.layer_files.items()}
    return {**recipe.client, **own}


def _command(recipe: Recipe, place: Path) -> list[str]:
    return [
        *("setpriv", "--pdeathsig", "KILL"),
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
        *("sh", str(SCRIPT), str(recipe.image), str(recipe.repository), str(place), str(SIZE_MIB)),
        *recipe.profile.packages,
    ]
