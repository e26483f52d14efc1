"""The how-to pages: their tables and code run as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seedsoil.errors import InputError
from seedsoil.grammar.tables import own_folders, tables_in

PAGE = Path("docs/how-to/add-a-drug-and-a-test.md")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.M | re.S)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The folder of the page."""
    drug, test = blocks("toml")
    function, _ = blocks("python")
    for name, text in (("drugs/romosozumab.toml", drug), ("tests/sclerostin.toml", test), ("my_tests.py", function)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def run(folder: Path, code: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(folder), *sys.path])
    env = os.environ | {"SEEDSOIL_TABLES": str(folder), "PYTHONPATH": path}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)


def test_a_drug_and_a_test_of_ones_own_are_given_and_measured(mine):
    checks = """
assert (world.chart.doses_of("romosozumab") >= 1).sum() >= 7
values = world.chart.latest("sclerostin")
assert np.isfinite(values).sum() >= 7 and 5 < np.nanmedian(values) < 100
from seedsoil.treatments import drug
from seedsoil.world import aboard
assert (aboard.amount(world.people, np.arange(len(world.people.key)), drug.number_of()["romosozumab"], "first") > 0).any()
"""
    done = run(mine, blocks("python")[1] + checks)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_name_that_comes_with_seedsoil_is_refused(mine, monkeypatch):
    (mine / "drugs" / "zoledronate.toml").write_text(blocks("toml")[0], "utf-8")
    monkeypatch.setenv("SEEDSOIL_TABLES", str(mine))
    with pytest.raises(InputError, match="zoledronate"):
        tables_in("drugs")


def test_a_folder_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setenv("SEEDSOIL_TABLES", "/no/such/folder")
    with pytest.raises(InputError, match="SEEDSOIL_TABLES"):
        own_folders()
