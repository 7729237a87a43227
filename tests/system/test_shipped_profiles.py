"""Each board that is shipped, as its own profile simulates it, through jigd: what its examples ask is answered."""

import pytest

import shipped
from programs import BIN, Jigd, Program


@pytest.mark.parametrize("path", shipped.PATHS, ids=lambda path: path.stem)
def test_what_the_examples_of_a_shipped_board_ask_is_answered(tmp_path, broker, caller, path):
    profile, name = shipped.load(path), path.stem
    serial = shipped.serial(path)
    with Program(BIN / "jigsim", name, "--link", tmp_path / "tty", *(
            ["--serial", serial] if "serial" in str(profile["identify"]) else [])) as board, \
            Jigd(tmp_path, broker.url, tmp_path / "tty", serial, profile=name) as jigd:
        board.wait_for_line("ready")
        jigd.wait_serving()
        for request, description in profile["requests"].items():
            for example in description.get("examples", [] if "params" in description else [{}]):
                reply = caller.call(serial, request, example.get("params", {}), timeout=30)
                assert reply.ok, (request, example, reply.json)
                if description["kind"] == "read" and request != "JigStatus":
                    assert set(example.get("result", {})) <= set(reply.result), (request, reply.json)
        assert caller.call(serial, "SafeState", timeout=30).ok == bool(profile.get("safe_state"))
        assert jigd.stop() == 0
