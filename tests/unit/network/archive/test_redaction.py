"""No secret that a device can show comes into the archive; the same secret is seen to be the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.core.vault.secret import Secret
from yiwang.network.archive.redaction import TAG, Redaction, tags_in
from yiwang.network.platforms.catalogue import Platforms

PLATFORMS = Platforms()
REDACTION = Redaction(Secret("a key of the archive"))
CORPUS = Path(__file__).parents[5] / "shared" / "corpus"

# Where the secret stands, there is §.
LINES = {
    "huawei_vrp": """\
 local-user admin password irreversible-cipher §
 local-user admin password cipher §
 local-user admin password simple §
 super password level 3 cipher §
 set authentication password cipher §
snmp-agent community read cipher §
snmp-agent community read §
 snmp-agent community write cipher § acl 2000
snmp-agent target-host trap address udp-domain 10.1.1.1 params securityname cipher § v2c
snmp-agent target-host trap address udp-domain 10.1.1.1 params securityname § v2c
snmp-agent usm-user v3 nms authentication-mode sha2-256 cipher §
snmp-agent usm-user v3 nms privacy-mode aes256 cipher §
snmp-agent usm-user v3 nms group authentication-mode sha § privacy-mode aes128 §
 peer 10.1.1.2 password cipher §
 ospf authentication-mode md5 1 cipher §
 ospf authentication-mode hmac-sha256 1 cipher §
 ospf authentication-mode simple cipher §
 authentication-mode md5 1 plain §
 radius-server shared-key cipher §
 hwtacacs-server shared-key cipher §
 ntp-service authentication-keyid 1 authentication-mode hmac-sha256 cipher §
 vrrp vrid 1 authentication-mode md5 §
 pre-shared-key cipher §
 key-string cipher §
 isis authentication-mode md5 cipher §
""",
    "hp_comware": """\
 password hash §
 password simple §
 super password role network-admin hash §
 set authentication password cipher §
 snmp-agent community read §
 snmp-agent community write cipher §
 snmp-agent community read simple § acl 2000
 snmp-agent usm-user v3 nms group cipher authentication-mode sha § privacy-mode aes128 §
 peer 192.0.2.61 password cipher §
 key authentication cipher §
 key accounting simple §
 ospf authentication-mode md5 1 cipher §
 ntp-service authentication-keyid 1 authentication-mode md5 cipher §
 vrrp vrid 1 authentication-mode md5 cipher §
 pre-shared-key address 10.1.1.1 255.255.255.255 key cipher §
""",
    "cisco_ios": """\
enable secret 5 §
enable password §
username admin privilege 15 secret 9 §
username admin privilege 15 password 0 §
 password 7 §
 neighbor 10.0.0.2 password 7 §
snmp-server community § RO 10
snmp-server host 10.1.1.1 version 2c §
snmp-server host 10.1.1.1 traps § bgp
snmp-server host 10.1.1.1 vrf MGMT informs version 2c § config
snmp-server user nms grp v3 auth sha § priv aes 128 §
  key-string 7 §
tacacs-server key 7 §
radius-server host 10.1.1.1 auth-port 1812 key 7 §
 server-private 10.1.1.1 key 7 §
 ip ospf message-digest-key 1 md5 7 §
 ip ospf authentication-key §
 standby 1 authentication md5 key-string §
 vrrp 1 authentication text §
ntp authentication-key 1 md5 § 7
crypto isakmp key § address 10.1.1.1
  pre-shared-key address 10.1.1.1 key §
 ppp chap password 0 §
 isis password §
""",
    "ruijie_os": """\
enable secret 5 §
enable password 7 §
username admin password 7 §
snmp-server community 7 § ro
snmp-server community § rw
radius-server host 10.1.1.1 key 7 §
snmp-server user nms grp v3 auth sha § priv aes §
""",
    "zte_zxros": """\
  user-name admin password encrypted §
  password §
  secret hash §
snmp-server community encrypted § view all ro
snmp-server host 10.1.1.1 trap version 2c § udp-port 162
  neighbor 10.1.1.2 password §
    message-digest-key 1 md5 encrypted §
""",
    "frr": """\
password §
enable password 8 §
 neighbor 10.1.1.2 password §
 ip ospf message-digest-key 1 md5 §
 ip ospf authentication-key §
  key-string §
 isis password md5 §
""",
    "linux": """\
rocommunity § 10.0.0.0/8
com2sec local localhost §
createUser nms SHA § AES §
	wpa-psk §
password = §
""",
}
# Values that look like what secrets look like: never one of the words of a command line.
VALUES = (
    "S3cr3t!x",
    "%^%#aB1-cD2+eF3=gH4%^%#",
    "$1$bOPC$Ledl3D5Xx8hkXUgobF0i",
    "0822455D0A16A",
    "$c$3$1234567890abcdef",
)
KEPT = {
    "huawei_vrp": [
        "ssh user a authentication-type password",
        "ssh server cipher aes256_ctr aes128_ctr",
        "snmp-agent sys-info version v3",
        " authentication-mode aaa",
    ],
    "hp_comware": ["ssh user a service-type all authentication-type password", " password-recovery enable"],
    "cisco_ios": [
        "service password-encryption",
        " neighbor 10.0.0.2 send-community both",
        "ip community-list standard c permit 1:1",
        "key chain ospf",
        " key 1",
        "snmp-server host 10.1.1.1 version 3 priv nms",
    ],
    "frr": [" neighbor 10.0.0.2 send-community", "service password-encryption"],
}


@pytest.mark.parametrize("name", sorted(LINES))
@pytest.mark.parametrize("value", VALUES)
def test_every_secret_that_a_line_can_hold_is_taken_out(name: str, value: str) -> None:
    text = LINES[name].replace("§", value)

    redacted = REDACTION.text(PLATFORMS.find(name), text)

    assert value not in redacted
    assert TAG.sub("§", redacted).splitlines() == LINES[name].splitlines()


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in KEPT.items() for line in lines])
def test_what_only_speaks_of_secrets_stays(name: str, line: str) -> None:
    assert REDACTION.text(PLATFORMS.find(name), line) == line


def test_the_key_of_a_server_is_a_secret_and_the_number_of_a_key_is_none() -> None:
    text = "tacacs server one\n address ipv4 10.1.1.1\n key 10101010\nkey chain two\n key 10101010\n"

    redacted = REDACTION.text(PLATFORMS.find("cisco_ios"), text)

    assert redacted.count("10101010") == 1
    assert redacted.endswith("key chain two\n key 10101010\n")


def test_the_same_secret_has_the_same_digest_on_every_platform() -> None:
    texts = {
        "huawei_vrp": "snmp-agent community read shared-by-all",
        "cisco_ios": "enable password shared-by-all",
    }

    digests = {each for name, text in texts.items() for each in tags_in(REDACTION.text(PLATFORMS.find(name), text))}

    assert len(digests) == 1
    assert digests != set(tags_in(Redaction(Secret("another key")).tag("shared-by-all")))


def test_a_secret_that_everybody_tries_first_is_marked() -> None:
    assert REDACTION.tag("public").startswith("<secret-weak-")
    assert not REDACTION.tag("kZ8#vQ2m").startswith("<secret-weak-")


def test_private_keys_are_taken_out_whole() -> None:
    text = "crypto\n-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc=\n-----END RSA PRIVATE KEY-----\nend\n"

    redacted = REDACTION.text(PLATFORMS.find("cisco_ios"), text)

    assert "MIIEow" not in redacted
    assert redacted.endswith("-----END RSA PRIVATE KEY-----\nend\n")


@given(st.sampled_from(sorted(LINES)), st.text(max_size=200))
def test_redacting_twice_changes_nothing_more(name: str, text: str) -> None:
    once = REDACTION.text(PLATFORMS.find(name), text)

    assert REDACTION.text(PLATFORMS.find(name), once) == once


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the project")
def test_no_known_form_of_ciphertext_of_the_corpus_is_left() -> None:
    forms = re.compile(r"%\$%\$\S|\$[chs]\$[0-9]\$|\$1\$\S{4}|%\^%#\S|password (?:0 )?cisco\b|\bzebra$", re.MULTILINE)

    for name in ("cisco_ios", "huawei_vrp", "hp_comware", "frr"):
        for file in (CORPUS / name).glob("*.cfg"):
            redacted = REDACTION.text(PLATFORMS.find(name), file.read_bytes().decode("utf-8", "replace"))

            assert not (found := forms.search(redacted)), f"{file.name}: {found}"
