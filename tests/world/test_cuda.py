"""The kernel for a GPU: the equations and the day of the processor's kernel, on another machine."""

import importlib.util
import json
import os
import subprocess
import sys

import numba
import pytest
from tests.world import on_a_gpu

from seedsoil.errors import InputError
from seedsoil.world import kernel
from seedsoil.world.records import EVENTS


def has_gpu() -> bool:
    if importlib.util.find_spec("numba_cuda") is None:
        return False
    from numba import cuda

    return cuda.is_available()


GPU = pytest.mark.skipif(not has_gpu(), reason="no GPU here, or no numba-cuda")
NO_GPU = pytest.mark.skipif(has_gpu(), reason="there is a GPU here")


def agrees(found: dict) -> None:
    """States to 1e-9, every event, everything counted."""
    assert max(found["states"].values()) < 1e-9, found["states"]
    assert found["counts"] == []
    assert found["events"] == found["expected"] and len(found["expected"]) > 0


@pytest.fixture(scope="module")
def simulated() -> dict:
    """What numba's simulator of a GPU makes of the kernel, thread by thread in plain Python."""
    env = os.environ | {"NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": os.pathsep.join(["src", ".", *sys.path])}
    call = [sys.executable, "-W", "ignore", "-m", "tests.world.on_a_gpu"]
    done = subprocess.run(call, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_days_on_a_simulated_gpu_are_the_processor_s(simulated):
    found = simulated["alone"]
    agrees(found)
    assert {EVENTS[row[2]] for row in found["expected"]} >= {"new_lesion", "brain", "fall", "death_other"}
    assert min(found["moved"].values()) > 0.01, "people in whom nothing moves prove nothing"
    assert found["same_alone"], "somebody's digits hang on who else is there"


def test_people_under_care_live_the_same_on_a_simulated_gpu(simulated):
    found = simulated["clinic"]
    agrees(found)
    assert found["turns"] == found["expected_turns"] and len(found["turns"]) > 0
    assert found["work"][0] == found["work"][1] > 0


@GPU
def test_days_on_a_gpu_are_the_processor_s():
    agrees(on_a_gpu.without_a_clinic(900, 60))


@GPU
def test_people_under_care_live_the_same_on_a_gpu():
    found = on_a_gpu.with_a_clinic(200, 60)
    agrees(found)
    assert found["turns"] == found["expected_turns"] and found["work"][0] == found["work"][1]


@NO_GPU
@pytest.mark.parametrize(
    ("installed", "said"), [(None, r"numba-cuda is not installed: pip install 'seedsoil\[cuda\]'"), (True, "no NVIDIA GPU")]
)
def test_without_a_gpu_one_sentence_says_what_is_missing(monkeypatch, installed, said):
    monkeypatch.setattr(numba.config, "ENABLE_CUDASIM", 0)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: installed)
    before = kernel.NAME
    with pytest.raises(InputError, match=f"--device: 'cuda' cannot be used; allowed: cpu; {said}"):
        kernel.use("cuda")
    assert before == kernel.NAME and os.environ.get("SEEDSOIL_KERNEL") != "cuda"


@NO_GPU
@pytest.mark.parametrize("command", ["population", "trial saad2002", "validate", "forecast examples/charts/case-ea0064039.json"])
def test_commands_with_many_people_refuse_a_gpu_that_is_not_there(command, capsys):
    from seedsoil.doors import cli

    assert cli.run([*command.split(), "--device", "cuda"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("seedsoil: --device: 'cuda' cannot be used") and said.count("\n") == 1


def test_another_device_is_refused():
    with pytest.raises(InputError, match="--device: 'tpu' cannot be used; allowed: cpu, cuda"):
        kernel.use("tpu")
