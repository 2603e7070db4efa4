/**
 * Solves A·x = b for a symmetric positive definite A by its Cholesky decomposition. O(n³).
 * @param matrix row-major n × n; the lower triangle is read and overwritten
 * @returns x, or undefined if A is not positive definite in float64.
 * Source: G. Golub, C. Van Loan, Matrix Computations, section 4.2.
 */
export function solvePositiveDefinite(matrix: Float64Array, b: Float64Array): Float64Array | undefined {
  const size = b.length;
  if (!decompose(matrix, size)) return undefined;
  const x = b.slice();
  for (let row = 0; row < size; row++) {
    let sum = x[row] as number;
    for (let at = 0; at < row; at++) sum -= (matrix[row * size + at] as number) * (x[at] as number);
    x[row] = sum / (matrix[row * size + row] as number);
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = x[row] as number;
    for (let at = row + 1; at < size; at++) sum -= (matrix[at * size + row] as number) * (x[at] as number);
    x[row] = sum / (matrix[row * size + row] as number);
  }
  return x;
}

/** Replaces the lower triangle by the Cholesky factor L of A = L·Lᵀ. */
function decompose(matrix: Float64Array, size: number): boolean {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column] as number;
      for (let at = 0; at < column; at++) {
        sum -= (matrix[row * size + at] as number) * (matrix[column * size + at] as number);
      }
      if (column < row) matrix[row * size + column] = sum / (matrix[column * size + column] as number);
      else if (sum > 0) matrix[row * size + row] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}
