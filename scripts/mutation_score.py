"""The score of a mutation run, from what `make mutants` left in mutants/.

    python scripts/mutation_score.py            a table in Markdown, and the diff of every mutant that nothing noticed
    python scripts/mutation_score.py --open     the same, mutants that have not had their turn yet left out of the score

A mutant that changes nothing that could be noticed is no gap in the tests. Those judged so stand, with the reason, in
tests/equivalent_mutants.toml. The exit status is 1 where fewer than nine of ten of the others are caught.
"""

import argparse
import ast
import fnmatch
import json
import re
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from difflib import ndiff
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MUTANTS = ROOT / "mutants"
JUDGED = ROOT / "tests" / "equivalent_mutants.toml"
LEAST = 0.9
SURVIVED, UNCALLED = 0, 33  # mutmut's codes; None: not run yet; all others: caught


@dataclass(frozen=True)
class Mutant:
    """One mutant that no test noticed.

    Attributes:
        name: as mutmut calls it, of use for ``mutmut show``.
        function: module and function, without what mutmut adds.
        removed: the code that was there, on one line.
        added: the code in its place.
    """

    name: str
    function: str
    removed: str
    added: str


@dataclass(frozen=True)
class Equivalent:
    """A kind of mutant that changes nothing.

    Attributes:
        functions: patterns of what it is about.
        removed: what is found in the code that was there, a regular expression.
        added: what is found in the code in its place.
        reason: why nothing can be noticed.
    """

    functions: list[str]
    removed: str
    added: str
    reason: str

    def fits(self, mutant: Mutant) -> bool:
        """Whether the mutant is of this kind."""
        return (
            any(fnmatch.fnmatchcase(mutant.function, pattern) for pattern in self.functions)
            and re.search(self.removed, mutant.removed) is not None
            and re.search(self.added, mutant.added) is not None
        )


def survivors(source: Path, codes: dict[str, int | None]) -> list[Mutant]:
    """Mutants of one file that no test noticed, with what they changed.

    Args:
        source: the file with all its mutants, as mutmut wrote it.
        codes: of each mutant by its name.
    """
    code = {
        node.name: [ast.unparse(node.args), *map(ast.unparse, node.body)]
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    found = []
    for name, status in codes.items():
        if status not in (SURVIVED, UNCALLED):
            continue
        module, _, mangled = name.rpartition(".")
        original = f"{mangled.rpartition('__mutmut_')[0]}__mutmut_orig"
        before, after = ("\n".join(code[each]).splitlines() for each in (original, mangled))
        lines = list(ndiff(before, after))
        removed, added = (" ".join(line[2:].strip() for line in lines if line[0] == sign) for sign in "-+")
        function = re.sub(r"^x_|^xǁ", "", original.removesuffix("__mutmut_orig")).replace("ǁ", ".")
        found.append(Mutant(name, f"{module.removeprefix('fomm_lite.')}.{function}", removed, added))
    return found


def read_judged() -> list[Equivalent]:
    """The kinds in tests/equivalent_mutants.toml."""
    return [Equivalent(**entry) for entry in tomllib.loads(JUDGED.read_text(encoding="utf-8"))["equivalent"]]


def main() -> int:
    """Prints the table and what survived."""
    parser = argparse.ArgumentParser(description="The score of a mutation run.")
    parser.add_argument("--open", action="store_true", help="leave out mutants that have not had their turn yet")
    partly = parser.parse_args().open
    judged, total = read_judged(), Counter[str]()
    alive: list[Mutant] = []
    print("| module | mutants | caught | equivalent | survived | score |\n|---|--:|--:|--:|--:|--:|")
    for file in sorted(MUTANTS.rglob("*.py.meta")):
        codes: dict[str, int | None] = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
        waiting = sum(code is None for code in codes.values())
        if waiting and not partly:
            sys.exit(f"{waiting} mutants of {file.stem} have not had their turn: run `make mutants` to its end")
        if not codes or waiting == len(codes):
            continue
        survived = survivors(file.with_suffix(""), codes)
        real = [mutant for mutant in survived if not any(kind.fits(mutant) for kind in judged)]
        row = Counter(mutants=len(codes) - waiting, equivalent=len(survived) - len(real), survived=len(real))
        row["caught"] = row["mutants"] - len(survived)
        total, alive = total + row, alive + real
        print(table_row(str(file.with_suffix("").relative_to(MUTANTS / "fomm_lite")), row))
    if not total:
        sys.exit("no mutants here: run `make mutants` first")
    print(table_row("**all**", total))
    for mutant in alive:
        print(f"\n{mutant.name}\n  - {mutant.removed}\n  + {mutant.added}")
    return int(total["caught"] < LEAST * (total["caught"] + total["survived"]))


def table_row(name: str, row: Counter[str]) -> str:
    """One line of the table."""
    share = row["caught"] / max(1, row["caught"] + row["survived"])
    return f"| {name} | {row['mutants']} | {row['caught']} | {row['equivalent']} | {row['survived']} | {share:.1%} |"


if __name__ == "__main__":
    sys.exit(main())
