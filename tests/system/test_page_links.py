"""The links of README.md and docs/ lead somewhere: to a file that is there, and to a heading that it has."""

import re

import pytest

from programs import SOURCE

PAGES = [SOURCE / "README.md", *sorted((SOURCE / "docs").rglob("*.md"))]


def prose(page):
    """Without code, in which brackets and # mean something else."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    return re.sub(r"`([^`\n]*)`", lambda code: re.sub(r"[\[\]]", "", code[1]), text)


def anchors(page):
    """Of its headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", prose(page), re.M):
        text = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        assert anchor not in found, f"{page.name} has two headings '{heading}'"
        found.add(anchor)
    return found


def problem(page, target):
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return f"there is no {path}"
    if anchor and anchor not in anchors(file):
        return f"{file.name} has no heading #{anchor}"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)) if "://" not in link]
    problems = [f"{link}: {problem(page, link)}" for link in links if problem(page, link)]
    assert not problems, "\n".join(problems)


def test_a_link_to_nowhere_is_noticed():
    page = SOURCE / "docs/profiles.md"
    assert problem(page, "no-such-page.md") and problem(page, "#no-such-heading")
    assert problem(page, "../README.md#no-such-heading") and not problem(page, "../README.md#install")
