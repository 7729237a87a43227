"""The profiles that are shipped, as YAML, for tests."""

import re

import yaml

from programs import SOURCE

PATHS = sorted((SOURCE / "drivers/jigs").glob("*.yaml"))


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


def joined(family, own):
    """Maps key by key; what is not a map takes the family's place."""
    if not (isinstance(family, dict) and isinstance(own, dict)):
        return own
    return family | {key: joined(family.get(key), value) for key, value in own.items()}
