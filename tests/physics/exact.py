"""Exact packets beside semiclassical ones from a few keywords, in lattice units: a = 1 Å, energies in eV, times in ħ/eV."""

from tests.cases import plain
from wavepacket.config import config_from_mapping
from wavepacket.quantum import quantum, rms
from wavepacket.units import E_OVER_HBAR, HBAR


def tesla(reduced_field):
    return -reduced_field / E_OVER_HBAR


def packet(center, width, number=512, **more):
    return {"kind": "gaussian", "center": center, "width": width, "number": number, "replicas": 4, **more}


def solve(model, *, electric, magnetic=0.0, ensemble, end, saves=21, sites, **sections):
    mapping = {
        "version": 1,
        "name": "exact",
        "model": model,
        "band": 0,
        "fields": {"electric": electric, "magnetic": [0.0, 0.0, tesla(magnetic)]},
        "ensemble": ensemble,
        "time": {"end": end * HBAR, "saves": saves},
        "quantum": {"sites": sites},
    }
    return quantum(config_from_mapping(plain({**mapping, **sections})))


def distance(found):
    return rms(found.distance(found.semiclassical.centre))
