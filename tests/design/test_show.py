"""A design on a page, and two side by side: complete, in the contracts' own words, and nothing that does not differ."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from sim.design import SLOTS, list_designs, load_design
from sim.design.parameters import Parameter, parameters_of
from sim.inputs.compiler import CONTRACTS, shipped_policies
from sim.workbench.diff import Difference, difference
from sim.workbench.gates import MODES, STATUSES, always_open, gate_table
from sim.workbench.natspec import natspec
from sim.workbench.show import page
from sim.workbench.units import as_toml, shown, unit_of, unit_of_key

shipped = pytest.mark.parametrize("name", list_designs())


def printed(name: str, *overrides: str, width: int = 400) -> str:
    """The page, wide enough that nothing is folded."""
    console = Console(width=width, color_system=None)
    with console.capture() as text:
        console.print(page(load_design(name, overrides)))
    return "\n".join(line.rstrip() for line in text.get().splitlines())


def rows(text: str) -> dict[str, list[str]]:
    """Cells of table rows by their first cell."""
    cells = [re.split(r" {3,}", line.rstrip()) for line in text.splitlines()]
    return {first: rest for first, *rest in cells if rest}


def compared(first: str, second: str) -> Difference:
    return difference(load_design(first), load_design(second))


# --- show


@shipped
def test_every_parameter_is_shown_with_its_value_unit_and_source(name: str) -> None:
    design, text = load_design(name), printed(name)
    headings = [f"\n{slot}: {design.policies[slot].policy}\n" for slot in SLOTS] + ["\nWhat is open when\n"]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    for slot, start, end in zip(SLOTS, places, places[1:], strict=False):
        choice, found = design.policies[slot], rows(text[start:end])
        for parameter in parameters_of(choice.source):
            source = design.source_of(f"{slot}.{parameter.key}") or "-"
            assert found[parameter.key] == [shown(choice.parameters[parameter.key]), unit_of(parameter), source]


@shipped
def test_assets_markets_rules_and_breaks_are_all_there(name: str) -> None:
    design, text = load_design(name), " ".join(printed(name).split())
    for told in (
        design.title,
        design.fingerprint,
        *(item.symbol for item in (*design.assets, *design.markets)),
        *(rule.rule for rule in design.rules),
        *(rule.note for rule in design.rules),
        *(entry.reason for entry in design.breaks),
        *(source for key, source in design.sources.items() if key.startswith(("asset", "market"))),
    ):
        assert " ".join(told.split()) in text


def test_a_policy_is_introduced_by_its_own_natspec() -> None:
    text = printed("glp")
    assert "GLP tax" in text
    assert "GMX v1's dynamic fee." in text


def test_what_the_command_line_changed_is_said() -> None:
    found = rows(printed("glp", "weight_fee.tax_bps=60"))
    assert found["tax_bps"] == ["60", "basis points", "set on the command line"]
    assert "changed by --set: weight_fee.tax_bps=60" in printed("glp", "weight_fee.tax_bps=60")


def test_a_key_in_brackets_is_no_markup() -> None:
    assert "asset[BTC].haircut" in printed("glp")


def test_defaults_and_what_is_not_set_are_told_apart() -> None:
    text = printed("glp")
    assert rows(text)["pool.redeem_delay_s"] == ["0", "seconds", "default"]
    assert "oracle.max_step_bps" in next(line for line in text.splitlines() if "not set: oracle.venue" in line)


@pytest.mark.parametrize(
    ("argument", "base", "lengths", "unit"),
    [
        ("maximum_wad_per_s", "uint256", (), "per year"),
        ("keeper_usd_wad", "uint256", (), "USD"),
        ("buffer_wad", "uint256", (), "number"),
        ("fee_bps", "uint256", (), "basis points"),
        ("cooldown_s", "uint256", (), "seconds"),
        ("stable_assets", "uint256", (), "assets"),
        ("exponent", "uint256", (), "whole number"),
        ("forfeits", "bool", (), "true or false"),
        ("initial_bps", "uint256", (8,), "basis points, by market"),
        ("upper_usd_wad", "uint256", (5,), "USD, list"),
        ("leverage", "uint256", (5, 8), "whole number, list, by market"),
    ],
)
def test_the_ending_of_the_argument_gives_the_unit(
    argument: str, base: str, lengths: tuple[int, ...], unit: str
) -> None:
    assert unit_of(Parameter(argument, base, lengths)) == unit


@shipped
def test_every_number_outside_the_slots_has_a_unit(name: str) -> None:
    keys = [key for key in load_design(name).numbers() if key.partition(".")[0] not in SLOTS]
    assert keys
    assert [key for key in keys if not unit_of_key(key)] == []


@pytest.mark.parametrize(
    ("value", "read", "written"),
    [
        (1_000_000, "1,000,000", "1_000_000"),
        (Decimal("1234.50"), "1,234.5", "1_234.5"),
        (Decimal("3E-10"), "0.0000000003", "0.0000000003"),
        (True, "true", "true"),
        (("BTC", "ETH"), "BTC, ETH", '["BTC", "ETH"]'),
        ({"BTC": 1, "ETH": 2}, "BTC 1, ETH 2", "{ BTC = 1, ETH = 2 }"),
        (((1, 2), (3, 4)), "1, 2; 3, 4", "[[1, 2], [3, 4]]"),
        ('a "name"', 'a "name"', '"a \\"name\\""'),
        (None, "off", None),
    ],
)
def test_values_are_written_for_readers_and_for_files(value: object, read: str, written: str | None) -> None:
    assert shown(value) == read
    if written is not None:
        assert as_toml(value) == written


@pytest.mark.parametrize("slot", SLOTS)
def test_every_shipped_policy_says_what_it_does(slot: str) -> None:
    for source in shipped_policies(slot).values():
        said = natspec(source)
        assert said.title and said.notice
        assert "@" not in said.notice


def test_paragraphs_flow_and_formulas_stay(tmp_path: Path) -> None:
    source = tmp_path / "Mine.vy"
    source.write_text(
        '# pragma version 0.4.3\n"""\n@title Mine\n@notice One line\n        and another,\n'
        '            x = 1\n        and the rest.\n@dev Hidden.\n"""\n'
    )
    assert natspec(source).notice == "One line and another,\n    x = 1\nand the rest."
    source.write_text("# pragma version 0.4.3\n")
    assert (natspec(source).title, natspec(source).notice) == ("", "")


def test_the_compiled_gates_are_those_that_the_source_tells() -> None:
    """Bytecode against the table in words at the head of contracts/lib/gates.vy, cell by cell."""
    text = (CONTRACTS / "lib" / "gates.vy").read_text()
    told = re.findall(r"^ +\d+ (.+?) +(OK|WIDE|HALTED) +(\S+) +(may close|-)", text, re.MULTILINE)
    found = [
        (gate.verb, gate.statuses[-1], gate.modes[-1], "may close" if gate.circuit_may_close else "-")
        for gate in gate_table()
    ]
    assert found == told
    assert always_open() == ("deposit, without",)


def test_gates_open_from_the_best_status_on() -> None:
    for gate in gate_table():
        assert gate.statuses == STATUSES[: len(gate.statuses)] and gate.statuses
        assert gate.modes == MODES[: len(gate.modes)] and gate.modes


# --- diff


@shipped
def test_a_design_does_not_differ_from_itself(name: str) -> None:
    found = compared(name, name)
    assert found.is_same_behaviour
    assert not (found.members or found.policies or found.values or found.rules or found.breaks)


def test_a_new_title_is_no_difference(write_design) -> None:
    found = compared("glp", write_design('title = "Other"\nsummary = "Other"\n'))
    assert found.is_same_behaviour and not found.rules


@pytest.mark.parametrize(
    "text",
    [
        "[pool]\nredeem_delay_s = 0\n",
        "[margin]\ninitial_bps = { BTC = 200, ETH = 200, SOL = 200 }\n",
        "[weight_fee]\ntax_bps = 50.0\n",
    ],
)
def test_another_way_to_say_it_is_no_difference(write_design, text: str) -> None:
    found = compared("glp", write_design(text))
    assert found.is_same_behaviour
    assert found.values == ()


def test_one_number_is_one_row(write_design) -> None:
    found = compared("glp", write_design("[weight_fee]\ntax_bps = 60\n"))
    assert not found.is_same_behaviour
    assert found.values == (("weight_fee.tax_bps", "50", "60"),)
    assert not (found.members or found.policies or found.rules or found.breaks)


def test_a_value_by_market_shows_the_markets(write_design) -> None:
    found = compared("glp", write_design("[margin]\ninitial_bps = { BTC = 200, ETH = 300, SOL = 200 }\n"))
    assert found.values == (("margin.initial_bps", "200", "BTC 200, ETH 300, SOL 200"),)


def test_another_policy_is_one_row_and_the_parameters_that_differ(write_design) -> None:
    text = '[weight_fee]\npolicy = "flat_fee"\nmint_redeem_fee_bps = 30\nswap_fee_bps = 25\n'
    found = compared("glp", write_design(text))
    assert found.policies == (("weight_fee", "glp_tax", "flat_fee"),)
    assert ("weight_fee.swap_fee_bps", "30", "25") in found.values
    assert ("weight_fee.tax_bps", "50", "-") in found.values
    assert "weight_fee.mint_redeem_fee_bps" not in {key for key, *_ in found.values}


def test_equal_names_of_different_code_are_told_apart(write_design, tmp_path: Path) -> None:
    text = (CONTRACTS / "policies" / "weight_fee" / "FlatFee.vy").read_text().replace("...", "contracts.")
    paths = []
    for folder, limit in (("a", "500"), ("b", "400")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "Mine.vy").write_text(text.replace("<= 500", f"<= {limit}"))
        table = f'[weight_fee]\npolicy = "{folder}/Mine.vy"\nmint_redeem_fee_bps = 30\nswap_fee_bps = 30\n'
        paths.append(write_design(table, name=f"{folder}.toml"))
    ((slot, first, second),) = compared(*paths).policies
    assert slot == "weight_fee"
    assert first.startswith("Mine.vy, code ") and second.startswith("Mine.vy, code ") and first != second


def test_assets_that_one_design_lacks_are_named_and_not_their_numbers() -> None:
    glp, hlp = load_design("glp"), load_design("hlp")
    only_glp = {asset.symbol for asset in glp.assets} - {asset.symbol for asset in hlp.assets}
    assert only_glp
    found = difference(glp, hlp)
    for symbol in only_glp:
        assert (f"asset[{symbol}]", "yes", "no") in found.members
        assert not any(key.startswith(f"asset[{symbol}]") for key, *_ in found.values)


def test_rules_and_properties_that_differ_are_shown_with_their_notes() -> None:
    found = compared("glp", "glp_partial")
    closed = next(row for row in found.rules if row[0] == "a liquidation closes the whole position")
    assert closed[1].startswith("approximately: ") and closed[2].startswith("omitted: ")
    assert "trades fill at the oracle's price" not in {rule for rule, *_ in found.rules}
    lost = {key: row for key, *row in compared("glp", "jlp").breaks}["LQ-02"]
    assert lost[0] and lost[1] == "-"


@pytest.mark.parametrize(("first", "second"), [("glp", "jlp"), ("glp", "hlp"), ("jlp", "glp_partial")])
def test_a_difference_read_backwards_is_its_mirror(first: str, second: str) -> None:
    there, back = compared(first, second), compared(second, first)
    for name in ("members", "policies", "values", "rules", "breaks"):
        assert {(key, b, a) for key, a, b in getattr(there, name)} == set(getattr(back, name))
