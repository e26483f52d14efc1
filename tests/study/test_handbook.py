"""The pages made from the model are those in the repository."""

from pathlib import Path

import pytest

from seedsoil.study import handbook

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", handbook.PAGES)
def test_the_page_is_what_the_model_says_today(page):
    assert (DOCS / page).read_text("utf-8") == handbook.PAGES[page](), "run `make docs`"


def test_every_equation_and_every_number_has_its_place():
    equations, values = handbook.equations_page(), handbook.values_page()
    assert "### calcium" in equations and "### cord_injury" in equations
    assert "`osteoclast_floor`" in values and "`drugs.denosumab.dose`" in values
