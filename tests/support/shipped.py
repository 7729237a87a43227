"""The profiles that are shipped, as YAML, for tests."""

import re

import yaml

from programs import SOURCE

PATHS = sorted((SOURCE / "drivers/jigs").glob("*.yaml"))

# What a board's number looks like where it is not text.
NUMBERS = {"devantech-eth008": "0004A30000{:02}", "riden-rd6006": "77{:02}", "wirenboard-mr6c": "77{:02}"}


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as jigd reads it: on and off are text, true and false are booleans."""


Core.yaml_implicit_resolvers = {first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:bool"]
                                for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def load(path):
    """A profile, with what it takes from the one that it extends."""
    profile = yaml.load(path.read_text(), Core)
    if "extends" not in profile:
        return profile
    family = load((path.parent / profile.pop("extends")).with_suffix(".yaml"))
    return joined(family, profile)


def serial(path):
    """A number that the board can say: most can say any text, and some no more than eight characters."""
    return NUMBERS.get(path.stem, "board{:03}").format(PATHS.index(path))


def joined(family, own):
    """Maps key by key; what is not a map takes the family's place."""
    if not (isinstance(family, dict) and isinstance(own, dict)):
        return own
    return family | {key: joined(family.get(key), value) for key, value in own.items()}
