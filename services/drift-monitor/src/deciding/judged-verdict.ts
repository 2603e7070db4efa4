import type { WindowVerdict } from '@fraudflow/drift';
import { logMeanE } from '@fraudflow/stats';

/**
 * Returns the verdict that the evidence uses. Calendar features stay in the report with e = 1. A window that the
 * version covers only in part is `insufficient`.
 * @param isWhole whether the version's coverage of the window reaches the minimum
 */
export function judgedOn(verdict: WindowVerdict, ignored: ReadonlySet<string>, isWhole: boolean): WindowVerdict {
  if (verdict.status === 'insufficient') return verdict;
  if (!isWhole) return { ...verdict, status: 'insufficient', inputLogE: 0, scoreLogE: 0 };
  const features = verdict.features.map((feature) => (ignored.has(feature.name) ? { ...feature, logE: 0 } : feature));
  const evident = features.filter(({ name }) => !ignored.has(name));
  return { ...verdict, features, inputLogE: logMeanE(evident.map(({ logE }) => logE)) };
}
