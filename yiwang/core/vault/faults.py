"""What can go wrong with the vault, as codes."""

from __future__ import annotations

from yiwang.core.errors import code
from yiwang.core.i18n import N_

NO_SECRET = code(
    "E0603",
    N_("the vault has no secret {path}{suggestion}"),
    N_("put it there with `yiwang vault set {path}`; `yiwang vault list` shows what there is"),
)
NO_KEY = code(
    "E0604",
    N_('the key "{id}" is not at hand'),
    N_(
        "name its file with the setting vault.keys.{id} or in ${variable}, or run this at a terminal to be asked for it"
    ),
    N_(
        "Each vault id has a key of its own, so that a county's key opens only the county's secrets. A machine needs "
        "only the keys of the secrets that it uses."
    ),
)
KEY_UNREADABLE = code(
    "E0605",
    N_('the file of the key "{id}" cannot be read: {file}: {reason}'),
    N_("check the path in vault.keys.{id} and that you may read the file"),
)
KEY_EXPOSED = code(
    "E0606",
    N_("the key file {file} has mode {mode}; others could read it, or it would be run as a program"),
    N_("chmod 600 {file}, and replace the key with `yiwang vault rotate` if others have had access"),
)
KEY_WEAK = code(
    "E0607",
    N_('the key "{id}" has fewer than {least} characters'),
    N_("make one with `yiwang vault new-key FILE` and change to it with `yiwang vault rotate`"),
    N_(
        "Encrypted secrets lie in git, where anyone with a copy can try keys for years. Only a long random key "
        "withstands that."
    ),
)
WRONG_KEY = code(
    "E0608",
    N_('the key "{id}" does not open {path}: it is another key, or the file was altered'),
    N_("check that the key file is the current one; after an interrupted rotation run the same `vault rotate` again"),
)
DAMAGED = code(
    "E0609",
    N_("the secret {path} is damaged: {reason}"),
    N_("restore {file} from git, or set the secret anew with `yiwang vault set {path}`"),
)
WRONG_ID = code(
    "E0610",
    N_('{path} is encrypted for "{found}", but {rules} gives it to "{wanted}"'),
    N_("re-encrypt it: yiwang vault rotate --id {wanted} --new-key FILE, with the key file of {wanted}"),
    N_(
        "The rules file decides who can open a secret. A file that was encrypted for another id is not used, so that "
        "nobody can slip in a secret where only another's key should reach."
    ),
)
BAD_RULES = code(
    "E0611",
    N_("the vault's rules cannot be used: {details}"),
    N_("write `default: city` and, below `prefixes:`, lines such as `counties/410621: 410621`"),
)
NOT_WRITTEN = code(
    "E0612",
    N_("{file} cannot be written: {reason}"),
    N_("check that the folder exists, that you may write to it and that the disk is not full"),
)
SAME_KEY = code(
    "E0613",
    N_('the new key of "{id}" is the one in use'),
    N_("make another with `yiwang vault new-key FILE`"),
)
NOT_IMPORTABLE = code(
    "E0614",
    N_("{file} cannot be imported: {reason}"),
    N_("give a YAML file of variables, plain or encrypted by ansible-vault, or a CSV file with the columns path,value"),
)
UNRESOLVED = code(
    "E0615",
    N_("the vault has no secret {path}{suggestion}"),
    N_("put it there with `yiwang vault set {path}`, or correct the reference"),
)
UNUSED = code(
    "E0616",
    N_("no reference in the estate leads to the secret {path}"),
    N_("if nothing else uses it, remove the file with `git rm`"),
)
UNENCRYPTED = code(
    "E0617",
    N_("this file in the vault is not encrypted"),
    N_("put its content into the vault with `yiwang vault set PATH`, remove the file and change the secret"),
    N_("Only files written by `yiwang vault` or `ansible-vault encrypt` belong in the vault's folder."),
    private=True,
)
UNUSABLE = code(
    "E0618",
    N_("a secret must be valid text of 1 to {most} characters and must not be ansible-vault text itself"),
    N_("to take over what ansible-vault has encrypted, use `yiwang vault import`"),
)
ON_COMMAND_LINE = code(
    "E0619",
    N_("a secret is never given on the command line"),
    N_("run `yiwang vault set PATH` and type it when asked, or pass it on standard input; and change this secret"),
    N_(
        "Every user of a machine can read the command lines of its processes, and the shell keeps them in its history. "
        "What was typed there must be taken as known."
    ),
)
NO_INPUT = code(
    "E0620",
    N_("no secret was given: {reason}"),
    N_("type it when asked, pass it on standard input, or use --generate"),
)
UNOPENED = code(
    "E0621",
    N_('{count} secret(s) of "{id}" could not be checked: the key is not at hand'),
    N_("check where the key is, or give it with the setting vault.keys.{id}"),
)
KEY_EXISTS = code("E0622", N_("{file} exists already"), N_("choose another name; a key file is never overwritten"))
TAKEN = code(
    "E0623",
    N_("the vault already has another secret {path}"),
    N_("import under another prefix with --under, or replace it with --overwrite"),
)
