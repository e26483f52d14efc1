"""What a person takes in memory, with chart and work: half a million must fit a laptop."""

from benchmarks.kernel import cohort, memory, with_care

MOST = 8 * 1024  # bytes


def test_a_person_with_five_lesions_in_care_takes_no_more_than_eight_kilobytes():
    world = cohort(64, 5)
    with_care(world, 60)
    size = dict(memory(world))["all"]
    assert 4000 < size <= MOST
