"""What a count of shared partners reads, and the same program with every triple written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from rimland.errors import ProgramError
from rimland.program.model import Atom, Feature, Layer, Program, Shared, Term

Partners = Mapping[str, Mapping[str, str]]
"""Of each node the nodes it can be tied to, and the variable of that tie."""


def partners(layer: Layer) -> dict[str, dict[str, str]]:
    """Return the nodes that each node of a layer can be tied to, with the tie's variable."""
    out: dict[str, dict[str, str]] = {node: {} for node in layer.nodes}
    for tie in layer.ties:
        out[tie.a][tie.b] = tie.variable
        out[tie.b][tie.a] = tie.variable
    return out


def pairs_read(shared: Shared, tied: Partners) -> Iterator[tuple[str, str]]:
    """Yield the variables of (a, k) and (b, k) for every node k that can be tied to both."""
    of_b = tied[shared.b]
    for node, variable in tied[shared.a].items():
        if node in of_b:
            yield variable, of_b[node]


class Reads:
    """Says which variables a feature of a program reads; each layer is looked through once."""

    def __init__(self, program: Program) -> None:
        """Prepare for the features of `program`."""
        self._partners = {layer.name: partners(layer) for layer in program.layers}

    def variables(self, feature: Feature) -> set[str]:
        """Return the names of all variables that can move the feature."""
        out = {atom.variable for term in feature.terms for atom in term.atoms}
        if feature.shared is not None:
            for pair in pairs_read(feature.shared, self._partners[feature.shared.layer]):
                out.update(pair)
        return out


def triples(program: Program) -> int:
    """Return how many terms `written_out` would add."""
    tied = {layer.name: partners(layer) for layer in program.layers}
    shared = [f.shared for f in program.features if f.shared is not None]
    return sum(len(tied[s.layer][s.a].keys() & tied[s.layer][s.b].keys()) for s in shared)


def written_out(program: Program, most_triples: int = 1_000_000) -> Program:
    """Return the program with a term for every node that a pair may share, and without layers.

    It means the same and has the same luck, but grows with the cube of the number of nodes. Raises
    ProgramError when there would be more than `most_triples` terms.
    """
    count = triples(program)
    if count > most_triples:
        raise ProgramError(
            f"program '{program.name}' counts shared partners over {count} triples; "
            f"at most {most_triples} are written out"
        )
    tied = {layer.name: partners(layer) for layer in program.layers}
    made = []
    for feature in program.features:
        shared = feature.shared
        if shared is not None:
            terms = tuple(
                Term(1, (Atom(one, shared.at_least), Atom(other, shared.at_least)))
                for one, other in pairs_read(shared, tied[shared.layer])
            )
            feature = replace(feature, terms=(*feature.terms, *terms), shared=None)
        made.append(feature)
    return replace(program, features=tuple(made), layers=())
