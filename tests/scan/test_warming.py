"""The first run shares the work of compiling with a second process; later runs do not."""

import os
import subprocess
import sys
from pathlib import Path

from seedsoil.scan import warming


def test_only_a_first_run_starts_a_second_process(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(warming.subprocess, "Popen", lambda line, **_: started.append(line))
    stats = warming.kernels.product.stats._replace(cache_path=str(tmp_path))
    monkeypatch.setattr(warming.kernels, "product", type("Compiled", (), {"stats": stats}))
    warming.begin()
    (tmp_path / "kernels.product-1.py311.nbi").touch()
    warming.begin()
    assert [line[-2:] for line in started] == [["-m", "seedsoil.scan.warming"]]


def test_what_the_second_process_compiles_the_first_finds(tmp_path):
    """Pressing a body after it compiles no product anew."""
    code = (
        "import numpy as np; from seedsoil.scan import kernels, warming; from seedsoil.scan.solve import Body\n"
        "warming.warm()\n"
        "held = np.zeros((3, 7, 7, 7), bool); held[:, 0] = held[:, -1] = True; moved = np.zeros(held.shape); moved[2, -1] = -1.0\n"
        "assert Body(np.ones((6, 6, 6)), held, (1.0, 1.0, 1.0)).press(moved).converged\n"
        "for used in (kernels.product, kernels.smooth, kernels.move, kernels.gather, kernels.spread):\n"
        "    print(used.__name__, len(used.signatures), sum(map(len, used.stats[1:])))\n"
    )
    here = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, cwd=here)
    assert said.returncode == 0, said.stderr
    made = {row.split()[0]: row.split()[1:] for row in said.stdout.splitlines()}
    assert made == {"product": ["2", "2"], "smooth": ["1", "1"], "move": ["2", "2"], "gather": ["1", "1"], "spread": ["1", "1"]}
