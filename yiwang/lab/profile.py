"""Profiles: what runs in a host at bring-up, one small YAML file each in ``profiles/``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Declared


class Profile(Declared):
    """What a kind of host runs and needs."""

    title: str = Field(description=N_("what people call it"))
    services: tuple[str, ...] = Field(description=N_("systemd services that start at boot"))
    memory_mib: int = Field(gt=0, description=N_("memory that such a host takes, in MiB"))
    packages: tuple[str, ...] = Field((), description=N_("Debian packages beyond the image"))
    adapters: tuple[str, ...] = Field((), description=N_("kinds of adapters whose department's server it is"))
    port: int = Field(22, description=N_("TCP port that answers when the host is ready"))


@cache
def profiles() -> Mapping[str, Profile]:
    """Every profile by its name."""
    files = sorted(Path(__file__).with_name("profiles").glob("*.yaml"))
    return {file.stem: Profile.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files}
