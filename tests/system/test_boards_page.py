"""docs/boards.md against the profiles: its table is made from them. Run as a program, this file prints it."""

import re

import shipped
from programs import SOURCE

PAGE = SOURCE / "docs/boards.md"
HEAD = ["profile", "board", "`driver`", "tells who it is", "sets and pulses are", "says unasked", "safe state"]
WORDS = ("model", "serial", "firmware")


def identity(profile):
    """What the board can say of itself: by that, the wrong one is noticed."""
    asked = profile.get("identify", "none")
    if asked == "none":
        return "no"
    text = str(asked)
    said = [word for word in WORDS if re.search(rf"[<{{' ]{word}\b", text)]
    return ", ".join(said)


def proof(profile):
    """How much is known of an actuation when it has been answered."""
    words = set()
    for request in profile["requests"].values():
        if request["kind"] == "read":
            continue
        last = request["steps"][-1]
        if "verify" in request:
            words.add("read back")
        elif "check" in profile or "check" in request:
            words.add("asked for errors")
        elif "match" in last or ("write" in last and last.get("unit") != 0):
            words.add("acknowledged")
        else:
            words.add("prompt alone" if profile.get("line", {}).get("prompt") else "only sent")
    order = ["read back", "acknowledged", "asked for errors", "prompt alone", "only sent"]
    return ", ".join(sorted(words, key=order.index)) or "none"


def row(path):
    profile = shipped.load(path)
    events = ", ".join(event["name"] for event in profile.get("events", [])) or "nothing"
    return [f"[`{profile['name']}`](../drivers/jigs/{path.name})", profile.get("description", ""), profile["driver"],
            identity(profile), proof(profile), events, "yes" if profile.get("safe_state") else "no"]


def table():
    rows = [HEAD, ["---"] * len(HEAD), *(row(path) for path in shipped.PATHS)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows) + "\n"


def test_the_table_is_that_of_the_profiles():
    shown = re.search(r"^\| profile .*?\n\n", PAGE.read_text() + "\n", re.M | re.S)
    assert shown and shown.group().strip() == table().strip(), f"write this into {PAGE}:\n\n{table()}"


if __name__ == "__main__":
    print(table(), end="")
