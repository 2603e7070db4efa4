/** Upper bound of the size of a value. */
export interface ValueSize {
  /** Number of elements. */
  readonly count: number;
  /** Bound of each dimension, where the rank is known. */
  readonly dims: readonly number[] | undefined;
}

export function sizeOf(dims: readonly number[]): ValueSize {
  return { count: dims.reduce((product, dim) => product * Math.max(0, dim), 1), dims };
}

export function unshaped(count: number): ValueSize {
  return { count, dims: undefined };
}

/** Upper bound for any combination of the values. */
export function productOf(values: readonly ValueSize[]): ValueSize {
  return unshaped(values.reduce((product, { count }) => product * Math.max(1, count), 1));
}

/** Broadcasting by NumPy's rules. */
export function broadcast(values: readonly ValueSize[]): ValueSize {
  const shapes: (readonly number[])[] = [];
  for (const { dims, count } of values) {
    if (dims !== undefined) shapes.push(dims);
    else if (count > 1) return productOf(values);
  }
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  const dims = Array.from({ length: rank }, (_, at) =>
    Math.max(...shapes.map((shape) => shape[shape.length - rank + at] ?? 1)),
  );
  return sizeOf(dims);
}

/** Concatenation along an axis. */
export function concatenate(values: readonly ValueSize[], axis: number): ValueSize {
  const total = unshaped(values.reduce((sum, { count }) => sum + count, 0));
  const [first] = values;
  if (first?.dims === undefined) return total;
  const rank = first.dims.length;
  const along = axis < 0 ? axis + rank : axis;
  if (!(along >= 0 && along < rank) || values.some(({ dims }) => dims?.length !== rank)) return total;
  const dims = first.dims.map((_, at) => {
    const sizes = values.map((value) => value.dims?.[at] ?? 0);
    return at === along ? sizes.reduce((sum, size) => sum + size, 0) : Math.max(...sizes);
  });
  return sizeOf(dims);
}

/** `a` [..., m, k] times `b` [..., k, n]. */
export function multiplied(a: ValueSize, b: ValueSize): ValueSize {
  if (a.dims === undefined || b.dims === undefined || a.dims.length < 2 || b.dims.length < 2) return productOf([a, b]);
  const batch = broadcast([sizeOf(a.dims.slice(0, -2)), sizeOf(b.dims.slice(0, -2))]).dims ?? [];
  return sizeOf([...batch, a.dims.at(-2) ?? 1, b.dims.at(-1) ?? 1]);
}

/** Reshape: -1 is the inferred dimension, 0 keeps the dimension. */
export function reshaped(value: ValueSize, shape: readonly number[] | undefined): ValueSize {
  if (shape === undefined) return unshaped(value.count);
  const kept = shape.map((dim, at) => (dim === 0 ? (value.dims?.[at] ?? Number.NaN) : dim));
  const known = kept.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  if (!(known > 0)) return unshaped(value.count);
  const dims = kept.map((dim) => (dim === -1 ? Math.ceil(value.count / known) : dim));
  return sizeOf(dims);
}

/** Reduction: the dimensions at these axes become 1 or are removed. */
export function reduced(value: ValueSize, axes: readonly number[] | undefined, keeps: boolean): ValueSize {
  const { dims } = value;
  if (dims === undefined || axes === undefined) return unshaped(value.count);
  const gone = new Set(axes.map((axis) => (axis < 0 ? axis + dims.length : axis)));
  const left = dims.map((dim, at) => (gone.has(at) ? 1 : dim));
  return sizeOf(keeps ? left : left.filter((_, at) => !gone.has(at)));
}

export function withAxes(value: ValueSize, axes: readonly number[] | undefined): ValueSize {
  if (value.dims === undefined || axes === undefined) return unshaped(value.count);
  const dims = [...value.dims];
  const rank = dims.length + axes.length;
  for (const axis of axes.map((one) => (one < 0 ? one + rank : one)).toSorted((a, b) => a - b)) dims.splice(axis, 0, 1);
  return sizeOf(dims);
}

/** Entries of `data` along an axis, one for each of `indices`. */
export function gathered(data: ValueSize, indices: ValueSize, axis: number): ValueSize {
  if (data.dims === undefined || indices.dims === undefined) return productOf([data, indices]);
  const at = axis < 0 ? axis + data.dims.length : axis;
  return sizeOf([...data.dims.slice(0, at), ...indices.dims, ...data.dims.slice(at + 1)]);
}
