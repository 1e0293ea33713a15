"""The literature behind the methods: data only. Which of it a run needs is told by its config."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Citation:
    """One publication.

    Parameters
    ----------
    key : short name, also the key of the BibTeX entry
    authors : "Family, Given" joined by " and "
    title, source, year : as published; source holds journal, volume and first page, or the publisher
    doi : empty where there is none
    """

    key: str
    authors: str
    title: str
    source: str
    year: int
    doi: str = ""

    def __str__(self) -> str:
        """Return it as a line."""
        names = ", ".join(
            " ".join(reversed(name.split(", "))) for name in self.authors.split(" and ") if name != "others"
        )
        et_al = " et al." if self.authors.endswith("and others") else ""
        address = f" https://doi.org/{self.doi}" if self.doi else ""
        return f"{names}{et_al}, {self.title}, {self.source} ({self.year}).{address}"

    def bibtex(self) -> str:
        """Return it as a BibTeX entry: an article, or of the kind that needs no journal."""
        fields = {"author": self.authors, "title": f"{{{self.title}}}"}
        article = re.fullmatch(r"(.+) (\w+), (\w+)", self.source)
        if article and self.doi:
            fields |= dict(zip(("journal", "volume", "pages"), article.groups(), strict=True))
        else:
            fields["howpublished"] = self.source
        fields |= {"year": str(self.year)} | ({"doi": self.doi} if self.doi else {})
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
        return f"@{'article' if 'journal' in fields else 'misc'}{{{self.key},\n{lines}}}"


SUNDARAM_1999 = Citation(
    "sundaram1999",
    "Sundaram, Ganesh and Niu, Qian",
    "Wave-packet dynamics in slowly perturbed crystals: Gradient corrections and Berry-phase effects",
    "Phys. Rev. B 59, 14915",
    1999,
    "10.1103/PhysRevB.59.14915",
)
XIAO_2005 = Citation(
    "xiao2005",
    "Xiao, Di and Shi, Junren and Niu, Qian",
    "Berry phase correction to electron density of states in solids",
    "Phys. Rev. Lett. 95, 137204",
    2005,
    "10.1103/PhysRevLett.95.137204",
)
XIAO_2010 = Citation(
    "xiao2010",
    "Xiao, Di and Chang, Ming-Che and Niu, Qian",
    "Berry phase effects on electronic properties",
    "Rev. Mod. Phys. 82, 1959",
    2010,
    "10.1103/RevModPhys.82.1959",
)
XIAO_2006 = Citation(
    "xiao2006",
    "Xiao, Di and Yao, Yugui and Fang, Zhong and Niu, Qian",
    "Berry-phase effect in anomalous thermoelectric transport",
    "Phys. Rev. Lett. 97, 026603",
    2006,
    "10.1103/PhysRevLett.97.026603",
)
CHAMBERS_1952 = Citation(
    "chambers1952",
    "Chambers, R. G.",
    "The kinetic formulation of conduction problems",
    "Proc. Phys. Soc. A 65, 458",
    1952,
    "10.1088/0370-1298/65/6/114",
)
SON_2013 = Citation(
    "son2013",
    "Son, D. T. and Spivak, B. Z.",
    "Chiral anomaly and classical negative magnetoresistance of Weyl metals",
    "Phys. Rev. B 88, 104412",
    2013,
    "10.1103/PhysRevB.88.104412",
)
SODEMANN_2015 = Citation(
    "sodemann2015",
    "Sodemann, Inti and Fu, Liang",
    "Quantum nonlinear Hall effect induced by Berry curvature dipole in time-reversal invariant materials",
    "Phys. Rev. Lett. 115, 216806",
    2015,
    "10.1103/PhysRevLett.115.216806",
)
MUROTA_2010 = Citation(
    "murota2010",
    "Murota, Kazuo and Kanno, Yoshihiro and Kojima, Masakazu and Kojima, Sadayoshi",
    "A numerical algorithm for block-diagonal decomposition of matrix *-algebras with application to semidefinite "
    "programming",
    "Japan J. Indust. Appl. Math. 27, 125",
    2010,
    "10.1007/s13160-010-0006-9",
)
YAO_2008 = Citation(
    "yao2008",
    "Yao, Wang and Xiao, Di and Niu, Qian",
    "Valley-dependent optoelectronics from inversion symmetry breaking",
    "Phys. Rev. B 77, 235406",
    2008,
    "10.1103/PhysRevB.77.235406",
)
PRICE_2012 = Citation(
    "price2012",
    "Price, H. M. and Cooper, N. R.",
    "Mapping the Berry curvature from semiclassical dynamics in optical lattices",
    "Phys. Rev. A 85, 033620",
    2012,
    "10.1103/PhysRevA.85.033620",
)
HAIRER_1993 = Citation(
    "hairer1993",
    "Hairer, Ernst and Nørsett, Syvert P. and Wanner, Gerhard",
    "Solving Ordinary Differential Equations I: Nonstiff Problems",
    "2nd edition, Springer",
    1993,
)
SALMON_2011 = Citation(
    "salmon2011",
    "Salmon, John K. and Moraes, Mark A. and Dror, Ron O. and Shaw, David E.",
    "Parallel random numbers: as easy as 1, 2, 3",
    "Proc. Int. Conf. for High Performance Computing, Networking, Storage and Analysis (SC11)",
    2011,
)
PIZZI_2020 = Citation(
    "pizzi2020",
    "Pizzi, Giovanni and others",
    "Wannier90 as a community code: new features and applications",
    "J. Phys.: Condens. Matter 32, 165902",
    2020,
    "10.1088/1361-648X/ab51ff",
)
WANG_2006 = Citation(
    "wang2006",
    "Wang, Xinjie and Yates, Jonathan R. and Souza, Ivo and Vanderbilt, David",
    "Ab initio calculation of the anomalous Hall conductivity by Wannier interpolation",
    "Phys. Rev. B 74, 195118",
    2006,
    "10.1103/PhysRevB.74.195118",
)
LAM_2015 = Citation(
    "lam2015",
    "Lam, Siu Kwan and Pitrou, Antoine and Seibert, Stanley",
    "Numba: a LLVM-based Python JIT compiler",
    "Proc. 2nd Workshop on the LLVM Compiler Infrastructure in HPC",
    2015,
    "10.1145/2833157.2833162",
)
HARRIS_2020 = Citation(
    "harris2020",
    "Harris, Charles R. and others",
    "Array programming with NumPy",
    "Nature 585, 357",
    2020,
    "10.1038/s41586-020-2649-2",
)
