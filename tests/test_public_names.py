"""What `import seedsoil` promises."""

import subprocess
import sys

import pytest

import seedsoil


@pytest.mark.parametrize("name", [n for n in seedsoil.__all__ if n != "__version__"])
def test_every_public_name_is_there(name):
    assert callable(getattr(seedsoil, name))


def test_a_name_nobody_promised_is_an_ordinary_mistake():
    with pytest.raises(AttributeError, match="no attribute 'cure'"):
        _ = seedsoil.cure


def test_the_import_brings_nothing_heavy():
    code = "import sys, seedsoil; sys.exit(any(m in sys.modules for m in ('numpy', 'numba', 'scipy', 'matplotlib')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
