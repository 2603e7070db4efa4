/** Standardised rows with the weight of each class. */
export interface WeightedRows {
  /** Row-major. */
  readonly values: Float64Array;
  /** 1 fraud, 0 genuine. */
  readonly labels: Float32Array;
  readonly width: number;
  /** Weight of each row in the loss, by its label: [genuine, fraud]. */
  readonly classWeights: readonly [number, number];
}

/** The penalised loss at one point, with its derivatives. */
export interface LossPoint {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** Row-major; the lower triangle is filled. */
  readonly hessian: Float64Array;
}

/**
 * ½·Σ weight² + C·Σ class weight · log loss, its gradient and Hessian. The intercept is not penalised.
 * O(rows · width²).
 * @param parameters the weights, then the intercept
 * @param c scikit-learn's C, the inverse of the strength of the penalty
 */
export function penalisedLoss(rows: WeightedRows, parameters: Float64Array, c: number): LossPoint {
  const { values, labels, width, classWeights } = rows;
  const size = width + 1;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  const row = new Float64Array(size).fill(1);
  let loss = 0;
  for (let at = 0; at < labels.length; at++) {
    let margin = parameters[width] as number;
    for (let column = 0; column < width; column++) {
      const value = values[at * width + column] as number;
      row[column] = value;
      margin += value * (parameters[column] as number);
    }
    const isFraud = labels[at] === 1;
    const weight = c * classWeights[isFraud ? 1 : 0];
    // exp of a negative number cannot overflow.
    const tail = Math.exp(-Math.abs(margin));
    const probability = margin >= 0 ? 1 / (1 + tail) : tail / (1 + tail);
    loss += weight * (Math.max(isFraud ? -margin : margin, 0) + Math.log1p(tail));
    const slope = weight * (isFraud ? probability - 1 : probability);
    const curvature = (weight * tail) / ((1 + tail) * (1 + tail));
    addOuter({ gradient, hessian }, row, slope, curvature);
  }
  for (let column = 0; column < width; column++) {
    const parameter = parameters[column] as number;
    loss += (parameter * parameter) / 2;
    gradient[column] = (gradient[column] as number) + parameter;
    hessian[column * size + column] = (hessian[column * size + column] as number) + 1;
  }
  return { loss, gradient, hessian };
}

/** Adds slope · row to the gradient and curvature · row · rowᵀ to the lower triangle of the Hessian. */
function addOuter(
  { gradient, hessian }: Pick<LossPoint, 'gradient' | 'hessian'>,
  row: Float64Array,
  slope: number,
  curvature: number,
): void {
  const size = row.length;
  for (let i = 0; i < size; i++) {
    const value = row[i] as number;
    gradient[i] = (gradient[i] as number) + slope * value;
    const scaled = curvature * value;
    const start = i * size;
    for (let j = 0; j <= i; j++) hessian[start + j] = (hessian[start + j] as number) + scaled * (row[j] as number);
  }
}
