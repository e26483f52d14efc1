"""A story is dated, in order, in whole sentences, and keeps what nobody knows apart from what the clinic sees."""

import functools
import json
import re

import pytest

from seedsoil.errors import InputError
from seedsoil.study import story, story_words
from seedsoil.study.story import tell

TOLD = (("breast", 12), ("prostate", 3), ("lung_sclc", 4), ("unknown", 5))


@functools.cache
def told(cancer: str, seed: int) -> dict:
    return tell(cancer, seed, 1.5)


@pytest.fixture(params=TOLD, ids=[f"{cancer} {seed}" for cancer, seed in TOLD])
def document(request) -> dict:
    return told(*request.param)


def test_a_story_is_plain_data_with_its_notice(document):
    assert document["schema"] == "seedsoil.story/1"
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert "not a real one" in document["notice"] and "not for care" in document["notice"]
    assert document["person"]["age_years"] >= 18 and document["person"]["sex"] in ("man", "woman")


def test_it_goes_from_the_birth_of_the_tumour_to_the_end_in_order(document):
    days = [event["day"] for event in document["events"]]
    assert days == sorted(days) and days[0] < 0 and 0 in days
    last = [event["text"] for event in document["events"] if event["known"]][-1]
    assert last.startswith(("Death comes", "The story stops here"))


def test_every_line_is_a_sentence_without_ids(document):
    for event in document["events"]:
        text = event["text"]
        assert text[0].isupper() and text.endswith(".") and len(text) < 260
        assert not re.search(r"_|nan|None|\[|  ", text), text


def test_nothing_is_told_twice_on_one_day(document):
    lines = [(event["day"], event["text"]) for event in document["events"]]
    assert len(lines) == len(set(lines))


def test_both_worlds_are_told_and_marked(document):
    for event in document["events"]:
        assert event["text"].startswith("Nobody knows yet: ") != event["known"]
    before = [event["known"] for event in document["events"] if event["day"] < 0]
    assert before and not any(before)
    assert any(event["known"] for event in document["events"])


def test_cells_are_in_bone_before_anybody_sees_them(document):
    settled = min(event["day"] for event in document["events"] if "settle in bone" in event["text"])
    shown = [event["day"] for event in document["events"] if event["known"] and "spots in" in event["text"]]
    assert settled < 0 and all(day >= 0 for day in shown)


def test_the_same_seed_tells_the_same_story_and_another_another():
    assert tell("lung_sclc", 4, 1.5) == told("lung_sclc", 4)
    assert tell("lung_sclc", 6, 0.5)["events"] != tell("lung_sclc", 4, 0.5)["events"]


def test_a_longer_story_begins_as_the_shorter_one():
    short = [event for event in tell("lung_sclc", 4, 0.5)["events"] if event["day"] < 180]
    assert told("lung_sclc", 4)["events"][: len(short)] == short


def test_the_primary_is_removed_only_where_the_scans_show_nothing_else(document):
    texts = [event["text"] for event in document["events"] if event["day"] == 0]
    assert not ("The tumour is removed." in texts and any("has spread" in text for text in texts))


def test_a_cancer_nobody_knows_is_refused():
    with pytest.raises(InputError, match="breast"):
        tell("moonlight", 1)


@pytest.mark.parametrize("years", [0.0, -1.0, 31.0, float("nan")])
def test_a_length_out_of_range_is_refused(years):
    with pytest.raises(InputError, match="years"):
        tell("breast", 1, years)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (0, "the day of the diagnosis"), (1, "1 day after the diagnosis"), (-9, "9 days before the diagnosis"),
        (30, "4 weeks after the diagnosis"), (100, "3 months after the diagnosis"), (365, "1 year after the diagnosis"),
        (1157, "3 years and 2 months after the diagnosis"), (-400, "1 year and 1 month before the diagnosis"),
    ],
)  # fmt: skip
def test_days_are_said_as_people_say_them(day, words):
    assert story_words.when(day) == words


def test_every_drug_operation_organ_and_death_has_words():
    from seedsoil.treatments import drug, procedures
    from seedsoil.world.records import DEATHS

    for name in drug.catalogue():
        assert "(" not in story_words.medicine(name) and not story_words.medicine(name, again=True).startswith(("a ", "an "))
    for name in procedures.catalogue():
        assert story_words.operation(name, 0).endswith(".")
    assert set(story_words.CAUSES) == set(DEATHS)


def test_many_bones_are_not_all_named():
    assert story_words.bones([0, 1]).count("the ") == 2
    assert story_words.bones(list(range(9))).endswith("and six other bones")
    assert story_words.bones([0], ["the liver"]).endswith("and the liver")


def test_a_primary_that_would_be_older_than_the_person_is_followed_from_youth():
    document = tell("thyroid", 2, 0.5)
    first = document["events"][0]["day"]
    assert document["person"]["age_years"] + first / 365.25 >= 17.0
    assert story.TRIED > 0
