"""Pool designs: what a protocol designer chooses, read from TOML and checked."""

from sim.design.layers import list_designs
from sim.design.loading import load_design, load_designs
from sim.design.model import SLOTS, Design
from sim.design.oracle import Feed, Oracle
from sim.design.overrides import override_fits
from sim.design.tables import Asset, Break, Market, PolicyChoice, Rule

__all__ = [
    "SLOTS",
    "Asset",
    "Break",
    "Design",
    "Feed",
    "Market",
    "Oracle",
    "PolicyChoice",
    "Rule",
    "list_designs",
    "load_design",
    "load_designs",
    "override_fits",
]
