"""Each board that is shipped, as its own profile simulates it, through jigd: what its examples ask is answered."""

import re

import pytest
import yaml

from programs import BIN, SOURCE, Jigd, Program

PROFILES = sorted(path.stem for path in (SOURCE / "drivers/jigs").glob("*.yaml"))


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as jigd reads it: on and off are text, true and false are booleans."""


Core.yaml_implicit_resolvers = {first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:bool"]
                                for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


@pytest.mark.parametrize("name", PROFILES)
def test_what_the_examples_of_a_shipped_board_ask_is_answered(tmp_path, broker, caller, name):
    profile = yaml.load((SOURCE / f"drivers/jigs/{name}.yaml").read_text(), Core)
    serial = f"shipped-{name}"
    with Program(BIN / "jigsim", name, "--link", tmp_path / "tty", *(
            ["--serial", serial] if profile["identify"] != "none" else [])) as board, \
            Jigd(tmp_path, broker.url, tmp_path / "tty", serial, profile=name) as jigd:
        board.wait_for_line("ready")
        jigd.wait_serving()
        for request, description in profile["requests"].items():
            for example in description.get("examples", [{}]):
                reply = caller.call(serial, request, example.get("params", {}), timeout=30)
                assert reply.ok, (request, example, reply.json)
                if description["kind"] == "read" and request != "JigStatus":
                    assert set(example.get("result", {})) <= set(reply.result), (request, reply.json)
        assert caller.call(serial, "SafeState", timeout=30).ok == bool(profile.get("safe_state"))
        assert jigd.stop() == 0
