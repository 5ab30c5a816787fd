"""Solve with a large positive definite matrix whose first blocks are diagonal."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy import linalg

from analysis.metrics.study import Array


@dataclass(frozen=True)
class Step:
    """One diagonal block eliminated: its diagonal, and what ties it to the rest, (rest, block)."""

    diagonal: Array
    tie: sp.csr_array

    @cached_property
    def turned(self) -> sp.csr_array:
        """(block, rest)."""
        return sp.csr_array(self.tie.T)


@dataclass(frozen=True)
class Factor:
    """A matrix with its diagonal blocks eliminated one after the other; the rest is dense."""

    steps: tuple[Step, ...]
    dense: Array

    @cached_property
    def inverse(self) -> Array:
        """The inverse of what is left of the dense part."""
        found: Array = linalg.cho_solve((self.dense, True), np.eye(len(self.dense)))
        return found

    @property
    def logdet(self) -> float:
        """Logarithm of the determinant."""
        pieces = [float(np.log(step.diagonal).sum()) for step in self.steps]
        return sum(pieces) + 2 * float(np.log(np.diag(self.dense)).sum())

    def solve(self, right: Array) -> Array:
        """The solution x of A x = right."""
        kept = []
        for step in self.steps:
            own, right = np.split(right, [len(step.diagonal)])
            kept.append(own)
            right = right - step.tie @ (own / step.diagonal)
        found: Array = linalg.cho_solve((self.dense, True), right)
        for step, own in zip(reversed(self.steps), reversed(kept), strict=True):
            found = np.concatenate([(own - step.turned @ found) / step.diagonal, found])
        return found

    def variances(self, rows: sp.csr_array) -> Array:
        """The diagonal of R A^-1 R' for the rows R, (rows, size): variances of R x under N(0, A^-1)."""
        total = np.zeros(rows.shape[0])
        for step in self.steps:
            size = len(step.diagonal)
            own, rows = rows[:, :size], rows[:, size:]
            shares = scaled(own, 1 / step.diagonal)
            total += np.asarray(own.multiply(shares).sum(axis=1)).ravel()
            rows = rows - shares @ step.turned
        rest: Array = np.asarray(rows.multiply(rows @ self.inverse).sum(axis=1)).ravel()
        return total + rest


def scaled(matrix: sp.csr_array, factors: Array) -> sp.csr_array:
    """The matrix with each column multiplied by its factor; the product with a diagonal matrix."""
    parts = (matrix.data * factors[matrix.indices], matrix.indices, matrix.indptr)
    return sp.csr_array(parts, shape=matrix.shape)


def factorise(matrix: sp.csr_array, blocks: Sequence[int]) -> Factor:
    """Eliminate the leading blocks of these sizes, each diagonal once those before it are gone.

    Raises LinAlgError where the matrix is not positive definite.
    """
    steps = []
    for size in blocks:
        diagonal = matrix.diagonal()[:size]
        tie = sp.csr_array(matrix[size:, :size])
        steps.append(Step(diagonal, tie))
        matrix = matrix[size:, size:] - scaled(tie, 1 / diagonal) @ steps[-1].turned
    dense = linalg.cholesky(matrix.toarray(), lower=True)
    return Factor(tuple(steps), dense)
