"""docs/profile-reference.md against config/profile.schema.json: the same keys, and the same defaults."""

import json
import re

import pytest

from programs import SOURCE

PAGE = (SOURCE / "docs/profile-reference.md").read_text()
SCHEMA = json.loads((SOURCE / "config/profile.schema.json").read_text())

# The tables whose rows are the keys of a map: the heading, which of its tables, and where the schema has the map.
TABLES = [
    ("The board", 0, [""]),
    ("`serial`", 0, ["/properties/serial"]),
    ("`timeouts`", 0, ["/properties/timeouts"]),
    ("`identify`", 0, ["/properties/identify/anyOf/1", "/properties/identify/anyOf/2", "/properties/identify/anyOf/3"]),
    ("A request", 0, ["/definitions/request"]),
    ("A request", 1, ["/definitions/line_step"]),
    ("A field of a result", 0, ["/definitions/field"]),
    ("Bits of a number", 0, ["/definitions/bits/anyOf/1"]),
    ("An event", 0, ["/properties/events/items"]),
    ("`simulation`", 0, ["/properties/simulation"]),
    ("`simulation`", 1, ["/definitions/rule"]),
    ("`line`", 0, ["/properties/line"]),
    ("`binary`", 1, ["/properties/binary"]),
    ("Modbus RTU", 0, ["/properties/modbus"]),
]
# Maps whose keys stand in the text of a section, or in a cell of a table.
MENTIONED = {
    "The board": ["/properties/resync", "/properties/check", "/properties/noise/items", "/definitions/refusal",
                  "/properties/safe_state/items"],
    "`serial`": ["/properties/serial/properties/rs485"],
    "`timeouts`": ["/properties/timeouts/properties/pace"],
    "A request": ["/definitions/request/properties/verify", "/definitions/example"],
    "Schemas": ["/definitions/param"],
    "`simulation`": ["/definitions/rule/properties/refuse"],
    "`line`": ["/properties/line/properties/checksum"],
    "`binary`": ["/properties/binary/properties/frame"],
    "Modbus RTU": ["/definitions/register", "/definitions/modbus_read", "/definitions/modbus_write",
                   "/properties/identify/anyOf/2/properties/read"],
}
# Keys that stand elsewhere: of any list, of a value, of the protocol's steps.
ELSEWHERE = {"/definitions/field": set(SCHEMA["definitions"]["param"]["properties"]) - {"bits"},
             "/properties/identify/anyOf/1": set(SCHEMA["definitions"]["line_step"]["properties"]),
             "/properties/identify/anyOf/2": set(SCHEMA["definitions"]["modbus_read"]["properties"])}
OF_ANY_LIST = {"for"}
# The steps of identify, check and on_open have these as any step has.
OF_ANY_STEP = {"send", "match", "lines", "until", "timeout"}


def section(heading):
    """What stands under a heading, without profiles, down to the next one."""
    text = re.sub(r"^```.*?^```$", "", PAGE, flags=re.M | re.S)
    parts = re.split(r"^#+ (.*)\n", text, flags=re.M)
    return parts[parts.index(heading) + 1]


def tables(heading):
    """Each table as its rows, a list of cells each."""
    found = re.findall(r"(?:^\|.*\n)+", section(heading), re.M)
    return [[re.split(r"(?<!\\)\|", row)[1:-1] for row in table.splitlines()[2:]] for table in found]


def code(text):
    return re.findall(r"`([^`]*)`", text)


def rows(heading, number):
    """Key → what its default is."""
    return {key: cells[1].strip() for cells in tables(heading)[number] for key in code(cells[0])}


def at(pointer):
    node = SCHEMA
    for step in pointer.split("/")[1:]:
        node = node[int(step)] if isinstance(node, list) else node[step]
    return node


def maps(node, pointer=""):
    """Where the schema describes a map with keys of its own, with those."""
    if isinstance(node, dict) and isinstance(node.get("properties"), dict) and "additionalProperties" in node:
        yield pointer, node["properties"]
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from maps(child, f"{pointer}/{key}")


def keys(pointer):
    """Of the map there, and of those within it that are described nowhere else."""
    tabled = {each for _, _, pointers in TABLES for each in pointers}
    return set().union(*(found for where, found in maps(at(pointer), pointer) if where == pointer or where not in tabled))


@pytest.mark.parametrize("heading, number, pointers", TABLES)
def test_a_table_has_the_keys_of_the_schema_and_no_others(heading, number, pointers):
    expected = set().union(*(set(at(each)["properties"]) - ELSEWHERE.get(each, set()) for each in pointers))
    assert set(rows(heading, number)) == expected - OF_ANY_LIST


@pytest.mark.parametrize("heading, number, pointers", TABLES)
def test_a_table_has_the_defaults_of_the_schema(heading, number, pointers):
    properties = {key: value for each in pointers for key, value in at(each)["properties"].items()}
    for key, shown in rows(heading, number).items():
        if "default" in properties[key] and len(tables(heading)[number][0]) > 2:
            value = properties[key]["default"]
            assert shown.strip("`") in (str(value), json.dumps(value)), key


@pytest.mark.parametrize("heading", MENTIONED)
def test_a_section_names_the_keys_of_the_schema(heading):
    named = set(re.findall(r"\w+", " ".join(code(section(heading)))))
    for pointer in MENTIONED[heading]:
        assert keys(pointer) - OF_ANY_LIST - OF_ANY_STEP <= named, pointer


def test_no_map_of_the_schema_is_forgotten():
    listed = {each for _, _, pointers in TABLES for each in pointers}
    listed |= {each for pointers in MENTIONED.values() for each in pointers}
    steps = "/definitions/own_step"  # a step, with an example
    forgotten = [pointer for pointer, _ in maps(SCHEMA)
                 if not any(pointer == each or each and pointer.startswith(f"{each}/") for each in [*listed, steps])]
    assert not forgotten


def test_the_schema_knows_the_same_checksums_everywhere():
    kinds = at("/properties/line/properties/checksum/properties/kind/enum")
    frame = at("/properties/binary/properties/frame/anyOf/1/items/anyOf")
    assert [each["properties"]["checksum"]["enum"] for each in frame if "checksum" in each.get("properties", {})] == [kinds]


@pytest.mark.parametrize("number, step", enumerate(["line_step", "modbus_read", "modbus_write"]))
def test_the_schema_gives_on_open_the_keys_of_a_step(number, step):
    own = at(f"/definitions/own_step/anyOf/{number}/properties")
    assert set(own) == set(at(f"/definitions/{step}")["properties"]) - {"extended_by"} | {"example"}
