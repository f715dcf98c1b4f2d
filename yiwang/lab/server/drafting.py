"""Which departments' servers a lab has, and how each is plugged into its exchange nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from yiwang.core.errors import NotFoundError, UsageError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.inventory.estate import Estate
from yiwang.lab.layout import Cable, CableEnd, Host, Layout, Omission, Port
from yiwang.lab.naming import MOST_HOSTS, cable_network, management_address
from yiwang.lab.profile import profile_of_kind, profiles
from yiwang.lab.server.binding import Binding

NO_ADAPTER = code(
    "E6353",
    N_('there is no adapter "{name}"{suggestion}'),
    N_("`yiwang inventory list --kind adapters` shows them; `--server all` takes all of the selected exchange nodes"),
)
NODE_OUTSIDE = code(
    "E6354",
    N_('the server of adapter "{name}" needs its exchange node {node}, which is not in this lab'),
    N_("select that node as well: yiwang lab up ESTATE name={node}"),
)
ADDRESS_TAKEN = code(
    "E6355",
    N_('adapters "{one}" and "{other}" declare servers of different kinds at {address}'),
    N_("a host of a lab runs one profile: name only one of the two, or write a profile for both kinds"),
)
TOO_MANY_SERVERS = code(
    "E6356",
    N_(
        "with the servers the lab has {hosts} hosts and {cables} cables to them; at most {most_hosts} and {most_cables}"
    ),
    N_("name fewer adapters: --server ADAPTER"),
)

ALL = "all"
MOST_CABLES = cable_network(0).num_addresses // 2
EXCHANGE_PORT = "dept"


@dataclass(frozen=True, slots=True)
class Server:
    """A department's server: the adapters that connect to it, all of one profile."""

    name: str
    profile: str
    bindings: tuple[Binding, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """The exchange nodes that connect to it."""
        return tuple(dict.fromkeys(binding.adapter.node for binding in self.bindings))


def with_servers(estate: Estate, layout: Layout, wanted: Sequence[str]) -> Layout:
    """A layout with the servers of the wanted adapters, or of ``all`` of its exchange nodes.

    A server has one cable to each of its exchange nodes; nobody else reaches it.

    Raises:
        NotFoundError: there is no such adapter (E6353).
        UsageError: the adapter's exchange node is missing (E6354), two want one address (E6355), an
            option cannot be (E6352), or there is no room (E6356).
        LabError: one of the estate's own profiles has mistakes (E6350).
    """
    names = _names(estate, layout, wanted)
    bindings, omissions = _bindings(estate, names)
    servers = tuple(_servers(estate, layout, _elsewhere(layout, bindings, omissions)))
    return _plugged(layout, servers, omissions)


def _names(estate: Estate, layout: Layout, wanted: Sequence[str]) -> tuple[str, ...]:
    if ALL in wanted:
        return tuple(name for name, adapter in estate.adapters.items() if adapter.node in layout.by_name)
    for name in wanted:
        if name not in estate.adapters:
            raise NotFoundError(NO_ADAPTER, name=name, suggestion=suggestion(name, estate.adapters))
        if (node := estate.adapters[name].node) not in layout.by_name:
            raise UsageError(NODE_OUTSIDE, name=name, node=node)
    return tuple(dict.fromkeys(wanted))


def _bindings(estate: Estate, names: Iterable[str]) -> tuple[list[Binding], list[Omission]]:
    known = profiles(estate.folder)
    bindings, omissions = [], []
    for name in names:
        adapter = estate.adapters[name]
        profile = profile_of_kind(adapter.kind, estate.folder)
        if not profile:
            omissions.append(Omission("server-kind", name, adapter.kind))
            continue
        binding = Binding(name, adapter, profile, known[profile])
        binding.check()
        bindings.append(binding)
        omissions += (Omission("server-charset", name, charset) for charset in binding.substituted)
    return bindings, omissions


def _elsewhere(layout: Layout, bindings: list[Binding], omissions: list[Omission]) -> Iterator[Binding]:
    """Those whose declared host is none of the lab's nodes."""
    owners = {address: host.name for host in layout.hosts for address in host.addresses}
    for binding in bindings:
        if owner := owners.get(binding.address):
            omissions.append(Omission("server-node", binding.name, owner))
        else:
            yield binding


def _servers(estate: Estate, layout: Layout, bindings: Iterable[Binding]) -> Iterator[Server]:
    groups: dict[tuple[str, str, int], list[Binding]] = {}
    owners: dict[str, Binding] = {}
    for binding in bindings:
        mate = owners.setdefault(binding.address, binding) if binding.address else binding
        if (mate.profile_name, mate.port) != (binding.profile_name, binding.port):
            raise UsageError(ADDRESS_TAKEN, one=mate.name, other=binding.name, address=binding.address)
        place = binding.host or binding.adapter.system
        groups.setdefault((binding.profile_name, place, binding.port), []).append(binding)
    taken = {*layout.by_name, *estate.nodes, *estate.devices}
    for (profile, _place, _port), group in groups.items():
        name = next(each for each in _candidates(group[0].adapter.system) if each not in taken)
        taken.add(name)
        yield Server(name, profile, tuple(group))


def _candidates(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in count(2))


@dataclass(frozen=True, slots=True)
class _Plug:
    """A cable from an exchange node to a server, and the one address at each end."""

    server: Server
    node: str
    node_port: str
    server_port: str
    near: str
    far: str


def _plugs(slot: int, servers: Iterable[Server]) -> Iterator[_Plug]:
    addresses = iter(cable_network(slot))
    used: Counter[str] = Counter()
    for server in servers:
        far = server.bindings[0].address
        for index, node in enumerate(server.nodes):
            near, other = next(addresses), next(addresses)
            far = far or str(other)
            yield _Plug(server, node, f"{EXCHANGE_PORT}{used[node]}", f"eth{index}", str(near), far)
            used[node] += 1


def _plugged(layout: Layout, servers: Sequence[Server], omissions: Iterable[Omission]) -> Layout:
    total, cables = len(layout.hosts) + len(servers), sum(len(server.nodes) for server in servers)
    if total > MOST_HOSTS or cables > MOST_CABLES:
        raise UsageError(TOO_MANY_SERVERS, hosts=total, cables=cables, most_hosts=MOST_HOSTS, most_cables=MOST_CABLES)
    plugs = tuple(_plugs(layout.slot, servers))
    made = (_host(layout, server, plugs, index) for index, server in enumerate(servers, len(layout.hosts)))
    hosts = (*(_widened(host, plugs) for host in layout.hosts), *made)
    return replace(
        layout,
        hosts=tuple(sorted(hosts, key=lambda host: host.name)),
        cables=(*layout.cables, *map(_cable, plugs)),
        omissions=(*layout.omissions, *omissions, *_made_addresses(plugs)),
    )


def _host(layout: Layout, server: Server, plugs: Iterable[_Plug], index: int) -> Host:
    own = [plug for plug in plugs if plug.server == server]
    return Host(
        name=server.name,
        kind="server",
        profile=server.profile,
        platform="linux",
        index=index,
        management=str(management_address(layout.slot, index)),
        addresses=(own[0].far,),
        ports=tuple(Port(plug.server_port, plug.server_port, f"{plug.far}/32", plug.near) for plug in own),
        region=layout.by_name[own[0].node].region,
        adapters=tuple(binding.name for binding in server.bindings),
        service_port=server.bindings[0].port,
    )


def _widened(host: Host, plugs: Iterable[_Plug]) -> Host:
    ports = (
        Port(plug.node_port, plug.node_port, f"{plug.near}/32", plug.far) for plug in plugs if plug.node == host.name
    )
    return replace(host, ports=(*host.ports, *ports))


def _cable(plug: _Plug) -> Cable:
    ends = (
        CableEnd(plug.node, plug.node_port, plug.node_port),
        CableEnd(plug.server.name, plug.server_port, plug.server_port),
    )
    return Cable(f"{plug.server.name}-{plug.node}", ends)


def _made_addresses(plugs: Iterable[_Plug]) -> Iterator[Omission]:
    for plug in plugs:
        for binding in plug.server.bindings:
            if not binding.address and binding.adapter.node == plug.node:
                yield Omission("server-address", binding.name, plug.far)
