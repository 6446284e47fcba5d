import subprocess
import sys
from itertools import pairwise

import attrs
import networkx as nx
import pytest

from cxengine.journey import build, of_persona, paths

SHOP = {"shop": "search product", "buy": "cart pay", "get": "parcel help"}


def test_without_transitions_touchpoints_follow_by_stage_then_as_written(sketch):
    graph = build(sketch(SHOP))
    assert list(graph) == ["search", "product", "cart", "pay", "parcel", "help"]
    assert list(graph.edges) == [
        ("search", "product"),
        ("product", "cart"),
        ("cart", "pay"),
        ("pay", "parcel"),
        ("parcel", "help"),
    ]
    assert graph.graph["starts"] == ("search",)
    assert graph.graph["ends"] == ("help",)
    assert not graph.graph["declared"]


def test_stage_order_wins_over_the_order_of_writing(sketch):
    project = sketch({"first": "b", "second": "a"})
    reversed_ = attrs.evolve(project, touchpoints=project.touchpoints[::-1])
    assert list(build(reversed_)) == ["b", "a"]


def test_backstage_work_is_no_step_of_an_undeclared_sequence(sketch):
    graph = build(sketch({"s": "order pick parcel"}, pick={"frontstage": False}))
    assert list(graph.edges) == [("order", "parcel")]
    assert "pick" in graph


def test_nodes_carry_what_the_author_wrote(sketch):
    keys = {"name": "Pay", "channels": ("web",), "moment_of_truth": True, "desired": 0.5, "importance": 0.9}
    graph = build(sketch(SHOP, pay=keys, personas={"ada": "pay", "bob": ""}))
    node = graph.nodes["pay"]
    assert {key: node[key] for key in keys} == keys
    assert (node["stage"], node["stage_name"], node["position"]) == ("buy", "Buy", 3)
    assert node["personas"] == ("ada", "bob")
    assert graph.nodes["cart"]["personas"] == ("bob",)


def test_who_lists_nothing_meets_all_that_customers_see(sketch):
    project = sketch({"s": "order pick"}, personas={"ada": "", "bob": "pick"}, pick={"frontstage": False})
    assert dict(build(project).nodes(data="personas")) == {"order": ("ada",), "pick": ("bob",)}


def test_the_graph_cannot_be_changed(sketch):
    with pytest.raises(nx.NetworkXError, match="Frozen"):
        build(sketch(SHOP)).add_node("x")


def test_paths_go_from_starts_to_ends_without_repeating(sketch):
    steps = ["search > product", "product > cart", "product > search", "cart > pay", "search > cart"]
    graph = build(sketch({"s": "search product cart pay"}, steps, end="pay product"))
    assert set(paths(graph)) == {
        ("search", "product"),
        ("search", "cart", "pay"),
        ("search", "product", "cart", "pay"),
    }
    assert paths(graph, at_most=1) == paths(graph)[:1]
    assert set(paths(graph, longest=2)) == {("search", "product"), ("search", "cart", "pay")}


def test_a_touchpoint_may_be_start_and_end(sketch):
    graph = build(sketch({"s": "a b"}, ["a > b"], start="a", end="a b"))
    assert paths(graph) == (("a",), ("a", "b"))


def test_many_branches_do_not_hang(sketch):
    layers = [[f"t{layer}{k}" for k in "xyz"] for layer in range(30)]
    steps = [f"{a} > {b}" for near, far in pairwise(layers) for a in near for b in far]
    names = " ".join(name for layer in layers for name in layer)
    graph = build(sketch({"s": names}, steps, start="t0x", end="t29x"))
    assert len(paths(graph, at_most=50)) == 50


def test_a_persona_passes_by_what_it_does_not_meet(sketch):
    steps = ["search > product", "product > account", "account > pay", "pay > parcel", "product > pay"]
    project = sketch(
        {"s": "search product account pay parcel"},
        steps,
        end="parcel",
        personas={"guest": "product pay", "member": ""},
    )
    guest = of_persona(build(project), "guest")
    assert list(guest.edges) == [("product", "pay")]
    assert (guest.graph["starts"], guest.graph["ends"]) == (("product",), ("pay",))
    member = of_persona(build(project), "member")
    assert set(member.edges) == set(build(project).edges)


def test_loops_through_passed_touchpoints_stay_loops(sketch):
    steps = ["help > form", "form > reply", "reply > help", "help > done"]
    project = sketch({"s": "help form reply done"}, steps, end="done", personas={"p": "help done"})
    assert set(of_persona(build(project), "p").edges) == {("help", "help"), ("help", "done")}


def test_an_unknown_persona_is_a_key_error(sketch):
    with pytest.raises(KeyError, match="nobody"):
        of_persona(build(sketch(SHOP)), "nobody")


def test_importing_the_journey_loads_no_networkx():
    code = "import sys, cxengine.journey; print('networkx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
