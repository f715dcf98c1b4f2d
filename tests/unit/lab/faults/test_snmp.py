"""Other credentials in the configuration of snmpd, and nothing else changed."""

from hypothesis import given
from hypothesis import strategies as st

from yiwang.lab.faults.snmp import with_other_credentials

OWN = """\
# rocommunity commented
agentaddress udp:161
sysLocation Qixian
rocommunity public 59.255.0.0/16
com2sec -Cn context readers default seen
createUser monitor SHA-256 "a long password" AES "another one"
createUser plain MD5 short
createUser keyed SHA-256 -l 0x1122 AES -l 0x3344
rouser monitor authpriv
"""
KEPT = 'usmUser 1 3 0x80 "monitor" "monitor" NULL .1.3 0x11 .1.3 0x22 ""\nengineBoots 4\n'


def test_every_community_and_password_becomes_another() -> None:
    changed = with_other_credentials(OWN)

    for secret in ("public", "seen", "a long password", "another one", "short", "-l", "0x1122", "0x3344"):
        assert secret not in changed


def test_all_that_is_no_credential_stays() -> None:
    before, after = OWN.splitlines(), with_other_credentials(OWN).splitlines()

    assert [line for line in after if line in before] == [
        "# rocommunity commented",
        "agentaddress udp:161",
        "sysLocation Qixian",
        "rouser monitor authpriv",
    ]
    assert after[3].startswith("rocommunity ")
    assert after[3].endswith(" 59.255.0.0/16")
    assert after[5].startswith("createUser monitor SHA-256 ")
    assert " AES " in after[5]


def test_users_that_the_agent_kept_are_forgotten_with_their_keys() -> None:
    assert with_other_credentials(KEPT) == "engineBoots 4\n"


@given(
    st.lists(st.sampled_from(["sysName x", "# note", "", "view all included .1", "agentaddress 161"])).map("\n".join)
)
def test_a_configuration_without_credentials_does_not_change(text: str) -> None:
    assert with_other_credentials(text) == text
