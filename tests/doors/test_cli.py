"""The command line, with the study behind it played by stand-ins."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from tests.doors.forecast_document import forecast_document

from seedsoil.doors import cli, cli_page
from seedsoil.errors import ConflictingOrders, InputError

ROOT = Path(__file__).parents[2]
HEAVY = ("numba", "pandas", "scipy", "matplotlib")
SCORE = {"name": "mirels", "low": 7, "high": 9, "meaning": "at risk", "source": "mirels1989"}
SHARED = ("as_of", "patient", "known", "set_aside", "urgent", "advice", "notice")
ASSESSMENT = {"schema": "seedsoil.assess/1", "scores": [SCORE]} | {key: forecast_document()[key] for key in SHARED}
VALUE = {
    "name": "oc_death",
    "value": 0.7,
    "unit": "1/week",
    "low": 0.35,
    "high": 1.4,
    "between": {"shape": "lognormal", "cv": 0.25},
    "source": "parfitt1994",
    "where": "Table 2",
    "kind": "measured",
    "note": "",
    "file": "bone.toml",
    "description": "osteoclast death",
}
STORY = {
    "schema": "seedsoil.story/1", "person": {"age_years": 54.2, "sex": "female", "cancer": "breast"},
    "events": [{"day": 0, "when": "year 0", "text": "Breast cancer is found."}], "notice": "research use, not for care",
}  # fmt: skip


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The study replaced by stand-ins that note how they were called."""
    noted = SimpleNamespace(read=[], fit=[], forecast=[], document=forecast_document())

    def module(name: str, **functions: object) -> None:
        stand_in = ModuleType(name)
        vars(stand_in).update(functions)
        monkeypatch.setitem(sys.modules, name, stand_in)

    def read_patient(path: str, strict: bool, person: str | None = None, as_of: object = None) -> str:
        noted.read.append((path, strict))
        return "patient"

    def fit(patient: str, twins: int, seed: int, progress: object = None, **processes: object) -> str:
        noted.fit.append((patient, twins, seed, progress))
        return "twins"

    def forecast(twins: str, plans: list, years: float, progress: object = None, **processes: object) -> SimpleNamespace:
        noted.forecast.append((twins, [plan.name for plan in plans], years))
        if progress:
            progress("following the twins", 1, 2)
        return SimpleNamespace(document=lambda: noted.document)

    module("seedsoil.doors.reading", read_patient=read_patient)
    module(
        "seedsoil.study.plans",
        named=lambda name: SimpleNamespace(name=name),
        names=lambda: {"standard": "Standard care.", "comfort": "Comfort only."},
    )
    module("seedsoil.study.twins", fit=fit)
    module("seedsoil.study.forecast", forecast=forecast)
    module("seedsoil.study.assess", assess=lambda patient: ASSESSMENT)
    module("seedsoil.study.values", look_up=lambda name: [VALUE])
    module("seedsoil.study.story", tell=lambda cancer, seed, years: STORY | {"asked": [cancer, seed, years]})
    return noted


def one_message(capsys: pytest.CaptureFixture) -> str:
    """What went to stderr, if it was one line and nothing went to stdout."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("seedsoil: ") and err.count("\n") == 1 and "Traceback" not in err
    return err


# ---- at once and without asking --------------------------------------------------------------------------------------


def test_without_arguments_it_says_what_it_can_do_in_ten_lines(capsys) -> None:
    assert cli.run([]) == 0
    out, err = capsys.readouterr()
    assert 5 <= len(out.splitlines()) <= 10 and err == ""
    for command in ("forecast", "assess", "story", "values"):
        assert f"seedsoil {command}" in out
    assert "not for care" in out


def test_help_and_import_leave_heavy_libraries_alone() -> None:
    program = (
        "import sys, seedsoil\n"
        "from seedsoil.doors.cli import run\n"
        "codes = [run(a) for a in ([], ['--help'], ['forecast', '--help'], ['--version'])]\n"
        f"print(codes, [m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[0, 0, 0, 0] []"


def test_the_page_of_commands_is_the_programs_own_help() -> None:
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == cli_page.page(), "run: python -m seedsoil.doors.cli_page docs/cli.md"
    for command in ("forecast", "assess", "values", "story"):
        assert f"## {command}" in written


# ---- forecast --------------------------------------------------------------------------------------------------------


def test_a_forecast_is_printed_and_written_only_under_out(calls, capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["forecast", "chart.json", "--out", "out/demo"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("Research use, not for care.") and "MRI of the whole spine" in out
    files = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    assert files == ["out/demo/forecast.json", "out/demo/report.html"]
    assert json.loads((tmp_path / "out/demo/forecast.json").read_text()) == calls.document
    assert "Written: out/demo/report.html" in out


def test_nothing_is_written_without_out(calls, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["forecast", "chart.json"]) == 0
    assert list(tmp_path.iterdir()) == []


def test_the_defaults_are_two_plans_three_years_and_500_twins(calls) -> None:
    assert cli.run(["forecast", "chart.json"]) == 0
    assert calls.read == [("chart.json", False)]
    assert calls.fit == [("patient", 500, 1, None)]
    assert calls.forecast == [("twins", ["standard", "standard-without-bone-agent"], 3)]


def test_options_reach_the_study(calls) -> None:
    words = "forecast c.json --plan comfort --plan my.toml --years 1.5 --twins 50 --seed 7 --strict"
    assert cli.run(words.split()) == 0
    assert calls.read == [("c.json", True)]
    assert calls.fit == [("patient", 50, 7, None)]
    assert calls.forecast == [("twins", ["comfort", "my.toml"], 1.5)]


def test_json_is_one_document_and_nothing_else(calls, capsys, tmp_path) -> None:
    assert cli.run(["forecast", "chart.json", "--json", "--out", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == calls.document and err == ""
    assert (tmp_path / "forecast.json").read_text() == out


def test_a_document_that_json_cannot_hold_is_our_fault(calls, capsys, tmp_path) -> None:
    calls.document["twins"]["effective"] = float("nan")
    assert cli.run(["forecast", "chart.json", "--json", "--out", str(tmp_path)]) == 1
    assert "our fault" in one_message(capsys)
    assert list(tmp_path.iterdir()) == []


def test_plans_lists_the_named_plans(calls, capsys) -> None:
    assert cli.run(["forecast", "--plans"]) == 0
    assert "Comfort only." in capsys.readouterr().out
    assert cli.run(["forecast", "--plans", "--json"]) == 0
    assert [p["name"] for p in json.loads(capsys.readouterr().out)["plans"]] == ["standard", "comfort"]
    assert calls.fit == []


# ---- wrong input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("forecast", "CHART"),
        ("forecast c.json --twins 19", "20 to 100000"),
        ("forecast c.json --twins 100001", "20 to 100000"),
        ("forecast c.json --twins many", "--twins"),
        ("forecast c.json --years 0.2", "0.25 to 10"),
        ("forecast c.json --years 10.5", "0.25 to 10"),
        ("forecast c.json --years nan", "0.25 to 10"),
        ("forecast c.json --seed -1", "0 to 4294967295"),
        ("forecast c.json --seed 4294967296", "0 to 4294967295"),
        ("forecast c.json --plan standard --plan standard", "different names"),
        ("forecast c.json --twinz 5", "--twinz"),
        ("forecast c.json d.json", "d.json"),
        ("assess", "CHART"),
        ("story --years inf", "0.25 to 10"),
        ("cure", "cure"),
    ],
)
def test_wrong_options_end_with_one_message_and_no_work(calls, capsys, words: str, named: str) -> None:
    assert cli.run(words.split()) == 2
    assert named in one_message(capsys)
    assert calls.fit == []


@pytest.mark.parametrize(
    "trouble", [InputError("findings.calcium", 40, "0.5 to 10 mmol/L", "check the unit"), ConflictingOrders("x")]
)
def test_what_the_study_refuses_is_wrong_input(calls, capsys, monkeypatch, trouble) -> None:
    def refuse(*_: object) -> None:
        raise trouble

    monkeypatch.setattr(sys.modules["seedsoil.doors.reading"], "read_patient", refuse)
    assert cli.run(["forecast", "chart.json"]) == 2
    assert str(trouble) in one_message(capsys)


def test_a_chart_that_is_not_there_is_one_message(calls, capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "seedsoil.doors.reading")
    assert cli.run(["forecast", str(tmp_path / "nobody.json")]) == 2
    assert "nobody.json" in one_message(capsys)


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be_written_is_told_before_the_long_work(calls, capsys, tmp_path, place: str) -> None:
    (tmp_path / "file").write_text("")
    assert cli.run(["forecast", "chart.json", "--out", str(tmp_path / place)]) == 2
    assert "--out" in one_message(capsys)
    assert calls.fit == []


# ---- our fault -------------------------------------------------------------------------------------------------------


def break_the_study(monkeypatch) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("a rate of\nnought")

    monkeypatch.setattr(sys.modules["seedsoil.study.twins"], "fit", broken)


def test_a_defect_is_one_sentence_that_says_how_to_see_more(calls, capsys, monkeypatch) -> None:
    monkeypatch.delenv("SEEDSOIL_TRACEBACK", raising=False)
    break_the_study(monkeypatch)
    assert cli.run(["forecast", "chart.json"]) == 1
    message = one_message(capsys)
    assert "SEEDSOIL_TRACEBACK=1" in message and "ZeroDivisionError: a rate of nought" in message


def test_the_traceback_is_there_for_those_who_ask(calls, capsys, monkeypatch) -> None:
    monkeypatch.setenv("SEEDSOIL_TRACEBACK", "1")
    break_the_study(monkeypatch)
    assert cli.run(["forecast", "chart.json"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_stopping_by_hand_is_no_fault(calls, capsys, monkeypatch) -> None:
    def stopped(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["seedsoil.study.twins"], "fit", stopped)
    assert cli.run(["forecast", "chart.json"]) == 130
    assert one_message(capsys) == "seedsoil: stopped.\n"


def test_a_write_that_fails_leaves_the_old_page_and_no_half_one(calls, tmp_path, monkeypatch) -> None:
    (tmp_path / "report.html").write_text("the old page")

    def full(*arguments: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert cli.run(["forecast", "chart.json", "--out", str(tmp_path)]) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text() == "the old page"


# ---- progress, pipes -------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar_and_a_pipe_sees_none(calls, monkeypatch) -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        monkeypatch.setattr(sys, "stderr", stream)
        assert cli.run(["forecast", "chart.json"]) == 0
    assert "following the twins" in terminal.getvalue()
    assert pipe.getvalue() == ""


def test_json_has_no_bar_even_on_a_terminal(calls, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert cli.run(["forecast", "chart.json", "--json"]) == 0
    assert calls.fit[0][3] is None and sys.stderr.getvalue() == ""


def test_a_reader_that_goes_away_is_no_fault() -> None:
    program = "from seedsoil.doors import cli; cli.put('x' * 10_000_000); cli.put('y')"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as gone:
        gone.stdout.read(10)
        gone.stdout.close()
        assert gone.stderr.read() == b""
        assert gone.wait() == 0


def test_piped_text_has_no_colour_and_no_trailing_blanks(calls, capsys) -> None:
    assert cli.run(["forecast", "chart.json"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out and not re.search(r" +$", out, re.MULTILINE)


# ---- the other commands ----------------------------------------------------------------------------------------------


def test_assess_says_the_urgent_first_then_advice_and_scores(calls, capsys) -> None:
    assert cli.run(["assess", "chart.json"]) == 0
    out = capsys.readouterr().out
    places = [
        out.index(part) for part in ("Urgent now", "Within 24 hours", "What else the rules say", "7 to 9", "Known")
    ]
    assert places == sorted(places)
    assert cli.run(["assess", "chart.json", "--strict", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == ASSESSMENT
    assert calls.read == [("chart.json", False), ("chart.json", True)]


def test_values_shows_a_number_with_its_range_and_source(calls, capsys) -> None:
    assert cli.run(["values", "oc_death"]) == 0
    out = capsys.readouterr().out
    for part in ("0.7 1/week", "0.35 to 1.4", "parfitt1994, Table 2", "measured", "lognormal", "Osteoclast death."):
        assert part in out
    assert cli.run(["values"]) == 0
    assert "oc_death" in capsys.readouterr().out
    assert cli.run(["values", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["values"] == [VALUE]


def test_story_tells_one_person_in_words(calls, capsys) -> None:
    assert cli.run(["story"]) == 0
    out = capsys.readouterr().out
    assert "Breast cancer is found." in out and "not for care" in out
    assert cli.run(["story", "--cancer", "kidney", "--seed", "12", "--years", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["asked"] == ["kidney", 12, 2]


# ---- the pages around the program ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_in_the_pages_leads_to_a_file(name: str) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text(encoding="utf-8"))
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_path_that_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:world|biology|care|doors|data)/[\w./]+)`", text)
    assert len(named) >= 6
    assert [path for path in named if not (ROOT / "src" / "seedsoil" / path).exists()] == []


def test_the_first_two_commands_of_the_readme_are_targets_of_make() -> None:
    commands = re.search(r"```\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1].splitlines()
    assert commands == ["make demo", "make test"]
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"demo", "test"} <= set(targets)


def test_every_command_the_readme_shows_is_one_of_the_program() -> None:
    shown = set(re.findall(r"^seedsoil (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert shown == set(re.findall(r"^## (\w+)", cli_page.page(), re.MULTILINE))


def test_citation_and_changelog_are_of_this_version() -> None:
    from seedsoil import __version__

    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[0] == __version__
