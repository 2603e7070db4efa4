/** amount / reference, both in minor units; 1 if the reference is not positive, which means there is none. */
export function ratioOf(amount: number, reference: number): number {
  return reference <= 0 ? 1 : amount / reference;
}
