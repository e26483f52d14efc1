"""The commands `page` and `match` on real charts."""

import json
from pathlib import Path

import pytest

from seedsoil.doors import cli

ROOT = Path(__file__).parents[2]
CHART = str(ROOT / "examples" / "charts" / "case-ea0086p189.json")


@pytest.mark.parametrize("reader", ["patient", "meeting"])
def test_a_page_is_one_file_that_fetches_nothing(reader, tmp_path, capsys):
    assert cli.run(["page", CHART, "--for", reader, "--out", str(tmp_path)]) == 0
    html = (tmp_path / f"{reader}.html").read_text("utf-8")
    assert "default-src 'none'" in html and "http" not in html.replace("http-equiv", "") and "<script" not in html
    document = json.loads((tmp_path / f"{reader}.json").read_text("utf-8"))
    assert document["schema"] == f"seedsoil.{reader}_page/1" and str(tmp_path) in capsys.readouterr().out


def test_text_of_a_chart_cannot_break_out_of_the_page(tmp_path):
    chart = (ROOT / "examples" / "patient.toml").read_text("utf-8")
    chart = chart.replace('conditions = ["hypertension"]', 'complementary = ["<script>alert(1)</script>"]')
    (tmp_path / "p.toml").write_text(chart, "utf-8")
    assert cli.run(["page", str(tmp_path / "p.toml"), "--out", str(tmp_path)]) == 0
    html = (tmp_path / "patient.html").read_text("utf-8")
    assert "<script" not in html and "&lt;script&gt;" in html


def test_json_is_the_document_alone(capsys):
    assert cli.run(["match", CHART, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "seedsoil.match/1" and document["trials"]


def test_a_reader_nobody_knows_is_refused(capsys):
    assert cli.run(["page", CHART, "--for", "press"]) == 2
    assert "patient or meeting" in capsys.readouterr().err


def test_the_example_of_numbers_is_read(capsys):
    assert cli.run(["page", CHART, "--contacts", str(ROOT / "examples" / "contacts.toml")]) == 0
    assert "000 0002" in capsys.readouterr().out
